"""modplan: what it says of objects, archives and mistakes; that it is right, and quick."""

import io
import re
import resource
import struct
import subprocess

import pytest
from elftools.elf.elffile import ELFFile

from harness import BUILD, TREE, big_objects
from refusals.fixtures import add_import_records
from refusals.object_writer import ALLOC, GLOBAL, LOAD, Object, member
from refusals.object_writer import archive as make_archive

MODPLAN = BUILD / "tools" / "modplan"
FLAGS = {64: ["-m64", "-mcmodel=kernel", "-mno-red-zone"], 32: ["-m32"]}
WEAK = 2 << 4
MACHINES = {64: "x86_64", 32: "i386"}
SOURCE = """
int helper(int), maybe(int) __attribute__((weak));
const char message[] = "constant";
int table[4] = {1, 2, 3, 4}, zeroes[100];
int *place = table + 1;
int exported(int x) { return helper(x) + table[x & 3] + zeroes[x] + message[0]; }
int _load(void) { return maybe ? maybe(1) : 0; }
"""


class Workshop:
    def __init__(self, folder):
        self.folder = folder

    def run(self, *arguments, program=MODPLAN):
        return subprocess.run([program, *arguments], cwd=self.folder, capture_output=True, text=True,
                              check=False)

    def call(self, *command):
        subprocess.run(command, cwd=self.folder, check=True)

    def write(self, name, content):
        (self.folder / name).write_bytes(content if isinstance(content, bytes) else content.encode())
        return name

    def compile(self, name, source=SOURCE, width=64, flags=()):
        self.write(f"{name}.c", source)
        self.call("gcc", *FLAGS[width], "-O1", "-ffreestanding", "-fno-pic", "-fno-common",
                  "-fno-asynchronous-unwind-tables", "-fcf-protection=none", "-fno-stack-protector",
                  *flags, "-c", "-o", f"{name}.o", f"{name}.c")
        return f"{name}.o"


@pytest.fixture
def workshop(tmp_path):
    return Workshop(tmp_path)


@pytest.fixture(params=[64, 32], ids=["64", "32"])
def width(request):
    return request.param


# Usage


