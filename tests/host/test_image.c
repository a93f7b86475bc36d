/*
 * Checked images: what compilers write is accepted, and each refusal is provoked by exactly the one
 * fault that it names, in both ELF classes. Then every byte is cut off and every byte is damaged.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "lib/hash.h"
#include "loader/image/image.h"
#include "loader/image/placement.h"
#include "tests/host/host_programs.h"
#include "tests/host/host_sample.h"
#include "tests/host/support.h"

/* A fault: one thing done to the sample after it is closed. */
struct fault {
    const char *rule;
    void (*damage)(struct elf_builder *elf);
    enum status status;
    const char *detail; /* a part of what the diagnosis must say */
};

#define DAMAGE(name, statement)                                                                    \
    static void name(struct elf_builder *elf)                                                      \
    {                                                                                              \
        statement;                                                                                 \
    }

/* Faults of the ELF header. */

DAMAGE(spoil_magic, elf->file.bytes[1] = 'e')
DAMAGE(spoil_class, elf->file.bytes[EI_CLASS] = 3)
DAMAGE(spoil_encoding, elf->file.bytes[EI_DATA] = ELFDATA2MSB;
       ELF_SET_HEADER(elf, e_machine, __builtin_bswap16(EM_S390)))
DAMAGE(spoil_identity_version, elf->file.bytes[EI_VERSION] = 2)
DAMAGE(spoil_version, ELF_SET_HEADER(elf, e_version, 0))
DAMAGE(spoil_type_program, ELF_SET_HEADER(elf, e_type, ET_EXEC))
DAMAGE(spoil_type_shared, ELF_SET_HEADER(elf, e_type, ET_DYN))
DAMAGE(spoil_type_unknown, ELF_SET_HEADER(elf, e_type, 0xfe00))
DAMAGE(spoil_machine, ELF_SET_HEADER(elf, e_machine, EM_AARCH64))
DAMAGE(spoil_machine_class, ELF_SET_HEADER(elf, e_machine, elf->is_64 ? EM_386 : EM_AARCH64))
DAMAGE(spoil_header_size, ELF_SET_HEADER(elf, e_ehsize, 63))
DAMAGE(spoil_entry_size, ELF_SET_HEADER(elf, e_shentsize, elf->is_64 ? 40 : 64))
DAMAGE(cut_header, elf->file.size = elf->is_64 ? 63 : 51)

/* Faults of the section table. */

DAMAGE(move_section_table, ELF_SET_HEADER(elf, e_shoff, elf->section_table + 1))
DAMAGE(move_section_table_far, ELF_SET_HEADER(elf, e_shoff, UINT64_MAX))
DAMAGE(no_sections, ELF_SET_HEADER(elf, e_shnum, 0))
DAMAGE(reserved_count, ELF_SET_HEADER(elf, e_shnum, SHN_LORESERVE))
DAMAGE(reserved_names, ELF_SET_HEADER(elf, e_shstrndx, SHN_LORESERVE))
DAMAGE(no_wide_sections, elf_widen(elf); ELF_SET_SECTION(elf, 0, sh_size, 0))
DAMAGE(too_many_sections, elf_widen(elf); ELF_SET_SECTION(elf, 0, sh_size, IMAGE_SECTIONS_MAX + 1))
DAMAGE(most_sections, elf_widen(elf); ELF_SET_SECTION(elf, 0, sh_size, IMAGE_SECTIONS_MAX))
DAMAGE(false_wide_count, elf_widen(elf); ELF_SET_SECTION(elf, 0, sh_size, elf->section_count + 1))
DAMAGE(wide_table_outside, elf_widen(elf); ELF_SET_HEADER(elf, e_shoff, elf->file.size - 1))
DAMAGE(wide_names_outside, elf_widen(elf); ELF_SET_SECTION(elf, 0, sh_link, elf->section_count))
DAMAGE(no_names, ELF_SET_HEADER(elf, e_shstrndx, 0))
DAMAGE(names_outside, ELF_SET_HEADER(elf, e_shstrndx, elf->section_count))
DAMAGE(names_of_other_type, ELF_SET_SECTION(elf, ELF_NAMES, sh_type, SHT_PROGBITS))
DAMAGE(names_outside_file, ELF_SET_SECTION(elf, ELF_NAMES, sh_offset, elf->file.size))
DAMAGE(names_not_ended, ELF_SET_SECTION(elf, ELF_NAMES, sh_size, 5))
DAMAGE(unknown_type, ELF_SET_HEADER(elf, e_type, 5))
DAMAGE(symbol_table_name_outside, ELF_SET_SECTION(elf, ELF_SYMBOLS, sh_name, 0x10000))
DAMAGE(two_infos,
       ELF_SET_SECTION(elf, SAMPLE_NOTE, sh_name, elf->sections[SAMPLE_INFO].header.sh_name))
DAMAGE(null_section_type, ELF_SET_SECTION(elf, 0, sh_type, SHT_PROGBITS))
DAMAGE(name_outside,
       ELF_SET_SECTION(elf, SAMPLE_DATA, sh_name, elf->sections[ELF_NAMES].contents.size))
DAMAGE(null_name_outside, ELF_SET_SECTION(elf, 0, sh_name, 0x7fffffff))

/* Faults of sections. */

DAMAGE(section_outside, ELF_SET_SECTION(elf, SAMPLE_CONSTANTS, sh_offset, elf->file.size - 7))
DAMAGE(section_far_outside, ELF_SET_SECTION(elf, SAMPLE_CONSTANTS, sh_offset, UINT64_MAX - 3))
DAMAGE(section_too_long, ELF_SET_SECTION(elf, SAMPLE_CONSTANTS, sh_size, UINT64_MAX))
DAMAGE(unloaded_outside, ELF_SET_SECTION(elf, SAMPLE_NOTE, sh_offset, elf->file.size))
DAMAGE(alignment_odd, ELF_SET_SECTION(elf, SAMPLE_DATA, sh_addralign, 24))
DAMAGE(alignment_large, ELF_SET_SECTION(elf, SAMPLE_DATA, sh_addralign, 4u << 20))
DAMAGE(write_execute,
       ELF_SET_SECTION(elf, SAMPLE_DATA, sh_flags, SHF_ALLOC | SHF_WRITE | SHF_EXECINSTR))
