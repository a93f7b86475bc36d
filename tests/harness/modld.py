"""modld as a person calls it, and what it wrote as a reader that is not ours sees it."""

import functools
import itertools
import os
import struct
import subprocess

from elftools.elf.elffile import ELFFile

from harness import BUILD, TREE

MODLD = BUILD / "tools" / "modld"
RECORD = struct.Struct("<III")
FLAGS = ["-std=gnu11", "-O1", "-ffreestanding", "-fno-pic", "-fno-stack-protector",
         "-fno-asynchronous-unwind-tables", f"-I{TREE}/include"]


def hash_name(name):
    value, factor, mask = 14695981039346656037, 0x9E3779B97F4A7C15, (1 << 64) - 1
    padded = name.encode() + bytes(8 - len(name.encode()) % 8)
    for (word,) in struct.iter_unpack("<Q", padded):
        value = (value ^ word) * factor & mask
        value ^= value >> 32
    return (value * factor & mask) >> 32


@functools.cache
def names_of_one_hash(count):
    """So many printable names of eight letters whose hashes are equal: hash_name, read backwards."""
    factor, mask = 0x9E3779B97F4A7C15, (1 << 64) - 1
    inverse = pow(factor, -1, 1 << 64)

    def before(value):
        value = value * inverse & mask
        return value ^ value >> 32

    names = []
    for low in itertools.count():
        word = (before(before(7 << 32 | low)) * inverse & mask) ^ 14695981039346656037
        letters = struct.pack("<Q", word)
        if all(0x21 <= letter < 0x7f for letter in letters):
            names.append(letters.decode())
        if len(names) == count:
            return names


class Workshop:
    """A folder, and what is compiled and linked in it."""

    def __init__(self, folder, width):
        self.folder = folder
        self.width = width

    def write(self, name, text):
        (self.folder / name).write_text(text)
        return name

    def compile(self, name, source, *flags, width=None):
        self.write(f"{name}.c", source)
        command = ["gcc", f"-m{width or self.width}", *FLAGS, *flags, "-c", "-o", f"{name}.o",
                   f"{name}.c"]
        subprocess.run(command, cwd=self.folder, check=True)
        return f"{name}.o"

    def modld(self, *arguments, **environment):
        clean = {k: v for k, v in os.environ.items() if k not in ("LD", "AR", "CROSS_COMPILE")}
        scratch = self.folder / "scratch"
        scratch.mkdir(exist_ok=True)
        result = subprocess.run([MODLD, *arguments], cwd=self.folder, text=True,
                                env={**clean, "TMPDIR": str(scratch), **environment},
                                capture_output=True, check=False)
        assert list(scratch.iterdir()) == []
        return result

    def keep(self, name):
        """Gives out.o another name."""
        (self.folder / name).parent.mkdir(exist_ok=True)
        (self.folder / "out.o").rename(self.folder / name)
        return name

    def shared(self, name, source, exports, *arguments):
        """A shared module `name`, of source that exports the symbols listed."""
        self.compile("source", source)
        self.write("source.exp", "".join(f"{symbol}\n" for symbol in exports))
        self.link("-bM:SRE", "-bE:source.exp", *arguments, "source.o")
        return self.keep(name)

    def archive(self, name, *members):
        """An archive as ar makes it, anew."""
        (self.folder / name).unlink(missing_ok=True)
        subprocess.run(["ar", "qcsD", name, *members], cwd=self.folder, check=True)
        return name

    def link(self, *arguments):
        """Links to out.o without a complaint."""
        result = self.modld("-o", "out.o", *arguments)
        assert (result.returncode, result.stdout, result.stderr) == (0, "", "")
        assert self.files_left() == []
        return Extension(self.folder / "out.o")

    def refuse(self, *arguments, **environment):
        """Fails to link, leaves nothing behind, and gives what was said."""
        (self.folder / "out.o").unlink(missing_ok=True)
        result = self.modld("-o", "out.o", *arguments, **environment)
        assert result.returncode == 1, result.stderr
        assert not (self.folder / "out.o").exists()
        assert self.files_left() == []
        assert result.stdout == "" and "modld: " in result.stderr
        return result.stderr

    def files_left(self):
        return list(self.folder.glob("out.o.*"))


class Extension:
    """What modld wrote, read by an ELF reader that is not ours."""

    def __init__(self, path):
        self.elf = ELFFile(path.open("rb"))
        self.symbols = self.elf.get_section_by_name(".symtab")

    def strings(self, section):
        data = self.elf.get_section_by_name(section).data()
        assert data == b"" or data[-1] == 0
        return [text.decode() for text in data.split(b"\0") if text]

    def records(self, section):
        data = self.elf.get_section_by_name(section).data()
        assert len(data) % RECORD.size == 0
        for symbol, hashed, last in RECORD.iter_unpack(data):
            name = self.symbols.get_symbol(symbol).name
            assert hashed == hash_name(name)
            yield name, last

    def exports(self):
        return list(self.records(".mod.exports"))

    def imports(self):
        files = self.strings(".mod.files")
        return {name: files[file] for name, file in self.records(".mod.imports")}

    def link_facts(self):
        """What .mod.link says, in its order."""
        return dict(text.split("=", 1) for text in self.strings(".mod.link"))
