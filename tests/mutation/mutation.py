#!/usr/bin/python3
"""Takes each check out of the validator and of what binds names in turn, and sees that a test fails.

    mutation.py [PATH...]     all of VALIDATOR, or these of it

Every change that mutants.py finds in these files is compiled into the host tests at once; a test that runs
with MUTANT=n in its environment runs change n. A change is found when a program that reaches it no
longer ends well: the replayed corpora, the files of refusals, which must be refused with their numbers, or a
test of tests/host. What equivalent.txt lists cannot be found, with the reason why; a listed change
that is found is an error, like one that is there no more.

Wants the objects of `make host-tests`. Writes build/mutation/result.json for the report, where files that were not asked
for keep their figures; exit status 1 when a change was not found.
"""

import json
import os
import shutil
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

TREE = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(TREE / "tests"))

from mutation.mutants import Mutator
from refusals.fixtures import ONLY_64, FIXTURES, files
from refusals.statuses import statuses

BUILD = TREE / "build" / "mutation"
EQUIVALENT = Path(__file__).with_name("equivalent.txt")
VALIDATOR = [path.relative_to(TREE).as_posix() for folder in ("loader/image", "loader/link")
             for path in sorted((TREE / folder).glob("*.c"))]
CORPORA = ("elf", "archive", "symfile")
TESTS = ("archive", "archive_index", "arrays", "conformance_load", "conformance_nested",
         "conformance_plan", "exports", "image", "import_name", "indirect", "linkage", "loader", "loader_failures",
         "machine", "name_limits", "name_space", "placement", "relocation", "resolve", "symbols",
         "symbols_check", "symfile", "unify", "wide_sections")
CFLAGS = ["-std=gnu11", "-O1", "-g", "-w", "-I.", "-Iinclude", "-fno-omit-frame-pointer",
          "-fsanitize=address,undefined", "-fno-sanitize-recover=all"]
# Tests of nothing but the time that something takes depend on what else runs; much more is tested elsewhere.
SKIPPED = ("ten_thousand_members_made_by_ar_are_all_there", "fifty_thousand_members_take_no_time",
           "many_names_take_no_squares", "many_sections_take_linear_time")
ENVIRONMENT = {"CMOCKA_TEST_ABORT": "1", "TESTS_SKIPPED": f":{':'.join(SKIPPED)}:",
               "ASAN_OPTIONS": "quarantine_size_mb=4:malloc_context_size=0:detect_leaks=0"}
JOBS = os.cpu_count() or 1
SLOW_SECONDS = 0.2 # Of the processor's; a test that takes longer is run after the others, alone.
TIMEOUT = 60 # Of the clock's, for a program that waits; one that computes has its own limit.


def call(*command):
    subprocess.run([str(word) for word in command], cwd=TREE, check=True)


def write_mutants(paths):
    """Compiles the changed sources; returns their mutants and objects."""
    mutants, objects = [], [BUILD / "mutant.o"]
    call("gcc", *CFLAGS, "-c", "tests/mutation/mutant.c", "-o", objects[0])
    for path in paths:
        source = BUILD / path
        source.parent.mkdir(parents=True, exist_ok=True)
        text = Mutator(path, mutants).file((TREE / path).read_text())
        source.write_text('#include "tests/mutation/mutant.h"\n' + text)
        objects.append(source.with_suffix(".o"))
    with ThreadPoolExecutor(JOBS) as pool:
        list(pool.map(lambda o: call("gcc", *CFLAGS, "-c", o.with_suffix(".c"), "-o", o),
                      objects[1:]))
    return mutants, objects


class Test(NamedTuple):
    """A cmocka test, or, named -, a whole program; it reaches mutants by number."""
    name: str
    seconds: float
    reaches: frozenset


class Program:
    """A test program with the mutants in it; `command` must end with 0 and print `expected`."""

    def __init__(self, name, sources, objects, *arguments, expected=None):
        self.name, self.expected = name, expected
        self.binary = BUILD / "bin" / name.partition(" ")[0]
        self.command = [self.binary, *arguments]
        self.sources, self.objects = sources, objects
        self.tests = []

    def link(self):
        call("gcc", *CFLAGS, "-Wl,--wrap=_cmocka_run_group_tests", "-o", self.binary,
             *(f"build/host/objects/tests/{source}.o" for source in self.sources), *self.objects,
             "build/host/libmortise.a", "-lcmocka", "-ldl")

    def ends_well(self, **environment):
        try:
            done = subprocess.run(self.command, cwd=TREE, env={**os.environ, **ENVIRONMENT, **environment},
                                  stdin=subprocess.DEVNULL, capture_output=True, timeout=TIMEOUT if "MUTANT" in environment else None,
                                  check=False)
        except subprocess.TimeoutExpired:
            return False
        said = {tuple(line.split()[:2]) for line in done.stdout.splitlines()}
        return done.returncode == 0 and (self.expected is None or said == self.expected)

    def measure(self):
        """Runs it without a mutant: it must pass. Notes what each test takes and reaches."""
        seen, reached = BUILD / f"{self.name}.seen", set()
        assert self.ends_well(MUTANTS_SEEN=str(seen)), f"{self.name} fails as it is"
        for line in seen.read_text().splitlines() if seen.exists() else []:
            name, seconds, *numbers = line.split()
            reached |= set(map(int, numbers))
            if name != "-":
                self.tests.append(Test(name, float(seconds), frozenset(reached)))
                reached = set()
        if not self.tests:
            self.tests = [Test("-", 0, frozenset(reached))]

    def runs(self, number):
        """The tests that reach a mutant: quick ones together, others alone. (seconds, program, names)."""
        reaching = [test for test in self.tests if number in test.reaches]
        quick = [test for test in reaching if test.seconds < SLOW_SECONDS]
        for tests in [quick, *([test] for test in reaching if test not in quick)]:
            if tests:
                yield sum(test.seconds for test in tests), self, [test.name for test in tests]


