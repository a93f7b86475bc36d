"""
A file for every status that a file can provoke, each a sound object or archive with one thing wrong.

A fixture is a function named after its status in lower case. It is given a sound Object to spoil (or to
return other bytes instead of), and FOLDER is where all files will be when they are loaded. Files that a
fixture needs beside its own are in OTHERS. What no file can provoke is in ELSEWHERE, with the test that
does.
"""

import struct

from harness.modld import hash_name, names_of_one_hash

from .object_writer import (
    ABSOLUTE, ABSOLUTE_32, ALLOC, COMMON, COMPRESSED, CONSTANTS, DATA, EXECUTE, EXTENDED, GLOBAL, GROUP,
    IFUNC, INIT_ARRAY, LOAD, NAMES, NOBITS, NONCONFORMING, PROGBITS, RELA, RELOCATIONS, RESERVED,
    STRINGS, SYMBOLS, SYMTAB, SYMTAB_SHNDX, TABLE, TEXT, TLS_FLAG, TLS_SYMBOL, WRITE, ZEROES, Object,
    archive, member)

FOLDER = "/refusals"
FIXTURES = {}
OTHERS = {}


def fixture(make):
    FIXTURES[make.__name__.upper()] = make
    return make


def other(name):
    """A file that a fixture names; it loads."""
    def register(make):
        OTHERS[name] = make
        return make
    return register


def sound(width):
    return Object(width).build()


# Files and archives -----------------------------------------------------------------------------------


@fixture
def file_missing(o):
    o.add_import("name", f"{FOLDER}/no-such-file.o")


@fixture
def file_directory(o):
    o.add_import("name", FOLDER)


@fixture
def file_empty(o):
    return b""


@fixture
def file_format(o):
    return b"neither of the two\n"


@fixture
def file_bitcode(o):
    return b"BC\xc0\xde" + bytes(60)


@fixture
def archive_thin(o):
    return b"!<thin>\n" + member("a.o/", b"", 100)


@fixture
def archive_header(o):
    return archive(member("a.o/", o.build(), end=b"``"))


@fixture
def archive_cut(o):
    return archive(member("a.o/", o.build(), 100_000))


@fixture
def archive_name(o):
    return archive(member("//", b"long.o/\n"), member("/8", o.build()))


@fixture
def archive_no_member(o):
    return archive(member("a.o/", Object(96 - o.width).build()))


@fixture
def member_missing(o):
    o.add_import("table", f"{FOLDER}/other.a(missing.o)")


@fixture
def member_unnamed(o):
    o.add_import("table", f"{FOLDER}/other.a")


@other("other.a")
def other_archive(width):
    return archive(member("other.o/", sound(width)))


@other("other.o")
def other_object(width):
    return sound(width)


@fixture
def libpath_limit(o):
    o.add_import("name", "bare.o")
    o.add_section(".mod.link", PROGBITS, content=b"libpath=" + b"/a:" * 64 + b"/b\0")


@fixture
def libpath_searches(o):
    o.add_section(".mod.files", PROGBITS, content=b"other.o\0" * 4112)
    o.add_section(".mod.link", PROGBITS,
                  content=b"libpath=" + (b"/" + b"a" * 63 + b":") * 15 + FOLDER.encode() + b"\0")


@fixture
def libpath(o):
    o.add_import("name", "missing.o")
    o.add_section(".mod.link", PROGBITS, content=b"libpath=/no::/such\0")


@fixture
def libpath_missing(o):
    o.add_import("name", "missing.o")
    o.add_section(".mod.link", PROGBITS, content=f"libpath={FOLDER}:/etc".encode() + b"\0")


@fixture
def archive_header_cut(o):
    return archive(member("a.o/", o.build())) + b"b.o/"


@fixture
def archive_size(o):
    return archive(member("a.o/", o.build(), "0x20"))


@fixture
def archive_name_number(o):
    return archive(member("//", b"long.o/\n"), member("/0x", o.build()))


@fixture
def archive_name_table(o):
    return archive(member("/0", o.build()))


@fixture
def archive_name_end(o):
    return archive(member("//", b"long.o/"), member("/0", o.build()))


@fixture
def archive_bsd_number(o):
    return archive(member("#1/x", o.build()))


@fixture
def archive_bsd_length(o):
    return archive(member("#1/9", b"long.o"))


@fixture
def archive_name_empty(o):
    return archive(member("", o.build()))


