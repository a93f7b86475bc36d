/* A writer of ELF objects; see the header. */
#include "tests/host/host_elf.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "tests/host/support.h"

size_t elf_append(struct elf_bytes *to, const void *bytes, size_t size)
{
    size_t offset = to->size;
    if (size == 0)
        return offset;
    if (to->size + size > to->capacity) {
        to->capacity = 2 * (to->size + size);
        to->bytes = realloc(to->bytes, to->capacity);
    }
    memcpy(to->bytes + offset, bytes, size);
    to->size += size;
    return offset;
}

static void append_number(struct elf_bytes *to, uint64_t value, size_t width)
{
    elf_append(to, &value, width);
}

static void align(struct elf_bytes *to)
{
    while (to->size % 8 != 0)
        elf_append(to, "", 1);
}

/* Room for one more section. */
static void grow(struct elf_builder *elf)
{
    if (elf->section_count < elf->section_capacity)
        return;
    unsigned capacity = 2 * elf->section_count + 16;
    elf->sections = realloc(elf->sections, capacity * sizeof(*elf->sections));
    memset(elf->sections + elf->section_capacity, 0,
           (capacity - elf->section_capacity) * sizeof(*elf->sections));
    elf->section_capacity = capacity;
}

void elf_open(struct elf_builder *elf, bool is_64)
{
    *elf = (struct elf_builder){.is_64 = is_64, .section_count = 1};
    grow(elf);
    elf->sections[ELF_NAMES].contents.size = 0;
    elf_append(&elf->sections[ELF_NAMES].contents, "", 1);
    elf_add_section(elf, ".symtab", SHT_SYMTAB, 0, NULL, 0);
    elf_add_section(elf, ".strtab", SHT_STRTAB, 0, "", 1);
    elf->section_count = ELF_FIRST;
    elf->sections[ELF_NAMES].header.sh_type = SHT_STRTAB;
    elf->sections[ELF_NAMES].header.sh_addralign = 1;
    elf->sections[ELF_NAMES].header.sh_name =
        (uint32_t)elf_append(&elf->sections[ELF_NAMES].contents, ".shstrtab", sizeof(".shstrtab"));
    elf->sections[ELF_SYMBOLS].header.sh_link = ELF_STRINGS;
    elf->sections[ELF_SYMBOLS].header.sh_entsize = is_64 ? sizeof(Elf64_Sym) : sizeof(Elf32_Sym);
    elf_add_symbol(elf, "", SHN_UNDEF, 0, 0);
}

unsigned elf_add_section(struct elf_builder *elf, const char *name, uint32_t type, uint64_t flags,
                         const void *bytes, size_t size)
{
    unsigned index = elf->section_count++;
    grow(elf);
    struct elf_section *section = &elf->sections[index];
    section->header = (Elf64_Shdr){.sh_type = type,
                                   .sh_flags = flags,
                                   .sh_addralign = 8,
                                   .sh_size = type == SHT_NOBITS ? size : 0};
    section->header.sh_name =
        (uint32_t)elf_append(&elf->sections[ELF_NAMES].contents, name, strlen(name) + 1);
    if (bytes != NULL)
        elf_append(&section->contents, bytes, size);
    return index;
}

unsigned elf_add_symbol(struct elf_builder *elf, const char *name, uint16_t section, uint64_t value,
                        uint8_t info)
{
    struct elf_bytes *table = &elf->sections[ELF_SYMBOLS].contents;
    struct elf_bytes *strings = &elf->sections[ELF_STRINGS].contents;
    uint32_t place = *name == '\0' ? 0 : (uint32_t)elf_append(strings, name, strlen(name) + 1);
    Elf64_Sym symbol_64 = {
        .st_name = place, .st_info = info, .st_shndx = section, .st_value = value};
    Elf32_Sym symbol_32 = {
        .st_name = place, .st_info = info, .st_shndx = section, .st_value = (uint32_t)value};
    if (elf->is_64)
        elf_append(table, &symbol_64, sizeof(symbol_64));
    else
        elf_append(table, &symbol_32, sizeof(symbol_32));
    append_number(&elf->wide_sections, 0, sizeof(uint32_t));
    if (ELF64_ST_BIND(info) == STB_LOCAL)
        elf->sections[ELF_SYMBOLS].header.sh_info = elf->symbol_count + 1;
    return elf->symbol_count++;
}

unsigned elf_add_wide_symbol(struct elf_builder *elf, const char *name, uint32_t section,
                             uint64_t value, uint8_t info)
{
    unsigned index = elf_add_symbol(elf, name, SHN_XINDEX, value, info);
    memcpy(elf->wide_sections.bytes + index * sizeof(section), &section, sizeof(section));
    return index;
}

unsigned elf_add_wide_sections(struct elf_builder *elf)
{
    unsigned index = elf_add_section(elf, ".symtab_shndx", SHT_SYMTAB_SHNDX, 0, NULL, 0);
    elf->sections[index].header.sh_link = ELF_SYMBOLS;
    elf->sections[index].header.sh_entsize = sizeof(uint32_t);
    return elf->wide_section = index;
}

unsigned elf_add_relocations(struct elf_builder *elf, unsigned target, bool has_addend)
{
    unsigned index = elf_add_section(elf, has_addend ? ".rela" : ".rel",
                                     has_addend ? SHT_RELA : SHT_REL, SHF_INFO_LINK, NULL, 0);
    Elf64_Shdr *header = &elf->sections[index].header;
    header->sh_link = ELF_SYMBOLS;
    header->sh_info = target;
    header->sh_entsize = (elf->is_64 ? 8u : 4u) * (has_addend ? 3 : 2);
    return index;
}

