#!/usr/bin/python3
"""
Writes docs/refusals.md: every status of include/mortise/status.h, and what provokes it.

    document.py        prints the page
    document.py FILE   writes it there
"""

import sys
from pathlib import Path

if __package__ is None:
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from refusals.fixtures import ELSEWHERE, FIXTURES
from refusals.statuses import statuses

INTRODUCTION = f"""# Refusals

Every way in which loading and unloading can end, by number. A number is stable for ever and never given
another meaning. The text is made by `make refusals` from the table that the code itself uses
(`include/mortise/status.h`), and a test sees that it is up to date.

A refusal is said as `file(member): sentence: numbers of this case [E210]`; what to do follows on a line
of its own. Programs get the errno.

The last column says what provokes the refusal in the tests. *Fixture* is a file that
`tests/refusals/fixtures.py` makes from an object that loads, with one thing spoilt: each of the
{len(FIXTURES)} is refused with exactly its number by the loader on the host and by both kernels, whose
state stays the same. `make refusals FOLDER=dir` writes them all, for either width.
"""

GROUPS = {1: "Files and archives", 2: "Objects", 3: "Linking", 4: "Living extensions",
          5: "Objects: what they ask for"}


def provoked_by(name):
    if name in FIXTURES:
        return f"fixture `{name.lower()}`"
    path, test = ELSEWHERE[name].split(": ")
    return f"`{test}` in `{path}`"


def text():
    lines = [INTRODUCTION]
    group = None
    for status in statuses():
        if status.number // 100 != group:
            group = status.number // 100
            lines += [f"\n## {GROUPS[group]}\n",
                      "| number | name | why not | way out | errno | provoked by |",
                      "| --- | --- | --- | --- | --- | --- |"]
        advice = status.advice.replace("|", "\\|") or "–"
        lines.append(f"| E{status.number} | `{status.name}` | {status.sentence} | {advice} | "
                     f"{status.error} | {provoked_by(status.name)} |")
    return "\n".join(lines).replace("\n\n\n", "\n\n") + "\n"


def main():
    if len(sys.argv) == 2:
        Path(sys.argv[1]).write_text(text())
    else:
        print(text(), end="")


if __name__ == "__main__":
    main()
