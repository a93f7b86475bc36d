"""Two kernels, one initrd, one script: what they say differs in addresses and sizes, in nothing else."""

import difflib
import re

import pytest

from harness.arch import ALL, BY_NAME, TESTED
from harness.initrd import initrd_with
from harness.loading import ROW, kload, table
from harness.objects import Workbench

EXT = "/usr/lib/ext"
# Compilers call them for 64-bit division on i386; elsewhere the CPU has an instruction for it.
DIVISION = BY_NAME["i386"].exports() - BY_NAME["x86_64"].exports()

# Archives with a member for each kernel: path to fixture and flags.
ARCHIVES = {
    "plain": ["plain"], "one": ["provider", "-DVERSION=1"], "two": ["provider", "-DVERSION=2"],
    "user": ["user"], "misspelt": ["misspelt"], "odd": ["odd", "-DODD=2"],
    "twins": ["twins"], "refuse": ["refuse", "-DLOAD_ERROR=16"],
    "stay": ["refuse", "-DUNLOAD_ERROR=16"], "huge": ["large", "-DLARGE_BYTES=0x8000000"],
}

SCRIPT = f"""
help
help kload
help nothing; echo $?
ls; ls /usr/lib/ext; ls /t; ls /no; echo $?
cat /etc/motd /usr/lib/kernex.imp
echo 'a;  b' "$?" \\$? e\\ f # nothing of this
echo 'not closed
no-such-command; echo $?
kload; echo $?
# nothing is loaded yet
genkex; modstate; syms; mem; pagecheck
kquery {EXT}/hello.a
# what there is, loads: each with the member of the kernel's own width
kload {EXT}/hello.a; kload -s {EXT}/hello.a; kload {EXT}/hello.a
genkex; modstate; kquery {EXT}/hello.a
kunload 1; kunload 1; kunload 2; genkex
kload {EXT}/fortune.a; echo $?
kload {EXT}/fmt.a; kload {EXT}/fortune.a
genkex; modstate; syms fmt_*; syms *_print; pagecheck; mem
kunload 3; genkex; kunload 4; genkex; modstate
# objects as a compiler writes them
kload /t/plain.a; syms plain_*; kunload 5
kload /t/one.a; kload /t/user.a; kload /t/two.a; kload /t/user.a
genkex; syms which_version
kunload 7; kunload 9; kunload 6; kunload 8; modstate
# refusals
kload /t/misspelt.a; echo $?
kload /t/odd.a; kload /t/twins.a; kload /t/refuse.a; kload /t/huge.a; echo $?
kload /t/stay.a; kunload 11; kunload 11; kunload 11
kload; kload /no; kload relative; kload /etc; kload /etc/motd; kload ""
kload /t/cut.a; kload /t/header.a; kload /t/texts.a; kload /t/empty; kload /t/aarch64.o; echo $?
kunload 99; kunload 0; kunload x; kunload; kquery /no
genkex; modstate; pagecheck; mem
dmesg
selftest
echo the end
"""


@pytest.fixture
def two_widths(tmp_path):
    """The one initrd: the built one, the script, and what it loads."""
    folder = tmp_path / "workbench"
    folder.mkdir()
    bench = Workbench(folder, ALL[0])

    def archive(name, fixture, *flags):
        return bench.archive({f"{name}{arch.width}.o": bench.compile(fixture, *flags, width=arch.width)
                              for arch in ALL})

    files = {f"/t/{name}.a": archive(name, *made) for name, made in ARCHIVES.items()}
    for arch in ALL:
        only = {f"plain{arch.width}.o": bench.compile("plain", width=arch.width)}
        files[f"/t/only{arch.width}.a"] = bench.archive(only)
    plain = files["/t/plain.a"]
    files |= {"/t/cut.a": plain[:1000], "/t/header.a": plain[:8] + b"x" * 60,
              "/t/texts.a": bench.archive({"a": b"text\n"}), "/t/empty": b"",
              "/t/aarch64.o": b"\x7fELF\2\1\1" + bytes(9) + b"\1\0\xb7\0\1\0\0\0" + bytes(40),
              "/script": SCRIPT.encode()}
    return initrd_with(tmp_path / "initrd.tar", files)


def said_by(boot_any, arch, initrd):
    machine = boot_any(arch=arch, initrd=initrd, append="rc=/script loglevel=3", wait=False)
    machine.expect(r"mortise> echo the end\r\nthe end\r\n", timeout=60)
    said = machine.console.before.replace("\r\n", "\n")
    return said[said.index("\nmortise> "):]


def masked(said, arch):
    """The lines, without what may differ; each rule has its reason."""
    rules = [
        # When a line was logged, and which saying fortune chose by the clock.
        (r"^\[ *\d+\.\d{6}\] (?:[|+] .* [|+]|\+-+\+)\n", ""),
        (r"^\[ *\d+\.\d{6}\]", "[TIME]"),
        # The kernel's own division.
        (rf"^ *[0-9a-f]+ (?:{'|'.join(DIVISION)}) \[unix\]\n", ""),
        (r"(symbols) (\d+)", lambda m: f"{m[1]} {int(m[2]) - len(arch.exports())} AND THE KERNEL'S"),
        # Members carry their width in their names, and some refusals name the machine.
        (rf"\((\w+){arch.width}\.o\)", r"(\1WIDTH.o)"),
        (rf"(object|data) for {arch.name}\b", r"\1 for MACHINE"),
        # Addresses, the offsets of a compiler's code, and sizes.
        (r"^" + ROW.pattern + "$", r"\1 ADDRESSES AND SIZES \6 \7 \8"),
        (r"\+0x[0-9a-f]+", "+OFFSET"),
        (r"^ *(?:[0-9a-f]{8}){1,2} ", "ADDRESS "),
        (r"\bpages \d+ (executable|heap) \d+", r"pages PAGES \1 SIZE"),
        (r"^(frames +)\d+ of \d+ free \(\d+ of \d+ KiB\)$", r"\1SIZES"),
        (r"^(kernel|extensions)( +)\d+ pages", r"\1\2PAGES pages"),
        (r"^heap( +)\d+ bytes", r"heap\1SIZE bytes"),
    ]
    for pattern, replacement in rules:
        said = re.sub(pattern, replacement, said, flags=re.M)
    return said.splitlines()


@pytest.mark.skipif(len(TESTED) < 2, reason="it compares two kernels, and ARCHES asks for one")
def test_the_same_script_says_the_same_on_both_kernels(boot_any, two_widths):
    first, second = (masked(said_by(boot_any, arch, two_widths), arch) for arch in ALL)
    assert sum(line.startswith("mortise> ") for line in first) > 90, "the script has run"
    differences = difflib.unified_diff(first, second, ALL[0].name, ALL[1].name, lineterm="", n=2)
    assert "\n".join(differences) == ""


def test_archive_of_one_width_loads_on_its_own_kernel_only(boot, arch, two_widths):
    machine = boot(initrd=two_widths)
    before = machine.modstate()
    other = f"/t/only{arch.other.width}.a"
    said = machine.run(f"kload {other}")
    assert said.startswith(f"kload: {other}: no member of the archive has this kernel's mode"), said
    assert machine.modstate() == before
    assert kload(machine, f"/t/only{arch.width}.a")[0] == 1
    assert table(machine)[0].file == f"/t/only{arch.width}.a(plain{arch.width}.o)"


def test_iso_gives_both_kernels_the_same_archives(boot, arch):
    machine = boot(via="iso-bios")
    assert kload(machine, f"{EXT}/hello.a")[0] == 1
    assert table(machine)[0].file == f"{EXT}/hello.a(hello{arch.width}.o)"