DAMAGE(tls, ELF_SET_SECTION(elf, SAMPLE_ZEROES, sh_flags, SHF_ALLOC | SHF_WRITE | SHF_TLS))
DAMAGE(other_type, ELF_SET_SECTION(elf, SAMPLE_DATA, sh_type, SHT_HASH))
DAMAGE(type_above_the_arrays, ELF_SET_SECTION(elf, SAMPLE_DATA, sh_type, SHT_PREINIT_ARRAY + 1))
DAMAGE(name_like_ours, elf->file.bytes[elf_section_offset(elf, ELF_NAMES) +
                                       elf->sections[SAMPLE_DATA].header.sh_name + 1] = 'm';
       alignment_odd(elf))
DAMAGE(array_cut_not_loaded, ELF_SET_SECTION(elf, SAMPLE_NOTE, sh_type, SHT_INIT_ARRAY))
DAMAGE(array_alignment, ELF_SET_SECTION(elf, SAMPLE_DATA, sh_type, SHT_INIT_ARRAY);
       alignment_odd(elf))
DAMAGE(array_cut, ELF_SET_SECTION(elf, SAMPLE_DATA, sh_type, SHT_INIT_ARRAY);
       ELF_SET_SECTION(elf, SAMPLE_DATA, sh_size, 23))
DAMAGE(too_large_to_add, ELF_SET_SECTION(elf, SAMPLE_ZEROES, sh_size, UINT64_MAX))
DAMAGE(too_large, ELF_SET_SECTION(elf, SAMPLE_ZEROES, sh_size, IMAGE_SIZE_MAX - 63))

/* Faults of symbols. */

DAMAGE(two_symbol_tables, ELF_SET_SECTION(elf, SAMPLE_NOTE, sh_type, SHT_SYMTAB))
DAMAGE(symbol_entry_size, ELF_SET_SECTION(elf, ELF_SYMBOLS, sh_entsize, 20))
DAMAGE(symbol_table_loaded, ELF_SET_SECTION(elf, ELF_SYMBOLS, sh_flags, SHF_ALLOC))
DAMAGE(symbol_entry_size_loaded, symbol_entry_size(elf); symbol_table_loaded(elf))
DAMAGE(symbol_table_size,
       ELF_SET_SECTION(elf, ELF_SYMBOLS, sh_size, 7 * (elf->is_64 ? 24 : 16) - 1))
DAMAGE(symbol_strings_link, ELF_SET_SECTION(elf, ELF_SYMBOLS, sh_link, elf->section_count))
DAMAGE(symbol_strings_null, ELF_SET_SECTION(elf, ELF_SYMBOLS, sh_link, 0))
DAMAGE(first_global_outside, ELF_SET_SECTION(elf, ELF_SYMBOLS, sh_info, 8))
DAMAGE(local_among_globals, ELF_SET_SYMBOL(elf, SAMPLE_TABLE, st_info, STT_OBJECT))
DAMAGE(global_among_locals, ELF_SET_SECTION(elf, ELF_SYMBOLS, sh_info, 3))
DAMAGE(null_symbol_value, ELF_SET_SYMBOL(elf, 0, st_value, 1))
DAMAGE(null_symbol_name, ELF_SET_SYMBOL(elf, 0, st_name, 0x7fffffff))
DAMAGE(strings_not_ended,
       ELF_SET_SECTION(elf, ELF_STRINGS, sh_size, elf->sections[ELF_STRINGS].contents.size - 1))
DAMAGE(strings_empty, ELF_SET_SECTION(elf, ELF_STRINGS, sh_size, 0))
DAMAGE(strings_of_other_type, ELF_SET_SECTION(elf, ELF_STRINGS, sh_type, SHT_PROGBITS))
DAMAGE(symbol_name_outside,
       ELF_SET_SYMBOL(elf, SAMPLE_TABLE, st_name, elf->sections[ELF_STRINGS].contents.size))
DAMAGE(symbol_section_outside, ELF_SET_SYMBOL(elf, SAMPLE_TABLE, st_shndx, elf->section_count))
DAMAGE(symbol_section_reserved, ELF_SET_SYMBOL(elf, SAMPLE_TABLE, st_shndx, 0xff42))
DAMAGE(symbol_index_missing, ELF_SET_SYMBOL(elf, SAMPLE_TABLE, st_shndx, SHN_XINDEX))
DAMAGE(symbol_ifunc_outside,
       ELF_SET_SYMBOL(elf, SAMPLE_ENTRY, st_info, ELF64_ST_INFO(STB_GLOBAL, STT_GNU_IFUNC));
       ELF_SET_SYMBOL(elf, SAMPLE_ENTRY, st_value, 32))
DAMAGE(symbol_ifunc_undefined,
       ELF_SET_SYMBOL(elf, SAMPLE_PRINTK, st_info, ELF64_ST_INFO(STB_GLOBAL, STT_GNU_IFUNC)))
DAMAGE(symbol_ifunc_absolute,
       ELF_SET_SYMBOL(elf, SAMPLE_VERSION, st_info, ELF64_ST_INFO(STB_GLOBAL, STT_GNU_IFUNC)))
DAMAGE(symbol_ifunc,
       ELF_SET_SYMBOL(elf, SAMPLE_TABLE, st_info, ELF64_ST_INFO(STB_GLOBAL, STT_GNU_IFUNC)))
DAMAGE(symbol_tls, ELF_SET_SYMBOL(elf, SAMPLE_TABLE, st_info, ELF64_ST_INFO(STB_GLOBAL, STT_TLS)))

/* Faults of the .mod.* sections. */

static void store_record(struct elf_builder *elf, unsigned section, size_t offset, uint32_t value)
{
    elf_store(elf, elf_section_offset(elf, section) + offset, 4, value);
}

DAMAGE(info_not_ended, ELF_SET_SECTION(elf, SAMPLE_INFO, sh_size, 5))
DAMAGE(info_without_value, store_record(elf, SAMPLE_INFO, 5, 0x61616161))
DAMAGE(info_without_key, store_record(elf, SAMPLE_INFO, 0, 0x6161613d))
DAMAGE(files_not_ended, ELF_SET_SECTION(elf, SAMPLE_FILES, sh_size, 5))
DAMAGE(exports_size, ELF_SET_SECTION(elf, SAMPLE_EXPORTS, sh_size, 23))
DAMAGE(export_of_null, store_record(elf, SAMPLE_EXPORTS, 0, 0))
DAMAGE(export_outside, store_record(elf, SAMPLE_EXPORTS, 0, 7))
DAMAGE(export_of_local, store_record(elf, SAMPLE_EXPORTS, 0, SAMPLE_HELPER))
DAMAGE(export_of_import, store_record(elf, SAMPLE_EXPORTS, 0, SAMPLE_PRINTK))
DAMAGE(export_of_named_local, store_record(elf, SAMPLE_EXPORTS, 0, SAMPLE_HELPER);
       store_record(elf, SAMPLE_EXPORTS, 4, hash_name("helper")))
