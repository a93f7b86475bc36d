/* Modules written at test time; see the header. */
#include "tests/host/host_modules.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <mortise/modfile.h>

#include "lib/hash.h"
#include "loader/live/notes.h"
#include "tests/host/host_elf.h"
#include "tests/host/host_process.h"
#include "tests/host/support.h"

/*
 * .text is a row of functions of this size, in the order of the symbols; .data is
 *
 *   | the number | 0 | address of import 0 | address of import 1 | ...
 */
#define FUNCTION_SIZE 16u
#define IMPORT_SIZE   8u
#define EVENT_ACTIONS 32

static struct {
    int event;
    int (*action)(void);
} actions[EVENT_ACTIONS];
static int current_event;

/* A module on its way into a file. */
struct writing {
    const struct module *module;
    struct elf_builder elf;
    unsigned text, data, text_relocations, data_relocations;
    size_t functions;
    struct elf_bytes files, exports, imports, link;
    unsigned file_count;
};

static void put(struct elf_bytes *to, const void *bytes, size_t size)
{
    elf_append(to, bytes, size);
}

/* Empty ones too: an object without .mod.exports would export all that it has. */
static void put_section(struct writing *w, struct elf_bytes *contents, const char *name)
{
    elf_add_section(&w->elf, name, SHT_PROGBITS, 0, contents->bytes, contents->size);
    free(contents->bytes);
}

/* The next word of a list; false at its end. */
static bool next_word(const char **list, char *word, size_t size)
{
    size_t length;
    if (*list == NULL)
        return false;
    *list += strspn(*list, " ");
    length = strcspn(*list, " ");
    assert_true(length < size);
    memcpy(word, *list, length);
    word[length] = '\0';
    *list += length;
    return length != 0;
}

static unsigned file_number(struct writing *w, const char *file)
{
    unsigned number = 0;
    for (size_t at = 0; at < w->files.size; number++) {
        const char *known = (const char *)w->files.bytes + at;
        if (strcmp(known, file) == 0)
            return number;
        at += strlen(known) + 1;
    }
    put(&w->files, file, strlen(file) + 1);
    return number;
}

/* A name that ends in ? is weak. Changes the text that it is given. */
static unsigned put_import(struct writing *w, const char *file, char *name)
{
    char *mark = strchr(name, '?');
    unsigned binding = mark != NULL ? STB_WEAK : STB_GLOBAL;
    if (mark != NULL)
        *mark = '\0';
    unsigned symbol =
        elf_add_symbol(&w->elf, name, SHN_UNDEF, 0, ELF64_ST_INFO(binding, STT_NOTYPE));
    struct mod_import record = {symbol, hash_name(name), file_number(w, file)};
    put(&w->imports, &record, sizeof(record));
    return symbol;
}

/* Code goes into .text at once, its symbol too; the relocations name a symbol that comes later. */
static unsigned put_function(struct writing *w, const char *name, const uint8_t *code, size_t size)
{
    uint8_t padded[FUNCTION_SIZE];
    memset(padded, 0xcc, sizeof(padded));
    memcpy(padded, code, size);
    put(&w->elf.sections[w->text].contents, padded, sizeof(padded));
    return elf_add_symbol(&w->elf, name, (uint16_t)w->text, FUNCTION_SIZE * w->functions++,
                          ELF64_ST_INFO(STB_GLOBAL, STT_FUNC));
}

/* Functions that put a number into a register and jump to an import. */
static void put_jump(struct writing *w, const char *name, uint8_t move, int number)
{
    uint8_t code[10] = {move, 0, 0, 0, 0, 0xe9};
    memcpy(code + 1, &number, sizeof(number));
    put_function(w, name, code, sizeof(code));
}

static void relocate_jump(struct writing *w, size_t function, unsigned symbol)
{
    elf_add_relocation(&w->elf, w->text_relocations, FUNCTION_SIZE * function + 6, R_X86_64_PC32,
                       symbol, -4);
}

/* incl number(%rip); movl number(%rip), %eax; ret. */
static void put_counter(struct writing *w, const char *name)
{
    static const uint8_t code[] = {0xff, 5, 0, 0, 0, 0, 0x8b, 5, 0, 0, 0, 0, 0xc3};
    size_t place = FUNCTION_SIZE * w->functions;
    const unsigned data_symbol = 1;
    struct mod_export record = {put_function(w, name, code, sizeof(code)), hash_name(name), 0};
    put(&w->exports, &record, sizeof(record));
    elf_add_relocation(&w->elf, w->text_relocations, place + 2, R_X86_64_PC32, data_symbol, -4);
    elf_add_relocation(&w->elf, w->text_relocations, place + 8, R_X86_64_PC32, data_symbol, -4);
}

