#!/usr/bin/python3
"""Runs the benchmark and shows it beside the peers and the targets.

    bench.py [--write FILE]

Figures are guest instructions, counted by the kernel's own kbench under -icount: they repeat exactly. A
figure "per something" is a difference of two loads that differ in that something alone.
"""

import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import counting
import workloads
from workloads import TREE, UNIT_BYTES, UNIT_RELOCATIONS, UNITS

MEBI = 1_000_000

# Row: name, floor, GRUB, lean Linux, Debian Linux, target as text, target as number.
ROWS = [
    ("load of nop", "–", "4,252", "43,755", "154,757", "≤ 3,000", 3000),
    ("per relocation, everything included", "17–25", "62–75", "52–62", "63–74", "≤ 30", 30),
    ("per import from the kernel", "–", "479–536", "1,343", "1,802", "≤ 200", 200),
    ("per import with 10,000 exports loaded", "–", "2,133", "2,488",
     "3,096 (76,472 with versions)", "≤ 200", 200),
    ("and 1,000 more extensions loaded", "–", "2,219", "158,546", "242,581", "≤ 200", 200),
    ("per exported symbol", "–", "563", "1,088", "3,133", "≤ 150", 150),
    ("per plain global symbol", "–", "–", "54", "356", "≤ 20", 20),
    ("per byte of text or data", "0.125", "6.0", "0.87", "1.28", "≤ 0.2", 0.2),
    ("`large`", "0.59 M", "3.07 M", "4.04 M", "39.8 M", "≤ 1.2 M", 1.2 * MEBI),
    ("`huge`", "3.98 M", "16.6 M", "17.7 M", "40.3 M", "≤ 7 M", 7 * MEBI),
    ("`chain`", "–", "0.64 M", "6.8 M", "21.7 M", "≤ 0.5 M", 0.5 * MEBI),
    ("`many`", "–", "6.3 M", "201 M", "391 M", "≤ 5 M", 5 * MEBI),
    ("memory of one tiny extension, bytes", "860", "–", "12,386", "21,828", "≤ 8,704", 8704),
    ("power-on to prompt by `-kernel`, `pc -nodefaults`", "5.7 M", "–", "168 M", "1,434 M",
     "≤ 10 M", 10 * MEBI),
]
# Measured, but there is no target for them.
OTHERS = ["`tiny`", "`medium`", "`m2000`", "unload of `huge`", "unload of `many`"]

INTRODUCTION = """# Performance

Guest instructions, counted by `rdtsc` under QEMU's `-icount shift=0,sleep=off` with `-cpu qemu64`: they are
the same in every run and on every computer. `make bench` measures the x86_64 kernel as the tree is and
writes this page; `kbench` is the shell command that it uses. All checks are on.

The workloads are written by `tests/bench/workloads.py` and linked by `modld`; names have ten characters. A
figure "per something" is the difference of two loads that differ in it alone: per import with the
symbol, its record and its binding, without the relocation; per export with the symbol itself.
Imports come from an extension that stands for a kernel with 2,000 exports. The peers are GRUB 2.06's own
module loader, Linux 6.1 made small (tinyconfig, no versions, no sysfs) and Debian's; the floor is a bare C
loop or copy.
"""


@dataclass
class Measured:
    """What was said of one path, in the order it was said."""
    loads: list
    unloads: list
    memory: list


def measure(files, archives):
    """Boots once with the workloads and once without; returns ours by row name."""
    with tempfile.TemporaryDirectory() as folder:
        initrd = counting.make_initrd(Path(folder) / "initrd.tar", files, archives)
        said = counting.boot(counting.kernel_file(), initrd, script())
    found = {}
    for path, _, load, unload, memory in counting.figures(said):
        name = path.rsplit("/", 1)[1].removesuffix(".o")
        m = found.setdefault(name, Measured([], [], []))
        m.loads.append(load)
        m.unloads.append(unload)
        m.memory.append(memory)
    return ours(found)


