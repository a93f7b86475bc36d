"""docs/performance.md: the tables that show what was measured, and what is said about it."""

import re

from measure import LOADED, TIMED
from workloads import NAMES, SIZES

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
    ("the same on `microvm` with `qboot.rom`", "0.015 M", "–", "–", "–", "≤ 3 M", 3 * MEBI),
]
# Measured, but there is no target for them.
OTHERS = ["`tiny`", "`medium`", "`m2000`", "unload of `huge`", "unload of `many`"]

# Why a row is above its target; shown only while it is. A test wants a reason for every missed row.
WHY = {
    "load of nop": "Some 2,100 are the checks of headers, sections and symbols; some 900 the walk to the file; "
                   "some 700 the places of sections, which are read again for that; some 800 lengths and "
                   "copies of names; some 750 the table of steps and the points where a step can be made to "
                   "fail; some 500 the records being cleared and filled.",
    "per import from the kernel": "Some 50 are the symbol itself, as in the row of plain symbols; the others "
                                  "check the import's record, compare the name with its definition's, and "
                                  "record the binding, which counts, `why` and `binds` need.",
    "per import with 10,000 exports loaded": "As above; it does not grow with the names.",
    "and 1,000 more extensions loaded": "As above; it does not grow with the extensions.",
    "per exported symbol": "Some 50 are the symbol itself; some 50 compute its name's hash again, since modld's is "
                           "not believed; the others refuse a name that is there twice and make a "
                           "definition.",
    "per plain global symbol": "Its entry is checked: section, place, and a name that ends inside its table.",
    "`large`": "Its 2,000 imports and 200 exports; see those rows.",
    "`chain`": "A hundred times what `tiny` costs, which is mostly what `nop` costs.",
    "`many`": "A thousand times what `tiny` costs, which is mostly what `nop` costs.",
    "memory of one tiny extension, bytes": "A page of text, a page of data, and the records: the "
                                           "extension itself, its section, its definition, its import "
                                           "and its path.",
}
# A load or unload that takes so much more with others there is said to grow.
GROWTH = 1.3
NO_REASON = "Nobody has said why."

INTRODUCTION = """# Performance

Guest instructions, counted by `rdtsc` under QEMU's `-icount shift=0,sleep=off` with `-cpu qemu64`: they are
the same in every run and on every computer. `make bench` measures both kernels as the tree is and writes
this page; `kbench` is the shell command that it uses. All checks are on.

The workloads are written by `tests/bench/workloads.py` and linked by `modld`; names have ten characters. A
figure "per something" is the difference of two loads that differ in it alone: per import with the
symbol, its record and its binding, without the relocation; per export with the symbol itself.
Imports come from an extension that stands for a kernel with 2,000 exports. The peers are GRUB 2.06's own
module loader, Linux 6.1 made small (tinyconfig, no versions, no sysfs) and Debian's; the floor is a bare C
loop or copy. Targets and peers are for the x86_64 kernel; the i386 kernel's column has the same
workloads, with 32-bit words and REL records.
"""


def number(value):
    if value >= MEBI:
        return f"{value / MEBI:,.2f} M"
    return f"{value:,.0f}" if value >= 1000 else f"{value:,.2f}" if value < 10 else f"{value:,.1f}"


def row(*cells):
    return "| " + " | ".join(str(cell) for cell in cells) + " |"


def header(first, *columns):
    return [row(first, *columns), "|---" + "|---:" * len(columns) + "|"]


def main_table(figures, on_i386):
    yield from header("", "x86_64", "i386", "target", "floor", "GRUB", "lean Linux", "Debian Linux")
    for name, floor, grub, lean, debian, target, limit in ROWS:
        shown = number(figures[name])
        yield row(name, shown if figures[name] <= limit else f"**{shown}**", number(on_i386[name]),
                  target, floor, grub, lean, debian)
    for name in OTHERS:
        yield row(name, number(figures[name]), number(on_i386[name]), *[""] * 5)
    yield from missed(figures)


def missed(figures):
    """A sentence a row that is above its target."""
    late = [(name, limit) for name, *_, limit in ROWS if figures[name] > limit]
    if late:
        yield from ["", "In bold: above the target.", ""]
    for name, limit in late:
        by_how_much = f"{number(figures[name])}, {figures[name] / limit:.2f} times the target."
        yield f"* {name}: {by_how_much} {WHY.get(name, NO_REASON)}"


