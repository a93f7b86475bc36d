"""The workloads: extensions with exact numbers of functions, names and relocations.

Each is written as assembler source, assembled and linked by modld, so that hashes are computed
beforehand as in any extension. Names have ten characters.
"""

import os
import shutil
import subprocess
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

TREE = Path(__file__).resolve().parents[2]

# How many extensions "chain" and "many" have.
CHAIN = 100
MANY = 1000
# Names that the figures "per import", "per export" and "per symbol" are computed from.
UNITS = 2000
# Relocations and bytes that the figures "per relocation" and "per byte" are computed from.
UNIT_RELOCATIONS = 20000
UNIT_BYTES = 1 << 18
# Name spaces of so many names beside the kernel's own are compared.
NAMES = [100, 10000]
# And objects with so many relocations; those with symbols have a third as many.
SIZES = [300, 30000, 300000]
# How often the bare loop and the bare copy do their work in the two extensions whose difference they
# are: often enough for a difference, seldom enough that a load is over before the host takes the CPU.
FLOOR_ROUNDS = {n: (1, 1 + max(1, 120000 // n)) for n in SIZES}


@dataclass(frozen=True)
class Width:
    """How the same source is written for either machine."""
    arch: str
    bits: int
    pointer: str       # directive of a pointer, with an absolute relocation
    relative: str      # something with a PC32 relocation, and with a number in its place
    relative_bare: str
    register: str

    @property
    def pointer_bytes(self):
        return self.bits // 8


# The 32-bit machine has no instruction relative to its own address but calls and jumps.
WIDTHS = {w.arch: w for w in [
    Width("x86_64", 64, ".quad", "lea {}(%rip), %rdi", "lea 0x1000(%rip), %rdi", "%rsi"),
    Width("i386", 32, ".long", ".long {} - .", ".long 0x1000", "%esi")]}


@dataclass
class Workload:
    """Numbers of everything; relocations by type are (64, PC32, PLT32, 32S), on i386 32 for 64 and 32S."""
    name: str
    functions: int = 0
    exports: int = 0
    imports: list = field(default_factory=list)
    relocations: tuple = (0, 0, 0, 0)
    data: int = 0
    plain_symbols: int = 0   # global, defined here, not exported
    is_bare: bool = False    # the same bytes, with numbers where the relocations would be
    prefix: str = ""         # of its own names; four characters

    def own(self, number):
        return f"{self.prefix or self.name[:4]:_<4}_{number:05d}"

    def exported(self):
        return [self.own(i) for i in range(self.exports)]

    def source(self, width):
        return "\n".join([*self._text(width), *self._data(width), ""])

    def _text(self, width):
        """The functions, with what refers to something spread over them evenly."""
        uses = self._uses(width)
        share = -(-len(uses) // max(self.functions, 1))
        yield ".text"
        for i in range(self.functions):
            name = self.own(i)
            yield f".globl {name}\n.type {name}, @function\n{name}:"
            yield from uses[i * share:(i + 1) * share]
            yield f"ret\n.size {name}, .-{name}"

    def _uses(self, width):
        """Instructions with one relocation each: PC32, PLT32, 32S."""
        _, pc32, plt32, abs32 = self.relocations
        targets = self.imports or [self.own(0)]
        if self.is_bare:
            return ([width.relative_bare] * pc32 + [".byte 0xe8, 0, 0, 0, 0"] * plt32
                    + [f"mov $0x12345678, {width.register}"] * abs32)
        return ([width.relative.format(f".Ldata+{4 * i % 64}") for i in range(pc32)]
                + [f"call {targets[i % len(targets)]}" for i in range(plt32)]
                + [f"mov ${self.own(i % self.functions)}, {width.register}" for i in range(abs32)])

    def _data(self, width):
        """Pointers, one relocation each, then the data itself and symbols that name nothing more."""
        pointers = self.relocations[0]
        targets = [self.own(i) for i in range(min(self.functions, 1000))] or self.imports
        if pointers or self.data:
            yield ".data\n.balign 8\n.Ldata:"
        for i in range(pointers):
            yield f"{width.pointer} {0x1234 if self.is_bare else targets[i % len(targets)]}"
        if self.data:
            yield f".fill {self.data // 8}, 8, 0x1122334455667788"
        # Exports that are no functions, then symbols that are not exported: any place will do.
        names = [self.own(i) for i in range(self.functions, self.exports)]
        names += [self.own(50000 + i) for i in range(self.plain_symbols)]
        for i, name in enumerate(names):
            place = f".Ldata+{width.pointer_bytes * (i % 4)}"
            yield f".globl {name}\n.type {name}, @object\n.set {name}, {place}"

    def build(self, folder, place, width):
        """Writes place/name.o below `folder`, unless it is there and was made of the same."""
        base = folder / "work" / place / self.name
        out = folder / "files" / place / f"{self.name}.o"
        modld = TREE / "build/tools/modld"
        texts = {".s": self.source(width), ".exp": "".join(f"{n}\n" for n in self.exported()),
                 ".imp": "#!/unix\n" + "".join(f"{n}\n" for n in self.imports)}
        if (out.exists() and out.stat().st_mtime > modld.stat().st_mtime
                and all(base.with_suffix(s).read_text() == text for s, text in texts.items())):
            return
        base.parent.mkdir(parents=True, exist_ok=True)
        out.parent.mkdir(parents=True, exist_ok=True)
        for suffix, text in texts.items():
            base.with_suffix(suffix).write_text(text)
        subprocess.run(["as", f"--{width.bits}", "-o", base.with_suffix(".o"),
                        base.with_suffix(".s")], check=True)
        environment = {**os.environ, "CROSS_COMPILE": ""}
        subprocess.run([modld, "-o", out, f"-bE:{base}.exp", f"-bI:{base}.imp",
                        base.with_suffix(".o")], check=True, env=environment)


def tiny(name, prefix, imports=("printk",)):
    return Workload(name, 1, 1, list(imports), (1, 1, 1, 1), prefix=prefix)


# What stands in for a kernel that exports as many names as Linux does.
SERVICES = Workload("services", 1, UNITS, relocations=(4, 0, 0, 0))
# Two steps of a name space that grows.
SPACES = [Workload("space0", 1, NAMES[0], relocations=(4, 0, 0, 0), prefix="spac"),
          Workload("space1", 1, NAMES[1] - NAMES[0], relocations=(4, 0, 0, 0), prefix="more")]


def chain():
    """Each imports the one name of the one before."""
    found = [tiny("chain000", "c000")]
    for i in range(1, CHAIN):
        found.append(tiny(f"chain{i:03d}", f"c{i:03d}", [found[-1].own(0)]))
    return found


def mixed(count):
    """Relocations in the shares that "large" and "huge" have of each type."""
    return tuple(count * share // 20 for share in (5, 5, 8, 2))


def single():
    """Every workload that is one extension, for either machine."""
    services = SERVICES.exported()
    huge = Workload("huge", 5000, 10000, services[:100], (25000, 25000, 40000, 10000), 1 << 18)
    names = SPACES[0].exported()
    return [
        SERVICES, *SPACES,
        Workload("nop"),
        tiny("tiny", "tiny"),
        Workload("medium", 50, 50, services[:100], (250, 250, 400, 100), 4 << 10),
        Workload("large", 500, 200, services, (5000, 5000, 8000, 2000), 64 << 10),
        huge,
        Workload("m2000", 0, 0, huge.exported()[:UNITS], (UNITS, 0, 0, 0)),
        # Pairs and more for differences, in which one number differs.
        Workload("reloc0", 100, 0, [], mixed(UNIT_RELOCATIONS), 64, is_bare=True, prefix="relo"),
        Workload("reloc1", 100, 0, [], mixed(UNIT_RELOCATIONS), 64, prefix="relo"),
        Workload("import1", 0, 0, services[:1], (UNITS, 0, 0, 0)),
        Workload("import2000", 0, 0, services, (UNITS, 0, 0, 0)),
        Workload("use1", 0, 0, names[:1], (len(names), 0, 0, 0)),
        Workload("useall", 0, 0, names, (len(names), 0, 0, 0)),
        Workload("symbol0", 1, 0, [], (4, 0, 0, 0), prefix="symb"),
        Workload("plain2000", 1, 0, [], (4, 0, 0, 0), plain_symbols=UNITS, prefix="symb"),
        Workload("export2000", 1, UNITS, [], (4, 0, 0, 0), prefix="symb"),
        Workload("byte0", 1, 0, [], (1, 0, 0, 0), 8),
        Workload("byte1", 1, 0, [], (1, 0, 0, 0), 8 + UNIT_BYTES),
    ]


def sized():
    """By number of relocations: with numbers in their places, with symbols beside, with all of them."""
    for n in SIZES:
        functions = max(n // 200, 4)
        yield Workload(f"bare{n}", functions, 0, [], mixed(n), 64, is_bare=True, prefix="size")
        yield Workload(f"symbols{n}", functions, 0, [], mixed(n), 64, plain_symbols=n // 3,
                       is_bare=True, prefix="size")
        yield Workload(f"relocated{n}", functions, 0, [], mixed(n), 64, prefix="size")


def build_floor(folder):
    """The bare loop and the bare copy, doing their work once and some rounds more."""
    source = TREE / "tests/bench/floor.c"
    copied = [(folder / f"files/bench/relocated{n}.o").stat().st_size for n in SIZES]
    for n, size in zip(SIZES, copied):
        for rounds in FLOOR_ROUNDS[n]:
            for what, loops in (("loop", (rounds, 0)), ("copy", (0, rounds))):
                subprocess.run(
                    ["gcc", "-m64", "-std=gnu11", "-O2", "-ffreestanding", "-fno-pic", "-mno-red-zone",
                     "-mcmodel=kernel", "-mgeneral-regs-only", "-fcf-protection=none",
                     "-fno-stack-protector", "-fno-asynchronous-unwind-tables", f"-I{TREE}/include",
                     f"-DRELOCATIONS={n}", f"-DCOPIED_BYTES={size}", f"-DLOOPS={loops[0]}",
                     f"-DCOPIES={loops[1]}", "-c", "-o",
                     folder / f"files/bench/{what}{n}_{rounds}.o", source], check=True)


def build(folder, width, with_sizes=False):
    """Makes all workloads below folder/files, for tools/initrd.sh's EXTRA."""
    jobs = [(w, "bench") for w in [*single(), *(sized() if with_sizes else [])]]
    jobs += [(w, "bench/chain") for w in chain()]
    jobs += [(tiny(f"many{i:04d}", f"m{i:03d}"), "bench/many") for i in range(MANY)]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for result in [pool.submit(w.build, folder, place, width) for w, place in jobs]:
            result.result()
    for i in range(MANY):
        same = folder / f"files/bench/same/{i:03d}.o"
        same.parent.mkdir(exist_ok=True)
        shutil.copy(folder / "files/bench/tiny.o", same)
    if with_sizes:
        build_floor(folder)
    return folder / "files"
