/*
 * An image: one relocatable ELF object, ELF32 or ELF64, that has been checked.
 *
 * image_check verifies every header field, section range, string and symbol once. Afterwards the
 * accessors cannot fail: an index below the count gives an answer that lies inside the file. What is
 * checked later, while it is applied, are the relocations (relocate.h).
 *
 * Pure: borrows the file's bytes, allocates nothing, prints nothing.
 * Sources: System V gABI chapter 4 (ELF header, sections, symbol table).
 */
#pragma once

#include <elf.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <mortise/modfile.h>

#include "lib/compiler.h"
#include "lib/hash.h"
#include "lib/span.h"
#include "loader/diagnosis.h"
#include "loader/machine/machine.h"

/* Limits, so that sums of 32-bit numbers of items times item sizes cannot grow without bound. */
#define IMAGE_SECTIONS_MAX  (1u << 20) /* 64 MB of section headers; a large library has 200,000 */
#define IMAGE_SYMBOLS_MAX   (1u << 24) /* 400 MB of symbol table */
#define IMAGE_ALIGNMENT_MAX (1u << 21) /* a large page: nothing in hardware asks for more */
/* Bytes of a name. Many symbols may share one, and each is hashed and compared; C++'s have 10,000. */
#define IMAGE_NAME_MAX (1u << 14)
/*
 * Bytes of names together, or so many times what their strings have when that is more: names may stand in
 * others' ends, and then a small file could have very many long ones.
 */
#define IMAGE_NAMES_TOTAL (1u << 22)
#define IMAGE_NAMES_SHARE 4u
/* Import files: each is looked for among the objects of a load, of which there may be 4096. */
#define IMAGE_FILES_MAX (4096u + 16)
#define IMAGE_SIZE_MAX  (1u << 29) /* 512 MiB of text and data: half of what is within reach */

struct image {
    struct span file;
    const struct machine *machine;
    struct span section_headers;
    uint32_t section_count; /* with the null section 0 */
    uint32_t header_size;   /* bytes of one section header */
    uint32_t names_section; /* index of the section with the names of sections */
    /* Numbers in a symbol below this are sections; above it they may have meanings of their own. */
    uint32_t plain_sections;
    struct span section_names;
    struct span symbols;      /* contents of .symtab; empty when there is none */
    uint32_t symbol_section;  /* index of .symtab; 0 when there is none */
    uint32_t symbol_count;    /* with the null symbol 0 */
    uint32_t symbol_size;     /* bytes of one symbol */
    uint32_t first_global;    /* index of the first symbol that is not local */
    uint32_t undefined_first; /* symbols that are not defined here lie between these two */
    uint32_t undefined_end;
    uint32_t undefined_count;  /* of them, those that are not local */
    uint32_t underscore_first; /* globals that are, and whose names begin with _, between these */
    uint32_t underscore_end;
    /* By symbol: the section of one whose own field is too narrow for it; NULL when there is none. */
    const uint8_t *wide_sections;
    uint32_t wide_sections_section; /* index of SHT_SYMTAB_SHNDX; 0 when there is none */
    struct span names;              /* contents of .symtab's string table, ended by a zero byte */
    struct span info; /* contents of .mod.info and so on; bytes is NULL when there is none */
    struct span link;
    struct span files;
    uint32_t file_count; /* texts in `files` */
    struct span exports;
    struct span imports;
    uint32_t export_count; /* records in them */
    uint32_t import_count;
    uint64_t relocation_bytes; /* tables of relocations together */
    uint32_t group_count;      /* sections that are groups of others */
    uint32_t common_count;     /* COMMON symbols */
    uint32_t indirect_count;   /* indirect functions defined here (indirect.h) */
    uint32_t array_count;      /* loaded sections that are arrays of functions (arrays.h) */
    uint32_t function_count;   /* entries in them */

    /* What unify.c found; the two lists have a bit for each section, for each symbol. */
    const uint8_t *discarded; /* sections that are not loaded; NULL when there is none */
    const uint8_t *shadowed; /* symbols of whose name another one counts; NULL when there is none */
    uint32_t common_size;    /* room for all COMMON symbols together, in bytes */
    uint32_t common_alignment;
};

struct image_section {
    const char *name;
    uint32_t type; /* SHT_* */
    uint32_t link;
    uint32_t info;
    uint64_t flags; /* SHF_* */
    uint64_t offset;
    uint64_t size;
    uint64_t alignment; /* at least 1 */
    uint64_t entry_size;
    bool is_discarded; /* of a group of which another one is kept (unify.h) */
};

/*
 * What a symbol's section is when it is none. ELF has 0xff00 to 0xffff for that, which are also the
 * numbers of sections in large objects; these are above any.
 */