# The ELF header ---------------------------------------------------------------------------------------


@fixture
def elf_cut(o):
    return o.build()[:51]


@fixture
def elf_class(o):
    o.header["ident"] = b"\x7fELF\x03\x01\x01"


@fixture
def elf_encoding(o):
    o.header["ident"] = b"\x7fELF" + bytes([2 if o.wide else 1, 2, 1])


@fixture
def elf_version(o):
    o.header["version"] = 2


@fixture
def elf_identity_version(o):
    o.header["ident"] = b"\x7fELF" + bytes([2 if o.wide else 1, 1, 0])


@fixture
def elf_type(o):
    o.header["type"] = 3


@fixture
def elf_machine(o):
    o.header["machine"] = 183


@fixture
def elf_x32(o):
    o = Object(32)
    o.header["machine"] = 62
    return o.build()


@fixture
def elf_mode(o):
    return sound(96 - o.width)


@fixture
def elf_header_size(o):
    o.header["ehsize"] = 60


@fixture
def section_header_size(o):
    o.header["shentsize"] = 60


@fixture
def section_count(o):
    o.header["shnum"] = 0
    o.header["shoff"] = 0


@fixture
def section_count_reserved(o):
    o.header["shnum"] = RESERVED


@fixture
def section_limit(o):
    o.header["shnum"] = 0
    o.sections[0]["size"] = 0x7fffffff


@fixture
def section_names(o):
    o.header["shstrndx"] = len(o.sections)


@fixture
def section_names_reserved(o):
    o.header["shstrndx"] = RESERVED


# Sections ---------------------------------------------------------------------------------------------


@fixture
def section_table(o):
    o.header["shoff"] = 0x10000


@fixture
def section_names_range(o):
    o.sections[NAMES]["offset"] = 0x10000


@fixture
def section_names_type(o):
    o.sections[NAMES]["type"] = PROGBITS


@fixture
def section_names_end(o):
    o.sections[NAMES]["size"] = len(o.names) - 1


@fixture
def section_name(o):
    o.sections[TEXT]["name"] = len(o.names)


@fixture
def section_range(o):
    o.sections[CONSTANTS]["size"] = 0x10000


@fixture
def section_alignment(o):
    o.sections[DATA]["addralign"] = 1 << 30


@fixture
def section_alignment_power(o):
    o.sections[DATA]["addralign"] = 24


@fixture
def section_write_execute(o):
    o.sections[TEXT]["flags"] |= WRITE


@fixture
def section_compressed(o):
    o.sections[CONSTANTS]["flags"] |= COMPRESSED


@fixture
def section_nonconforming(o):
    o.sections[CONSTANTS]["flags"] |= NONCONFORMING


@fixture
def stack_executable(o):
    o.add_section(".note.GNU-stack", PROGBITS, EXECUTE)


@fixture
def relocation_total(o):
    """Tables that share the bytes of the file."""
    for _ in range(50):
        o.add_section(".rela.text", RELA, link=SYMBOLS, info=TEXT, offset=0, size=480,
                      entsize=24 if o.wide else 12)


@fixture
def section_tls(o):
    o.sections[DATA]["flags"] |= TLS_FLAG


@fixture
def section_type(o):
    o.sections[CONSTANTS]["type"] = 5  # SHT_HASH


@fixture
def array_size(o):
    o.add_section(".init_array", INIT_ARRAY, ALLOC | WRITE, bytes(9))


@fixture
def array_entry(o):
    o.add_section(".init_array", INIT_ARRAY, ALLOC | WRITE, b"\1".ljust(8, b"\0"))


@fixture
def section_size(o):
    o.sections[ZEROES]["size"] = 1 << 29


@fixture
def placement_size(o):
    """Sections of a byte each, that all begin at a multiple of 2 MiB."""
    for _ in range(600):
        o.add_section(".bss", NOBITS, ALLOC | WRITE, size=1, addralign=1 << 21)


@fixture
def section_null(o):
    o.sections[0]["type"] = PROGBITS


# Symbols ----------------------------------------------------------------------------------------------


@fixture
def strings(o):
    o.sections[STRINGS]["size"] = len(o.strings) - 1


@fixture
def strings_type(o):
    o.sections[STRINGS]["type"] = PROGBITS


@fixture
def symbol_table(o):
    o.add_section(".symtab", SYMTAB, link=STRINGS, entsize=o.sections[SYMBOLS]["entsize"])


