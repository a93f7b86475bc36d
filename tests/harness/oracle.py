"""What other programs make of the objects that our loader places: GNU ld's bytes, and the code when run."""

import ctypes
import io
import itertools
import mmap
import os
import re
import struct
import subprocess
from typing import NamedTuple

import unicorn
from elftools.elf.constants import SH_FLAGS
from elftools.elf.elffile import ELFFile
from elftools.elf.enums import ENUM_RELOC_TYPE_i386, ENUM_RELOC_TYPE_x64
from elftools.elf.relocation import RelocationSection
from unicorn import x86_const

from . import BUILD
from .objects import FIXTURES, LD_FORMAT

MODPLAN = BUILD / "tools" / "modplan"
PAGE = 4096
# Low enough for every code model, and above the heap of any Python: an object, and the one that it
# imports from.
BASE = 0x6000_0000
PARTNER_BASE = 0x6800_0000
SECTION = re.compile(r"section (\d+) ([0-9a-f]+) ([0-9a-f]+) (.*)")
SYMBOL = re.compile(r"symbol ([0-9a-f]+) (.*)")


class Planned(NamedTuple):
    """An object as modplan places and relocates it."""
    base: int
    image: bytes
    sections: dict  # index to (address, size, name)
    symbols: dict   # name to address

    def constructors(self, width):
        """What the kernel calls before _load, in its order: sections with a number first, by that."""
        arrays = [(int(name.rpartition(".")[2]) if name != ".init_array" else 65536, index)
                  for index, (_, _, name) in self.sections.items()
                  if name == ".init_array" or name.startswith(".init_array.")]
        for _, index in sorted(arrays):
            address, size, _ = self.sections[index]
            yield from (entry for entry, in struct.iter_unpack("<Q" if width == 64 else "<I",
                                                               self.at(address, size)))

    def at(self, address, size):
        return self.image[address - self.base:address - self.base + size]


COMPILERS = ["gcc", "clang"]
LEVELS = ["-O0", "-O2", "-Os"]
# What code may assume of its addresses: of any machine, and of x86_64 alone.
POSITIONS = ["", "-fno-pic", "-fpic", "-fPIC", "-fPIC -fno-plt"]
MODELS = ["-fno-pic -mcmodel=kernel", "-fno-pic -mcmodel=medium", "-fPIC -mcmodel=medium",
          "-fno-pic -mcmodel=large", "-fPIC -mcmodel=large"]
OTHERS = ["-fcommon", "-ffunction-sections -fdata-sections",
          "-fPIC -ffunction-sections -fdata-sections -fcommon"]
TEMPLATES = "-fno-exceptions -fno-rtti -fno-threadsafe-statics"


class Case(NamedTuple):
    """One way to compile one of the probes."""
    source: str
    width: int
    compiler: str
    flags: str

    def __str__(self):
        flags = self.flags.replace(TEMPLATES, "")
        return " ".join(f"{self.source}-{self.width}-{self.compiler} {flags}".split())

    def compile(self, folder, *more):
        return compile_case(folder, self.source, self.width, self.compiler, [*self.flags.split(), *more])


def is_for_low_addresses(content):
    """True when the object has a place for an address that can hold those of the lower 4 GiB alone."""
    elf = ELFFile(io.BytesIO(content))
    wanted = ENUM_RELOC_TYPE_x64["R_X86_64_32"]
    if elf.elfclass == 32:
        return False
    symbols = list(elf.get_section_by_name(".symtab").iter_symbols())
    sections = [section for section in elf.iter_sections() if isinstance(section, RelocationSection)
                and elf.get_section(section["sh_info"])["sh_flags"] & SH_FLAGS.SHF_ALLOC]
    # What nobody defines and is weak has the address 0, which fits.
    return any(r["r_info_type"] == wanted and symbols[r["r_info_sym"]]["st_info"]["bind"] != "STB_WEAK"
               for section in sections for r in section.iter_relocations())


def cases():
    for compiler, level in itertools.product(COMPILERS, LEVELS):
        for width in 64, 32:
            for position in POSITIONS + OTHERS + (MODELS if width == 64 else []):
                yield Case("probe.c", width, compiler, f"{level} {position}")
            for position in "", "-fno-pic", "-fPIC":
                yield Case("probe_templates.cc", width, compiler, f"{level} {TEMPLATES} {position}")