def growth(found, links):
    """Nothing gets slower with what is already loaded."""
    yield from ["", "## With what is loaded already", "",
                "The same load, with ever more extensions and names there before it. The links that a "
                "lookup looks at", "are counted on the host, in the same table with so many names "
                "(`tests/host/test_name_space_cost.c`).", ""]
    yield from header("extensions loaded", *(f"{count:,}" for count in LOADED))
    grown = []
    for arch in ("x86_64", "i386"):
        for name, costs in [*found["by_extensions", arch].items(), *found["by_instances", arch].items()]:
            is_grown = costs[-1] > GROWTH * costs[0]
            grown += [name] if is_grown and name not in grown else []
            yield row(f"**{name}, {arch}**" if is_grown else f"{name}, {arch}", *map(number, costs))
    if grown:
        yield from ["", "In bold: what grows.", ""]
        yield from (f"* {name}: {WHY.get(name, NO_REASON)}" for name in grown)
    yield ""
    yield from header("names", *(f"{count:,}" for count, _ in links))
    for arch in ("x86_64", "i386"):
        imports = [number(cost) for cost in found["by_names", arch]]
        yield row(f"an import, {arch}", *imports, *["–"] * (len(links) - len(NAMES)))
    yield row("links that a lookup looks at", *(average for _, average in links))


def sizes(rows):
    """Cost by the size of the object."""
    yield from ["", "## By size", "",
                "Objects that differ in the number of their relocations, and others with a third as many "
                "symbols. The bare", "loop of `tests/bench/floor.c` reads each relocation once and writes "
                "each place once, and checks nothing;", "the copy is of as many bytes as the object's file "
                "has.", ""]
    yield from header("relocations", *(f"{n:,}" for n in SIZES))
    for key, name in [("per relocation", "per relocation"), ("bare loop", "the bare loop"),
                      ("per symbol", "per symbol"), ("whole load", "the whole load"),
                      ("copy", "a copy of its bytes")]:
        yield row(name, *(number(r[key]) for r in rows))
    shares = [r["per relocation"] / r["bare loop"] for r in rows]
    yield row("per relocation, as a multiple of the bare loop (target: ≤ 2)",
              *(f"{s:.2f}" if s <= 2 else f"**{s:.2f}**" for s in shares))


TIME_ROW = re.compile(r"^\| (.+?) \| [\d.,]+(?: M)? \| ([\d.,]+)(?: (M))? \|", re.M)


def times_of(text):
    """The times that a page has, by name."""
    part = text.partition("## Time")[2]
    return {m[1]: float(m[2].replace(",", "")) * (MEBI if m[3] else 1)
            for m in TIME_ROW.finditer(part)}


def steady(new, old):
    """The old time while the new one is near, so that the page does not change with each run."""
    return old if old is not None and old / 2 <= new <= old * 2 else new


def times(counted, timed, old):
    """Time beside counts, both as multiples of what one relocation takes in the bare loop."""
    yield from ["", "## Time", "",
                "Counts do not see page walks, flushes or caches. So the fastest of many loads is timed too, "
                "in QEMU without", "`-icount`. Both columns are multiples of what the bare loop takes for "
                "one relocation. Times vary from run to", "run, a good deal on a busy computer: `make bench` "
                "prints what it found, also in nanoseconds, but leaves a", "time of this page as it is while a "
                "new one lies within a factor of two.", ""]
    yield from header("", "instructions", "time")
    for name, count in counted.items():
        yield row(name, number(count), number(steady(timed[name], old.get(name))))


def nanoseconds(rows, timed, cycles_a_ns):
    """For whoever runs the benchmark: times of this run and this computer."""
    yield from ["", "On this computer, this time; fastest of many, in nanoseconds:", ""]
    yield from header("relocations", *(f"{n:,}" for n in SIZES))
    for key in ("per relocation", "bare loop", "per symbol", "whole load", "copy"):
        yield row(key, *(number(r[key] / cycles_a_ns) for r in rows))
    for name in TIMED:
        yield f"load of {name}: {number(timed[name] / cycles_a_ns)} ns"