static void put_exports(struct writing *w)
{
    const char *list = w->module->exports;
    char name[64];
    while (next_word(&list, name, sizeof(name))) {
        if (!w->module->is_narrow) {
            put_counter(w, name);
            continue;
        }
        struct mod_export record = {elf_add_symbol(&w->elf, name, (uint16_t)w->data, 0,
                                                   ELF64_ST_INFO(STB_GLOBAL, STT_OBJECT)),
                                    hash_name(name), 0};
        put(&w->exports, &record, sizeof(record));
    }
}

static void put_imports(struct writing *w)
{
    const char *list = w->module->imports;
    struct elf_bytes *data = &w->elf.sections[w->data].contents;
    char word[1024];
    while (next_word(&list, word, sizeof(word))) {
        char *name = strrchr(word, ':');
        if (name == NULL) {
            file_number(w, word);
            continue;
        }
        *name++ = '\0';
        unsigned symbol = put_import(w, word, name);
        elf_add_relocation(&w->elf, w->data_relocations, data->size, R_X86_64_64, symbol, 0);
        put(data, "\0\0\0\0\0\0\0", IMPORT_SIZE);
    }
}

/* Functions first, then what they jump to. */
static void put_functions(struct writing *w)
{
    const struct module *module = w->module;
    bool has_events = module->id != 0 && !module->is_narrow;
    if (has_events) {
        put_jump(w, "_load", 0xbf, EVENT_LOAD(module->id));
        put_jump(w, "_unload", 0xbf, EVENT_UNLOAD(module->id));
    }
    if (module->has_entry)
        put_jump(w, "configure", 0xba, module->id);
    size_t jumps = w->functions;
    put_exports(w);
    if (has_events) {
        unsigned ask = put_import(w, MOD_FILE_KERNEL, (char[]){"ask"});
        relocate_jump(w, 0, ask);
        relocate_jump(w, 1, ask);
    }
    if (module->has_entry)
        relocate_jump(w, jumps - 1, put_import(w, MOD_FILE_KERNEL, (char[]){"answer"}));
}

static void put_link(struct writing *w)
{
    char text[1024];
    if (w->module->has_entry)
        put(&w->link, "entry=configure", sizeof("entry=configure"));
    if (w->module->libpath == NULL)
        return;
    int length = snprintf(text, sizeof(text), "libpath=%s", w->module->libpath);
    assert_true((size_t)length < sizeof(text));
    put(&w->link, text, (size_t)length + 1);
}

static void make_hollow(struct elf_builder *elf)
{
    for (unsigned i = 0; i < elf->section_count; i++)
        elf->sections[i].header.sh_flags &= ~(uint64_t)SHF_ALLOC;
}

struct span module_make(const struct module *module)
{
    struct writing w = {.module = module};
    elf_open(&w.elf, !module->is_narrow);
    w.text = elf_add_section(&w.elf, ".text", SHT_PROGBITS, SHF_ALLOC | SHF_EXECINSTR, NULL, 0);
    w.data = elf_add_section(&w.elf, ".data", SHT_PROGBITS, SHF_ALLOC | SHF_WRITE, "\0\0\0\0\0\0\0",
                             IMPORT_SIZE);
    w.text_relocations = elf_add_relocations(&w.elf, w.text, !module->is_narrow);
    w.data_relocations = elf_add_relocations(&w.elf, w.data, !module->is_narrow);
    elf_add_symbol(&w.elf, "", (uint16_t)w.data, 0, ELF64_ST_INFO(STB_LOCAL, STT_SECTION));
    put(&w.files, MOD_FILE_KERNEL, sizeof(MOD_FILE_KERNEL));
    put_functions(&w);
    put_imports(&w);
    put_link(&w);
    put_section(&w, &w.files, MOD_FILES_SECTION);
    put_section(&w, &w.exports, MOD_EXPORTS_SECTION);
    put_section(&w, &w.imports, MOD_IMPORTS_SECTION);
    put_section(&w, &w.link, MOD_LINK_SECTION);
    if (module->is_hollow)
        make_hollow(&w.elf);
    struct span file = elf_close(&w.elf);
    w.elf.file.bytes = NULL; /* the caller's now */
    elf_destroy(&w.elf);
    return file;
}

