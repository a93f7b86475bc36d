"""The machines that there is a kernel for, and what of each a test may have to know."""

import os
from typing import NamedTuple

from . import TREE


class Arch(NamedTuple):
    """
    name          as in build/<name>-gcc, and as the kernel calls itself
    width         of its addresses, and of the extensions that it loads
    entry         of GRUB's menu
    kernel_base   where the kernel's half of the addresses begins
    registers     some of those that a panic shows; the first is the stack pointer
    e_machine     in the header of an object
    """
    name: str
    width: int
    entry: str
    kernel_base: int
    registers: tuple
    e_machine: int

    @property
    def other(self):
        """The machine of the other width."""
        return next(arch for arch in ALL if arch.width != self.width)

    def exports(self):
        """The names in the kernel's export file that hold for this machine."""
        names, mode = set(), None
        for line in (TREE / "kernel" / "kernex.exp").read_text().splitlines():
            if line in ("# 32", "# 64"):
                mode = int(line[2:])
            elif line and line[0] not in "*#" and mode in (None, self.width):
                names.add(line.split()[0])
        return names


ALL = [Arch("x86_64", 64, "k64", 1 << 63, ("rsp", "rip", "rax", "r15"), 62),
       Arch("i386", 32, "k32", 3 << 30, ("esp", "eip", "eax", "edi"), 3)]
BY_NAME = {arch.name: arch for arch in ALL}

# Those that are tested: `make ARCH=i386 test` asks for one.
TESTED = [BY_NAME[name] for name in os.environ.get("ARCHES", "").split() or BY_NAME]