DAMAGE(export_of_named_import, store_record(elf, SAMPLE_EXPORTS, 0, SAMPLE_PRINTK);
       store_record(elf, SAMPLE_EXPORTS, 4, hash_name("printk")))
DAMAGE(export_twice, store_record(elf, SAMPLE_EXPORTS, 0, SAMPLE_TABLE);
       store_record(elf, SAMPLE_EXPORTS, 4, hash_name("table")))
DAMAGE(export_hash, store_record(elf, SAMPLE_EXPORTS, 4, 1))
DAMAGE(export_class, store_record(elf, SAMPLE_EXPORTS, 12 + 8, MOD_CLASS_SYSCALL3264 + 1))
DAMAGE(imports_size, ELF_SET_SECTION(elf, SAMPLE_IMPORTS, sh_size, 11))
DAMAGE(import_of_export, store_record(elf, SAMPLE_IMPORTS, 0, SAMPLE_ENTRY))
DAMAGE(import_outside, store_record(elf, SAMPLE_IMPORTS, 0, 7))
DAMAGE(import_behind_last,
       ELF_SET_SECTION(elf, ELF_SYMBOLS, sh_size, SAMPLE_MAYBE *(elf->is_64 ? 24 : 16)))
DAMAGE(import_twice, store_record(elf, SAMPLE_IMPORTS, 12, SAMPLE_PRINTK))
DAMAGE(imports_descend, store_record(elf, SAMPLE_IMPORTS, 0, SAMPLE_MAYBE);
       store_record(elf, SAMPLE_IMPORTS, 12, SAMPLE_PRINTK))
DAMAGE(import_hash, store_record(elf, SAMPLE_IMPORTS, 4, 1))
DAMAGE(import_file, store_record(elf, SAMPLE_IMPORTS, 8, 2))

