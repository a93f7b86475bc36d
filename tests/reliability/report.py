#!/usr/bin/python3
"""Writes docs/reliability.md from what `make fuzz`, `make coverage` and `make mutation` measured last.

What was not measured in this tree keeps the section that the page has.
"""

import json
import re
import sys
from pathlib import Path

TREE = Path(__file__).resolve().parents[2]
BUILD = TREE / "build"
PAGE = TREE / "docs" / "reliability.md"

INTRODUCTION = """# Reliability

How the parsers of foreign bytes are tried, with figures of the last time. `make reliability` writes
this page from the last runs of the commands below; what was not run keeps its figures.

Beside these: `tests/refusals` has a file for every refusal ([refusals.md](refusals.md)), the host tests
enumerate every failure of a load, and the loader's stack is bounded by a test. `tests/harness/big_objects.py`
lists what is large, and what in a megabyte is thought to cost the most time; modplan decides on each within five
seconds, or one, and so do both kernels in as many thousand million instructions (`tests/bench/test_decision_time.py`).
What a load may ask for beyond its own bytes has limits, which [decisions.md](decisions.md) lists: dependents, import
files, what is looked through for them, names that share their letters, tables that share their bytes.
"""

FUZZ = """## Fuzzing

    make fuzz RUNS=10000000

libFuzzer, AddressSanitizer and UndefinedBehaviorSanitizer over the kernel's own parsers; every input
lies in memory of exactly its size. `elf` goes through all that a load does with an object's bytes: check,
placement, symbols, resolution in a small name space, relocation. Each target also checks the answers: a refusal
has a status of the table, its errno and a text; members, entries and contents lie in the file; a walk
ends; what was accepted is read through every accessor. The mutators know the formats, in `elf` field by
field for both classes. `make fuzz SECONDS=n` runs all for that long; `make fuzz-corpus` makes the
committed inputs anew, which `make test` replays.

| target | what | executions | seconds | findings | edges |
| --- | --- | --- | --- | --- | --- |
"""

WHAT = {"elf": "relocatable objects, ELF32 and ELF64", "archive": "ar archives, all flavours",
        "symfile": "import and export files", "ustar": "ustar, and the tree that the kernel makes of it"}

FOUND = """
Found so far by these targets and mended, each pinned by a test: contents of section 0 were never checked,
though the accessors promise them for every index (`section_0_is_the_null_section`); an offset was added
to no pointer in objects without a symbol table, and later in those without imports, since when clang replays
the committed inputs too (`test_committed_inputs_are_taken_well`).
"""

COVERAGE = """## Coverage

    make coverage

What the host tests, the committed inputs and the files of refusals reach together, counted by clang. A
branch has two sides; the sides of conditions that a compiler decides are not counted. What is
missed is listed in `build/coverage/missed.txt`.

| file | lines | branches |
| --- | --- | --- |
"""

MUTATION = """## Tests that bite

    make mutation

Each single check of the validator and of what binds names (`loader/image`, `loader/link`) is taken out
in turn, each operand of a `||` or `&&` chain does not count, each comparison is turned off by one, each
equality is turned round; every such program must fail a host test, a file of refusals or the replay of the
committed inputs. Changes that change nothing are listed with the reason in
`tests/mutation/equivalent.txt`.

"""


def load(name):
    path = BUILD / name
    return json.loads(path.read_text()) if path.exists() else None


def fuzz_rows(old):
    for target, what in WHAT.items():
        figures = load(f"fuzz/{target}.json")
        if figures is None:
            yield next((line for line in old.splitlines() if line.startswith(f"| `{target}` ")), "")
            continue
        yield f"| `{target}` | {what} | {figures['executions']:,} | {figures['seconds']:,.0f} | " \
              f"{figures['findings']} | {figures['edges']} |"


def fuzz(old):
    return FUZZ + "\n".join(row for row in fuzz_rows(old) if row) + "\n" + FOUND


def share(pair):
    return f"{pair[0]} of {pair[1]}" + (f" ({100 * pair[0] / pair[1]:.1f} %)" if pair[1] else "")


def coverage(old):
    figures = load("coverage/result.json")
    if figures is None:
        return old
    total = {kind: [sum(f[kind][i] for path, f in figures.items() if path.startswith("loader/image"))
                    for i in (0, 1)] for kind in ("lines", "branches")}
    rows = [*sorted(figures.items()), ("all of `loader/image`", total)]
    return COVERAGE + "".join(
        f"| {path if '`' in path else f'`{path}`'} | {share(f['lines'])} | {share(f['branches'])} |\n"
        for path, f in rows)


def mutation(old):
    files = load("mutation/result.json")
    if files is None:
        return old
    total = {key: sum(f[key] for f in files.values()) for key in ("changes", "equivalent", "found")}
    rows = "".join(
        f"| {path if '`' in path else f'`{path}`'} | {f['changes']} | {f['equivalent']} | "
        f"{share([f['found'], f['changes'] - f['equivalent']])} |\n"
        for path, f in [*files.items(), ("`together`", total)])
    missed = [line for f in files.values() for line in f["missed"]]
    return MUTATION + "| file | changes | that change nothing | others found |\n" \
        "| --- | --- | --- | --- |\n" + rows + \
        ("\nNot found:\n\n" + "".join(f"* `{line}`\n" for line in missed) if missed else "")


def main():
    page = PAGE.read_text() if PAGE.exists() else ""
    sections = dict(re.findall(r"^(## [^\n]+)\n(.*?)(?=^## |\Z)", page, re.M | re.S))
    made = []
    for title, make in (("## Fuzzing", fuzz), ("## Coverage", coverage),
                        ("## Tests that bite", mutation)):
        old = f"{title}\n{sections[title]}" if title in sections else ""
        made.append(make(old).strip("\n"))
    PAGE.write_text("\n\n".join([INTRODUCTION.strip("\n"), *filter(None, made)]) + "\n")


if __name__ == "__main__":
    sys.exit(main())