#define IMAGE_SECTION_ABSOLUTE UINT32_MAX
#define IMAGE_SECTION_COMMON   (UINT32_MAX - 1)
#define IMAGE_SECTION_RESERVED (UINT32_MAX - 2) /* never in an image that has been checked */
_Static_assert(IMAGE_SECTIONS_MAX < IMAGE_SECTION_RESERVED, "they are above any section");

struct image_symbol {
    const char *name;
    uint64_t value;
    uint64_t size;
    uint32_t section;   /* SHN_UNDEF, an index below section_count, or IMAGE_SECTION_* */
    uint8_t binding;    /* STB_* */
    uint8_t type;       /* STT_* */
    uint8_t visibility; /* STV_* */
};

/* True when the bytes begin like an ELF file; nothing else is said of them. */
bool image_is_elf(struct span file);
/* True when they begin like LLVM's bitcode, bare or wrapped, which holds no machine code. */
bool image_is_bitcode(struct span file);

/*
 * Checks `file` and fills *image. Fails with one of STATUS_ELF_* to STATUS_MOD_*, the diagnosis
 * naming section or symbol with index and value. `file` must outlive the image.
 *
 * The hashes that .mod.imports carries are left to whoever looks the names up: a definition of that
 * name under that hash proves it (resolve.h).
 */
MUST_CHECK enum status image_check(struct span file, struct image *image,
                                   struct diagnosis *diagnosis);

/*
 * The machine of an ELF file by its first bytes alone, to choose among archive members; NULL when it
 * is no ELF relocatable object of a machine that we know.
 */
const struct machine *image_peek_machine(struct span file);

/*
 * The same for a member that nobody has asked for by name: NULL also for an object that holds nothing to
 * load, that is, none of whose sections has SHF_ALLOC. Rust's compiler puts such a one before the code
 * (lib.rmeta).
 *
 * One whose ELF header or section table image_check would refuse, or whose sections are counted in section
 * header 0, is taken for one that holds something: it is refused with its own reason then, and not
 * for want of another one. Looks at no more than the section table.
 */
const struct machine *image_peek_loadable(struct span file);

/* Accessors; `index` is below the count. Those defined below cost only the fields that are used. */
static inline uint32_t image_section_type(const struct image *image, uint32_t index);
static inline bool image_section_is_allocated(const struct image *image, uint32_t index);
static inline struct image_section image_section(const struct image *image, uint32_t index);
static inline struct image_symbol image_symbol(const struct image *image, uint32_t index);
static inline const char *image_symbol_name(const struct image *image, uint32_t index);
/* hash_name of a symbol's `name`, without reading behind the names of symbols. */
static inline uint32_t image_hash_name(const struct image *image, const char *name);
static inline bool image_symbol_is_undefined(const struct image *image, uint32_t index);
/* The contents of a section; empty for one that occupies no bytes of the file (NOBITS, null). */
struct span image_contents(const struct image *image, const struct image_section *section);
/* The section of symbol `index` whose own field has `number`, SHN_LORESERVE or more. */
uint32_t image_reserved_section(const struct image *image, uint32_t index, uint16_t number);

/*
 * True when a section gets memory in the kernel: SHF_ALLOC, and neither one of the .mod.* sections, nor a
 * table for unwinding, nor .note.gnu.property, nor discarded.
 */
bool image_section_is_loaded(const struct image_section *section);
/* True for a symbol that is defined here and not local. */
static inline bool image_symbol_is_export(const struct image_symbol *symbol)
{
    return symbol->section != SHN_UNDEF && symbol->binding != STB_LOCAL;
}

/* True for a symbol that lies in a section of this object: not undefined, absolute or COMMON. */
static inline bool image_symbol_has_section(const struct image_symbol *symbol)
{
    return symbol->section != SHN_UNDEF && symbol->section < IMAGE_SECTION_RESERVED;
}

/* True for a symbol that names a place in this object's code. */
bool image_symbol_is_code(const struct image *image, const struct image_symbol *symbol);

/* True for a symbol that must come from elsewhere (index 0 excluded by the caller). */
static inline bool image_symbol_is_import(const struct image_symbol *symbol)
{
    return symbol->section == SHN_UNDEF;
}

static inline uint32_t image_export_count(const struct image *image); /* records in .mod.exports */
static inline uint32_t image_import_count(const struct image *image);
static inline struct mod_export image_export(const struct image *image, uint32_t index);
static inline struct mod_import image_import(const struct image *image, uint32_t index);
/* The first undefined symbol from `index` on, or symbol_count. */
static inline uint32_t image_next_undefined(const struct image *image, uint32_t index);
/* The first global symbol from `index` on whose name begins with a letter, or symbol_count. */
uint32_t image_next_named(const struct image *image, uint32_t index, char letter);
/* The name of import file `index` (.mod.files), or NULL when there is none. */
const char *image_import_file(const struct image *image, uint32_t index);
/* The value of `key` in .mod.info or in .mod.link, or NULL. */
const char *image_info(const struct image *image, const char *key);
const char *image_link(const struct image *image, const char *key);

