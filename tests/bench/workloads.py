"""The workloads: extensions with exact numbers of functions, names and relocations.

Each is written as assembler source, assembled by gcc and linked by modld, so that hashes are computed
beforehand as in any extension. Names have ten characters.
"""

import os
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


@dataclass
class Workload:
    """Numbers of everything; relocations by type are (64, PC32, PLT32, 32S)."""
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

    def source(self):
        return "\n".join([*self._text(), *self._data(), ""])

    def _text(self):
        """The functions, with what refers to something spread over them evenly."""
        uses = self._uses()
        share = -(-len(uses) // max(self.functions, 1))
        yield ".text"
        for i in range(self.functions):
            name = self.own(i)
            yield f".globl {name}\n.type {name}, @function\n{name}:"
            yield from uses[i * share:(i + 1) * share]
            yield f"ret\n.size {name}, .-{name}"

    def _uses(self):
        """Instructions with one relocation each: PC32, PLT32, 32S."""
        _, pc32, plt32, abs32 = self.relocations
        targets = self.imports or [self.own(0)]
        if self.is_bare:
            return (["lea 0x1000(%rip), %rdi"] * pc32 + [".byte 0xe8, 0, 0, 0, 0"] * plt32
                    + ["mov $0x12345678, %rsi"] * abs32)
        return ([f"lea .Ldata+{4 * i % 64}(%rip), %rdi" for i in range(pc32)]
                + [f"call {targets[i % len(targets)]}" for i in range(plt32)]
                + [f"mov ${self.own(i % self.functions)}, %rsi" for i in range(abs32)])

    def _data(self):
        """Pointers, one relocation 64 each, then the data itself and symbols that name nothing more."""
        pointers = self.relocations[0]
        targets = [self.own(i) for i in range(min(self.functions, 1000))] or self.imports
        if pointers or self.data:
            yield ".data\n.balign 8\n.Ldata:"
        for i in range(pointers):
            yield ".quad 0x1234" if self.is_bare else f".quad {targets[i % len(targets)]}"
        if self.data:
            yield f".fill {self.data // 8}, 8, 0x1122334455667788"
        # Exports that are no functions, then symbols that are not exported: any place will do.
        names = [self.own(i) for i in range(self.functions, self.exports)]
        names += [self.own(50000 + i) for i in range(self.plain_symbols)]
        for i, name in enumerate(names):
            yield f".globl {name}\n.type {name}, @object\n.set {name}, .Ldata+{8 * (i % 4)}"

    def build(self, folder, place):
        """Writes place/name.o below `folder`."""
        base = folder / "work" / place / self.name
        base.parent.mkdir(parents=True, exist_ok=True)
        base.with_suffix(".s").write_text(self.source())
        base.with_suffix(".exp").write_text("".join(f"{n}\n" for n in self.exported()))
        base.with_suffix(".imp").write_text("#!/unix\n" + "".join(f"{n}\n" for n in self.imports))
        subprocess.run(["gcc", "-m64", "-c", "-o", base.with_suffix(".o"),
                        base.with_suffix(".s")], check=True)
        out = folder / "files" / place
        out.mkdir(parents=True, exist_ok=True)
        environment = {**os.environ, "CROSS_COMPILE": ""}
        subprocess.run([TREE / "build/tools/modld", "-o", out / f"{self.name}.o",
                        f"-bE:{base}.exp", f"-bI:{base}.imp", base.with_suffix(".o")],
                       check=True, env=environment)


def tiny(name, prefix, imports=("printk",)):
    return Workload(name, 1, 1, list(imports), (1, 1, 1, 1), prefix=prefix)


# What stands in for a kernel that exports as many names as Linux does.
SERVICES = Workload("services", 1, UNITS, relocations=(4, 0, 0, 0))


def chain():
    """Each imports the one name of the one before."""
    found = [tiny("chain000", "c000")]
    for i in range(1, CHAIN):
        found.append(tiny(f"chain{i:03d}", f"c{i:03d}", [found[-1].own(0)]))
    return found


def single():
    """Every workload that is one extension."""
    services = SERVICES.exported()
    huge = Workload("huge", 5000, 10000, services[:100], (25000, 25000, 40000, 10000), 1 << 18)
    mixed = tuple(UNIT_RELOCATIONS * share // 20 for share in (5, 5, 8, 2))
    return [
        SERVICES,
        Workload("nop"),
        tiny("tiny", "tiny"),
        Workload("medium", 50, 50, services[:100], (250, 250, 400, 100), 4 << 10),
        Workload("large", 500, 200, services, (5000, 5000, 8000, 2000), 64 << 10),
        huge,
        Workload("m2000", 0, 0, huge.exported()[:UNITS], (UNITS, 0, 0, 0)),
        # Pairs and more for differences, in which one number differs.
        Workload("reloc0", 100, 0, [], mixed, 64, is_bare=True, prefix="relo"),
        Workload("reloc1", 100, 0, [], mixed, 64, prefix="relo"),
        Workload("import1", 0, 0, services[:1], (UNITS, 0, 0, 0)),
        Workload("import2000", 0, 0, services, (UNITS, 0, 0, 0)),
        Workload("symbol0", 1, 0, [], (4, 0, 0, 0), prefix="symb"),
        Workload("plain2000", 1, 0, [], (4, 0, 0, 0), plain_symbols=UNITS, prefix="symb"),
        Workload("export2000", 1, UNITS, [], (4, 0, 0, 0), prefix="symb"),
        Workload("byte0", 1, 0, [], (1, 0, 0, 0), 8),
        Workload("byte1", 1, 0, [], (1, 0, 0, 0), 8 + UNIT_BYTES),
    ]


def build(folder):
    """Makes all workloads below folder/files, for tools/initrd.sh's EXTRA."""
    jobs = [(w, "bench") for w in single()]
    jobs += [(w, "bench/chain") for w in chain()]
    jobs += [(tiny(f"many{i:04d}", f"m{i:03d}"), "bench/many") for i in range(MANY)]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for result in [pool.submit(w.build, folder, place) for w, place in jobs]:
            result.result()
    return folder / "files"
