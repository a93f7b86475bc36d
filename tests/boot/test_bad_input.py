"""What is wrong is refused with a message that names it, changes nothing, and the shell lives."""

import io
import re
import subprocess

import pytest
from elftools.elf.elffile import ELFFile

from harness import BUILD
from harness.initrd import initrd_with, read_initrd, write_initrd
from harness.loading import kload, symbols
from harness.modld import hash_name
from harness.objects import FLAGS_SHARED, Workbench, patched, with_machine, with_symbol_named_as

FMT = "/usr/lib/ext/fmt.a"
MACHINE_AARCH64, MACHINE_S390, MACHINE_ARM, MACHINE_X86_64 = 183, 22, 40, 62
TYPE_OFFSET, ENCODING_OFFSET, CLASS_OFFSET = 16, 5, 4


class Refusal:
    """Runs a command that must fail, and holds what it said."""

    def __init__(self, machine, command, status=1):
        before = machine.modstate()
        self.text = machine.run(command)
        assert machine.last_status() == status, self.text
        assert machine.modstate() == before, self.text
        assert machine.run("echo alive") == "alive\n"
        self.first, *self.rest = self.text.splitlines()


def refuse_load(machine, path, sentence, number):
    """kload of `path` fails as `kload: path: sentence [Enumber]`, with details behind the sentence."""
    refusal = Refusal(machine, f"kload {path}")
    assert refusal.first.startswith(f"kload: {path}: ") or \
        refusal.first.startswith(f"kload: {path}("), refusal.text
    assert re.search(rf": {sentence}.* \[E{number}\]$", refusal.first), refusal.text
    return refusal


def load_works(machine):
    """A refusal has not spoilt what is right."""
    kmid, _ = kload(machine, FMT)
    assert machine.run(f"kunload {kmid}") == f"kmid {kmid} unloaded\n"


# Files that are none, or no extension

FILES = {
    "empty file": (b"", "the file is empty", 103),
    "text": (b"this is no object\n", "neither an ELF object nor an ar archive", 104),
    "one byte": (b"\x7f", "neither an ELF object nor an ar archive", 104),
    "zeros": (bytes(5000), "neither an ELF object nor an ar archive", 104),
    "magic of ELF only": (b"\x7fELF", "the file ends inside the ELF header", 201),
    "magic of ar only": (b"!<arch>\n", "no member of the archive has this kernel's mode", 114),
    "archive of zeros": (b"!<arch>\n" + bytes(60),
                         "a member header of the archive does not end with its mark", 111),
}


def path_of(case):
    """Where the shared machine's initrd has the file of a case."""
    return "/t/" + case.replace(" ", "-")


@pytest.fixture(scope="module")
def shared_machine(shared_boot, arch, tmp_path_factory):
    """All files that must be refused in one initrd: one has no effect on the next, as each proves."""
    folder = tmp_path_factory.mktemp("refused")
    workbench = Workbench(folder, arch)
    files = {path_of(case): content for case, (content, _, _) in FILES.items()}
    inner = workbench.archive({"plain.o": own_object(workbench)})
    files["/t/nested.a"] = workbench.archive({"inner.a": inner, "two.a": inner, "readme": b"text\n"})
    files["/t/mixed.a"] = workbench.archive({"inner.a": inner, "plain.o": own_object(workbench)})
    files["/t/undefined-export"] = undefined_export(workbench)
    files |= {path_of(case): make(workbench) for case, (make, _, _) in OBJECTS.items()}
    return shared_boot(initrd=initrd_with(folder / "initrd.tar", files))


@pytest.mark.parametrize("case", FILES)
def test_file_that_is_no_extension_is_refused(machine, case):
    _, sentence, number = FILES[case]
    refuse_load(machine, path_of(case), sentence, number)
    load_works(machine)


@pytest.mark.parametrize("path, sentence, number", [
    ("/no/such/file", "no such file", 101),
    ("relative/path", "no such file", 101),
    (FMT + "/member", "no such file", 101),
    ("/usr/lib", "is a directory", 102),
    ("/", "is a directory", 102),
])
def test_path_without_a_file_is_refused(machine, path, sentence, number):
    refuse_load(machine, path, sentence, number)
    load_works(machine)


def test_empty_path_is_refused(boot):
    refusal = Refusal(boot(), 'kload ""')
    assert refusal.first == "kload: the path is empty [E106]"


