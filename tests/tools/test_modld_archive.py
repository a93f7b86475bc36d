"""modld --archive: what goes into an archive, and how its members may differ."""

import os
import re
import stat
import subprocess

import pytest
from elftools.elf.elffile import ELFFile

from harness import BUILD, TREE

MODLD = BUILD / "tools" / "modld"
FLAGS = ["-std=gnu11", "-O1", "-ffreestanding", "-fno-pic", "-fno-stack-protector",
         "-fno-asynchronous-unwind-tables", f"-I{TREE}/include"]
SOURCE = """
int helper(int);
int used(int x) { return helper(x); }
int spare = 1;
"""
ADVICE = "try: make both members from the same source and export files"


class Workshop:
    """A folder with extensions for both modes."""

    def __init__(self, folder):
        self.folder = folder

    def run(self, *command, **environment):
        clean = {k: v for k, v in os.environ.items() if k not in ("LD", "AR", "CROSS_COMPILE")}
        return subprocess.run(command, cwd=self.folder, env={**clean, **environment},
                              capture_output=True, text=True, check=False)

    def compile(self, name, source, width):
        (self.folder / f"{name}.c").write_text(source)
        done = self.run("gcc", f"-m{width}", *FLAGS, "-c", "-o", f"{name}.plain.o", f"{name}.c")
        assert done.returncode == 0, done.stderr
        return f"{name}.plain.o"

    def member(self, name, width, source=SOURCE, exports="used\n", imports="#!/unix\nhelper\n"):
        """An extension `name`.o that modld wrote."""
        plain = self.compile(name, source, width)
        (self.folder / "m.exp").write_text(exports)
        (self.folder / "m.imp").write_text(imports)
        done = self.run(MODLD, "-o", f"{name}.o", "-bE:m.exp", "-bI:m.imp", plain)
        assert (done.returncode, done.stderr) == (0, "")
        return f"{name}.o"

    def pair(self, of_64=None, of_32=None, **both):
        """a64.o and a32.o, made alike but for what of_64 and of_32 say."""
        self.member("a64", 64, **{**both, **(of_64 or {})})
        self.member("a32", 32, **{**both, **(of_32 or {})})

    def archive(self, *arguments, **environment):
        """Makes out.a without a complaint; gives its bytes."""
        result = self.run(MODLD, "--archive", "out.a", *arguments, **environment)
        assert (result.returncode, result.stdout, result.stderr) == (0, "", "")
        assert self.files_left() == []
        return (self.folder / "out.a").read_bytes()

    def refuse(self, *arguments, **environment):
        """Makes no archive, leaves nothing behind; gives the lines that were said."""
        (self.folder / "out.a").unlink(missing_ok=True)
        result = self.run(MODLD, "--archive", "out.a", *arguments, **environment)
        assert result.returncode == 1, result.stderr
        assert result.stdout == ""
        assert not (self.folder / "out.a").exists()
        assert self.files_left() == []
        return result.stderr.splitlines()

    def differences(self, *arguments):
        """What was said of a64.o and a32.o, without the advice that ends it."""
        said = self.refuse(*arguments, "a64.o", "a32.o")
        assert sum(ADVICE in line for line in said) == 1
        return [line.removeprefix("modld: ") for line in said if ADVICE not in line]

    def files_left(self):
        return list(self.folder.glob("out.a.*"))


@pytest.fixture
def workshop(tmp_path):
    return Workshop(tmp_path)


@pytest.fixture
def pair(workshop):
    workshop.pair()
    return workshop


def members_of(workshop, archive="out.a"):
    """Names and bytes of the members, read by ar."""
    names = workshop.run("ar", "t", archive).stdout.splitlines()
    return [(name, subprocess.run(["ar", "p", archive, name], cwd=workshop.folder, check=True,
                                  capture_output=True).stdout) for name in names]


# What is written


@pytest.mark.parametrize("order", [("a64.o", "a32.o"), ("a32.o", "a64.o")])
def test_members_are_the_files_in_the_order_given(pair, order):
    pair.archive(*order)
    assert members_of(pair) == [(name, (pair.folder / name).read_bytes()) for name in order]