static const struct fault faults[] = {
    {"what_does_not_begin_like_elf_is_refused", spoil_magic, STATUS_FILE_FORMAT, "7f 45"},
    {"a_class_is_32_or_64", spoil_class, STATUS_ELF_CLASS, "3"},
    {"big_endian_is_refused_by_name", spoil_encoding, STATUS_ELF_ENCODING, "2 (s390)"},
    {"the_version_in_the_identity_is_1", spoil_identity_version, STATUS_ELF_IDENTITY_VERSION, "2"},
    {"the_version_is_1", spoil_version, STATUS_ELF_VERSION, "0"},
    {"a_program_is_refused", spoil_type_program, STATUS_ELF_TYPE, "a program"},
    {"a_shared_object_is_refused", spoil_type_shared, STATUS_ELF_TYPE, "a shared object"},
    {"an_unknown_type_is_refused", spoil_type_unknown, STATUS_ELF_TYPE, "unknown"},
    {"another_machine_is_refused_by_name", spoil_machine, STATUS_ELF_MACHINE, "aarch64"},
    {"a_machine_has_its_class", spoil_machine_class, STATUS_ELF_MACHINE, "in ELF"},
    {"the_header_has_its_size", spoil_header_size, STATUS_ELF_HEADER_SIZE, "63"},
    {"section_headers_have_their_size", spoil_entry_size, STATUS_SECTION_HEADER_SIZE, ""},
    {"a_cut_header_is_refused", cut_header, STATUS_ELF_CUT, "of 0x"},
    {"the_section_table_lies_inside", move_section_table, STATUS_SECTION_TABLE, "headers at"},
    {"a_far_section_table_is_refused", move_section_table_far, STATUS_SECTION_TABLE,
     " headers at 0xffffffff"},
    {"no_sections_are_refused", no_sections, STATUS_SECTION_COUNT, ""},
    {"reserved_section_counts_are_refused", reserved_count, STATUS_SECTION_COUNT_RESERVED,
     "0xff00"},
    {"a_section_count_elsewhere_is_not_0", no_wide_sections, STATUS_SECTION_COUNT, ""},
    {"a_section_count_elsewhere_has_a_limit", too_many_sections, STATUS_SECTION_LIMIT,
     "1048577, the limit is 1048576"},
    {"as_many_sections_as_the_limit_are_looked_for", most_sections, STATUS_SECTION_TABLE,
     "1048576 headers at"},
    {"a_section_count_elsewhere_is_true", false_wide_count, STATUS_SECTION_TABLE, "headers at"},
    {"section_header_0_lies_inside", wide_table_outside, STATUS_SECTION_TABLE, "header 0 at"},
    {"reserved_name_sections_are_refused", reserved_names, STATUS_SECTION_NAMES_RESERVED, "0xff00"},
    {"the_names_section_elsewhere_exists", wide_names_outside, STATUS_SECTION_NAMES, "of"},
    {"sections_have_names", no_names, STATUS_SECTION_NAMES, "0 of"},
    {"the_names_section_exists", names_outside, STATUS_SECTION_NAMES, "of"},
    {"the_names_section_is_strings", names_of_other_type, STATUS_SECTION_NAMES_TYPE,
     "section 3: type 1"},
    {"the_names_lie_inside", names_outside_file, STATUS_SECTION_NAMES_RANGE, "section 3"},
    {"the_names_end", names_not_ended, STATUS_SECTION_NAMES_END, "section 3"},
    {"a_section_name_lies_inside", name_outside, STATUS_SECTION_NAME, "section 6"},
    {"the_null_section_name_lies_inside", null_name_outside, STATUS_SECTION_NAME, "section 0"},
    {"a_type_without_a_name_is_refused_too", unknown_type, STATUS_ELF_TYPE,
     "unknown type (type 5)"},
    {"the_symbol_tables_name_lies_inside", symbol_table_name_outside, STATUS_SECTION_NAME,
     "section 1"},
    {"of_two_descriptions_the_first_counts", two_infos, STATUS_MOD_INFO, "made by hand"},
    {"section_0_is_the_null_section", null_section_type, STATUS_SECTION_NULL, "type 0x1"},
    {"a_section_lies_inside", section_outside, STATUS_SECTION_RANGE, "section 5 (.rodata)"},
    {"a_section_offset_cannot_wrap", section_far_outside, STATUS_SECTION_RANGE, "(.rodata)"},
    {"a_section_size_cannot_wrap", section_too_long, STATUS_SECTION_RANGE, "(.rodata)"},
    {"sections_not_loaded_lie_inside", unloaded_outside, STATUS_SECTION_RANGE, "(.comment)"},
    {"alignment_is_a_power_of_two", alignment_odd, STATUS_SECTION_ALIGNMENT_POWER,
     "6 (.data): 0x18"},
    {"alignment_is_at_most_2_mib", alignment_large, STATUS_SECTION_ALIGNMENT, "(.data): 0x400000"},
    {"no_section_is_writable_and_executable", write_execute, STATUS_SECTION_WRITE_EXECUTE,
     "(.data)"},
    {"thread_local_storage_is_refused", tls, STATUS_SECTION_TLS, "(.bss)"},
    {"loaded_sections_have_a_known_type", other_type, STATUS_SECTION_TYPE, "(.data): type 0x5"},
    {"types_above_the_arrays_are_refused", type_above_the_arrays, STATUS_SECTION_TYPE,
     "(.data): type 0x11"},
    {"a_name_that_only_begins_like_ours_is_another", name_like_ours, STATUS_SECTION_ALIGNMENT_POWER,
     "(.mata): 0x18"},
    {"an_array_is_a_loaded_section_too", array_alignment, STATUS_SECTION_ALIGNMENT_POWER,
     "(.data): 0x18"},
    {"an_array_that_is_not_loaded_is_none", array_cut_not_loaded, STATUS_UNRESOLVED, ""},
    {"arrays_have_whole_entries", array_cut, STATUS_ARRAY_SIZE, "(.data): 0x17 bytes"},
    {"the_sum_of_sizes_cannot_wrap", too_large_to_add, STATUS_SECTION_SIZE, "(.bss)"},
    {"the_sum_of_sizes_has_a_limit", too_large, STATUS_SECTION_SIZE, "(.bss)"},
    {"there_is_one_symbol_table", two_symbol_tables, STATUS_SYMBOL_TABLE, "sections 1 and 8"},
    {"symbols_have_their_size", symbol_entry_size, STATUS_SYMBOL_ENTRY_SIZE, "entries of 0x14"},
    {"the_symbol_table_is_not_loaded", symbol_table_loaded, STATUS_SECTION_TYPE, "type 0x2"},
    {"what_is_wrong_with_the_symbol_table_comes_first", symbol_entry_size_loaded,
     STATUS_SYMBOL_ENTRY_SIZE, "entries of 0x14"},
    {"the_symbol_table_has_whole_symbols", symbol_table_size, STATUS_SYMBOL_TABLE_SIZE,
     "section 1"},
    {"the_symbols_strings_exist", symbol_strings_link, STATUS_SYMBOL_STRINGS, "strings in section"},
    {"the_symbols_strings_are_given", symbol_strings_null, STATUS_SYMBOL_STRINGS, "strings in"},
    {"the_first_global_symbol_exists", first_global_outside, STATUS_SYMBOL_FIRST_GLOBAL, "8 of 7"},
    {"locals_come_first", local_among_globals, STATUS_SYMBOL_ORDER, "symbol 3 (table)"},
    {"globals_come_last", global_among_locals, STATUS_SYMBOL_ORDER, "symbol 2 (entry)"},
    {"the_null_symbol_has_no_value", null_symbol_value, STATUS_SYMBOL_NULL, "byte"},
    {"the_null_symbol_has_no_name", null_symbol_name, STATUS_SYMBOL_NULL, "byte"},
    {"strings_end", strings_not_ended, STATUS_STRINGS, "section 2 (.strtab)"},
    {"strings_are_not_empty", strings_empty, STATUS_STRINGS, "(.strtab)"},
    {"strings_are_a_string_table", strings_of_other_type, STATUS_STRINGS_TYPE, "(.strtab)"},
    {"a_symbol_name_lies_inside", symbol_name_outside, STATUS_SYMBOL_NAME, "symbol 3"},
    {"a_symbols_section_exists", symbol_section_outside, STATUS_SYMBOL_SECTION, "3 (table)"},
    {"reserved_sections_are_refused", symbol_section_reserved, STATUS_SYMBOL_SECTION_RESERVED,
     "(table): section 0xff42"},
    {"a_section_number_elsewhere_needs_a_table", symbol_index_missing, STATUS_SYMBOL_INDEX_MISSING,
     "(table): section 0xffff"},
    {"an_indirect_functions_resolver_lies_in_its_section", symbol_ifunc_outside,
     STATUS_SYMBOL_INDIRECT, "(entry) in section 4"},
    {"an_indirect_function_of_others_has_its_resolver_there", symbol_ifunc_undefined,
     STATUS_UNRESOLVED, ""},
    {"an_indirect_functions_resolver_has_a_section", symbol_ifunc_absolute, STATUS_SYMBOL_INDIRECT,
     "symbol 4 (version) in section"},
    {"an_indirect_functions_resolver_is_code", symbol_ifunc, STATUS_SYMBOL_INDIRECT,
     "symbol 3 (table) in section"},
    {"thread_local_symbols_are_refused", symbol_tls, STATUS_SYMBOL_TLS, "symbol 3 (table)"},
    {"info_strings_end", info_not_ended, STATUS_MOD_INFO_END, ".mod.info"},
    {"info_lines_have_a_value", info_without_value, STATUS_MOD_INFO, ".mod.info at 0x0"},
    {"info_lines_have_a_key", info_without_key, STATUS_MOD_INFO_KEY, ".mod.info at 0x0"},
    {"file_strings_end", files_not_ended, STATUS_MOD_FILES_END, ""},
    {"exports_are_whole_records", exports_size, STATUS_MOD_EXPORTS_SIZE, "0x17"},
    {"the_null_symbol_is_not_exported", export_of_null, STATUS_MOD_EXPORT_LOCAL,
     "record 0: symbol 0"},
    {"an_exported_symbol_exists", export_outside, STATUS_MOD_EXPORT_SYMBOL, "symbol 7"},
    {"a_local_symbol_is_not_exported", export_of_local, STATUS_MOD_EXPORT_LOCAL, "symbol 1"},
    {"an_undefined_symbol_is_not_exported", export_of_import, STATUS_MOD_EXPORT_UNDEFINED,
     "symbol 5"},
    {"a_local_symbol_is_not_exported_by_its_own_name", export_of_named_local,
     STATUS_MOD_EXPORT_LOCAL, "symbol 1"},
    {"an_undefined_symbol_is_not_exported_by_its_own_name", export_of_named_import,
     STATUS_MOD_EXPORT_UNDEFINED, "symbol 5"},
    {"exports_ascend_by_symbol", export_twice, STATUS_MOD_EXPORTS_ORDER, "record 1: symbol 3"},
    {"an_exports_hash_agrees", export_hash, STATUS_MOD_EXPORTS, "hash 0x1"},
    {"an_exports_class_is_known", export_class, STATUS_MOD_EXPORT_CLASS, "record 1"},
    {"imports_are_whole_records", imports_size, STATUS_MOD_IMPORTS_SIZE, "0xb"},
    {"a_defined_symbol_is_not_imported", import_of_export, STATUS_MOD_IMPORT_DEFINED, "symbol 2"},
    {"an_imported_symbol_exists", import_outside, STATUS_MOD_IMPORT_SYMBOL, "symbol 7"},
    {"an_undefined_symbol_behind_the_last_is_not_imported", import_behind_last,
     STATUS_MOD_IMPORT_SYMBOL, "record 1: symbol 6"},
    {"a_symbol_is_imported_once", import_twice, STATUS_MOD_IMPORTS_ORDER, "record 1: symbol 5"},
    {"imports_ascend", imports_descend, STATUS_MOD_IMPORTS_ORDER, "record 1: symbol 5"},
    {"an_imports_hash_agrees", import_hash, STATUS_MOD_IMPORTS, "hash 0x1"},
    {"an_imports_file_exists", import_file, STATUS_MOD_IMPORT_FILE, "file 2"},
};