def test_path_that_is_too_long_is_refused(boot, initrd_with):
    # Longer than a line that can be typed.
    path = "/" + "x" * 300
    machine = boot(append="rc=/script", wait=False, initrd=initrd_with({
        "/script": f"modstate\nkload {path}\necho status $?\nmodstate\n".encode()}))
    machine.expect(r"status 1\r\nmortise> modstate\r\n([^\r]+)\r\n")
    said = machine.console.before.replace("\r\n", "\n")
    assert re.search(r"^kload: /x{200,}: the path is too long: the limit is 255 bytes \[E105\]$",
                     said, re.M), said
    assert machine.console.match[1] in said.splitlines()


# Damaged archives and objects


def fmt_archive():
    return read_initrd()["usr/lib/ext/fmt.a"]


def own_object(workbench):
    return workbench.compile("plain")


def other_object(workbench):
    return workbench.compile("plain", width=workbench.arch.other.width)


def shared_object(workbench):
    plain = workbench.compile("plain", *FLAGS_SHARED[workbench.width])
    return workbench.link({"plain.o": plain}, relocatable=False)


def renumbered(workbench):
    """A tool that does not know of records names other symbols with their numbers."""
    name = f"fmt{workbench.width}.o"
    path = workbench.store(name, (BUILD / "modules-gcc" / name).read_bytes())
    subprocess.run(["objcopy", "--strip-debug", path], check=True)
    return path.read_bytes()


def undefined_export(workbench):
    """fmt, whose first export record names a symbol that it imports; the hash is that name's."""
    content = (BUILD / "modules-gcc" / f"fmt{workbench.width}.o").read_bytes()
    elf = ELFFile(io.BytesIO(content))
    undefined, name = next((i, symbol.name) for i, symbol in
                           enumerate(elf.get_section_by_name(".symtab").iter_symbols())
                           if symbol.name and symbol["st_shndx"] == "SHN_UNDEF")
    record = elf.get_section_by_name(".mod.exports")["sh_offset"]
    return patched(patched(content, record, "<I", undefined), record + 4, "<I", hash_name(name))


def dependent(workbench):
    """An extension that imports from a file of its own, not from the kernel's name space."""
    user = workbench.store("user.o", workbench.compile("user"))
    imports = workbench.store("user.imp", b"#!/t/private.o\nwhich_version\n#!/unix\nprintk\n")
    out = user.with_name("out.o")
    subprocess.run([BUILD / "tools" / "modld", "-o", out, f"-bI:{imports}", user], check=True)
    return out.read_bytes()


