"""Boots the kernel with the workloads and takes the figures from what kbench says.

Each of these functions is one boot; what is already loaded grows from one of its commands to the next.
"""

import subprocess
from dataclasses import dataclass

import counting
from workloads import FLOOR_ROUNDS, MANY, SIZES, SPACES, TREE, UNIT_BYTES, UNIT_RELOCATIONS, UNITS

# How many extensions are loaded beside what a workload needs.
LOADED = [0, MANY, 10 * MANY]
# Loads of which the fastest counts, where time is taken: so many in a row, so many times over, since a
# busy computer is not as busy all the time.
TRIES = 8
TIMES_OVER = 3


@dataclass
class Said:
    """What was said of one path, in the order it was said."""
    loads: list
    unloads: list
    memory: list


def heard(output):
    """Said by the workload's name."""
    found = {}
    for path, _, load, unload, memory in counting.figures(output):
        name = path.rsplit("/", 1)[1].removesuffix(".o")
        said = found.setdefault(name, Said([], [], []))
        said.loads.append(load)
        said.unloads.append(unload)
        said.memory.append(memory)
    return found


class Bench:
    """A kernel with its workloads in an initrd."""

    def __init__(self, arch, initrd):
        self.kernel = counting.kernel_file(arch)
        self.initrd = initrd

    def run(self, *commands):
        """Runs kbench commands; returns Said by the workload's name."""
        return heard(counting.boot(self.kernel, self.initrd, "; ".join(commands)))

    def power_on(self, machine):
        """The counter where the shell begins, with the initrd as it is shipped."""
        return counting.cycle(counting.boot(self.kernel, TREE / "build/initrd.tar", "kbench",
                                            memory=128, machine=machine))


def load(*names, keep=False):
    return " ".join(["kbench", *["-k"] * keep, *(f"/bench/{name}" for name in names)])


def rows(bench):
    """The figures of the main table by row name."""
    imports = load("import1.o", "import2000.o")
    found = bench.run(
        load("services.o", keep=True),
        load("nop.o", "nop.o", "tiny.o", "tiny.o", "medium.o", "large.o", "huge.o"),
        load("reloc0.o", "reloc1.o", "symbol0.o", "plain2000.o", "export2000.o"),
        load("byte0.o", "byte1.o", "chain", "many"),
        imports,
        load("huge.o", keep=True),
        imports, load("m2000.o"),
        load("many", keep=True),
        imports)

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
        "power-on to prompt by `-kernel`, `pc -nodefaults`": bench.power_on(counting.PC),
        "the same on `microvm` with `qboot.rom`": bench.power_on(counting.MICROVM),
        "`tiny`": found["tiny"].loads[1],
        "`medium`": found["medium"].loads[0],
        "`m2000`": found["m2000"].loads[0],
        "unload of `huge`": found["huge"].unloads[0],
        "unload of `many`": found["many"].unloads[0],
    }


def by_extensions(bench):
    """Figures with LOADED extensions loaded before, by name: a list each."""
    tried = load("nop.o", "tiny.o", "tiny.o", "m2000.o")
    found = bench.run(
        load("services.o", "huge.o", keep=True), tried,
        load("many", keep=True), tried,
        load(*["many"] * (LOADED[2] // MANY - 1), keep=True), tried)
    # The first load of each level may pay for a page table; the second does not.
    return {
        "load of `tiny`": found["tiny"].loads[1::2],
        "unload of `tiny`": found["tiny"].unloads[1::2],
        "load of `m2000`": found["m2000"].loads,
        "unload of `m2000`": found["m2000"].unloads,
    }


def by_instances(bench):
    """Figures with LOADED instances of the same extension loaded before, by name: a list each."""
    tried = load("tiny.o", "tiny.o")
    found = bench.run(tried, load("same", keep=True), tried,
                      load(*["same"] * (LOADED[2] // MANY - 1), keep=True), tried)["tiny"]
    return {
        "load of `tiny` beside instances of itself": found.loads[1::2],
        "unload of `tiny` beside instances of itself": found.unloads[1::2],
    }


def by_names(bench):
    """The cost of an import in each of the name spaces that SPACES make, one behind the other."""
    tried = load("use1.o", "useall.o")
    commands = []
    for space in SPACES:
        commands += [load(f"{space.name}.o", keep=True), tried]
    found = bench.run(*commands)
    count = SPACES[0].exports - 1
    return [(found["useall"].loads[i] - found["use1"].loads[i]) / count for i in range(len(SPACES))]


def links_by_names():
    """What the host's test counts: names, links that a lookup looks at on average."""
    done = subprocess.run([TREE / "build/host/test_name_space_cost"], capture_output=True, text=True,
                          check=True)
    lines = [line.split() for line in done.stdout.splitlines() if "links a lookup" in line]
    return [(int(words[0]), words[2]) for words in lines]


def size_paths():
    for n in SIZES:
        yield from (f"{name}{n}" for name in ("bare", "symbols", "relocated"))
        yield from (f"{what}{n}_{rounds}" for what in ("loop", "copy") for rounds in FLOOR_ROUNDS[n])


def by_size(found):
    """A row for each of SIZES; `found` has one figure a path."""
    for n, (few, many) in FLOOR_ROUNDS.items():
        loop, copy = ((found[f"{what}{n}_{many}"] - found[f"{what}{n}_{few}"]) / (many - few)
                      for what in ("loop", "copy"))
        yield {
            "per relocation": (found[f"relocated{n}"] - found[f"bare{n}"]) / n,
            "bare loop": loop / n,
            "per symbol": (found[f"symbols{n}"] - found[f"bare{n}"]) / (n // 3),
            "whole load": found[f"relocated{n}"],
            "copy": copy,
        }


# What is timed beside objects of each size.
TIMED = ["nop", "tiny", "large", "huge", "m2000"]


def timed_paths():
    """Everything that is timed but m2000, which needs huge loaded before."""
    return [*TIMED[:-1], *size_paths()]


def counted_once(bench):
    """Loads of everything that is timed, by name, counted."""
    found = bench.run(load("services.o", "huge.o", keep=True), load("nop.o", "tiny.o"),
                      load(*(f"{path}.o" for path in timed_paths())), load("m2000.o"))
    return {name: said.loads[-1] for name, said in found.items()}


def write_time_script(folder):
    """The commands of `fastest`, as a file since they are too long for a command line."""
    lines = [load(*[f"{path}.o"] * TRIES) for path in [*timed_paths(), TIMED[-1]]]
    keep = load("services.o", "huge.o", keep=True)
    (folder / "bench/time").write_text("\n".join(["kbench", keep, *lines * TIMES_OVER, "kbench"]) + "\n")


def fastest(bench, clock=()):
    """
    The fastest of many loads of everything that is timed, in cycles of the host, and how many of those
    a nanosecond has.
    """
    output = counting.boot(bench.kernel, bench.initrd, "echo", append="rc=/bench/time", clock=clock)
    return ({name: min(said.loads) for name, said in heard(output).items()},
            counting.cycles_a_ns(output))


def ratios(found):
    """What was loaded, as multiples of what the bare loop takes for one relocation, by name."""
    sizes = list(by_size(found))
    unit = sizes[1]["bare loop"]
    rows = {f"load of `{name}`": found[name] / unit for name in TIMED}
    for n, size in zip(SIZES, sizes):
        rows[f"a relocation of {n:,}"] = size["per relocation"] / unit
    rows[f"a symbol of {SIZES[1] // 3:,}"] = sizes[1]["per symbol"] / unit
    rows[f"copy of the bytes of {SIZES[1]:,} relocations"] = sizes[1]["copy"] / unit
    return rows