static void provoke(const struct fault *fault, bool is_64)
{
    struct elf_builder elf;
    struct diagnosis diagnosis;
    sample_open(&elf, is_64);
    elf_close(&elf);
    fault->damage(&elf);
    enum status status = sample_run(elf_file(&elf), 0x10000, &diagnosis);
    elf_destroy(&elf);
    if (status != fault->status || strstr(diagnosis.detail, fault->detail) == NULL)
        fail_msg("E%d, not E%d; it says: %s", status, fault->status, diagnosis.detail);
    assert_int_equal(diagnosis.status, status);
}

static void a_fault_gives_its_status(void **state)
{
    provoke(*state, true);
    provoke(*state, false);
}

static void the_sample_itself_is_sound(void **state)
{
    (void)state;
    for (int is_64 = 0; is_64 < 2; is_64++) {
        struct elf_builder elf;
        struct diagnosis diagnosis;
        sample_open(&elf, is_64);
        enum status status = sample_run(elf_close(&elf), 0x10000, &diagnosis);
        assert_string_equal(diagnosis.detail, "");
        assert_int_equal(status, STATUS_UNRESOLVED);
        elf_destroy(&elf);
    }
}

static void values_at_the_limits_are_accepted(void **state)
{
    (void)state;
    for (int is_64 = 0; is_64 < 2; is_64++) {
        struct elf_builder elf;
        struct diagnosis diagnosis;
        sample_open(&elf, is_64);
        elf_close(&elf);
        ELF_SET_SECTION(&elf, SAMPLE_ZEROES, sh_size, IMAGE_SIZE_MAX - 64);
        ELF_SET_SECTION(&elf, SAMPLE_DATA, sh_addralign, 4096);
        ELF_SET_SECTION(&elf, SAMPLE_TEXT, sh_addralign, 0);
        ELF_SET_SYMBOL(&elf, SAMPLE_TABLE, st_value, 24);
        ELF_SET_SECTION(&elf, SAMPLE_NOTE, sh_addralign, 12345);
        ELF_SET_SECTION(&elf, SAMPLE_NOTE, sh_type, SHT_NULL);
        ELF_SET_SECTION(&elf, SAMPLE_NOTE, sh_offset, elf.file.size + 1);
        assert_int_equal(sample_run(elf_file(&elf), 0x10000, &diagnosis), STATUS_OK);
        elf_destroy(&elf);
    }
}

/* The two numbers of the ELF header are widened each for itself. */
static void the_names_section_alone_may_be_in_section_0(void **state)
{
    (void)state;
    for (int is_64 = 0; is_64 < 2; is_64++) {
        struct elf_builder elf;
        struct diagnosis diagnosis;
        sample_open(&elf, is_64);
        elf_close(&elf);
        ELF_SET_HEADER(&elf, e_shstrndx, SHN_XINDEX);
        ELF_SET_SECTION(&elf, 0, sh_link, ELF_NAMES);
        assert_int_equal(sample_run(elf_file(&elf), 0x10000, &diagnosis), STATUS_UNRESOLVED);
        ELF_SET_HEADER(&elf, e_shstrndx, ELF_NAMES);
        ELF_SET_HEADER(&elf, e_shnum, 0);
        ELF_SET_SECTION(&elf, 0, sh_size, elf.section_count);
        assert_int_equal(sample_run(elf_file(&elf), 0x10000, &diagnosis), STATUS_UNRESOLVED);
        elf_destroy(&elf);
    }
}

/* A symbol table as long as that needs a file as long. */
static void more_symbols_than_the_limit_are_refused(void **state)
{
    (void)state;
    const size_t table_size = (IMAGE_SYMBOLS_MAX + 1ull) * sizeof(Elf64_Sym);
    struct elf_builder elf;
    struct image image;
    struct diagnosis diagnosis;
    sample_open(&elf, true);
    elf_close(&elf);
    ELF_SET_SECTION(&elf, ELF_SYMBOLS, sh_size, table_size);
    size_t size = elf.file.size + table_size;
    uint8_t *bytes = elf_map(&elf, size);
    assert_int_equal(image_check(span_make(bytes, size), &image, &diagnosis), STATUS_SYMBOL_LIMIT);
    assert_non_null(strstr(diagnosis.detail, "section 1: more than 16777216 symbols"));
    Elf64_Shdr *header = (Elf64_Shdr *)(bytes + elf.section_table) + ELF_SYMBOLS;
    header->sh_size -= sizeof(Elf64_Sym);
    header->sh_link = 0;
    assert_int_equal(image_check(span_make(bytes, size), &image, &diagnosis),
                     STATUS_SYMBOL_STRINGS);
    munmap(bytes, size);
    elf_destroy(&elf);
}

