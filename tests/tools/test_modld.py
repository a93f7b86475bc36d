"""modld and kernex, as a person calls them: what they write and what they say about mistakes."""

import os
import re
import struct
import subprocess

import pytest
from elftools.elf.elffile import ELFFile

from harness import BUILD, TREE
from harness.modld import RECORD, Workshop, hash_name

KERNEX = BUILD / "tools" / "kernex"
WIDTHS = [64, 32]

USER = """
int helper(int);
extern int missing_weakly __attribute__((weak));
int used(int x) { return helper(x) + (&missing_weakly ? 1 : 0); }
"""


@pytest.fixture(params=WIDTHS, ids=["64", "32"])
def workshop(request, tmp_path):
    return Workshop(tmp_path, request.param)


@pytest.fixture
def workshop_64(tmp_path):
    return Workshop(tmp_path, 64)


# What is written


def test_sections_say_exports_and_imports(workshop):
    workshop.compile("a", USER)
    workshop.write("a.exp", "used\n")
    workshop.write("k.imp", "#!/unix\nhelper\n")
    extension = workshop.link("-bE:a.exp", "-bI:k.imp", "a.o")
    assert extension.exports() == [("used", 0)]
    assert extension.imports() == {"helper": "/unix"}
    assert extension.elf.elfclass == workshop.width
    assert extension.elf["e_type"] == "ET_REL"
    for name in ".mod.link", ".mod.files", ".mod.exports", ".mod.imports":
        assert extension.elf.get_section_by_name(name)["sh_flags"] == 0