void module_add(const char *path, const struct module *module)
{
    struct span file = module_make(module);
    host_process_add_file(path, file.bytes, file.size);
    free((void *)file.bytes);
}

static void put_part(struct elf_bytes *archive, const struct archive_part *part)
{
    char header[64];
    struct span contents =
        part->text != NULL ? span_make(part->text, strlen(part->text)) : module_make(&part->module);
    snprintf(header, sizeof(header), "%-16s%-12d%-6d%-6d%-8s%-10zu`\n", part->name, 0, 0, 0, "644",
             contents.size);
    put(archive, header, 60);
    archive->bytes[archive->size - 60 + strlen(part->name)] = '/';
    put(archive, contents.bytes, contents.size);
    if (contents.size % 2 != 0)
        put(archive, "\n", 1);
    if (part->text == NULL)
        free((void *)contents.bytes);
}

void archive_add(const char *path, const struct archive_part *parts, size_t count)
{
    struct elf_bytes archive = {0};
    put(&archive, "!<arch>\n", 8);
    for (size_t i = 0; i < count; i++)
        put_part(&archive, &parts[i]);
    host_process_add_file(path, archive.bytes, archive.size);
    free(archive.bytes);
}

static int report(int event)
{
    loader_record(event);
    for (size_t i = 0; i < EVENT_ACTIONS; i++) {
        if (actions[i].event != event || actions[i].action == NULL)
            continue;
        int outer = current_event;
        current_event = event;
        int value = actions[i].action();
        current_event = outer;
        return value;
    }
    return 0;
}

int modules_start(void **state)
{
    (void)state;
    memset(actions, 0, sizeof(actions));
    loader_start();
    loader_question = report;
    return 0;
}

int modules_stop(void **state)
{
    (void)state;
    loader_stop();
    return 0;
}

void on_event(int event, int (*action)(void))
{
    size_t i = 0;
    while (actions[i].event != event && actions[i].event != 0) {
        i++;
        assert_true(i < EVENT_ACTIONS);
    }
    actions[i].event = event;
    actions[i].action = action;
}

int refuse(void)
{
    return EBUSY;
}

int event_now(void)
{
    return current_event;
}

struct search {
    uint32_t primary;
    const char *path;
    const char *member;
    uint32_t found;
};

static void match(const struct loader_extension *extension, void *context)
{
    struct search *search = context;
    if (extension->primary == search->primary && !extension->is_primary &&
        strcmp(extension->path, search->path) == 0 &&
        (search->member == NULL || strcmp(extension->member, search->member) == 0)) {
        assert_int_equal(search->found, 0);
        search->found = extension->kmid;
    }
}

uint32_t dependent_of(uint32_t primary, const char *path, const char *member)
{
    struct search search = {.primary = primary, .path = path, .member = member};
    loader_visit_extensions(match, &search);
    return search.found;
}

uint64_t bound_address(uint32_t kmid, unsigned number)
{
    struct loader_extension extension = extension_of(kmid);
    uint64_t address;
    assert_true(extension.size_bytes[SEGMENT_DATA] >= (number + 2) * IMPORT_SIZE);
    memcpy(&address,
           (const void *)(uintptr_t)(extension.address[SEGMENT_DATA] + (number + 1) * IMPORT_SIZE),
           sizeof(address));
    return address;
}

int bound_call(uint32_t kmid, unsigned number)
{
    return ((int (*)(void))(uintptr_t)bound_address(kmid, number))();
}

void expect_counts(uint32_t kmid, uint32_t load_count, uint32_t use_count)
{
    struct loader_extension extension = extension_of(kmid);
    assert_int_equal(extension.load_count, load_count);
    assert_int_equal(extension.use_count, use_count);
}

enum status ask_load(const char *path, unsigned flags, uint32_t *kmid)
{
    const struct loader_request request = {.path = path, .flags = flags};
    struct diagnosis diagnosis;
    uint32_t ignored;
    enum status status = loader_load(&request, kmid != NULL ? kmid : &ignored, &diagnosis);
    assert_int_equal(diagnosis.status, status);
    diagnosis_release(&diagnosis);
    return status;
}

enum status ask_unload(uint32_t kmid)
{
    struct loader_unload_result result;
    struct diagnosis diagnosis;
    enum status status = loader_unload(kmid, &result, &diagnosis);
    assert_int_equal(diagnosis.status, status);
    diagnosis_release(&diagnosis);
    return status;
}