static void accessors_say_what_was_written(void **state)
{
    (void)state;
    struct elf_builder elf;
    struct image image;
    struct diagnosis diagnosis;
    sample_open(&elf, true);
    assert_int_equal(image_check(elf_close(&elf), &image, &diagnosis), STATUS_OK);
    assert_ptr_equal(image.machine, &machine_x86_64);
    assert_ptr_equal(image_peek_machine(elf_file(&elf)), &machine_x86_64);
    assert_string_equal(image_section(&image, SAMPLE_ZEROES).name, ".bss");
    struct image_section zeroes = image_section(&image, SAMPLE_ZEROES);
    assert_int_equal(image_contents(&image, &zeroes).size, 0);
    zeroes.type = SHT_NULL;
    assert_int_equal(image_contents(&image, &zeroes).size, 0);
    assert_string_equal(image_symbol(&image, SAMPLE_TABLE).name, "table");
    assert_int_equal(image_symbol(&image, SAMPLE_VERSION).value, 0x12345678);
    assert_string_equal(image_info(&image, "license"), "BSD");
    assert_string_equal(image_info(&image, "author"), "me");
    assert_null(image_info(&image, "lic"));
    assert_null(image_info(&image, "licence"));
    assert_string_equal(image_import_file(&image, 1), "other.a(m.o)");
    assert_null(image_import_file(&image, 2));
    assert_int_equal(image_export_count(&image), 2);
    assert_int_equal(image_export(&image, 0).mclass, MOD_CLASS_SYSCALL3264);
    assert_int_equal(image_import(&image, 0).symbol, SAMPLE_PRINTK);
    struct image_section files = image_section(&image, SAMPLE_FILES);
    assert_false(image_section_is_loaded(&files));
    elf_destroy(&elf);
}

static void four_bytes_tell_what_a_file_is(void **state)
{
    (void)state;
    static const struct {
        uint8_t bytes[4];
        enum status status;
    } cases[] = {
        {{ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3}, STATUS_ELF_CUT},
        {{'B', 'C', 0xc0, 0xde}, STATUS_FILE_BITCODE},
        {{0xde, 0xc0, 0x17, 0x0b}, STATUS_FILE_BITCODE},
    };
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        struct diagnosis diagnosis;
        assert_int_equal(sample_run(span_make(cases[i].bytes, 4), 0, &diagnosis), cases[i].status);
        assert_int_equal(sample_run(span_make(cases[i].bytes, 3), 0, &diagnosis),
                         STATUS_FILE_FORMAT);
    }
}

static void twenty_bytes_tell_the_machine_of_an_object(void **state)
{
    (void)state;
    const size_t size = offsetof(Elf32_Ehdr, e_version);
    struct elf_builder elf;
    sample_open(&elf, true);
    elf_close(&elf);
    uint8_t *bytes = elf.file.bytes;
    assert_ptr_equal(image_peek_machine(span_make(bytes, size)), &machine_x86_64);
    assert_null(image_peek_machine(span_make(bytes, size - 1)));
    bytes[EI_DATA] = ELFDATA2MSB;
    assert_null(image_peek_machine(span_make(bytes, size)));
    bytes[EI_DATA] = ELFDATA2LSB;
    bytes[0] = 0;
    assert_null(image_peek_machine(span_make(bytes, size)));
    elf_destroy(&elf);
}

static void set_allocated(struct elf_builder *elf, unsigned section, bool is_allocated)
{
    uint64_t flags = elf->sections[section].header.sh_flags & ~(uint64_t)SHF_ALLOC;
    ELF_SET_SECTION(elf, section, sh_flags, flags | (is_allocated ? SHF_ALLOC : 0));
}

/* The sample, closed, without a section that gets memory. */
static void hollow_open(struct elf_builder *elf, bool is_64)
{
    sample_open(elf, is_64);
    elf_close(elf);
    for (unsigned i = 1; i < elf->section_count; i++)
        set_allocated(elf, i, false);
}

/* In memory of exactly the file's size. */
static const struct machine *peek_loadable(const struct elf_builder *elf)
{
    uint8_t *copy = malloc(elf->file.size);
    memcpy(copy, elf->file.bytes, elf->file.size);
    const struct machine *machine = image_peek_loadable(span_make(copy, elf->file.size));
    free(copy);
    return machine;
}

static void an_object_without_an_allocated_section_holds_nothing_to_load(void **state)
{
    (void)state;
    for (int is_64 = 0; is_64 < 2; is_64++) {
        const struct machine *machine = is_64 ? &machine_x86_64 : &machine_i386;
        struct elf_builder elf;
        hollow_open(&elf, is_64);
        assert_ptr_equal(image_peek_machine(elf_file(&elf)), machine);
        assert_null(peek_loadable(&elf));
        for (unsigned i = 1; i < elf.section_count; i++) {
            set_allocated(&elf, i, true);
            assert_ptr_equal(peek_loadable(&elf), machine);
            set_allocated(&elf, i, false);
        }
        elf_widen(&elf);
        assert_ptr_equal(peek_loadable(&elf), machine);
        ELF_SET_HEADER(&elf, e_type, ET_EXEC);
        assert_null(peek_loadable(&elf));
        elf_destroy(&elf);
    }
}

/* Of the header and the section table, without which nobody knows what an object holds. */
static bool is_of_the_table(enum status status)
{
    static const enum status statuses[] = {
        STATUS_ELF_CLASS,           STATUS_ELF_CUT,
        STATUS_ELF_VERSION,         STATUS_ELF_IDENTITY_VERSION,
        STATUS_ELF_HEADER_SIZE,     STATUS_SECTION_HEADER_SIZE,
        STATUS_SECTION_TABLE,       STATUS_SECTION_COUNT,
        STATUS_SECTION_LIMIT,       STATUS_SECTION_COUNT_RESERVED,
        STATUS_SECTION_NAMES,       STATUS_SECTION_NAMES_RESERVED,
        STATUS_SECTION_NAMES_RANGE, STATUS_SECTION_NAMES_TYPE,
        STATUS_SECTION_NAMES_END,
    };
    for (size_t i = 0; i < ARRAY_COUNT(statuses); i++) {
        if (statuses[i] == status)
            return true;
    }
    return false;
}

static void an_object_whose_table_is_damaged_counts_as_one_that_holds_something(void **state)
{
    (void)state;
    size_t count = 0;
    for (size_t i = 0; i < 2 * ARRAY_COUNT(faults); i++) {
        const struct fault *fault = &faults[i / 2];
        struct elf_builder elf;
        if (!is_of_the_table(fault->status))
            continue;
        hollow_open(&elf, i % 2 == 0);
        fault->damage(&elf);
        assert_ptr_equal(peek_loadable(&elf), image_peek_machine(elf_file(&elf)));
        count += peek_loadable(&elf) != NULL;
        elf_destroy(&elf);
    }
    assert_true(count > 40);
}