def test_equal_members_give_equal_bytes_without_times_and_owners(pair):
    first = pair.archive("a64.o", "a32.o")
    os.utime(pair.folder / "a64.o", (1, 1))
    (pair.folder / "a32.o").chmod(0o600)
    assert pair.archive("a64.o", "a32.o") == first
    assert first.startswith(b"!<arch>\n")
    listed = pair.run("ar", "tvO", "out.a").stdout.splitlines()
    assert all(" 0/0 " in line and "1970" in line for line in listed)


def test_long_names_are_written_in_gnu_style(workshop):
    names = ["a-name-longer-than-sixteen-letters-64.o", "a-name-longer-than-sixteen-letters-32.o"]
    for name in names:
        workshop.member(name.removesuffix(".o"), int(name[-4:-2]))
    content = workshop.archive(*names)
    assert b"//      " in content and "/\n".join(names).encode() in content
    assert [name for name, _ in members_of(workshop)] == names


def test_members_of_one_file_name_are_both_kept(workshop):
    workshop.pair()
    for width in 64, 32:
        (workshop.folder / str(width)).mkdir()
        (workshop.folder / f"a{width}.o").rename(workshop.folder / str(width) / "m.o")
    workshop.archive("64/m.o", "32/m.o")
    assert workshop.run("ar", "t", "out.a").stdout == "m.o\nm.o\n"
    assert workshop.run("ar", "xN", "2", "out.a", "m.o").returncode == 0
    assert ELFFile((workshop.folder / "m.o").open("rb")).elfclass == 32


def test_an_old_archive_is_replaced_not_added_to(pair):
    pair.archive("a64.o", "a32.o")
    pair.archive("a32.o", "a64.o")
    assert [name for name, _ in members_of(pair)] == ["a32.o", "a64.o"]


def test_output_has_ordinary_rights(pair):
    pair.archive("a64.o", "a32.o")
    mask = os.umask(0)
    os.umask(mask)
    assert stat.S_IMODE((pair.folder / "out.a").stat().st_mode) == 0o666 & ~mask


def test_extensions_without_exports_and_imports(workshop):
    workshop.pair(source="int x;", exports="", imports="")
    workshop.archive("a64.o", "a32.o")


def test_the_order_of_exports_and_imports_does_not_matter(workshop):
    source = "int p(void), q(void); int f(void) { return p() + q(); } int g;"
    other = "int q(void), p(void); int g; int f(void) { return q() * p(); }"
    workshop.pair({"source": source, "exports": "f\ng\n"}, {"source": other, "exports": "g\nf\n"},
                  imports="#!/unix\np\nq\n")
    workshop.archive("a64.o", "a32.o")


def test_what_is_not_exported_may_differ(workshop):
    workshop.pair({"source": SOURCE + "int only_here;"})
    workshop.archive("a64.o", "a32.o")


# Differences


def test_export_that_one_member_lacks(workshop):
    workshop.pair({"exports": "used\nspare\n"})
    assert workshop.differences() == ["spare: exported by a64.o, but not by a32.o"]


def test_export_that_the_first_member_lacks(workshop):
    workshop.pair(None, {"exports": "used\nspare\n"})
    assert workshop.differences() == ["spare: exported by a32.o, but not by a64.o"]


@pytest.mark.parametrize("keyword, text", [
    ("syscall", "as syscall32"), ("syscall64", "as syscall64"),
    ("syscall3264", "as syscall3264")])
def test_export_of_another_class(workshop, keyword, text):
    workshop.pair({"exports": f"used {keyword}\n"})
    assert workshop.differences() \
        == [f"used: exported {text} by a64.o, but as an ordinary symbol by a32.o"]


def test_import_that_one_member_lacks(workshop):
    workshop.pair(None, {"source": "int used(void) { return 1; }"})
    assert workshop.differences() == ["helper: imported by a64.o, but not by a32.o"]