@fixture
def symbol_entry_size(o):
    o.sections[SYMBOLS]["entsize"] = 20


@fixture
def symbol_table_size(o):
    o.sections[SYMBOLS]["size"] = o.sections[SYMBOLS]["entsize"] * len(o.symbols) - 1


@fixture
def symbol_strings(o):
    o.sections[SYMBOLS]["link"] = len(o.sections)


@fixture
def symbol_first_global(o):
    o.sections[SYMBOLS]["info"] = len(o.symbols) + 1


@fixture
def symbol_order(o):
    o.sections[SYMBOLS]["info"] = 1


@fixture
def symbol_null(o):
    o.symbols[0]["value"] = 1


@fixture
def symbol_name(o):
    o.symbols[TABLE]["name"] = len(o.strings)


@fixture
def symbol_section(o):
    o.symbols[TABLE]["shndx"] = len(o.sections)


@fixture
def symbol_section_reserved(o):
    o.symbols[TABLE]["shndx"] = RESERVED


@fixture
def symbol_duplicate(o):
    o.add_symbol("table", DATA)


@fixture
def names_crowded(o):
    """Behind 65 names of one hash, NAME_SPACE_CROWD and one, there is no place."""
    for name in names_of_one_hash(66):
        o.add_symbol(name, DATA)


@fixture
def symbol_common(o):
    """The local one."""
    o.symbols[1].update(shndx=COMMON, value=4)


@fixture
def symbol_type(o):
    o.symbols[TABLE]["info"] = GLOBAL | 7


@fixture
def symbol_binding(o):
    o.symbols[TABLE]["info"] = 3 << 4


@fixture
def object_lto(o):
    o.add_symbol("__gnu_lto_slim", COMMON, 1, size=1)


@fixture
def common_alignment_power(o):
    o.add_symbol("common", COMMON, 24, size=1)


@fixture
def common_alignment(o):
    o.add_symbol("common", COMMON, 1 << 22, size=1)


@fixture
def common_size(o):
    o.add_symbol("common", COMMON, 1, size=(1 << 29) + 1)


def add_group(o, *members, flags=0, **fields):
    content = struct.pack(f"<{1 + len(members)}I", flags, *members)
    o.add_section(".group", GROUP, content=content,
                  **{"link": SYMBOLS, "info": TABLE, "entsize": 4, **fields})


@fixture
def group_link(o):
    add_group(o, DATA, link=STRINGS)


@fixture
def group_signature(o):
    add_group(o, DATA, info=len(o.symbols))


@fixture
def group_entry_size(o):
    add_group(o, DATA, entsize=8)


@fixture
def group_size(o):
    add_group(o, DATA, size=7)


@fixture
def group_flags(o):
    add_group(o, DATA, flags=2)


@fixture
def group_member(o):
    add_group(o, 100)


@fixture
def group_nested(o):
    add_group(o, DATA)
    add_group(o, len(o.sections) - 1)


@fixture
def group_twice(o):
    add_group(o, DATA)
    add_group(o, DATA)


@fixture
def symbol_name_length(o):
    """One byte above the limit, IMAGE_NAME_MAX."""
    o.add_symbol("x" * ((1 << 14) + 1), 0)


LONG_NAME = "n" * ((1 << 14) - 1)
LONG_NAMES = 1 << 8  # with its end, as many as there may be


@fixture
def symbol_names_total(o):
    """Many symbols whose name is the same long one."""
    first = o.symbols[o.add_symbol(LONG_NAME, 0)]["name"]
    for _ in range(LONG_NAMES):
        o.symbols[o.add_symbol("", 0)]["name"] = first


@fixture
def group_names_total(o):
    """Many groups whose signature is the same long one."""
    signature = o.add_symbol(LONG_NAME, 0)
    for _ in range(LONG_NAMES + 1):
        add_group(o, flags=1, info=signature)


@fixture
def symbol_indirect(o):
    o.symbols[TABLE]["info"] = GLOBAL | IFUNC


@fixture
def symbol_tls(o):
    o.symbols[TABLE]["info"] = GLOBAL | TLS_SYMBOL


def add_numbers(o, **fields):
    """A table of section numbers for the symbols, which says DATA for each."""
    content = struct.pack("<I", DATA) * len(o.symbols)
    o.add_section(".symtab_shndx", SYMTAB_SHNDX, content=content,
                  **{"link": SYMBOLS, "entsize": 4, **fields})


