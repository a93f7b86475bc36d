#!/usr/bin/python3
"""Takes each check out of the validator in turn, and sees that a test fails.

    mutation.py [PATH...]     all of VALIDATOR, or these of it

Every change that mutants.py finds in these files is compiled into the host tests at once; a test that runs
with MUTANT=n in its environment runs change n. A change is found when a program that reaches it no
longer ends well: the replayed corpora, the files of refusals, which must be refused with their numbers, or a
test of tests/host. What equivalent.txt lists cannot be found, with the reason why; a listed change
that is found is an error, like one that is there no more.

Wants `make host-tests`. Writes build/mutation/result.json for the report; exit status 1 when a change
was not found.
"""

import json
import os
import shutil
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

TREE = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(TREE / "tests"))

from mutation.mutants import Mutator
from refusals.fixtures import ONLY_64, FIXTURES, files
from refusals.statuses import statuses

BUILD = TREE / "build" / "mutation"
EQUIVALENT = Path(__file__).with_name("equivalent.txt")
VALIDATOR = sorted(path.relative_to(TREE).as_posix() for path in (TREE / "loader/image").glob("*.c"))
CORPORA = ("elf", "archive", "symfile")
TESTS = ("archive", "image", "loader", "loader_failures", "machine", "placement", "relocation",
         "resolve", "symbols", "symfile", "wide_sections")
CFLAGS = ["-std=gnu11", "-O1", "-g", "-w", "-I.", "-Iinclude", "-fno-omit-frame-pointer",
          "-fsanitize=address,undefined", "-fno-sanitize-recover=all"]
ENVIRONMENT = {"CMOCKA_TEST_ABORT": "1",
               "ASAN_OPTIONS": "quarantine_size_mb=4:malloc_context_size=0:detect_leaks=0"}
JOBS = os.cpu_count() or 1


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


class Program:
    """A test program with the mutants in it; `command` must end with 0 and print `expected`."""

    def __init__(self, name, sources, objects, *arguments, expected=None):
        self.name, self.expected = name, expected
        self.binary = BUILD / "bin" / name.partition(" ")[0]
        self.command = [self.binary, *arguments]
        self.seen_file = BUILD / f"{name}.seen"
        self.sources, self.objects = sources, objects

    def link(self):
        call("gcc", *CFLAGS, "-o", self.binary,
             *(f"build/host/objects/tests/{source}.o" for source in self.sources), *self.objects,
             "build/host/libmortise.a", "-lcmocka", "-ldl")

    def ends_well(self, seconds, **environment):
        try:
            done = subprocess.run(self.command, cwd=TREE, env={**os.environ, **ENVIRONMENT, **environment},
                                  stdin=subprocess.DEVNULL, capture_output=True, timeout=seconds,
                                  check=False)
        except subprocess.TimeoutExpired:
            return False
        said = {tuple(line.split()[:2]) for line in done.stdout.splitlines()}
        return done.returncode == 0 and (self.expected is None or said == self.expected)

    def measure(self):
        """Runs it without a mutant: it must pass. Notes the time and which mutants it reaches."""
        start = time.time()
        assert self.ends_well(600, MUTANTS_SEEN=str(self.seen_file)), f"{self.name} fails as it is"
        self.seconds = time.time() - start
        self.reaches = self.seen_file.read_bytes()


def refusal_programs(objects):
    """The files of refusals: each must be refused with its number, as tests/refusals asks too."""
    numbers = {status.name: status.number for status in statuses()}
    for width in (64, 32):
        folder = BUILD / f"refusals-{width}"
        folder.mkdir(exist_ok=True)
        for name, content in files(width).items():
            (folder / name).write_bytes(content)
        names = [name for name in FIXTURES if width == 64 or (
            200 <= numbers[name] < 300 and name not in {"ELF_MODE", "SYMBOL_DUPLICATE", *ONLY_64})]
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
    found = [program for program in found if any(program.reaches)]
    return sorted(found, key=lambda program: program.seconds)


def judge(mutant, all_programs):
    """"found", "not found" or "not reached"."""
    print(f"\r{mutant.number} ", end="", file=sys.stderr, flush=True)
    reaching = [p for p in all_programs if p.reaches[mutant.number]]
    for program in reaching:
        if not program.ends_well(10 + 5 * program.seconds, MUTANT=str(mutant.number)):
            return "found"
    return "not found" if reaching else "not reached"


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


def report(results, listed, paths):
    missed, wrong = [], []
    equivalent = 0
    for mutant, outcome in results:
        if outcome == "found":
            wrong += [f"listed as equivalent, but found: {mutant.key}"] * (mutant.key in listed)
        elif mutant.key in listed:
            equivalent += 1
        else:
            missed.append(f"{mutant.path}:{mutant.line}: {outcome}: {mutant.kind}: "
                          f"{mutant.was} -> {mutant.becomes}")
    keys = {mutant.key for mutant, _ in results}
    wrong += [f"listed as equivalent, but not there: {key}" for key in listed
              if key not in keys and key.partition(":")[0] in paths]
    found = sum(outcome == "found" for _, outcome in results)
    print("\n".join(missed + wrong), end="\n" if missed or wrong else "")
    print(f"{len(results)} changes: {found} found, {equivalent} that change nothing, "
          f"{len(missed)} missed: score {100 * found / max(len(results) - equivalent, 1):.1f} %")
    return found, equivalent, missed, wrong


def main():
    start = time.time()
    paths = [path for path in VALIDATOR if path in sys.argv[1:]] or VALIDATOR
    shutil.rmtree(BUILD, ignore_errors=True)
    BUILD.mkdir(parents=True)
    mutants, objects = write_mutants(paths)
    all_programs = programs(objects)
    with ThreadPoolExecutor(JOBS) as pool:
        outcomes = list(pool.map(lambda mutant: judge(mutant, all_programs), mutants))
    results = list(zip(mutants, outcomes))
    found, equivalent, missed, wrong = report(results, equivalents(), paths)
    by_file = {path: [sum(m.path == path for m in mutants),
                      sum(m.path == path and o == "found" for m, o in results)] for path in paths}
    if paths == VALIDATOR:
        (BUILD / "result.json").write_text(json.dumps({
            "changes": len(mutants), "found": found, "equivalent": equivalent, "missed": missed,
            "files": by_file, "seconds": round(time.time() - start)}) + "\n")
    return 1 if missed or wrong else 0


if __name__ == "__main__":
    sys.exit(main())