OBJECTS = {
    "archive cut in its last member": (lambda w: fmt_archive()[:-100],
                                       "the archive ends inside a member", 112),
    "archive cut in its first member": (lambda w: fmt_archive()[:1000],
                                        "the archive ends inside a member", 112),
    "archive cut in a member header": (lambda w: fmt_archive()[:40],
                                       "the archive ends inside a member header", 119),
    "archive with a damaged header": (lambda w: patched(fmt_archive(), 8 + 58, "<H", 0x4141),
                                      "a member header of the archive does not end with its mark", 111),
    "archive for the other mode": (lambda w: w.archive({"a.o": other_object(w)}),
                                   "no member of the archive has this kernel's mode", 114),
    "archive of texts": (lambda w: w.archive({"a": b"text\n", "b": b""}),
                         "no member of the archive has this kernel's mode", 114),
    "thin archive": (lambda w: w.archive({"a.o": own_object(w)}, "rcsDT"),
                     "a thin archive names its members' files but does not hold them", 110),
    "archive of a damaged object": (lambda w: w.archive({"a.o": own_object(w)[:-65]}),
                                    "the section table lies outside the file", 210),
    "object cut in its header": (lambda w: own_object(w)[:50],
                                 "the file ends inside the ELF header", 201),
    "object cut in half": (lambda w: own_object(w)[:len(own_object(w)) // 2],
                           "the section table lies outside the file", 210),
    "object without its last byte": (lambda w: own_object(w)[:-1],
                                     "the section table lies outside the file", 210),
    "object of the other mode": (other_object, "the object is not of this kernel's mode: "
                                               "it is for {other}, this kernel is {own}", 207),
    "object for aarch64": (lambda w: with_machine(own_object(w), MACHINE_AARCH64),
                           r"the object is for another machine: 183 \(aarch64\)", 206),
    "object for s390": (lambda w: with_machine(own_object(w), MACHINE_S390),
                        "the object is for another machine: 22 ", 206),
    "other machine in a file of this width": (
        lambda w: with_machine(own_object(w), MACHINE_ARM),
        r"the object is for another machine: 40 \(arm\) in ELF", 206),
    "x32": (lambda w: with_machine(w.compile("plain", width=32), MACHINE_X86_64),
            "the object is for x32", 278),
    "big-endian": (lambda w: patched(own_object(w), ENCODING_OFFSET, "<B", 2),
                   "the object is not little-endian", 203),
    "no class": (lambda w: patched(own_object(w), CLASS_OFFSET, "<B", 7),
                 "the ELF class is neither 32-bit nor 64-bit", 202),
    "program": (lambda w: patched(own_object(w), TYPE_OFFSET, "<H", 2),
                "not a relocatable object", 205),
    "shared object": (shared_object, "not a relocatable object: it is a shared object", 205),
    "duplicate of a name": (lambda w: with_symbol_named_as(w.compile("twins"), "twin_b", "twin_a"),
                            "a name is defined twice in the same object: twin_a", 225),
    "duplicate of an entry point": (
        lambda w: with_symbol_named_as(w.compile("plain"), "_unload", "_load"),
        "a name is defined twice in the same object: _load", 225),
    "records of modld renumbered": (renumbered, "an export's symbol does not exist", 246),
    "thread-local variable": (lambda w: w.compile("odd", "-DODD=1"),
                              "thread-local storage does not exist", 216),
    "writable code": (lambda w: w.compile("odd", "-DODD=2"),
                      "a section is both writable and executable", 215),
    "aligned common symbol": (lambda w: w.compile("odd", "-DODD=3", "-fcommon"),
                              "a COMMON symbol's alignment is larger than the limit", 282),
    "intermediate code": (lambda w: w.compile("plain", "-flto"),
                          "the object holds gcc's intermediate code only", 277),
    "bitcode": (lambda w: w.compile("plain", "-flto", compiler="clang"),
                "the file is LLVM bitcode", 276),
    "entry point that is data": (lambda w: w.compile("odd", "-DODD=4"),
                                 "an entry point is not a function of the object", 303),
    "alignment beyond the limit": (lambda w: w.compile("odd", "-DODD=5"),
                                   "a section's alignment is larger than the limit", 214),
}


@pytest.mark.parametrize("case", OBJECTS)
def test_damaged_or_unfit_object_is_refused(machine, arch, case):
    _, sentence, number = OBJECTS[case]
    sentence = sentence.format(own=arch.name, other=arch.other.name)
    refuse_load(machine, path_of(case), sentence, number)
    load_works(machine)


def test_an_export_that_is_not_defined_is_refused(machine):
    refuse_load(machine, "/t/undefined-export", "an export's symbol is not defined in the object", 248)


def test_an_archive_inside_an_archive_is_not_looked_into(machine):
    refusal = refuse_load(machine, "/t/nested.a", "no member of the archive has this kernel's mode", 114)
    assert "2 archives in it are not looked into" in refusal.first
    kmid, _ = kload(machine, "/t/mixed.a")
    assert "/t/mixed.a(plain.o)\n" in machine.run("genkex")
    machine.run(f"kunload {kmid}")


def test_missing_dependent_is_named_with_who_needs_it(boot, initrd_with, workbench):
    machine = boot(initrd=initrd_with({"/t/user": dependent(workbench)}))
    refusal = Refusal(machine, "kload /t/user")
    assert refusal.first == "kload: /t/private.o: no such file [E101]"
    assert "  needed by /t/user" in refusal.rest
    load_works(machine)


def test_every_truncation_of_an_archive_is_refused(boot, initrd_with):
    whole = fmt_archive()
    sizes = range(1, len(whole), len(whole) // 40)
    machine = boot(initrd=initrd_with({f"/t/{size}": whole[:size] for size in sizes}))
    before = machine.modstate()
    for size in sizes:
        assert re.match(rf"kload: /t/{size}\b.* \[E\d+\]\n", machine.run(f"kload /t/{size}"))
    assert machine.last_status() == 1
    assert machine.modstate() == before
    load_works(machine)


# Names that cannot be bound


def test_all_unresolved_symbols_are_told_with_place_and_nearest(boot, initrd_with, workbench):
    machine = boot(initrd=initrd_with({"/t/misspelt.o": workbench.compile("misspelt")}))
    refusal = refuse_load(machine, "/t/misspelt.o",
                          "symbols are not exported by /unix: 3 of 3 imports", 301)
    place = r"needed by {}\+0x[0-9a-f]+ \(\.text\+0x[0-9a-f]+\)"
    aix = r"  0509-136   symbol {} \(number \d+\) is not exported from dependent module /unix"
    patterns = [r"  0509-130 .*", aix.format("prinkt"), aix.format("kmaloc"),
                aix.format("quite_another_thing"), r"  0509-192 .*",
                r"  prinkt: " + place.format("misspelt_caller") + r"; nearest: (.*, )?printk(,.*)?",
                r"  kmaloc: " + place.format("misspelt_caller") + r"; nearest: (.*, )?kmalloc(,.*)?",
                r"  quite_another_thing: " + place.format("_load"),
                r"  try: load the extension that exports them first"]
    assert len(refusal.rest) == len(patterns), refusal.text
    for pattern, line in zip(patterns, refusal.rest):
        assert re.fullmatch(pattern, line), line
    load_works(machine)


def test_missing_provider_is_told_name_by_name(boot, arch):
    machine = boot()
    refusal = refuse_load(machine, "/usr/lib/ext/fortune.a", "symbols are not exported by /unix",
                          301)
    assert refusal.first.startswith(f"kload: /usr/lib/ext/fortune.a(fortune{arch.width}.o): ")
    for name in "fmt_repeat", "fmt_wrap", "fmt_center":
        assert any(re.match(rf"  {name}: needed by \w+\+0x", line) for line in refusal.rest)
    kload(machine, FMT)
    kload(machine, "/usr/lib/ext/fortune.a")


# Refusals of the extension itself


@pytest.mark.parametrize("number, name", [(16, "EBUSY"), (12, "ENOMEM"), (1, "EPERM"),
                                          (75, "EOVERFLOW")])
def test_error_that_load_returns_is_told_by_name(boot, initrd_with, workbench, number, name):
    refuse = workbench.compile("refuse", f"-DLOAD_ERROR={number}")
    machine = boot(initrd=initrd_with({"/t/refuse.o": refuse}))
    before = machine.modstate()
    said = machine.run("kload /t/refuse.o; echo $?")
    log, *rest = said.splitlines()
    assert log.endswith("] refuse: _load runs")
    assert rest == [f"kload: /t/refuse.o: _load returned an error: {number} ({name}) [E402]", "1"]
    assert machine.modstate() == before
    assert "refuse_service" not in symbols(machine)
    load_works(machine)


# Unloading what is not there


@pytest.mark.parametrize("kmid, sentence, number", [
    ("1", "no such kmid", 404), ("4294967295", "no such kmid", 404),
    ("0", "the kernel itself cannot be unloaded", 405),
])
def test_unload_of_what_cannot_go_is_refused(boot, kmid, sentence, number):
    machine = boot()
    refusal = Refusal(machine, f"kunload {kmid}")
    assert refusal.first.startswith(f"kunload: kmid {kmid}: {sentence}"), refusal.text
    assert refusal.first.endswith(f" [E{number}]"), refusal.text
    load_works(machine)


def test_kmid_of_an_unloaded_extension_is_unknown(boot):
    machine = boot()
    load_works(machine)
    assert "no such kmid" in Refusal(machine, "kunload 1").first


def test_kmid_that_is_no_number_is_refused(boot):
    machine = boot()
    for kmid in "x", "-1", "4294967296", "1x", "99999999999999999999", '""':
        refusal = Refusal(machine, f"kunload {kmid}")
        assert refusal.first.startswith("kunload: " + kmid.strip('"') + ": not a kmid"), refusal.text


WRONG_USAGES = [
    "kload", "kload -s", "kload a b", "kload -s a b", "kload -x /a", "kunload", "kunload 1 2",
    "kquery", "kquery a b", "genkex x", "modstate x", "pagecheck x", "syms a b", "mem x",
    "ls a b", "cat", "dmesg x", "dmesg 1 2", "help a b", "reboot x", "poweroff x", "poweroff 1 2"]


def test_wrong_usage_is_answered_with_the_usage_and_2(boot):
    machine = boot()
    for command in WRONG_USAGES:
        name = command.split()[0]
        refusal = Refusal(machine, command, status=2)
        assert refusal.first.startswith(f"{name}: usage: {name}") and refusal.rest == []


# initrds


def headers(content):
    """Path to offset of its header, in a ustar archive."""
    found, offset = {}, 0
    while content[offset] != 0:
        name = content[offset:offset + 100].split(b"\0")[0].decode()
        size = int(content[offset + 124:offset + 135], 8)
        found[name] = offset
        offset += 512 + (size + 511) // 512 * 512
    return found


def boot_with_initrd(boot, tmp_path, content):
    path = tmp_path / "initrd"
    path.write_bytes(content)
    return boot(initrd=path)


def test_no_initrd_is_told_and_the_shell_comes(boot):
    machine = boot(initrd=False)
    assert "initrd: the boot loader gave none" in machine.greeting
    assert machine.run("ls; echo $?") == "0\n"
    refuse_load(machine, FMT, "no such file", 101)


def built_initrd():
    return (BUILD / "initrd.tar").read_bytes()


@pytest.mark.parametrize("size, why", [
    (lambda content: 100, "the archive is cut: a header or contents go beyond its end"),
    (lambda content: headers(content)["usr/lib/ext/hello.a"] + 700,
     "the archive is cut: a header or contents go beyond its end"),
    (lambda content: headers(content)["usr/lib/ext/hello.a"] + 300,
     "the archive is cut: a header or contents go beyond its end"),
    (lambda content: headers(content)["usr/lib/ext/hello.a"],
     "the archive has no two blocks of zeros at its end"),
], ids=["in the first header", "in contents", "in a header", "between entries"])
def test_truncated_initrd_keeps_what_is_whole(boot, tmp_path, size, why):
    content = built_initrd()
    cut = size(content)
    machine = boot_with_initrd(boot, tmp_path, content[:cut])
    assert re.search(rf"initrd: offset 0x[0-9a-f]+: nothing is read from here on: {why}",
                     machine.greeting), machine.greeting
    refuse_load(machine, "/usr/lib/ext/hello.a", "no such file", 101)
    if cut > headers(content)["usr/lib/ext/hello.a"] - 1:
        load_works(machine)


def test_damaged_tar_header_is_told_with_its_place(boot, tmp_path):
    content = built_initrd()
    offset = headers(content)["usr/lib/ext/hello.a"]
    machine = boot_with_initrd(boot, tmp_path, patched(content, offset + 150, "<B", 0x37))
    assert f"initrd: offset {offset:#x}: nothing is read from here on: " \
           "the header's checksum is wrong" in machine.greeting
    refuse_load(machine, "/usr/lib/ext/hello.a", "no such file", 101)
    load_works(machine)


@pytest.mark.parametrize("content, why", [
    (b"\x7fELF" + bytes(1020), "the header is not a ustar header"),
    (b"not a tar at all" * 100, "the header is not a ustar header"),
    (b"\n", "the archive is cut"),
], ids=["elf", "text", "one byte"])
def test_initrd_that_is_no_archive_is_told(boot, tmp_path, content, why):
    machine = boot_with_initrd(boot, tmp_path, content)
    assert f"initrd: offset 0x0: nothing is read from here on: {why}" in machine.greeting
    refuse_load(machine, FMT, "no such file", 101)


def test_entry_that_would_leave_the_tree_is_left_out(boot, tmp_path):
    files = read_initrd()
    files["etc/../../evil"] = b"x"
    machine = boot(initrd=write_initrd(tmp_path / "initrd.tar", files))
    assert 'left out: its path has ".." in it: /etc/../../evil' in machine.greeting
    load_works(machine)


# The same on the real way in


def test_booted_by_grub_the_refusals_are_the_same(boot):
    machine = boot(via="iso-bios")
    refuse_load(machine, "/no/such/file", "no such file", 101)
    refuse_load(machine, "/etc", "is a directory", 102)
    refuse_load(machine, "/etc/motd", "neither an ELF object nor an ar archive", 104)
    refuse_load(machine, "/usr/lib/ext/fortune.a", "symbols are not exported by /unix", 301)
    assert Refusal(machine, "kunload 9").first.endswith("[E404]")
    load_works(machine)