def compile_case(folder, source, width, compiler, flags):
    """tests/fixtures/<source> as the compiler makes it with these flags alone."""
    out = folder / "case.o"
    command = {"gcc": ["g++" if source.endswith(".cc") else "gcc"],
               "clang": ["clang++" if source.endswith(".cc") else "clang"]}[compiler]
    subprocess.run([*command, f"-m{width}", "-c", "-ffreestanding", "-mgeneral-regs-only", *flags,
                    "-o", out, FIXTURES / source], check=True, capture_output=True)
    return out.read_bytes()


def unmerged(content):
    """The object whose sections ld may not merge: so each has its own bytes in ld's output too."""
    changed = bytearray(content)
    elf = ELFFile(io.BytesIO(content))
    is_64 = elf.elfclass == 64
    for i, section in enumerate(elf.iter_sections()):
        flags = section["sh_flags"] & ~(SH_FLAGS.SHF_MERGE | SH_FLAGS.SHF_STRINGS)
        at = elf["e_shoff"] + i * elf["e_shentsize"] + 8
        struct.pack_into("<Q" if is_64 else "<I", changed, at, flags)
    return bytes(changed)


def plan(path, base, symbols=None):
    """What modplan makes of the object at `path` for this base, with these names at these addresses."""
    image = path.with_suffix(".image")
    defined = [f"--define={name}={value:#x}" for name, value in (symbols or {}).items()]
    result = subprocess.run([MODPLAN, "--map", f"--base={base:#x}", f"--image={image}", *defined, path],
                            capture_output=True, text=True)
    assert result.returncode == 0, result.stdout + result.stderr
    sections = {int(m[1]): (int(m[2], 16), int(m[3], 16), m[4])
                for m in SECTION.finditer(result.stdout)}
    found = {m[2]: int(m[1], 16) for m in SYMBOL.finditer(result.stdout)}
    return Planned(base, image.read_bytes(), sections, found)


def linked_by_ld(path, width, planned, symbols):
    """The same object linked by GNU ld with every section where modplan placed it; an ELFFile."""
    elf = ELFFile(io.BytesIO(path.read_bytes()))
    lines = [f"  .placed.{i} {address:#x} : {{ *({elf.get_section(i).name}) }}"
             for i, (address, _, _) in sorted(planned.sections.items(), key=lambda item: item[1])]
    # The table's address is where offsets into it count from: the start of the block, as the loader has it.
    end = planned.base + len(planned.image) + PAGE
    lines += [f"  .got.plt {planned.base:#x} : {{ *(.got.plt) }}",
              f"  .got {end:#x} : {{ *(.got) *(.igot*) }}",
              "  /DISCARD/ : { *(.eh_frame) *(.note*) *(.comment) }"]
    script, out = path.with_suffix(".ld"), path.with_suffix(".linked")
    script.write_text("SECTIONS {\n" + "\n".join(lines) + "\n}\n")
    common = {s.name: planned.symbols[s.name] for s in elf.get_section_by_name(".symtab").iter_symbols()
              if s["st_shndx"] == "SHN_COMMON"}
    defined = [f"--defsym={name}={value:#x}" for name, value in {**symbols, **common}.items()]
    subprocess.run(["ld", "-m", LD_FORMAT[width], "-static", "-e", "0", "--no-warnings",
                    "--no-check-sections", "-T", script, *defined, "-o", out, path], check=True)
    return ELFFile(io.BytesIO(out.read_bytes()))


def signed(value, bits=32):
    return value - (1 << bits) if value >> (bits - 1) else value


def referred(view, site, width, addend, origin):
    """
    The address that the instruction with its displacement at `site` refers to, whatever form a linker
    gave it: through a slot of a table, by its own address, or as a number. `addend` is what its
    relocation had, minus the bytes to the next instruction; `origin`, where offsets count from.
    """
    code = view(site - 3, 8)
    number, = struct.unpack_from("<I", code, 3)
    opcode, modrm = code[1], code[2]
    if opcode == 0x67 and modrm == 0xE8:  # addr32 call
        return site + 4 + signed(number)
    if opcode == 0xE9:                    # jmp; nop
        return site + 3 + signed(struct.unpack_from("<I", code, 2)[0])
    is_number = opcode in (0xC7, 0x81, 0xF7) or opcode & 0xF8 == 0xB8
    if is_number:
        return signed(number) % (1 << width)
    if width == 32:
        address = number + (origin if modrm & 0xC0 == 0x80 else 0)
        return address if opcode == 0x8D else struct.unpack("<I", view(address, 4))[0]
    address = site - addend + signed(number)
    return address if opcode == 0x8D else struct.unpack("<Q", view(address, 8))[0]