@fixture
def symbol_index_missing(o):
    o.symbols[TABLE]["shndx"] = EXTENDED


@fixture
def symbol_index_tables(o):
    add_numbers(o)
    add_numbers(o)


@fixture
def symbol_index_link(o):
    add_numbers(o, link=STRINGS)


@fixture
def symbol_index_entry_size(o):
    add_numbers(o, entsize=8)


@fixture
def symbol_index_count(o):
    add_numbers(o, size=4 * len(o.symbols) - 4)


# Relocations ------------------------------------------------------------------------------------------


@fixture
def relocation_table(o):
    o.sections[RELOCATIONS]["entsize"] = 7


@fixture
def relocation_place(o):
    o.relocations[0][0] = 13


@fixture
def relocation_symbol(o):
    o.relocations[0][2] = len(o.symbols)


@fixture
def relocation_type(o):
    o.relocations[0][1] = 99


@fixture
def relocation_overflow(o):
    o.add_relocation(0, {64: 11, 32: 20}[o.width], TABLE, 1 << {64: 40, 32: 17}[o.width])


@fixture
def relocation_tls(o):
    o.add_relocation(0, {64: 23, 32: 17}[o.width], TABLE)


@fixture
def relocation_unloaded(o):
    remark = o.add_section(".comment", PROGBITS, content=b"remark")
    o.add_relocation(0, {64: 1, 32: 1}[o.width], o.add_symbol("remark", remark))


@fixture
def relocation_size(o):
    o.add_relocation(0, {64: 32, 32: 38}[o.width], o.add_import("printk"))


@fixture
def relocation_overlap(o):
    """A slot is wanted; then mov, which would have been relaxed, is made an instruction that cannot be."""
    byte, slot, relaxed, addend = {64: (14, 9, 42, -4), 32: (22, 3, 43, 0)}[o.width]
    o.sections[TEXT]["content"] = b"\0\0\0\0\x48\x8b\x05".ljust(16, b"\0")
    o.relocations = []
    o.add_relocation(0, slot, LOAD)
    o.add_relocation(5, byte, o.add_symbol("movsxd", ABSOLUTE, 0x63))
    o.add_relocation(7, relaxed, TABLE, addend)


# What modld adds --------------------------------------------------------------------------------------


@fixture
def mod_info(o):
    o.add_section(".mod.info", PROGBITS, content=b"no value\0")


@fixture
def mod_info_end(o):
    o.add_section(".mod.info", PROGBITS, content=b"key=value")


@fixture
def mod_info_key(o):
    o.add_section(".mod.info", PROGBITS, content=b"=value\0")


@fixture
def mod_exports(o):
    o.add_export_record(name="chair")


@fixture
def mod_exports_size(o):
    o.add_section(".mod.exports", PROGBITS, content=bytes(11))


@fixture
def mod_export_symbol(o):
    o.add_export_record(symbol=100)


@fixture
def mod_export_local(o):
    o.add_export_record(symbol=1, name="local")


@fixture
def mod_export_undefined(o):
    o.add_export_record(symbol=o.add_symbol("printk", 0), name="printk")


@fixture
def mod_export_class(o):
    o.add_export_record(kind=5)


@fixture
def mod_exports_order(o):
    """One symbol twice."""
    record = struct.pack("<III", TABLE, hash_name("table"), 0)
    o.add_section(".mod.exports", PROGBITS, content=2 * record)


@fixture
def mod_export_unloaded(o):
    o.add_section(".comment", PROGBITS, content=bytes(8))
    o.add_export_record(symbol=o.add_symbol("gone", len(o.sections) - 1), name="gone")


@fixture
def mod_files_limit(o):
    o.add_section(".mod.files", PROGBITS, content=b"/\0" * (4096 + 16 + 1))


@fixture
def mod_files_end(o):
    o.add_section(".mod.files", PROGBITS, content=b"/unix")


def add_import_records(o, *records):
    o.add_section(".mod.files", PROGBITS, content=b"/unix\0")
    o.add_section(".mod.imports", PROGBITS, content=b"".join(
        struct.pack("<III", *record) for record in records))


@fixture
def mod_imports(o):
    symbol = o.add_symbol("printk", 0)
    add_import_records(o, (symbol, 1, 0))