static void globals_are_found_by_the_first_letter_of_their_names(void **state)
{
    (void)state;
    enum { FIRST = 1, UNDERSCORE, LAST, COUNT };
    struct elf_builder elf;
    struct image image;
    struct diagnosis diagnosis;
    elf_open(&elf, true);
    elf_add_symbol(&elf, "first", SHN_ABS, 0, ELF64_ST_INFO(STB_GLOBAL, STT_NOTYPE));
    elf_add_symbol(&elf, "_", SHN_ABS, 0, ELF64_ST_INFO(STB_GLOBAL, STT_NOTYPE));
    elf_add_symbol(&elf, "final", SHN_ABS, 0, ELF64_ST_INFO(STB_GLOBAL, STT_NOTYPE));
    assert_int_equal(image_check(elf_close(&elf), &image, &diagnosis), STATUS_OK);
    assert_int_equal(image_next_named(&image, 0, 'f'), FIRST);
    assert_int_equal(image_next_named(&image, FIRST + 1, 'f'), LAST);
    assert_int_equal(image_next_named(&image, LAST + 1, 'f'), COUNT);
    assert_int_equal(image_next_named(&image, 0, '_'), UNDERSCORE);
    assert_int_equal(image_next_named(&image, UNDERSCORE + 1, '_'), COUNT);
    elf_destroy(&elf);
}

static void an_object_without_symbols_is_sound(void **state)
{
    (void)state;
    struct elf_builder elf;
    struct diagnosis diagnosis;
    elf_open(&elf, true);
    elf_add_section(&elf, ".text", SHT_PROGBITS, SHF_ALLOC | SHF_EXECINSTR, "x", 1);
    elf_close(&elf);
    ELF_SET_SECTION(&elf, ELF_SYMBOLS, sh_type, SHT_NULL);
    assert_int_equal(sample_run(elf_file(&elf), 0, &diagnosis), STATUS_OK);
    ELF_SET_SECTION(&elf, ELF_SYMBOLS, sh_type, SHT_SYMTAB);
    ELF_SET_SECTION(&elf, ELF_SYMBOLS, sh_size, 0);
    ELF_SET_SECTION(&elf, ELF_SYMBOLS, sh_offset, elf.file.size);
    ELF_SET_SECTION(&elf, ELF_SYMBOLS, sh_info, 0);
    assert_int_equal(sample_run(elf_file(&elf), 0, &diagnosis), STATUS_OK);
    elf_destroy(&elf);
}

static const char source[] =
    "extern int printk(const char *, ...);\n"
    "static int counter; int table[4] = {1, 2}; const char *const words[] = {\"one\", \"two\"};\n"
    "int *pointer = &table[2]; static int (*const call)(const char *, ...) = printk;\n"
    "__attribute__((weak)) int helper(int x) { return x + counter++; }\n"
    "__attribute__((section(\".text.cold\"))) int entry(int x) { call(words[x & 1]);\n"
    "    switch (x) { case 1: return 5; case 2: return printk(\"a\"); case 3: return helper(7);\n"
    "    case 4: return table[x]; case 5: return *pointer; case 6: return 1; } return 0; }\n";

static const char *const commands[] = {
    COMPILE_64,
    COMPILE_32,
    COMPILE_64 " -O0 -g",
    COMPILE_32 " -O0 -g",
    COMPILE_64 " -ffunction-sections -fdata-sections -fasynchronous-unwind-tables",
    "clang --target=x86_64-unknown-none-elf -O2 -g -mcmodel=kernel -fno-pic",
    "clang --target=i386-unknown-none-elf -O1 -fno-pic",
};

static void what_compilers_write_is_accepted(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(commands); i++) {
        struct diagnosis diagnosis;
        if (strncmp(commands[i], "clang", 5) == 0 && !scratch_has_program("clang"))
            continue;
        struct span object = scratch_compile(commands[i], "c.o", source);
        enum status status = sample_run(object, 0x10000, &diagnosis);
        if (status != STATUS_UNRESOLVED)
            fail_msg("%s: E%d %s", commands[i], status, diagnosis.detail);
        scratch_free(object);
    }
}

static void what_needs_more_than_there_is_says_so(void **state)
{
    (void)state;
    static const struct {
        const char *command;
        const char *source;
        enum status status;
    } cases[] = {
        {COMPILE_64, "__thread int mine = 3;", STATUS_SECTION_TLS},
        {COMPILE_64, "extern __thread int mine; int f(void) { return mine; }", STATUS_SYMBOL_TLS},
        {COMPILE_64, "asm(\".section x, \\\"awx\\\"; nop\");", STATUS_SECTION_WRITE_EXECUTE},
        {COMPILE_64, "asm(\".balign 4194304; nop\");", STATUS_SECTION_ALIGNMENT},
        {"$CC -O2 -fpic", "extern int x; int f(void) { return x; }", STATUS_UNRESOLVED},
        {COMPILE_32 " -fpic", "extern int x; int f(void) { return x; }", STATUS_UNRESOLVED},
    };
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        struct diagnosis diagnosis;
        struct span object = scratch_compile(cases[i].command, "c.o", cases[i].source);
        enum status status = sample_run(object, 0x10000, &diagnosis);
        if (status != cases[i].status)
            fail_msg("%s: E%d %s", cases[i].source, status, diagnosis.detail);
        scratch_free(object);
    }
}

static void linked_programs_are_refused(void **state)
{
    (void)state;
    struct diagnosis diagnosis;
    scratch_free(scratch_compile(COMPILE_64, "p.o", "int f(void) { return 0; }"));
    scratch_run("$LD -e 0 -o p p.o && $LD -r -o r p.o");
    struct span program = scratch_read("p");
    struct span object = scratch_read("r");
    assert_int_equal(sample_run(program, 0, &diagnosis), STATUS_ELF_TYPE);
    assert_null(image_peek_machine(program));
    assert_int_equal(sample_run(object, 0, &diagnosis), STATUS_OK);
    scratch_free(program);
    scratch_free(object);
}

static void a_32_bit_header_is_shorter(void **state)
{
    (void)state;
    struct elf_builder elf;
    struct diagnosis diagnosis;
    sample_open(&elf, false);
    elf_close(&elf);
    struct span header = span_make(elf.file.bytes, sizeof(Elf32_Ehdr));
    assert_int_equal(sample_run(header, 0, &diagnosis), STATUS_SECTION_TABLE);
    elf_destroy(&elf);
}