def test_import_from_another_file(workshop):
    workshop.pair(None, {"imports": "#! /usr/lib/x.a(m.o)\nhelper\n"})
    assert workshop.differences() \
        == ["helper: imported from /unix by a64.o, but from /usr/lib/x.a(m.o) by a32.o"]


def test_mode_lines_make_differences_like_any_other(workshop):
    workshop.pair(exports="used\n# 64\nspare\n")
    assert workshop.differences() == ["spare: exported by a64.o, but not by a32.o"]


def test_a_name_that_one_exports_and_the_other_imports(workshop):
    workshop.pair({"exports": "used\nhelper\n",
                   "source": "int helper(int x) { return x; } int used(int x) { return x; }"})
    assert workshop.differences() == ["helper: exported by a64.o, but not by a32.o",
                                      "helper: imported by a32.o, but not by a64.o"]


def test_every_difference_is_told_by_name(workshop):
    workshop.pair({"source": "int z(void); int a(void) { return z(); } int b, c, d;",
                   "exports": "a\nd\nb\nc syscall\n", "imports": "#!/unix\nz\n"},
                  {"source": "int y(void); int a(void) { return y(); } int b, c, e;",
                   "exports": "b syscall64\ne\na\nc\n", "imports": "#!other.o\ny\n"})
    assert workshop.differences() == [
        "b: exported as an ordinary symbol by a64.o, but as syscall64 by a32.o",
        "c: exported as syscall32 by a64.o, but as an ordinary symbol by a32.o",
        "d: exported by a64.o, but not by a32.o",
        "e: exported by a32.o, but not by a64.o",
        "y: imported by a32.o, but not by a64.o",
        "z: imported by a64.o, but not by a32.o"]


def test_a_difference_leaves_the_old_archive(workshop):
    workshop.pair()
    old = workshop.archive("a64.o", "a32.o")
    workshop.member("a32", 32, exports="spare\n")
    result = workshop.run(MODLD, "--archive", "out.a", "a64.o", "a32.o")
    assert result.returncode == 1
    assert (workshop.folder / "out.a").read_bytes() == old
    assert workshop.files_left() == []


# What compilers call on their own


def test_division_of_64_bit_numbers_is_no_difference(workshop):
    source = """
        long long divide(long long a, long long b) { return a / b + a % b; }
        unsigned long long divide_unsigned(unsigned long long a, unsigned long long b)
        { return a / b + a % b; }"""
    routines = "__divdi3 __divmoddi4 __moddi3 __udivdi3 __udivmoddi4 __umoddi3".split()
    workshop.pair(source=source, exports="divide\n", imports="\n".join(["#!/unix", *routines, ""]))
    assert "__udiv" in workshop.run("nm", "-u", "a32.o").stdout
    assert workshop.run("nm", "-u", "a64.o").stdout == ""
    workshop.archive("a64.o", "a32.o")


@pytest.mark.parametrize("name", ["memcpy", "memset", "memmove", "memcmp"])
def test_calls_that_compilers_make_of_structs_are_no_difference(workshop, name):
    workshop.pair({"source": f"void {name}(void); int used(void) {{ {name}(); return 1; }}"},
                  {"source": "int used(void) { return 1; }"}, imports=f"#!/unix\n{name}\n")
    workshop.archive("a64.o", "a32.o")


def test_such_a_routine_from_another_file_is_a_difference(workshop):
    source = "void memcpy(void); int used(void) { memcpy(); return 1; }"
    workshop.pair({"imports": "#!/unix\nmemcpy\n"}, {"imports": "#!x.o\nmemcpy\n"}, source=source)
    assert workshop.differences() == ["memcpy: imported from /unix by a64.o, but from x.o by a32.o"]


def test_such_a_routine_exported_is_a_difference(workshop):
    workshop.pair({"exports": "__udivdi3\n"}, {"exports": ""}, source="int __udivdi3;")
    assert workshop.differences() == ["__udivdi3: exported by a64.o, but not by a32.o"]


# Excuses