void elf_add_relocation(struct elf_builder *elf, unsigned section, uint64_t offset, uint32_t type,
                        uint32_t symbol, int64_t addend)
{
    struct elf_bytes *entries = &elf->sections[section].contents;
    size_t width = elf->is_64 ? 8 : 4;
    append_number(entries, offset, width);
    append_number(entries,
                  elf->is_64 ? ELF64_R_INFO((uint64_t)symbol, type) : ELF32_R_INFO(symbol, type),
                  width);
    if (elf->sections[section].header.sh_type == SHT_RELA)
        append_number(entries, (uint64_t)addend, width);
}

static void append_section_header(struct elf_builder *elf, const Elf64_Shdr *header)
{
    Elf32_Shdr narrow = {
        .sh_name = header->sh_name,
        .sh_type = header->sh_type,
        .sh_flags = (uint32_t)header->sh_flags,
        .sh_offset = (uint32_t)header->sh_offset,
        .sh_size = (uint32_t)header->sh_size,
        .sh_link = header->sh_link,
        .sh_info = header->sh_info,
        .sh_addralign = (uint32_t)header->sh_addralign,
        .sh_entsize = (uint32_t)header->sh_entsize,
    };
    if (elf->is_64)
        elf_append(&elf->file, header, sizeof(*header));
    else
        elf_append(&elf->file, &narrow, sizeof(narrow));
}

static void append_header(struct elf_builder *elf)
{
    Elf64_Ehdr wide = {.e_type = ET_REL};
    uint8_t identity[EI_NIDENT] = {
        ELFMAG0,     ELFMAG1,   ELFMAG2, ELFMAG3, elf->is_64 ? ELFCLASS64 : ELFCLASS32,
        ELFDATA2LSB, EV_CURRENT};
    memcpy(wide.e_ident, identity, sizeof(identity));
    elf_append(&elf->file, &wide, elf->is_64 ? sizeof(Elf64_Ehdr) : sizeof(Elf32_Ehdr));
    memset(elf->file.bytes + EI_NIDENT, 0, elf->file.size - EI_NIDENT);
}

void elf_widen(struct elf_builder *elf)
{
    ELF_SET_HEADER(elf, e_shnum, 0);
    ELF_SET_HEADER(elf, e_shstrndx, SHN_XINDEX);
    ELF_SET_SECTION(elf, 0, sh_size, elf->section_count);
    ELF_SET_SECTION(elf, 0, sh_link, ELF_NAMES);
}

static void set_header(struct elf_builder *elf)
{
    ELF_SET_HEADER(elf, e_type, ET_REL);
    ELF_SET_HEADER(elf, e_machine, elf->is_64 ? EM_X86_64 : EM_386);
    ELF_SET_HEADER(elf, e_version, EV_CURRENT);
    ELF_SET_HEADER(elf, e_shoff, elf->section_table);
    ELF_SET_HEADER(elf, e_ehsize, elf->is_64 ? sizeof(Elf64_Ehdr) : sizeof(Elf32_Ehdr));
    ELF_SET_HEADER(elf, e_shentsize, elf->is_64 ? sizeof(Elf64_Shdr) : sizeof(Elf32_Shdr));
    ELF_SET_HEADER(elf, e_shnum, elf->section_count);
    ELF_SET_HEADER(elf, e_shstrndx, ELF_NAMES);
    if (elf->section_count >= SHN_LORESERVE)
        elf_widen(elf);
}

struct span elf_close(struct elf_builder *elf)
{
    if (elf->wide_section != 0)
        elf_append(&elf->sections[elf->wide_section].contents, elf->wide_sections.bytes,
                   elf->wide_sections.size);
    append_header(elf);
    for (unsigned i = 1; i < elf->section_count; i++) {
        struct elf_section *section = &elf->sections[i];
        align(&elf->file);
        section->header.sh_offset = elf->file.size;
        if (section->header.sh_type != SHT_NOBITS)
            section->header.sh_size = section->contents.size;
        elf_append(&elf->file, section->contents.bytes, section->contents.size);
    }
    align(&elf->file);
    elf->section_table = elf->file.size;
    for (unsigned i = 0; i < elf->section_count; i++)
        append_section_header(elf, &elf->sections[i].header);
    set_header(elf);
    return elf_file(elf);
}

void elf_destroy(struct elf_builder *elf)
{
    for (unsigned i = 0; i < elf->section_count; i++)
        free(elf->sections[i].contents.bytes);
    free(elf->sections);
    free(elf->wide_sections.bytes);
    free(elf->file.bytes);
    *elf = (struct elf_builder){0};
}

struct span elf_file(const struct elf_builder *elf)
{
    return span_make(elf->file.bytes, elf->file.size);
}

uint8_t *elf_map(const struct elf_builder *elf, size_t size)
{
    uint8_t *bytes = mmap(NULL, size, PROT_READ | PROT_WRITE,
                          MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    assert_ptr_not_equal(bytes, MAP_FAILED);
    memcpy(bytes, elf->file.bytes, elf->file.size);
    return bytes;
}

void elf_store(struct elf_builder *elf, size_t offset, size_t width, uint64_t value)
{
    assert_true(offset + width <= elf->file.size);
    memcpy(elf->file.bytes + offset, &value, width);
}

size_t elf_section_offset(const struct elf_builder *elf, unsigned section)
{
    return elf->sections[section].header.sh_offset;
}