/* Every one of these runs is clean under the sanitizers, and ends in a status. */
static void cut_everywhere(struct span file)
{
    struct diagnosis diagnosis;
    for (size_t size = 0; size < file.size; size++) {
        enum status status = sample_run(span_make(file.bytes, size), 0x10000, &diagnosis);
        assert_true(status >= STATUS_FILE_FORMAT && status < STATUS_UNRESOLVED);
    }
}

static void damage_everywhere(struct span file)
{
    static const uint8_t patterns[] = {0x01, 0x80, 0xff, 0x10};
    uint64_t random = 42;
    uint8_t *bytes = (uint8_t *)file.bytes;
    struct diagnosis diagnosis;
    for (size_t i = 0; i < file.size; i++) {
        uint8_t saved = bytes[i];
        for (size_t k = 0; k <= ARRAY_COUNT(patterns); k++) {
            uint8_t other = (uint8_t)random_next(&random);
            bytes[i] = k < ARRAY_COUNT(patterns) ? saved ^ patterns[k] : other;
            enum status status = sample_run(file, 0x10000, &diagnosis);
            assert_true(status <= STATUS_UNRESOLVED || status >= STATUS_RELOCATION_TOTAL);
        }
        bytes[i] = saved;
    }
}

static void a_sample_cut_or_damaged_anywhere_ends_in_a_status(void **state)
{
    (void)state;
    for (int is_64 = 0; is_64 < 2; is_64++) {
        struct elf_builder elf;
        sample_open(&elf, is_64);
        elf_close(&elf);
        cut_everywhere(elf_file(&elf));
        damage_everywhere(elf_file(&elf));
        elf_destroy(&elf);
    }
}

static void a_compiled_object_cut_or_damaged_anywhere_ends_in_a_status(void **state)
{
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct span object = scratch_compile(commands[i], "c.o", source);
        cut_everywhere(object);
        damage_everywhere(object);
        scratch_free(object);
    }
}

/* Of an object with this one section. */
static enum status check_section_of(const char *name, uint64_t flags)
{
    struct elf_builder elf;
    struct image image;
    struct diagnosis diagnosis;
    elf_open(&elf, true);
    elf_add_section(&elf, name, SHT_PROGBITS, flags, "code", 4);
    enum status status = image_check(elf_close(&elf), &image, &diagnosis);
    elf_destroy(&elf);
    return status;
}

/* It is the note that says so, not a section of that name which is loaded, nor any other. */
static void an_object_that_runs_code_on_its_stack_is_refused(void **state)
{
    (void)state;
    assert_int_equal(check_section_of(".note.GNU-stack", SHF_EXECINSTR), STATUS_STACK_EXECUTABLE);
    assert_int_equal(check_section_of(".note.GNU-stack", SHF_WRITE), STATUS_OK);
    assert_int_equal(check_section_of(".note.GNU-stack", SHF_ALLOC | SHF_EXECINSTR), STATUS_OK);
    assert_int_equal(check_section_of(".note.GNU-stac", SHF_EXECINSTR), STATUS_OK);
}

static void relocation_tables_are_not_larger_together_than_the_file(void **state)
{
    (void)state;
    for (int has_addend = 0; has_addend < 2; has_addend++) {
        struct elf_builder elf;
        struct image image;
        struct diagnosis diagnosis;
        elf_open(&elf, true);
        unsigned text = elf_add_section(&elf, ".text", SHT_PROGBITS, SHF_ALLOC, "text", 4);
        unsigned first = elf_add_relocations(&elf, text, has_addend != 0);
        unsigned second = elf_add_relocations(&elf, text, has_addend != 0);
        elf_close(&elf);
        ELF_SET_SECTION(&elf, first, sh_offset, 0);
        ELF_SET_SECTION(&elf, first, sh_size, elf.file.size - 10);
        ELF_SET_SECTION(&elf, second, sh_size, 10);
        assert_int_equal(image_check(elf_file(&elf), &image, &diagnosis), STATUS_OK);
        ELF_SET_SECTION(&elf, second, sh_size, 11);
        assert_int_equal(image_check(elf_file(&elf), &image, &diagnosis), STATUS_RELOCATION_TOTAL);
        assert_memory_equal(diagnosis.detail, "up to section 6 (", 17);
        elf_destroy(&elf);
    }
}

int main(void)
{
    struct CMUnitTest fault_tests[ARRAY_COUNT(faults)];
    for (size_t i = 0; i < ARRAY_COUNT(faults); i++)
        fault_tests[i] = (struct CMUnitTest){.name = faults[i].rule,
                                             .test_func = a_fault_gives_its_status,
                                             .initial_state = (void *)&faults[i]};
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_sample_itself_is_sound),
        cmocka_unit_test(values_at_the_limits_are_accepted),
        cmocka_unit_test(the_names_section_alone_may_be_in_section_0),
        cmocka_unit_test(more_symbols_than_the_limit_are_refused),
        cmocka_unit_test(accessors_say_what_was_written),
        cmocka_unit_test(four_bytes_tell_what_a_file_is),
        cmocka_unit_test(twenty_bytes_tell_the_machine_of_an_object),
        cmocka_unit_test(an_object_without_an_allocated_section_holds_nothing_to_load),
        cmocka_unit_test(an_object_whose_table_is_damaged_counts_as_one_that_holds_something),
        cmocka_unit_test(globals_are_found_by_the_first_letter_of_their_names),
        cmocka_unit_test(an_object_without_symbols_is_sound),
        cmocka_unit_test(what_compilers_write_is_accepted),
        cmocka_unit_test(what_needs_more_than_there_is_says_so),
        cmocka_unit_test(linked_programs_are_refused),
        cmocka_unit_test(a_32_bit_header_is_shorter),
        cmocka_unit_test(an_object_that_runs_code_on_its_stack_is_refused),
        cmocka_unit_test(relocation_tables_are_not_larger_together_than_the_file),
        cmocka_unit_test(a_sample_cut_or_damaged_anywhere_ends_in_a_status),
        cmocka_unit_test(a_compiled_object_cut_or_damaged_anywhere_ends_in_a_status),
    };
    int failed = cmocka_run_group_tests_name("image faults", fault_tests, NULL, NULL);
    return failed + cmocka_run_group_tests_name("image", tests, NULL, NULL);
}