def ld_view(linked):
    """Reads bytes of a linked file by address."""
    segments = [(s["p_vaddr"], s.data()) for s in linked.iter_segments() if s["p_type"] == "PT_LOAD"]

    def view(address, size):
        for start, data in segments:
            if start <= address and address + size <= start + len(data):
                return data[address - start:address - start + size]
        raise AssertionError(f"ld has nothing at {address:#x}")
    return view


def differences(path, width, planned, symbols):
    """
    Places where GNU ld wrote other bytes than we did, as text. A linker is free in two things: which
    slot of the table it gives to a symbol, and whether it reads the slot at all where it can do
    without; there the two must refer to the same address.
    """
    elf = ELFFile(io.BytesIO(path.read_bytes()))
    linked = linked_by_ld(path, width, planned, symbols)
    theirs = ld_view(linked)
    found = []
    for index, (address, size, name) in planned.sections.items():
        section = elf.get_section(index)
        if section["sh_type"] == "SHT_NOBITS" or size == 0:
            continue
        # By its section: ld's own table lies at the same addresses as the start of the block.
        mine, other = planned.at(address, size), linked.get_section_by_name(f".placed.{index}").data()
        free = free_sites(elf, index)
        for offset in range(size):
            if mine[offset] == other[offset]:
                continue
            site = next((s for s in free if s.offset - 3 <= offset < s.offset + s.size), None)
            if site is None or len({site.refers_to(view, address, width, planned.base)
                                    for view in (planned.at, theirs)}) != 1:
                found.append(f"{name}+{offset:#x}: {mine[offset]:02x}, ld {other[offset]:02x}")
    return found


class Site(NamedTuple):
    """A relocation that a linker may satisfy in several ways."""
    offset: int
    addend: int
    size: int

    def refers_to(self, view, section, width, origin):
        """The address that it refers to in the end. Offsets into a table count from `origin`."""
        place = section + self.offset
        if self.size == 4:
            return referred(view, place, width, self.addend, origin)
        slot, = struct.unpack("<q", view(place, 8))
        return struct.unpack("<Q", view(origin + slot - self.addend, 8))[0]


FREE_TYPES = {"R_X86_64_GOTPCREL", "R_X86_64_GOTPCRELX", "R_X86_64_REX_GOTPCRELX", "R_X86_64_GOT64",
              "R_386_GOT32", "R_386_GOT32X"}


def free_sites(elf, target):
    """The Sites in section `target`."""
    names = {64: ENUM_RELOC_TYPE_x64, 32: ENUM_RELOC_TYPE_i386}[elf.elfclass]
    sizes = {names[name]: 8 if name.endswith("64") else 4 for name in FREE_TYPES if name in names}
    return [Site(r["r_offset"], r["r_addend"] if r.is_RELA() else 0, sizes[r["r_info_type"]])
            for section in elf.iter_sections()
            if isinstance(section, RelocationSection) and section["sh_info"] == target
            for r in section.iter_relocations() if r["r_info_type"] in sizes]


def run_here(images, entries):
    """
    Calls each int entry(void) with the images at their addresses, in a process of its own; gives what the
    last one returned.
    """
    child = os.fork()
    if child == 0:
        try:
            os._exit(call(images, entries) & 0xFF)
        finally:
            os._exit(0xFE)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    return status


def call(images, entries):
    libc = ctypes.CDLL(None)
    libc.mmap.restype = ctypes.c_void_p
    libc.mmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int, ctypes.c_int, ctypes.c_int,
                          ctypes.c_long]
    fixed = mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | 0x100000  # MAP_FIXED_NOREPLACE
    everything = mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC
    for base, content in images:
        assert libc.mmap(base, len(content), everything, fixed, -1, 0) == base
        ctypes.memmove(base, content, len(content))
    return [ctypes.CFUNCTYPE(ctypes.c_int)(entry)() for entry in entries][-1]


def run_emulated(images, entries):
    """The same for 32-bit code, in Unicorn."""
    machine = unicorn.Uc(unicorn.UC_ARCH_X86, unicorn.UC_MODE_32)
    stack, end = 0x0800_0000, 0x0900_0000
    for base, content in [*images, (stack, bytes(16 * PAGE)), (end, b"\xf4" + bytes(PAGE - 1))]:
        machine.mem_map(base, -(-len(content) // PAGE) * PAGE)
        machine.mem_write(base, content)
    top = stack + 15 * PAGE
    machine.mem_write(top, struct.pack("<I", end))
    for entry in entries:
        machine.reg_write(x86_const.UC_X86_REG_ESP, top)
        machine.emu_start(entry, end, count=1_000_000)
    return signed(machine.reg_read(x86_const.UC_X86_REG_EAX))