def refusal_programs(objects):
    """The files of refusals: each must be refused with its number, as tests/refusals asks too."""
    numbers = {status.name: status.number for status in statuses()}
    for width in (64, 32):
        folder = BUILD / f"refusals-{width}"
        folder.mkdir(exist_ok=True)
        for name, content in files(width).items():
            (folder / name).write_bytes(content)
        names = [name for name in FIXTURES if width == 64 or (
            numbers[name] // 100 in (2, 5) and name not in {"ELF_MODE", "SYMBOL_DUPLICATE", *ONLY_64})]
        expected = {(f"{name}.o".encode(), str(numbers[name]).encode()) for name in names}
        yield Program(f"refusals_try {width}", ["refusals/try"], objects, folder, "sound.o",
                      *(f"{name}.o" for name in names), expected=expected | {(b"sound.o", b"0")})


def programs(objects):
    found = list(refusal_programs(objects))
    for target in CORPORA:
        parts = [f"fuzz/{p.stem}" for p in (TREE / "tests/fuzz").glob(f"{target}_*.c")]
        found.append(Program(f"replay_{target}",
                             ["fuzz/replay", "fuzz/fuzz", f"fuzz/fuzz_{target}", *parts], objects,
                             f"tests/fuzz/corpus/{target}"))
    for test in TESTS:
        found.append(Program(f"test_{test}", [f"host/test_{test}"], objects))
    (BUILD / "bin").mkdir(exist_ok=True)
    with ThreadPoolExecutor(JOBS) as pool:
        list(pool.map(Program.link, {program.binary: program for program in found}.values()))
        list(pool.map(Program.measure, found))
    return found


def judge(mutant, all_programs):
    """"found", "not found" or "not reached"."""
    print(f"\r{mutant.number} ", end="", file=sys.stderr, flush=True)
    runs = sorted((run for program in all_programs for run in program.runs(mutant.number)),
                  key=lambda run: run[0])
    for seconds, program, names in runs:
        if not program.ends_well(MUTANT=str(mutant.number), TESTS=f":{':'.join(names)}:",
                                 MUTANT_SECONDS=str(round(2 + 4 * seconds))):
            return "found"
    return "not found" if runs else "not reached"


def equivalents():
    """Listed changes, by key, with the reason: lines of the key, then of a reason that is indented."""
    listed, key = {}, None
    for line in EQUIVALENT.read_text().splitlines():
        if line.startswith("    "):
            listed[key] += line.strip() + " "
        elif line and not line.startswith("#"):
            key = line
            listed[key] = ""
    return listed


def figures_of(path, results, listed):
    """What the report tells of one file, and what is wrong with the list of equivalent changes."""
    keys = {mutant.key for mutant, _ in results}
    found = {mutant.key for mutant, outcome in results if outcome == "found"}
    wrong = [f"listed as equivalent, but {'found' if key in found else 'not there'}: {key}"
             for key in listed
             if key.partition(":")[0] == path and (key not in keys or key in found)]
    missed = [f"{path}:{mutant.line}: {outcome}: {mutant.kind}: {mutant.was} -> {mutant.becomes}"
              for mutant, outcome in results if outcome != "found" and mutant.key not in listed]
    count = len([1 for _, outcome in results if outcome == "found"])
    return {"changes": len(results), "found": count, "missed": missed,
            "equivalent": len(results) - count - len(missed)}, wrong


def report(path, figures, wrong):
    """Prints the figures of a file; returns what is to be mended."""
    tested = figures["changes"] - figures["equivalent"]
    lines = figures["missed"] + wrong
    print("\r" + "\n".join([
        f"{path:34} {figures['changes']:4} changes, {figures['equivalent']:3} change nothing, "
        f"{figures['found']:4} of {tested:4} found: {100 * figures['found'] / max(tested, 1):.1f} %",
        *(f"    {line}" for line in lines)]), flush=True)
    return lines


def main():
    start = time.time()
    paths = [path for path in sys.argv[1:] if path in VALIDATOR] or VALIDATOR
    result = BUILD / "result.json"
    kept = json.loads(result.read_text()) if result.exists() else {}
    shutil.rmtree(BUILD, ignore_errors=True)
    BUILD.mkdir(parents=True)
    result.write_text(json.dumps(kept) + "\n")
    mutants, objects = write_mutants(paths)
    all_programs = programs(objects)
    listed, lines = equivalents(), []
    for path in paths:
        ours = [mutant for mutant in mutants if mutant.path == path]
        with ThreadPoolExecutor(JOBS) as pool:
            outcomes = list(pool.map(lambda mutant: judge(mutant, all_programs), ours))
        kept[path], wrong = figures_of(path, list(zip(ours, outcomes)), listed)
        lines += report(path, kept[path], wrong)
        result.write_text(json.dumps({p: kept[p] for p in VALIDATOR if p in kept}) + "\n")
    print(f"{time.time() - start:.0f} s")
    return 1 if lines else 0


if __name__ == "__main__":
    sys.exit(main())
