"""Objects for tests to load: compiled from tests/fixtures, put into archives, damaged with care."""

import io
import struct
import subprocess

from elftools.elf.elffile import ELFFile

from . import TREE

FIXTURES = TREE / "tests" / "fixtures"
# What an extension needs at least; everything else is a compiler's own choice.
FLAGS = {64: ["-m64", "-mcmodel=kernel", "-mno-red-zone"], 32: ["-m32"]}
FLAGS_SHARED = {64: ["-fpic", "-mcmodel=small"], 32: ["-fpic"]}
LD_FORMAT = {64: "elf_x86_64", 32: "elf_i386"}
FLAGS_BOTH = ["-c", "-ffreestanding", "-fno-pic", "-mgeneral-regs-only", "-fno-omit-frame-pointer",
              f"-I{TREE}/include"]


class Workbench:
    """
    A folder in which objects and archives are made, for the width of one machine unless another is
    asked for; every product is given as bytes.
    """

    def __init__(self, folder, arch):
        self.folder = folder
        self.arch = arch
        self.width = arch.width
        self.count = 0

    def _path(self, name):
        """A path in a new folder, since archives keep the names of their members."""
        self.count += 1
        folder = self.folder / str(self.count)
        folder.mkdir()
        return folder / name

    def store(self, name, content):
        """A file in a folder of its own; returns its path."""
        path = self._path(name)
        path.write_bytes(content)
        return path

    def _store_all(self, files):
        """Writes name-to-bytes into one new folder; returns it."""
        folder = self._path("x").parent
        for name, content in files.items():
            (folder / name).write_bytes(content)
        return folder

    def compile(self, name, *flags, compiler="gcc", width=None):
        """tests/fixtures/<name>.c as an object, straight from the compiler."""
        out = self._path(f"{name}.o")
        subprocess.run([compiler, *FLAGS[width or self.width], *FLAGS_BOTH, "-O2", *flags, "-o", out,
                        FIXTURES / f"{name}.c"], check=True)
        return out.read_bytes()

    def link(self, objects, relocatable=True):
        """What `ld -r`, or `ld -shared`, makes of a dict of objects."""
        folder = self._store_all(objects)
        subprocess.run(["ld", "-m", LD_FORMAT[self.width], "-r" if relocatable else "-shared", "-o", "linked", *objects],
                       cwd=folder, check=True)
        return (folder / "linked").read_bytes()

    def archive(self, members, flags="rcsD"):
        """An archive made by `ar` of a dict of members."""
        folder = self._store_all(members)
        subprocess.run(["ar", flags, "archive", *members], cwd=folder, check=True)
        return (folder / "archive").read_bytes()


def patched(content, offset, form, value):
    """The bytes with a number at `offset` replaced."""
    changed = bytearray(content)
    struct.pack_into(form, changed, offset, value)
    return bytes(changed)


def with_machine(content, number):
    """The object with another e_machine."""
    return patched(content, 18, "<H", number)


def with_symbol_named_as(content, symbol, other):
    """The object in which `symbol` has got the name of `other`, by the first word of its entry."""
    table = ELFFile(io.BytesIO(content)).get_section_by_name(".symtab")
    entries = {s.name: (i, s.entry) for i, s in enumerate(table.iter_symbols())}
    offset = table["sh_offset"] + entries[symbol][0] * table["sh_entsize"]
    return patched(content, offset, "<I", entries[other][1]["st_name"])