def test_binutils_read_the_result_without_a_complaint(workshop):
    workshop.compile("a", USER, "-g")
    workshop.write("k.imp", "#!/unix\nhelper\n")
    workshop.link("-bI:k.imp", "a.o")
    for command in (["readelf", "-aW", "out.o"], ["objdump", "-dr", "out.o"],
                    ["nm", "out.o"], ["ld", "-r", "-m", "elf_x86_64" if workshop.width == 64 else
                                      "elf_i386", "-o", "again", "out.o"]):
        result = subprocess.run(command, cwd=workshop.folder, check=True, text=True,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        assert result.stderr == ""


SECTIONS = """
    asm(".altmacro\\n.macro one n\\n.section .data.s\\\\n, \\"aw\\"\\n.byte 1\\n.endm\\n"
        ".set i, 0\\n.rept %d\\none %%i\\n.set i, i + 1\\n.endr\\n.text\\n");
    __attribute__((section(".data.far"))) int far = 5;
    int near(void); int near(void) { return far; }
"""


@pytest.mark.parametrize("count", [65_278, 66_000])
def test_sections_may_be_more_than_the_header_can_count(workshop, count):
    """65,279 is the line: the one is above it with the four of modld, the other one already without."""
    workshop.compile("many", SECTIONS % (count - 13), "-fno-toplevel-reorder")
    workshop.write("many.exp", "near\nfar\n")
    extension = workshop.link("-bE:many.exp", "many.o")
    assert {name for name, _ in extension.exports()} == {"near", "far"}
    is_plain = extension.elf["e_shnum"] != 0
    assert is_plain == (extension.elf.num_sections() < 0xff00)
    assert extension.elf.num_sections() > count
    done = subprocess.run([BUILD / "tools" / "modplan", workshop.folder / "out.o"], text=True,
                          capture_output=True, check=False)
    assert done.stdout.startswith("ok ") and " exports 2" in done.stdout
    said = subprocess.run(["readelf", "-SW", "out.o"], cwd=workshop.folder, text=True, check=True,
                          capture_output=True)
    assert said.stderr == ""


def test_without_export_file_nothing_is_exported(workshop):
    workshop.compile("a", "int a(void) { return 1; }")
    extension = workshop.link("a.o")
    assert extension.exports() == []
    assert extension.imports() == {}


def test_export_classes_are_those_of_the_files_and_records_ascend(workshop):
    workshop.compile("a", "int a(void){return 1;} int b; int c(void){return 2;} int d = 4;")
    workshop.write("1.exp", "#!/unix\nd\n* comment\nb syscall3264\n")
    workshop.write("2.exp", "c svc64\na syscall\nd\n")
    extension = workshop.link("-bexport:1.exp", "-bE:2.exp", "a.o")
    assert sorted(extension.exports()) == [("a", 1), ("b", 3), ("c", 2), ("d", 0)]
    table = [symbol.name for symbol in extension.symbols.iter_symbols()]
    numbers = [table.index(name) for name, _ in extension.exports()]
    assert numbers == sorted(numbers)


def test_imports_that_nothing_needs_are_dropped(workshop):
    workshop.compile("a", USER)
    workshop.write("k.imp", "#!other.o\nspare\n#!/unix\nhelper\nprintk\nused\n")
    extension = workshop.link("-bI:k.imp", "a.o")
    assert extension.imports() == {"helper": "/unix"}
    assert extension.strings(".mod.files") == ["/unix"]


def test_each_import_names_its_file(workshop):
    workshop.compile("a", "int p(void), q(void), r(void); int f(void) { return p()+q()+r(); }")
    workshop.write("1.imp", "#!/unix\np\n#! /usr/lib/ext/lib.a ( m.o )\nq\n")
    workshop.write("2.imp", "#!priv.o\nr\n#!/unix\np\n")
    extension = workshop.link("-bimport:1.imp", "2.imp", "a.o")
    assert extension.imports() == {"p": "/unix", "q": "/usr/lib/ext/lib.a(m.o)", "r": "priv.o"}


def test_import_records_ascend_by_symbol(workshop):
    workshop.compile("a", "int z(void), m(void), b(void); int f(void) { return z()+m()+b(); }")
    workshop.write("k.imp", "#!/unix\nb\nm\nz\n")
    extension = workshop.link("-bI:k.imp", "a.o")
    data = extension.elf.get_section_by_name(".mod.imports").data()
    indexes = [record[0] for record in RECORD.iter_unpack(data)]
    assert len(indexes) == 3 and indexes == sorted(indexes)


def test_weak_reference_may_stay_unbound_or_be_bound(workshop):
    workshop.compile("a", USER)
    workshop.write("k.imp", "#!/unix\nhelper\nmissing_weakly\n")
    extension = workshop.link("-bI:k.imp", "a.o")
    assert extension.imports() == {"helper": "/unix", "missing_weakly": "/unix"}


def test_several_objects_become_one(workshop):
    workshop.compile("a", "int b(void); int a(void) { return b(); }")
    workshop.compile("b", "int b(void) { return 2; }")
    workshop.write("a.exp", "a")
    extension = workshop.link("-bE:a.exp", "a.o", "b.o")
    assert extension.exports() == [("a", 0)]
    assert extension.imports() == {}


def test_common_symbols_get_a_place(workshop):
    workshop.compile("a", "int common[7]; int *f(void) { return common; }", "-fcommon")
    workshop.write("a.exp", "common\n")
    extension = workshop.link("-bE:a.exp", "a.o")
    symbol, = extension.symbols.get_symbol_by_name("common")
    assert isinstance(symbol["st_shndx"], int)


def test_module_info_is_kept(workshop):
    workshop.compile("a", '#include <mortise/module.h>\nMODULE_INFO("description", "one");\n'
                          'MODULE_INFO("license", "two");')
    workshop.compile("b", '#include <mortise/module.h>\nMODULE_INFO("author", "three");')
    extension = workshop.link("a.o", "b.o")
    # The compiler is free to order the strings of one object.
    assert sorted(extension.strings(".mod.info")) == ["author=three", "description=one",
                                                      "license=two"]


def test_mode_lines_choose_by_width(workshop):
    workshop.compile("a", "int a(void) { return 1; }\nint b(void) { return 1; }")
    workshop.write("a.exp", "# 64\na\n# 32\nb\n")
    extension = workshop.link("-bE:a.exp", "a.o")
    assert extension.exports() == [("a" if workshop.width == 64 else "b", 0)]


def test_strip_leaves_debug_information_out(workshop_64):
    workshop_64.compile("a", "int a(void) { return 1; }", "-g")
    assert workshop_64.link("a.o").elf.has_dwarf_info()
    assert not workshop_64.link("-S", "a.o").elf.has_dwarf_info()


def test_output_replaces_the_old_one_and_has_ordinary_rights(workshop_64):
    workshop_64.compile("a", "int a(void) { return 1; }")
    workshop_64.write("out.o", "old")
    workshop_64.link("a.o")
    mask = os.umask(0)
    os.umask(mask)
    assert (workshop_64.folder / "out.o").stat().st_mode & 0o777 == 0o666 & ~mask


def test_equal_inputs_give_equal_bytes(workshop_64):
    workshop_64.compile("a", USER, "-g")
    workshop_64.write("k.imp", "#!/unix\nhelper\n")
    workshop_64.link("-bI:k.imp", "a.o")
    first = (workshop_64.folder / "out.o").read_bytes()
    workshop_64.link("-bI:k.imp", "a.o")
    assert (workshop_64.folder / "out.o").read_bytes() == first


# What is refused


def test_unlisted_symbols_are_all_told_with_object_and_nearest(workshop):
    workshop.compile("a", "void kmaloc(void), prinkt(void); void f(void) { kmaloc(); }\n"
                          "void g(void) { prinkt(); }")
    workshop.compile("b", "void quite_other(void); void h(void) { quite_other(); }")
    said = workshop.refuse(f"-bI:{TREE}/kernel/kernex.exp", "a.o", "b.o")
    assert "modld: a.o: kmaloc: no input defines it and no import file lists it; " \
           "nearest: kmalloc\n" in said
    assert "modld: a.o: prinkt: no input defines it and no import file lists it; " \
           "nearest: printk\n" in said
    assert "modld: b.o: quite_other: no input defines it and no import file lists it\n" in said
    assert said.count("try: list it in an import file") == 1


def test_a_name_that_nothing_in_memory_needs_is_not_asked_for(workshop):
    """The assembler keeps what .globl names; nobody refers to it, nor does what is not loaded."""
    workshop.compile("a", """asm(".globl nobody\\n.section .debug_x\\n.long remark\\n.text");
                     int _load(void) { return 0; }""")
    done = workshop.modld("-o", "out.o", "a.o")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_compilers_own_calls_get_their_own_advice(tmp_path):
    workshop = Workshop(tmp_path, 32)
    workshop.compile("a", "unsigned long long f(unsigned long long a, unsigned long long b)"
                          "{ return a / b; }")
    assert "avoid dividing 64-bit numbers" in workshop.refuse("a.o")


def test_export_that_nobody_defines(workshop):
    workshop.compile("a", "int fmt_pad(void) { return 1; }")
    workshop.write("a.exp", "#!/unix\nfmt_pda\nfmt_pad\nfar_away_from_all\n")
    said = workshop.refuse("-bE:a.exp", "a.o")
    assert "modld: a.exp:2: fmt_pda: exported, but no input defines it; nearest: fmt_pad\n" in said
    assert "modld: a.exp:4: far_away_from_all: exported, but no input defines it\n" in said


def test_export_that_is_static(workshop):
    workshop.compile("a", "static int x(void) { return 1; } int (*p)(void) = x;")
    workshop.write("a.exp", "x\n")
    assert "modld: a.exp:1: x: exported, but it is static in a.o; make it global\n" \
        in workshop.refuse("-bE:a.exp", "a.o")


def test_export_that_is_only_used(workshop):
    workshop.compile("a", USER)
    workshop.write("a.exp", "helper\n")
    workshop.write("k.imp", "#!/unix\nhelper\n")
    assert "a.exp:1: helper: exported, but only used here (in a.o), not defined" \
        in workshop.refuse("-bE:a.exp", "-bI:k.imp", "a.o")


@pytest.mark.parametrize("name", ["_load", "_unload"])
def test_entry_points_are_not_exported(workshop_64, name):
    workshop_64.compile("a", f"int {name}(void) {{ return 0; }}")
    workshop_64.write("a.exp", f"{name}\n")
    assert f"a.exp:1: {name}: an entry point belongs to its own extension" \
        in workshop_64.refuse("-bE:a.exp", "a.o")


def test_exports_and_imports_are_both_told(workshop_64):
    workshop_64.compile("a", USER)
    workshop_64.write("a.exp", "nothing_of_the_kind\n")
    said = workshop_64.refuse("-bE:a.exp", "a.o")
    assert "nothing_of_the_kind" in said and "helper" in said


def test_import_without_file_is_refused_once_a_file(workshop_64):
    workshop_64.compile("a", USER)
    workshop_64.write("k.imp", "* no file\nhelper\nother\n")
    said = workshop_64.refuse("-bI:k.imp", "a.o")
    assert re.search(r"^modld: k.imp:2: helper: no #! line .* write `#!/unix`$", said, re.M)
    assert len(said.splitlines()) == 1


def test_a_name_with_two_origins_is_refused(workshop_64):
    workshop_64.compile("a", USER)
    workshop_64.write("1.imp", "#!/unix\nhelper\n")
    workshop_64.write("2.imp", "#!other.o\nhelper\n")
    assert "2.imp:2: helper: comes from other.o here but from /unix in 1.imp:2" \
        in workshop_64.refuse("-bI:1.imp", "-bI:2.imp", "a.o")


def test_mistakes_in_files_are_all_told_with_their_lines(workshop_64):
    workshop_64.compile("a", "int a;")
    workshop_64.write("a.exp", "a b\na-b\n")
    workshop_64.write("k.imp", "#!/unix\nx 0x100\n")
    said = workshop_64.refuse("-bE:a.exp", "-bI:k.imp", "a.o")
    places = [line.split(": ")[1] for line in said.splitlines()]
    assert places == ["a.exp:1", "a.exp:2", "k.imp:2"]


def test_a_class_that_two_files_disagree_on(workshop_64):
    workshop_64.compile("a", "int a;")
    workshop_64.write("1.exp", "a\n")
    workshop_64.write("2.exp", "a syscall\n")
    assert "2.exp:1: a: is listed already with another keyword: 1.exp:1" \
        in workshop_64.refuse("-bE:1.exp", "-bE:2.exp", "a.o")


def test_mixed_widths_are_refused(workshop_64):
    workshop_64.compile("a", "int a;")
    workshop_64.compile("b", "int b;", width=32)
    assert "modld: b.o: is for i386, but the objects before it are for x86_64" \
        in workshop_64.refuse("a.o", "b.o")


def test_what_is_no_object_is_refused_by_name(workshop_64):
    workshop_64.write("empty.o", "")
    workshop_64.write("text.o", "this is no object")
    object_file = workshop_64.folder / workshop_64.compile("cut", "int a = 1;")
    object_file.write_bytes(object_file.read_bytes()[:100])
    said = workshop_64.refuse("empty.o", "text.o", "cut.o", "absent.o")
    for name in "empty.o", "text.o", "cut.o", "absent.o":
        assert f"modld: {name}: " in said


def test_every_truncation_is_refused(workshop):
    path = workshop.folder / workshop.compile("a", USER)
    whole = path.read_bytes()
    for size in range(0, len(whole), 97):
        path.write_bytes(whole[:size])
        workshop.refuse("a.o")


def test_its_own_output_is_no_input(workshop_64):
    workshop_64.compile("a", "int a;")
    workshop_64.link("a.o")
    (workshop_64.folder / "out.o").rename(workshop_64.folder / "old.o")
    assert "modld: old.o: was made by modld already" in workshop_64.refuse("old.o")


def test_a_failure_leaves_the_old_output(workshop_64):
    workshop_64.compile("a", USER)
    workshop_64.write("out.o", "old")
    assert workshop_64.modld("-o", "out.o", "a.o").returncode == 1
    assert (workshop_64.folder / "out.o").read_text() == "old"
    assert workshop_64.files_left() == []


def test_duplicate_definitions_are_the_linkers_to_tell(workshop_64):
    workshop_64.compile("a", "int same = 1;")
    workshop_64.compile("b", "int same = 2;")
    said = workshop_64.refuse("a.o", "b.o")
    assert "multiple definition of `same'" in said
    assert re.search(r"^modld: .*ld: failed, see above$", said, re.M)


def test_output_that_cannot_be_written(workshop_64):
    workshop_64.compile("a", "int a;")
    result = workshop_64.modld("-o", "absent/out.o", "a.o")
    assert result.returncode == 1
    assert "modld: absent/out.o: cannot be written: No such file or directory" in result.stderr


# Which linker


def test_missing_linker_is_named(workshop_64):
    workshop_64.compile("a", "int a;")
    for said in (workshop_64.refuse("--ld=no-such-ld", "a.o"),
                 workshop_64.refuse("a.o", LD="no-such-ld"),
                 workshop_64.refuse("a.o", CROSS_COMPILE="no-such-")):
        assert "modld: no-such-ld: the linker cannot be run: No such file or directory" in said
        assert "--ld=PROG" in said


def test_plain_names_of_programs_are_the_last_resort(workshop_64):
    workshop_64.compile("a", "int a;")
    programs = workshop_64.folder / "bin"
    programs.mkdir()
    for name in "ld", "objdump":
        (programs / name).symlink_to(f"/usr/bin/{name}")
    result = workshop_64.modld("-o", "out.o", "a.o", PATH=str(programs))
    assert (result.returncode, result.stderr) == (0, "")


# Usage


@pytest.mark.parametrize("option", ["-h", "--help"])
def test_help_goes_to_the_output(workshop_64, option):
    result = workshop_64.modld(option)
    assert result.returncode == 0 and result.stdout.startswith("usage: modld ")


@pytest.mark.parametrize("arguments, said", [
    (["-o", "out.o"], "no input"),
    (["a.o"], "no output"),
    (["-o"], "-o"),
    (["-o", "out.o", "-bogus", "a.o"], "-bogus: no such option"),
])
def test_wrong_usage_is_2(workshop_64, arguments, said):
    result = workshop_64.modld(*arguments)
    assert result.returncode == 2
    assert said in result.stderr and "usage: modld " in result.stderr


# kernex


def kernex(folder, text, *options):
    (folder / "k.exp").write_text(text)
    return subprocess.run([KERNEX, *options, "k.exp"], cwd=folder, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE)


@pytest.mark.parametrize("compiler", ["gcc", "clang"])
def test_kernex_rows_are_what_the_kernel_reads(workshop, compiler):
    folder, width = workshop.folder, workshop.width
    row = struct.Struct("<QQII" if width == 64 else "<IIII")
    result = kernex(folder, "#!/unix\nfirst\nsecond syscall64\n", f"-m{width}")
    assert (result.returncode, result.stderr) == (0, "")
    (folder / "k.S").write_text(result.stdout)
    subprocess.run([compiler, f"-m{width}", "-c", "-o", "k.o", "k.S"], cwd=folder, check=True)
    workshop.compile("d", "int first(void) { return 1; } int second = 2;")
    subprocess.run(["ld", "-m", "elf_x86_64" if width == 64 else "elf_i386", "-e", "first",
                    "-o", "k", "k.o", "d.o"], cwd=folder, check=True)

    elf = ELFFile((folder / "k").open("rb"))
    symbols = elf.get_section_by_name(".symtab")
    value = {s.name: s["st_value"] for s in symbols.iter_symbols()}
    section = elf.get_section_by_name(".rodata")
    table = section.data()[value["kernel_exports_start"] - section["sh_addr"]:
                           value["kernel_exports_end"] - section["sh_addr"]]
    rows = list(row.iter_unpack(table))
    assert [r[0] for r in rows] == [value["first"], value["second"]]
    assert [r[2:] for r in rows] == [(hash_name("first"), 0), (hash_name("second"), 2)]
    for r, name in zip(rows, ["first", "second"]):
        start = r[1] - section["sh_addr"]
        assert section.data()[start:].startswith(name.encode() + b"\0")


def test_kernex_tells_all_mistakes_and_writes_nothing(tmp_path):
    result = kernex(tmp_path, "a\nb\na\nc d\n")
    assert result.returncode == 1 and result.stdout == ""
    assert result.stderr.splitlines() == [
        "kernex: k.exp:3: a: is listed already, in line 1",
        "kernex: k.exp:4: the keyword is not one of syscall, syscall32, syscall64, syscall3264"]


def test_kernex_wrong_usage_is_2(tmp_path):
    assert kernex(tmp_path, "", "-x").returncode == 2


# Code that is not fit for a kernel

RAW = """
int leaf(int a) { int b[4]; b[a & 3] = a; b[1] = 2; return b[0] + b[a & 3]; }
int caller(int a) { volatile int x = a; return leaf(x) + 1; }
"""
FLOATING = """
double twice(double a) { return a * 2; }
int whole(int a) { return a + 1; }
"""


def warnings(workshop, *options):
    """The functions that modld warns of, with the option that it advises."""
    said = workshop.modld(*options, "-o", "out.o", "a.o")
    assert said.returncode == 0
    return re.findall(r"^modld: warning: out\.o: (\w+) .* compile with (\S+)$", said.stderr, re.MULTILINE)


@pytest.mark.parametrize("compiler", ["gcc", "clang"])
@pytest.mark.parametrize("flags, found", [
    (["-O0"], ["leaf"]),
    (["-O2"], ["leaf", "caller"]), # leaf is inside caller then
    (["-O0", "-mno-red-zone"], []),
    (["-O2", "-mno-red-zone"], []),
    (["-O2", "-m32"], []),
], ids=lambda value: " ".join(value) or "none")
def test_data_below_the_stack_pointer_is_warned_of(workshop_64, compiler, flags, found):
    workshop_64.write("a.c", RAW)
    subprocess.run([compiler, "-c", "-mgeneral-regs-only", *flags, "a.c"], cwd=workshop_64.folder, check=True)
    assert warnings(workshop_64) == [(name, "-mno-red-zone") for name in found]


def test_floating_point_is_warned_of(workshop):
    workshop.compile("a", FLOATING, "-mno-red-zone")
    assert warnings(workshop) == [("twice", "-mgeneral-regs-only")]
    assert warnings(workshop, "-w") == []


def test_a_disassembler_that_is_missing_is_named_with_the_way_out(workshop):
    workshop.compile("a", "int a(void) { return 1; }")
    said = workshop.modld("--objdump=/none", "-o", "out.o", "a.o")
    assert said.returncode == 1 and "--objdump=PROG" in said.stderr
    assert workshop.modld("--objdump=/none", "-w", "-o", "out.o", "a.o").returncode == 0