@pytest.mark.parametrize("of_64", [
    {"exports": "used\nspare\n"},
    {"exports": "used\nspare\n", "source": SOURCE.replace("spare", "spare, unused_global")},
])
@pytest.mark.parametrize("excuse", ["spare", "sp*", "?pare", "*", "s?a*e"])
def test_an_excuse_is_a_name_or_a_pattern(workshop, of_64, excuse):
    workshop.pair(of_64)
    workshop.archive("--allow-mode-difference", excuse, "a64.o", "a32.o")
    workshop.archive("a64.o", "a32.o", f"--allow-mode-difference={excuse}")


@pytest.mark.parametrize("name, of_64", [
    ("used", {"exports": "used syscall\n"}),
    ("helper", {"imports": "#!other.o\nhelper\n"}),
    ("helper", {"source": "int used(int x) { return x; }"}),
])
def test_every_kind_of_difference_can_be_excused(workshop, name, of_64):
    workshop.pair(of_64)
    workshop.archive("--allow-mode-difference", name, "a64.o", "a32.o")


def test_several_excuses_and_overlapping_ones(workshop):
    workshop.pair({"source": SOURCE + "int one, two;", "exports": "used\none\ntwo\n"})
    workshop.archive("--allow-mode-difference", "one", "--allow-mode-difference", "two",
                     "--allow-mode-difference", "*o*", "a64.o", "a32.o")


def test_what_is_not_excused_is_still_told(workshop):
    workshop.pair({"source": SOURCE + "int one, two;", "exports": "used\none\ntwo\n"})
    assert workshop.differences("--allow-mode-difference", "one") \
        == ["two: exported by a64.o, but not by a32.o"]


def test_an_excuse_is_the_whole_name(workshop):
    workshop.pair({"exports": "used\nspare\n"})
    said = workshop.differences("--allow-mode-difference", "spar")
    assert "spare: exported by a64.o, but not by a32.o" in said


@pytest.mark.parametrize("excuse", ["used", "no_such_name", "z*"])
def test_an_excuse_that_excuses_nothing_is_an_error(pair, excuse):
    assert pair.refuse("--allow-mode-difference", excuse, "a64.o", "a32.o") == [
        f"modld: --allow-mode-difference {excuse}: excuses nothing: a64.o and a32.o do not differ "
        "in it"]


def test_a_compilers_routine_may_be_excused_all_the_same(workshop):
    workshop.pair({"source": "void memcpy(void); int used(void) { memcpy(); return 1; }"},
                  {"source": "int used(void) { return 1; }"}, imports="#!/unix\nmemcpy\n")
    workshop.archive("--allow-mode-difference", "memcpy", "a64.o", "a32.o")


# Members


@pytest.mark.parametrize("width, machine", [(64, "x86_64"), (32, "i386")])
def test_two_members_of_one_mode_are_refused(workshop, width, machine):
    workshop.member("one", width)
    workshop.member("two", width)
    assert workshop.refuse("one.o", "two.o") == [
        f"modld: two.o: is for {machine} as one.o is; an archive has one member for each mode"]


def test_a_third_member_is_refused(pair):
    pair.member("b32", 32)
    assert pair.refuse("a64.o", "a32.o", "b32.o") == [
        "modld: b32.o: is for i386 as a32.o is; an archive has one member for each mode"]


@pytest.mark.parametrize("name, machine", [("a64.o", "x86_64"), ("a32.o", "i386")])
def test_a_single_member_is_refused(pair, name, machine):
    assert pair.refuse(name) == [
        f"modld: {name}: is for {machine}, and no member is for the other mode"]


def test_a_plain_object_is_refused(pair):
    assert pair.refuse("a64.plain.o", "a32.o") == [
        "modld: a64.plain.o: was not made by modld",
        "modld:   try: modld -o OUT.o a64.plain.o, and give OUT.o"]


def test_what_is_no_object_is_refused_by_name(pair):
    pair.archive("a64.o", "a32.o")
    (pair.folder / "out.a").rename(pair.folder / "old.a")
    (pair.folder / "empty.o").write_text("")
    (pair.folder / "text.o").write_text("this is no object")
    bad = ["empty.o", "text.o", "absent.o", "old.a", "."]
    said = "\n".join(pair.refuse(*bad))
    for name in bad:
        assert re.search(f"^modld: {re.escape(name)}: ", said, re.M)