@fixture
def mod_imports_size(o):
    o.add_section(".mod.imports", PROGBITS, content=bytes(11))


@fixture
def mod_imports_order(o):
    symbol = o.add_symbol("printk", 0)
    add_import_records(o, (symbol, hash_name("printk"), 0), (symbol, hash_name("printk"), 0))


@fixture
def mod_import_file(o):
    o.add_import("printk", "/unix", number=1)


@fixture
def mod_import_symbol(o):
    add_import_records(o, (100, 0, 0))


@fixture
def mod_import_defined(o):
    add_import_records(o, (TABLE, hash_name("table"), 0))


# Linking ----------------------------------------------------------------------------------------------


@fixture
def indirect_target(o):
    """What returns zero is the resolver too."""
    o.add_symbol("pick", TEXT, 0, GLOBAL | IFUNC)


@fixture
def unresolved(o):
    o.add_relocation(0, ABSOLUTE_32[o.width], o.add_import("nobody_exports_this"))


@fixture
def unresolved_dependent(o):
    o.add_import("nobody_exports_this", f"{FOLDER}/other.o")


@fixture
def import_file(o):
    o.add_import("name", "(member.o)")


@fixture
def entry_point(o):
    o.symbols[LOAD]["shndx"] = DATA


@fixture
def out_of_reach(o):
    o.sections[ZEROES]["size"] = (1 << 29) - 4096


@fixture
def load_refused(o):
    """mov $22, %eax; ret"""
    o.sections[TEXT]["content"] = b"\xb8\x16\0\0\0\xc3".ljust(16, b"\x90")


# Fixtures that make sense in 64 bits only.
ONLY_64 = set()

# No file alone provokes these: status to "file: test", where the test names the status.
ELSEWHERE = {
    "PATH_TOO_LONG": "tests/boot/test_bad_input.py: test_path_that_is_too_long_is_refused",
    "PATH_EMPTY": "tests/boot/test_bad_input.py: test_empty_path_is_refused",
    "FILE_READ": "tests/host/test_loader_failures.c: a_file_that_cannot_be_read_is_said_to_be_that",
    "SYMBOL_LIMIT": "tests/host/test_image.c: more_symbols_than_the_limit_are_refused",
    "NO_MEMORY": "tests/host/test_loader_failures.c: a_kernel_without_memory_is_told",
    "UNLOAD_REFUSED":
        "tests/host/test_conformance_counts.c: an_unload_of_what_is_at_0_0_tries_again",
    "KMID_UNKNOWN": "tests/host/test_conformance_load.c: a_refused_unload_changes_nothing",
    "KMID_KERNEL": "tests/host/test_conformance_load.c: a_refused_unload_changes_nothing",
    "BUSY": "tests/host/test_conformance_nested.c: a_sweep_from_inside_is_refused",
    "COUNT_LIMIT":
        "tests/host/test_conformance_counts.c: a_load_count_at_its_limit_refuses_one_more_request",
    "SELF_REQUEST":
        "tests/host/test_conformance_nested.c: a_single_load_of_what_is_being_loaded_is_refused",
    "NESTED_TOO_DEEP":
        "tests/host/test_conformance_nested.c: a_load_that_makes_itself_again_is_refused_at_a_depth",
    "DEPENDENT_LIMIT":
        "tests/host/test_conformance_limits.c: one_load_has_a_limit_of_dependents",
    "NO_ENTRY_POINT":
        "tests/host/test_conformance_load.c: configuring_needs_an_instance_with_an_entry_point",
    "KERNEL_ENTRY":
        "tests/host/test_conformance_load.c: configuring_needs_an_instance_with_an_entry_point",
    "ENTRY_REFUSED": "tests/host/test_conformance_load.c: "
                     "the_entry_points_error_is_given_on_and_the_extension_stays",
    "FAULT_INJECTED": "tests/boot/test_roll_back.py: test_whatever_step_fails_nothing_has_changed",
}


def files(width):
    """Every file that FOLDER must hold for a kernel of this width: name to bytes."""
    made = {name: make(width) for name, make in OTHERS.items()}
    for status, make in FIXTURES.items():
        if width == 32 and status in ONLY_64:
            continue
        spoilt = Object(width)
        content = make(spoilt)
        made[f"{status}.o"] = spoilt.build() if content is None else content
    made["sound.o"] = sound(width)
    return made