@pytest.mark.parametrize("arguments, said", [
    ([], "modplan: no file: name the objects and archives to look at; see modplan --help"),
    (["--nonsense", "x.o"], "unrecognized option '--nonsense'"),
    (["-k"], "option requires an argument -- 'k'"),
    (["--base", "12x", "x.o"], "modplan: --base 12x: is not a number; write one as 4096 or 0xc1000000"),
    (["--base", "100", "x.o"], "modplan: --base 100: is not a multiple of the page size, 4096"),
    (["--define", "x", "x.o"], "modplan: --define x: write NAME=ADDRESS, as in printk=0xc0101000"),
    (["--define", "=1", "x.o"], "modplan: --define =1: write NAME=ADDRESS"),
    (["--define", "x=y", "x.o"], "modplan: --define x=y: write NAME=ADDRESS"),
    (["-k", "none.imp", "x.o"], "modplan: none.imp: No such file or directory"),
    (["-k", "bad.imp", "x.o"], "modplan: bad.imp:2: "),
])
def test_wrong_usage_says_what_is_wrong_and_exits_with_2(workshop, arguments, said):
    workshop.write("bad.imp", "good\none two three\n")
    done = workshop.run(*arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr


def test_help_is_no_failure(workshop):
    done = workshop.run("--help")
    assert (done.returncode, done.stderr) == (0, "")
    for option in ("-a", "-k", "--define", "--stub-imports", "--base", "--image", "-q"):
        assert option in done.stdout


# Single objects


def test_an_object_that_can_be_loaded_is_told_with_its_figures(workshop, width):
    name = workshop.compile("a", width=width)
    workshop.write("k.imp", "#!/unix\nhelper\n")
    done = workshop.run("-k", "k.imp", name)
    elf = ELFFile(io.BytesIO((workshop.folder / name).read_bytes()))
    relocations = sum(s.num_relocations() for s in elf.iter_sections()
                      if s["sh_type"] in ("SHT_REL", "SHT_RELA"))
    figures = re.fullmatch(rf"ok a\.o: {MACHINES[width]} text (\d+) constants (\d+) data (\d+) "
                           r"relocations (\d+) imports 2 exports 5\b.*\n", done.stdout)
    assert figures and (done.returncode, done.stderr) == (0, "")
    assert int(figures[1]) == elf.get_section_by_name(".text")["sh_size"]
    assert int(figures[2]) >= 9 and int(figures[3]) >= 400 + 16
    assert int(figures[4]) == relocations


def test_unresolved_names_are_told_with_place_and_nearest(workshop, width):
    name = workshop.compile("a", width=width)
    workshop.write("k.imp", "helpr\n")
    done = workshop.run("-k", "k.imp", name)
    assert done.returncode == 1
    first, note, advice = done.stdout.splitlines()
    assert first == ("refused a.o: E301 symbols are not exported by /unix: 1 of 2 imports")
    assert re.fullmatch(r"  helper: not exported by /unix; needed by \.text\+0x[0-9a-f]+; "
                        r"nearest: helpr", note)
    assert advice.startswith("  try: ")
    quiet = workshop.run("-q", "-k", "k.imp", name)
    assert (quiet.returncode, quiet.stdout) == (1, first + "\n")


def test_without_a_list_of_the_kernels_exports_it_says_so(workshop):
    done = workshop.run(workshop.compile("a"))
    assert done.returncode == 1
    assert "  no list of the kernel's exports was found: give it with -k kernex.imp\n" in done.stdout


INDIRECT = """
    static int one(void) { return 1; }
    static void *resolve(void) { return one; }
    int indirect(void) __attribute__((ifunc("resolve"))); int (*pointer)(void) = indirect;
"""


def test_indirect_functions_have_stubs_behind_the_block(workshop, width):
    name = workshop.compile("i", INDIRECT, width=width)
    done = workshop.run("--map", name)
    assert done.returncode == 0, done.stdout
    assert re.search(r" slots 0 stubs 1$", done.stdout, re.M)
    found = {symbol: int(address, 16) for address, symbol in
             re.findall(r"symbol ([0-9a-f]+) (\w+)", done.stdout)}
    assert found["indirect"] % 4096 == 0 and found["indirect"] > found["pointer"] + 4096


def test_stubs_stand_in_for_unknown_imports(workshop, width):
    done = workshop.run("--stub-imports", workshop.compile("a", width=width))
    assert done.returncode == 0 and " imports 2 " in done.stdout


@pytest.mark.parametrize("name, said", [
    ("none.o", "refused none.o: E101 no such file\n"),
    (".", "refused .: E102 is a directory\n"),
    ("empty.o", "refused empty.o: E103 the file is empty\n"),
    ("text.o", "refused text.o: E104 neither an ELF object nor an ar archive"),
    ("", "refused : E106 the path is empty\n"),
])
def test_files_that_are_no_objects_are_refused(workshop, name, said):
    workshop.write("empty.o", b"")
    workshop.write("text.o", "text")
    done = workshop.run("-q", name)
    assert done.returncode == 1 and done.stdout.startswith(said)


def test_one_of_several_that_is_refused_makes_the_status_1(workshop):
    good = workshop.compile("good", "int good;")
    done = workshop.run(good, "none.o", good)
    assert done.returncode == 1
    assert [line.split()[0] for line in done.stdout.splitlines() if line[0] != " "] == \
        ["ok", "refused", "ok"]


def test_names_that_cannot_be_shown_do_not_spoil_the_line(workshop):
    workshop.write("a\nb.o", "text")
    assert "refused a?b.o: E104" in workshop.run("a\nb.o").stdout


def test_a_name_defined_twice_is_refused_here_too(workshop):
    workshop.write("a.s", ".globl a, b\n.data\na: .long 1\nb: .long 2\n")
    workshop.call("gcc", "-c", "a.s")
    content = (workshop.folder / "a.o").read_bytes()
    assert content.count(b"\0a\0b\0") == 1
    table = ELFFile(io.BytesIO(content)).get_section_by_name(".symtab")
    entry = table["sh_offset"] + 24 * (table.num_symbols() - 1)
    twice = bytearray(content)
    twice[entry:entry + 4] = content[entry - 24:entry - 20]
    workshop.write("a.o", bytes(twice))
    assert "E225 a name is defined twice in the same object: a" in workshop.run("a.o").stdout


@pytest.mark.parametrize("binding", [GLOBAL, WEAK], ids=["global", "weak"])
def test_a_record_with_a_wrong_hash_is_refused_as_that(workshop, width, binding):
    """Not as one of a name that nobody exports, which for a weak one would be no reason."""
    spoilt = Object(width)
    add_import_records(spoilt, (spoilt.add_symbol("printk", 0, info=binding), 1, 0))
    workshop.write("spoilt.o", spoilt.build())
    done = workshop.run("-q", "--define", "printk=0xc0101000", "spoilt.o")
    assert re.match(r"refused spoilt\.o: E242 .*: record 0: symbol 4, hash 0x1, file 0\n", done.stdout)


# Imports from dependents


@pytest.fixture
def user_of_dependent(workshop):
    workshop.compile("user", "int part(void); int f(void) { return part(); }")
    workshop.write("i.imp", "#! low.a(low.o)\npart\n")
    workshop.call(BUILD / "tools" / "modld", "-o", "u.o", "-bI:i.imp", "user.o")
    return "u.o"


def test_dependents_are_taken_on_trust_unless_they_are_listed(workshop, user_of_dependent):
    assert workshop.run(user_of_dependent).returncode == 0
    workshop.write("right.imp", "#! low.a(low.o)\npart\n")
    assert workshop.run("-k", "right.imp", user_of_dependent).returncode == 0
    workshop.write("wrong.imp", "part\n#! low.a(low.o)\nother\n")
    done = workshop.run("-k", "wrong.imp", user_of_dependent)
    assert done.returncode == 1
    assert done.stdout.startswith("refused u.o: E305 ")
    assert "  part: not exported by low.a(low.o); needed by .text+0x" in done.stdout


def test_a_dependent_must_have_a_name_that_can_be_one(workshop, user_of_dependent):
    content = (workshop.folder / user_of_dependent).read_bytes()
    workshop.write("u.o", content.replace(b"low.a(low.o)", b"low.a(low)))").replace(
        b"low.a(low)))", b"(low.a(low.)"))
    assert "E302" not in workshop.run("u.o").stdout
    workshop.write("u.o", content.replace(b"low.a(low.o)", b"low.alow.o()"))
    assert workshop.run("u.o").stdout.startswith("refused u.o: E302 ")


# Archives


@pytest.fixture
def archive(workshop):
    """Members: text, 32, 64, 64 again, an archive, one for another machine, one that is damaged."""
    workshop.write("readme.txt", "text\n")
    workshop.compile("narrow", "int narrow;", 32)
    workshop.compile("first", "int first;")
    workshop.compile("second", "int missing(void); int second(void) { return missing(); }")
    other = bytearray((workshop.folder / workshop.compile("other", "int other;")).read_bytes())
    struct.pack_into("<H", other, 18, 183)
    workshop.write("other.o", bytes(other))
    workshop.call("ar", "rcD", "inner.a", "first.o")
    workshop.call("ar", "rcD", "x.a", "readme.txt", "narrow.o", "first.o", "second.o", "inner.a",
                  "other.o")
    return "x.a"


def verdicts(done):
    return [line.split(":")[0] for line in done.stdout.splitlines() if line[0] != " "]


def test_of_an_archive_the_kernels_own_choice_is_planned(workshop, archive):
    done = workshop.run(archive)
    assert done.returncode == 0
    assert verdicts(done) == ["ok x.a(first.o)", "ok x.a(narrow.o)"]


def test_all_members_are_planned_when_asked_for(workshop, archive):
    done = workshop.run("-a", archive)
    assert done.returncode == 1
    assert verdicts(done) == ["skipped x.a(readme.txt)", "ok x.a(narrow.o)", "ok x.a(first.o)",
                              "refused x.a(second.o)", "skipped x.a(inner.a)", "refused x.a(other.o)"]
    assert "skipped x.a(inner.a): an archive; those in archives are not looked into\n" in done.stdout
    assert "refused x.a(other.o): E206 the object is for another machine: 183" in done.stdout
    assert verdicts(workshop.run("-aq", archive)) == ["refused x.a(second.o)", "refused x.a(other.o)"]


def test_archives_without_a_member_for_a_kernel_are_refused(workshop, archive):
    assert archive
    workshop.call("ar", "rcD", "y.a", "readme.txt", "inner.a")
    done = workshop.run("y.a")
    assert done.returncode == 1
    assert done.stdout.startswith("refused y.a: E114 no member of the archive has this kernel's mode: "
                                  "none of 2 members is a relocatable object with code or data for "
                                  "x86_64 or i386\n")
    assert workshop.run("-a", "y.a").returncode == 0
    workshop.call("ar", "rcDT", "thin.a", "first.o")
    assert workshop.run("thin.a").stdout.startswith("refused thin.a: E110 ")


def hollow(width, **header):
    """An object that holds nothing to load, as Rust's compiler writes it into its archives."""
    made = Object(width)
    for section in made.sections:
        section["flags"] = section.get("flags", 0) & ~ALLOC
    made.symbols[LOAD]["name"] += 1  # "load", which may be anywhere
    made.header.update(header)
    return member("lib.rmeta/", made.build())


def test_a_member_that_holds_nothing_to_load_is_passed_over(workshop, width):
    sound = member("a.o/", Object(width).build())
    workshop.write("x.a", make_archive(hollow(width), sound))
    assert verdicts(workshop.run("x.a")) == ["ok x.a(a.o)"]
    assert verdicts(workshop.run("-a", "x.a")) == ["ok x.a(lib.rmeta)", "ok x.a(a.o)"]
    workshop.write("x.a", make_archive(hollow(width)))
    assert "E114 " in workshop.run("x.a").stdout
    workshop.write("x.a", make_archive(hollow(width, shentsize=60), sound))
    assert "refused x.a(lib.rmeta): E256 " in workshop.run("x.a").stdout
    workshop.write("x.a", make_archive(hollow(width, shnum=0), sound))
    assert "refused x.a(lib.rmeta): E211 " in workshop.run("x.a").stdout


@pytest.mark.parametrize("option", ["-a", "-q"])
def test_of_a_damaged_archive_nothing_is_taken(workshop, archive, option):
    content = (workshop.folder / archive).read_bytes()
    workshop.write(archive, content[:-100])
    done = workshop.run(option, archive)
    assert done.returncode == 1
    assert verdicts(done) == ["refused x.a"] and " E112 " in done.stdout


# The image


def linked(workshop, name, width, base, helper):
    """What ld makes of the object when its sections are where modplan puts them."""
    script = f"""SECTIONS {{ . = {base:#x};
        .text : {{ *(.text .text.*) }} . = ALIGN(4096);
        .rodata : {{ *(.rodata .rodata.*) }} . = ALIGN(4096);
        .data : {{ *(.data) *(.bss) FILL(0) . = ALIGN(4096); }}
        /DISCARD/ : {{ *(.comment .note.*) }} }}
        helper = {helper:#x};"""
    workshop.write("script.ld", script)
    emulation = {64: "elf_x86_64", 32: "elf_i386"}[width]
    workshop.call("ld", "-m", emulation, "-T", "script.ld", "-e", "0", "-o", "linked", name)
    workshop.call("objcopy", "-O", "binary", "linked", "linked.bin")
    return (workshop.folder / "linked.bin").read_bytes()


@pytest.mark.parametrize("base", ["default", "given"])
def test_the_image_is_what_ld_makes_for_the_same_addresses(workshop, width, base):
    first = {64: 0xffffffff90000000, 32: 0xc1000000}[width]
    place = first if base == "default" else first + 0x123000
    helper = first + 0x500000
    name = workshop.compile("a", width=width)
    arguments = [] if base == "default" else ["--base", hex(place)]
    done = workshop.run("--define", f"helper={helper:#x}", "--image", "out.bin", *arguments, name)
    assert (done.returncode, done.stderr) == (0, "")
    assert (workshop.folder / "out.bin").read_bytes() == linked(workshop, name, width, place, helper)


def test_an_image_is_of_one_object_that_is_ok(workshop):
    good = workshop.compile("good", "int good;")
    done = workshop.run("--image", "out.bin", good, good)
    assert done.returncode == 2
    assert done.stderr == ("modplan: --image out.bin: 2 objects were given; name one object, or an "
                           "archive with one\n")
    assert workshop.run("--image", "out.bin", "none.o").returncode == 1
    assert not (workshop.folder / "out.bin").exists()
    done = workshop.run("--image", "no/folder", good)
    assert done.returncode == 2 and "no/folder: cannot be written" in done.stderr


@pytest.mark.parametrize("base, is_ok", [
    ("0xfffff000", False), ("0xffffe000", False), ("0xffffc000", True), ("0x100000000", False)])
def test_a_place_must_have_room_for_the_object(workshop, base, is_ok):
    name = workshop.compile("a", "int a = 1; int f(void) { return 1; } const char c[] = \"x\";", 32)
    done = workshop.run("--base", base, name)
    assert done.returncode == (0 if is_ok else 1)
    assert is_ok or done.stdout.startswith("refused a.o: E304 ")


def test_an_object_must_fit_where_extensions_are(workshop):
    """256 MiB, one page of it for the text."""
    for size, is_ok in ((0xfffe000, True), (0xffff000, True), (0xffff001, False)):
        workshop.write("a.s", f".text\n.long 0\n.bss\n.zero {size}\n")
        workshop.call("gcc", "-m32", "-c", "a.s")
        done = workshop.run("-q", "a.o")
        assert is_ok or done.stdout.startswith("refused a.o: E304 no room within reach of the kernel's text: ")
        assert done.returncode == (0 if is_ok else 1)


# With the kernel's own sources


def test_addresses_are_those_of_the_kernels_layout():
    source = (TREE / "tools" / "modplan" / "mode.c").read_text()
    for machine in MACHINES.values():
        layout = (TREE / "arch" / machine / "layout.h").read_text()
        value = {m[1]: int(m[2], 16) for m in re.finditer(r"#define (\w+) +(0x[0-9a-f]+)", layout)}
        row = re.search(rf"&machine_{machine}, (\w+), (\w+), (\w+),\s+(\w+)", source)
        assert [int(n, 16) for n in row.groups()] == [
            value["KERNEL_BASE"] + value["KERNEL_LOAD_ADDRESS"],
            value["KERNEL_BASE"] + value["KERNEL_LIMIT"], value["EXTENSION_REGION_START"],
            value["EXTENSION_REGION_END"]]


def test_the_kit_brings_its_own_list_of_exports(workshop):
    for folder in ("kit/bin", "kit/lib"):
        (workshop.folder / folder).mkdir(parents=True)
    workshop.write("kit/bin/modplan", MODPLAN.read_bytes())
    (workshop.folder / "kit/bin/modplan").chmod(0o755)
    workshop.write("kit/lib/kernex.imp", "#!/unix\nhelper\n")
    done = workshop.run(workshop.compile("a"), program=workshop.folder / "kit/bin/modplan")
    assert (done.returncode, done.stderr) == (0, "")


# Large and hostile inputs. Seconds of the processor, so that a busy machine does not matter.


def seconds(workshop, arguments, content):
    workshop.write("big", content)
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = workshop.run(*arguments, "big")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert done.stderr == ""
    return done, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


@pytest.mark.parametrize("name, arguments, said", [
    ("sections", [], "relocations 16250 imports 0 exports "),
    ("relocations", [], "relocations 300000 imports 0 exports 100"),
    ("exports", [], "imports 0 exports 100000"),
    ("imports", ["--stub-imports"], "imports 100000 exports 0"),
    ("imports", ["-q"], "E301 .* 100000 of 100000 imports"),
    ("imports-of-sections", ["-q"], "E301 .* 100000 of 100000 imports"),
    ("members", ["-a"], "49999.o.: no ELF object"),
    ("objects", ["-a"], "49999.o.: (x86_64|i386) .* exports 2"),
])
def test_what_is_large_is_decided_in_five_seconds(workshop, width, name, arguments, said):
    done, took = seconds(workshop, arguments, big_objects.LARGE[name](width))
    assert re.search(said, done.stdout)
    assert took < 5


@pytest.mark.parametrize("name", big_objects.HOSTILE)
def test_a_megabyte_is_decided_in_a_second(workshop, width, name):
    content = big_objects.HOSTILE[name](width)
    assert len(content) <= 1 << 20
    done, took = seconds(workshop, [], content)
    assert done.stdout != "" and took < 1


def test_zeroes_of_all_members_cost_nothing(workshop, width):
    content = big_objects.many_members(60, big_objects.huge_zeroes(200 << 20, width))
    done, took = seconds(workshop, ["-a"], content)
    assert len(done.stdout.splitlines()) == 60 and took < 1