/*
 * Bodies of the accessors. ELF32 and ELF64 differ in field offsets and widths only; both are read
 * through <elf.h>'s structures as maps of offsets, never by casting the file's bytes to them.
 */
#define IMAGE_FIELD32(bytes, type, field) load_u32((bytes) + offsetof(type, field))
#define IMAGE_FIELD64(bytes, type, field) load_u64((bytes) + offsetof(type, field))

_Static_assert(offsetof(Elf32_Shdr, sh_name) == offsetof(Elf64_Shdr, sh_name) &&
                   offsetof(Elf32_Shdr, sh_type) == offsetof(Elf64_Shdr, sh_type),
               "a section's name and type stand at the same place in both classes");

static inline const uint8_t *image_section_header(const struct image *image, uint32_t index)
{
    ASSERT(index < image->section_count);
    return image->section_headers.bytes + (size_t)index * image->header_size;
}

static inline uint32_t image_section_type(const struct image *image, uint32_t index)
{
    return IMAGE_FIELD32(image_section_header(image, index), Elf64_Shdr, sh_type);
}

/* SHF_ALLOC, without which a section is not loaded either. */
static inline bool image_section_is_allocated(const struct image *image, uint32_t index)
{
    const uint8_t *header = image_section_header(image, index);
    uint32_t flags = image->machine->is_64 ? IMAGE_FIELD32(header, Elf64_Shdr, sh_flags)
                                           : IMAGE_FIELD32(header, Elf32_Shdr, sh_flags);
    return (flags & SHF_ALLOC) != 0; /* it is in the lower half */
}

/* Until image_check has found the names' section, no section has a name. */
static inline const char *image_section_name(const struct image *image, const uint8_t *header)
{
    uint32_t offset = IMAGE_FIELD32(header, Elf64_Shdr, sh_name);
    bool is_inside = offset < image->section_names.size;
    return is_inside ? (const char *)image->section_names.bytes + offset : "";
}

static inline struct image_section image_section_64(const struct image *image,
                                                    const uint8_t *header)
{
    uint64_t alignment = IMAGE_FIELD64(header, Elf64_Shdr, sh_addralign);
    return (struct image_section){
        .name = image_section_name(image, header),
        .type = IMAGE_FIELD32(header, Elf64_Shdr, sh_type),
        .link = IMAGE_FIELD32(header, Elf64_Shdr, sh_link),
        .info = IMAGE_FIELD32(header, Elf64_Shdr, sh_info),
        .flags = IMAGE_FIELD64(header, Elf64_Shdr, sh_flags),
        .offset = IMAGE_FIELD64(header, Elf64_Shdr, sh_offset),
        .size = IMAGE_FIELD64(header, Elf64_Shdr, sh_size),
        .alignment = alignment != 0 ? alignment : 1,
        .entry_size = IMAGE_FIELD64(header, Elf64_Shdr, sh_entsize),
    };
}

static inline struct image_section image_section_32(const struct image *image,
                                                    const uint8_t *header)
{
    uint32_t alignment = IMAGE_FIELD32(header, Elf32_Shdr, sh_addralign);
    return (struct image_section){
        .name = image_section_name(image, header),
        .type = IMAGE_FIELD32(header, Elf32_Shdr, sh_type),
        .link = IMAGE_FIELD32(header, Elf32_Shdr, sh_link),
        .info = IMAGE_FIELD32(header, Elf32_Shdr, sh_info),
        .flags = IMAGE_FIELD32(header, Elf32_Shdr, sh_flags),
        .offset = IMAGE_FIELD32(header, Elf32_Shdr, sh_offset),
        .size = IMAGE_FIELD32(header, Elf32_Shdr, sh_size),
        .alignment = alignment != 0 ? alignment : 1,
        .entry_size = IMAGE_FIELD32(header, Elf32_Shdr, sh_entsize),
    };
}

static inline bool image_has_bit(const uint8_t *bits, uint32_t index)
{
    return UNLIKELY(bits != NULL) && (bits[index / 8] >> index % 8 & 1) != 0;
}

static inline struct image_section image_section(const struct image *image, uint32_t index)
{
    const uint8_t *header = image_section_header(image, index);
    struct image_section section =
        image->machine->is_64 ? image_section_64(image, header) : image_section_32(image, header);
    section.is_discarded = image_has_bit(image->discarded, index);
    return section;
}