def script():
    """What the shell is told: single loads, then imports with ever more loaded."""
    def paths(*names):
        return " ".join(f"/bench/{name}" for name in names)

    imports = paths("import1.o", "import2000.o")
    return "; ".join([
        f"kbench -k {paths('services.o')}",
        f"kbench {paths('nop.o', 'nop.o', 'tiny.o', 'tiny.o', 'medium.o', 'large.o', 'huge.o')}",
        f"kbench {paths('reloc0.o', 'reloc1.o', 'symbol0.o', 'plain2000.o', 'export2000.o')}",
        f"kbench {paths('byte0.o', 'byte1.o', 'chain', 'many')}",
        f"kbench {imports}",
        f"kbench -k {paths('huge.o')}",
        f"kbench {imports} {paths('m2000.o')}",
        f"kbench -k {paths('many')}",
        f"kbench {imports}"])


def ours(found):
    def difference(more, less, units, which=0):
        return (found[more].loads[which] - found[less].loads[which]) / units

    imports = [difference("import2000", "import1", UNITS - 1, i) for i in range(3)]
    return {
        "load of nop": found["nop"].loads[1],
        "per relocation, everything included": difference("reloc1", "reloc0", UNIT_RELOCATIONS),
        "per import from the kernel": imports[0],
        "per import with 10,000 exports loaded": imports[1],
        "and 1,000 more extensions loaded": imports[2],
        "per exported symbol": difference("export2000", "symbol0", UNITS),
        "per plain global symbol": difference("plain2000", "symbol0", UNITS),
        "per byte of text or data": difference("byte1", "byte0", UNIT_BYTES),
        "`large`": found["large"].loads[0],
        "`huge`": found["huge"].loads[0],
        "`chain`": found["chain"].loads[0],
        "`many`": found["many"].loads[0],
        "memory of one tiny extension, bytes": found["tiny"].memory[1],
        "power-on to prompt by `-kernel`, `pc -nodefaults`": power_on(),
        "`tiny`": found["tiny"].loads[1],
        "`medium`": found["medium"].loads[0],
        "`m2000`": found["m2000"].loads[0],
        "unload of `huge`": found["huge"].unloads[0],
        "unload of `many`": found["many"].unloads[0],
    }


def power_on():
    """The counter where the shell begins, with the initrd as it is shipped."""
    said = counting.boot(counting.kernel_file(), TREE / "build/initrd.tar", "kbench", memory=128)
    return int(counting.CYCLE.search(said)[1])


def number(value):
    if value >= MEBI:
        return f"{value / MEBI:,.2f} M"
    return f"{value:,.0f}" if value >= 1000 else f"{value:,.2f}" if value < 10 else f"{value:,.1f}"


def table(figures):
    yield "| | ours | target | floor | GRUB | lean Linux | Debian Linux |"
    yield "|---|---:|---:|---:|---:|---:|---:|"
    for name, floor, grub, lean, debian, target, limit in ROWS:
        is_met = figures[name] <= limit
        shown = number(figures[name])
        yield (f"| {name} | {shown if is_met else f'**{shown}**'} | {target} | {floor} | {grub} "
               f"| {lean} | {debian} |")
    for name in OTHERS:
        yield f"| {name} | {number(figures[name])} | | | | | |"


def missed(figures):
    """A sentence a row that is above its target."""
    for name, *_, limit in ROWS:
        if figures[name] > limit:
            yield f"* {name}: {number(figures[name])}, {figures[name] / limit:.2f} times the target."


def main():
    folder = TREE / "build/bench"
    files = workloads.build(folder)
    figures = measure(files, sorted((TREE / "build/modules-gcc").glob("*.a")))
    page = [INTRODUCTION, *table(figures)]
    late = list(missed(figures))
    if late:
        page += ["", "In bold: above the target.", "", *late]
    print("\n".join(page[1:]))
    if sys.argv[1:2] == ["--write"]:
        Path(sys.argv[2]).write_text("\n".join(page) + "\n")


if __name__ == "__main__":
    main()
