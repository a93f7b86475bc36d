/*
 * The checks of what modld wrote into an image: .mod.info, .mod.link, .mod.files, .mod.exports and
 * .mod.imports. They rely on symbols that have been checked.
 */
#include "lib/string.h"
#include "loader/image/check.h"

/*
 * An export's record must name a symbol that is defined here, by index and by hash, and each another one:
 * they ascend from the symbol `previous` on.
 */
static ALWAYS_INLINE bool export_agrees(const struct image *image, const struct mod_export *record,
                                        uint32_t previous)
{
    return record->symbol > previous && record->symbol < image->symbol_count &&
           !image_symbol_is_undefined(image, record->symbol) &&
           image_hash_name(image, image_symbol_name(image, record->symbol)) == record->hash;
}

/* Why a record is refused; what is left is that the hash is wrong. */
static enum status refuse_export(const struct image *image, uint32_t index, uint32_t previous,
                                 const struct mod_export *record, struct diagnosis *diagnosis)
{
    enum status status = STATUS_MOD_EXPORTS;
    if (record->symbol >= image->symbol_count)
        status = STATUS_MOD_EXPORT_SYMBOL;
    else if (record->symbol < image->first_global)
        status = STATUS_MOD_EXPORT_LOCAL;
    else if (record->symbol <= previous)
        status = STATUS_MOD_EXPORTS_ORDER;
    else if (image_symbol_is_undefined(image, record->symbol))
        status = STATUS_MOD_EXPORT_UNDEFINED;
    else if (record->mclass > MOD_CLASS_SYSCALL3264)
        status = STATUS_MOD_EXPORT_CLASS;
    return diagnose(diagnosis, status, "record %u: symbol %u, hash 0x%x, class %u", index,
                    record->symbol, record->hash, record->mclass);
}

static enum status check_exports(struct image *image, struct diagnosis *diagnosis)
{
    if (image->exports.size % sizeof(struct mod_export) != 0)
        return diagnose(diagnosis, STATUS_MOD_EXPORTS_SIZE, "0x%zx bytes", image->exports.size);
    image->export_count = (uint32_t)(image->exports.size / sizeof(struct mod_export));
    /* Those that are not local begin at first_global, and the null symbol is none of them. */
    uint32_t previous = image->first_global == 0 ? 0 : image->first_global - 1;
    for (uint32_t i = 0; i < image->export_count; i++) {
        struct mod_export record = image_export(image, i);
        if (!export_agrees(image, &record, previous) || record.mclass > MOD_CLASS_SYSCALL3264)
            return refuse_export(image, i, previous, &record, diagnosis);
        previous = record.symbol;
    }
    return STATUS_OK;
}

/* `previous` is the symbol of the record before it. */
static enum status refuse_import(const struct image *image, uint32_t index, uint32_t previous,
                                 const struct mod_import *record, struct diagnosis *diagnosis)
{
    enum status status = STATUS_MOD_IMPORT_DEFINED;
    if (record->symbol >= image->symbol_count)
        status = STATUS_MOD_IMPORT_SYMBOL;
    else if (record->symbol <= previous)
        status = STATUS_MOD_IMPORTS_ORDER;
    else if (record->file >= image->file_count)
        status = STATUS_MOD_IMPORT_FILE;
    return diagnose(diagnosis, status, "record %u: symbol %u, hash 0x%x, file %u", index,
                    record->symbol, record->hash, record->file);
}

/*
 * An import's record must name a symbol that is not defined here; resolution finds out whether the hash is
 * its name's. Ascending symbols, which let the resolver walk records and symbols side by side, begin
 * above the null symbol. The number of records before the first one that is wrong.
 */
static ALWAYS_INLINE uint32_t count_sound_imports(const struct image *image, bool is_64)
{
    const uint32_t symbol_count = image->symbol_count;
    const uint32_t file_count = image->file_count;
    const uint8_t *sections = image->symbols.bytes + (is_64 ? offsetof(Elf64_Sym, st_shndx)
                                                            : offsetof(Elf32_Sym, st_shndx));
    const uint8_t *record = image->imports.bytes; /* NULL when there is none */
    uint32_t left = image->import_count;
    uint32_t previous = 0;
    for (; left != 0; left--, record += sizeof(struct mod_import)) {
        uint32_t symbol = IMAGE_FIELD32(record, struct mod_import, symbol);
        bool is_sound = symbol > previous && symbol < symbol_count &&
                        IMAGE_FIELD32(record, struct mod_import, file) < file_count;
        if (UNLIKELY(!is_sound))
            break;
        const size_t entry_size = is_64 ? sizeof(Elf64_Sym) : sizeof(Elf32_Sym);
        if (UNLIKELY(load_u16(sections + symbol * entry_size) != SHN_UNDEF))
            break;
        previous = symbol;
    }
    return image->import_count - left;
}

static enum status check_imports(struct image *image, struct diagnosis *diagnosis)
{
    if (image->imports.size % sizeof(struct mod_import) != 0)
        return diagnose(diagnosis, STATUS_MOD_IMPORTS_SIZE, "0x%zx bytes", image->imports.size);
    image->import_count = (uint32_t)(image->imports.size / sizeof(struct mod_import));
    uint32_t sound = image->machine->is_64 ? count_sound_imports(image, true)
                                           : count_sound_imports(image, false);
    if (LIKELY(sound == image->import_count))
        return STATUS_OK;
    struct mod_import record = image_import(image, sound);
    uint32_t previous = sound == 0 ? 0 : image_import(image, sound - 1).symbol;
    return refuse_import(image, sound, previous, &record, diagnosis);
}

/* Every string but the empty ones is key=value. */
static enum status check_info(struct span lines, const char *section, struct diagnosis *diagnosis)
{
    if (lines.size != 0 && !strings_end(lines))
        return diagnose(diagnosis, STATUS_MOD_INFO_END, "%s", section);
    for (uint64_t offset = 0; offset < lines.size;) {
        const char *line = (const char *)lines.bytes + offset;
        const char *equals = strchr(line, '=');
        if (line[0] != '\0' && (equals == NULL || equals == line))
            return diagnose(diagnosis, equals == NULL ? STATUS_MOD_INFO : STATUS_MOD_INFO_KEY,
                            "%s at 0x%llx: \"%.64s\"", section, HEX(offset), line);
        offset += strlen(line) + 1;
    }
    return STATUS_OK;
}

static uint32_t count_texts(struct span texts)
{
    uint32_t count = 0;
    for (size_t i = 0; i < texts.size; i++)
        count += texts.bytes[i] == 0;
    return count;
}

enum status check_mod_sections(struct image *image, struct diagnosis *diagnosis)
{
    if (image->files.size != 0 && !strings_end(image->files))
        return diagnose(diagnosis, STATUS_MOD_FILES_END, "%s", "");
    image->file_count = count_texts(image->files);
    if (image->file_count > IMAGE_FILES_MAX)
        return diagnose(diagnosis, STATUS_MOD_FILES_LIMIT, "%u, the limit is %u", image->file_count,
                        IMAGE_FILES_MAX);
    enum status status = check_info(image->info, MOD_INFO_SECTION, diagnosis);
    if (status == STATUS_OK)
        status = check_info(image->link, MOD_LINK_SECTION, diagnosis);
    if (status == STATUS_OK)
        status = check_exports(image, diagnosis);
    return status != STATUS_OK ? status : check_imports(image, diagnosis);
}