static ALWAYS_INLINE uint32_t image_symbol_section(const struct image *image, uint32_t index,
                                                   const uint8_t *field)
{
    uint16_t number = load_u16(field);
    return LIKELY(number < SHN_LORESERVE) ? number : image_reserved_section(image, index, number);
}

static inline struct image_symbol image_symbol(const struct image *image, uint32_t index)
{
    ASSERT(index < image->symbol_count);
    const char *names = (const char *)image->names.bytes;
    if (image->machine->is_64) {
        const uint8_t *entry = image->symbols.bytes + (size_t)index * sizeof(Elf64_Sym);
        uint8_t info = entry[offsetof(Elf64_Sym, st_info)];
        return (struct image_symbol){
            .name = names + IMAGE_FIELD32(entry, Elf64_Sym, st_name),
            .value = IMAGE_FIELD64(entry, Elf64_Sym, st_value),
            .size = IMAGE_FIELD64(entry, Elf64_Sym, st_size),
            .section = image_symbol_section(image, index, entry + offsetof(Elf64_Sym, st_shndx)),
            .binding = ELF64_ST_BIND(info),
            .type = ELF64_ST_TYPE(info),
            .visibility = ELF64_ST_VISIBILITY(entry[offsetof(Elf64_Sym, st_other)]),
        };
    }
    const uint8_t *entry = image->symbols.bytes + (size_t)index * sizeof(Elf32_Sym);
    uint8_t info = entry[offsetof(Elf32_Sym, st_info)];
    return (struct image_symbol){
        .name = names + IMAGE_FIELD32(entry, Elf32_Sym, st_name),
        .value = IMAGE_FIELD32(entry, Elf32_Sym, st_value),
        .size = IMAGE_FIELD32(entry, Elf32_Sym, st_size),
        .section = image_symbol_section(image, index, entry + offsetof(Elf32_Sym, st_shndx)),
        .binding = ELF32_ST_BIND(info),
        .type = ELF32_ST_TYPE(info),
        .visibility = ELF32_ST_VISIBILITY(entry[offsetof(Elf32_Sym, st_other)]),
    };
}

/* st_name comes first in both classes. */
_Static_assert(offsetof(Elf32_Sym, st_name) == 0 && offsetof(Elf64_Sym, st_name) == 0, "see below");

static inline const char *image_symbol_name(const struct image *image, uint32_t index)
{
    ASSERT(index < image->symbol_count);
    const uint8_t *entry = image->symbols.bytes + (size_t)index * image->symbol_size;
    return (const char *)image->names.bytes + load_u32(entry);
}

static inline uint32_t image_hash_name(const struct image *image, const char *name)
{
    return hash_name_before(name, (const char *)image->names.bytes + image->names.size);
}

static inline bool image_symbol_is_undefined(const struct image *image, uint32_t index)
{
    ASSERT(index < image->symbol_count);
    const uint8_t *entry = image->symbols.bytes + (size_t)index * image->symbol_size;
    return load_u16(entry + (image->machine->is_64 ? offsetof(Elf64_Sym, st_shndx)
                                                   : offsetof(Elf32_Sym, st_shndx))) == SHN_UNDEF;
}

static inline uint32_t image_export_count(const struct image *image)
{
    return image->export_count;
}

static inline uint32_t image_import_count(const struct image *image)
{
    return image->import_count;
}

static inline struct mod_export image_export(const struct image *image, uint32_t index)
{
    ASSERT(index < image_export_count(image));
    const uint8_t *record = image->exports.bytes + index * sizeof(struct mod_export);
    return (struct mod_export){
        .symbol = IMAGE_FIELD32(record, struct mod_export, symbol),
        .hash = IMAGE_FIELD32(record, struct mod_export, hash),
        .mclass = IMAGE_FIELD32(record, struct mod_export, mclass),
    };
}

static inline struct mod_import image_import(const struct image *image, uint32_t index)
{
    ASSERT(index < image_import_count(image));
    const uint8_t *record = image->imports.bytes + index * sizeof(struct mod_import);
    return (struct mod_import){
        .symbol = IMAGE_FIELD32(record, struct mod_import, symbol),
        .hash = IMAGE_FIELD32(record, struct mod_import, hash),
        .file = IMAGE_FIELD32(record, struct mod_import, file),
    };
}

static inline uint32_t image_next_undefined(const struct image *image, uint32_t index)
{
    if (index < image->undefined_first)
        index = image->undefined_first;
    const size_t size = image->symbol_size;
    const uint8_t *section =
        image->symbols.bytes + index * size +
        (image->machine->is_64 ? offsetof(Elf64_Sym, st_shndx) : offsetof(Elf32_Sym, st_shndx));
    const uint32_t end = image->undefined_end;
    while (index < end && load_u16(section) != SHN_UNDEF) {
        index++;
        section += size;
    }
    return index < end ? index : image->symbol_count;
}