def test_every_truncation_is_refused(pair):
    whole = (pair.folder / "a64.o").read_bytes()
    for size in range(0, len(whole), 97):
        (pair.folder / "cut.o").write_bytes(whole[:size])
        assert pair.refuse("cut.o", "a32.o")[0].startswith("modld: cut.o: ")


def test_symbols_renumbered_behind_modlds_back_are_refused(workshop):
    workshop.pair(source=SOURCE + "static int local __attribute__((used));")
    assert workshop.run("objcopy", "--discard-all", "a64.o").returncode == 0
    said = workshop.refuse("a64.o", "a32.o")
    assert "a64.o: an export's hash is not that of its symbol's name" in said[0]


# The archiver


def test_a_missing_archiver_is_named(pair):
    for said in (pair.refuse("--ar=no-such-ar", "a64.o", "a32.o"),
                 pair.refuse("a64.o", "a32.o", AR="no-such-ar"),
                 pair.refuse("a64.o", "a32.o", CROSS_COMPILE="no-such-")):
        assert said == [
            "modld: no-such-ar: the archiver cannot be run: No such file or directory",
            "modld:   try: install binutils, or name the archiver with --ar=PROG"]


def test_an_archiver_that_fails_leaves_nothing(pair):
    assert pair.refuse("--ar=false", "a64.o", "a32.o") == ["modld: false: failed, see above"]


def test_an_archiver_that_does_nothing_is_found_out(pair):
    assert pair.refuse("--ar=true", "a64.o", "a32.o") \
        == ["modld: out.a: the archiver did not put in what it was given"]


@pytest.mark.parametrize("archiver", ["x86_64-linux-gnu-ar", "gcc-ar"])
def test_other_archivers_give_the_same_members(pair, archiver):
    pair.archive("a64.o", "a32.o")
    expected = members_of(pair)
    pair.archive(f"--ar={archiver}", "a64.o", "a32.o")
    assert members_of(pair) == expected


def test_plain_ar_is_the_last_resort(pair):
    programs = pair.folder / "bin"
    programs.mkdir()
    (programs / "ar").symlink_to("/usr/bin/ar")
    pair.archive("a64.o", "a32.o", PATH=str(programs))


def test_output_that_cannot_be_written(pair):
    result = pair.run(MODLD, "--archive", "absent/out.a", "a64.o", "a32.o")
    assert result.returncode == 1
    assert result.stderr \
        == "modld: absent/out.a: cannot be written: No such file or directory\n"


# Usage


@pytest.mark.parametrize("arguments, said", [
    (["--archive", "out.a"], "no input"),
    (["--archive"], "--archive: no such option, or its value is missing"),
    (["--archive=", "a64.o", "a32.o"], "--archive=: no such option, or its value is missing"),
    (["--archive", "out.a", "a64.o", "--allow-mode-difference"], "its value is missing"),
    (["--archive", "out.a", "-o", "out.o", "a64.o", "a32.o"], "--archive goes with"),
    (["--archive", "out.a", "-bE:a.exp", "a64.o", "a32.o"], "--archive goes with"),
    (["--archive", "out.a", "-S", "a64.o", "a32.o"], "--archive goes with"),
    (["-o", "out.o", "--allow-mode-difference", "x", "a64.o"], "go with --archive only"),
    (["-o", "out.o", "--ar=ar", "a64.o"], "go with --archive only"),
])
def test_wrong_usage_is_2(pair, arguments, said):
    result = pair.run(MODLD, *arguments)
    assert result.returncode == 2
    assert said in result.stderr and "usage: modld " in result.stderr
    assert not (pair.folder / "out.a").exists() and not (pair.folder / "out.o").exists()


def test_help_tells_of_archives(workshop):
    text = workshop.run(MODLD, "--help").stdout
    assert "--archive OUT.a" in text and "--allow-mode-difference NAME" in text
