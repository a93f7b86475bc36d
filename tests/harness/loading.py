"""The shell's answers about extensions, as data. Each function insists on the answer's form."""

import re
from typing import NamedTuple

ROW = re.compile(r" *(\d+)  *([0-9a-f]+) +([0-9a-f]+) +([0-9a-f]+) +([0-9a-f]+) +(\d+) +(\d+)  (.+)")
SYMBOL = re.compile(r" *([0-9a-f]+) (\S+) \[(\w+)( \d+)?(, hidden by a newer one)?\]")


class Row(NamedTuple):
    """One line of genkex."""
    kmid: int
    load: int
    use: int
    file: str


def kload(machine, arguments):
    """Loads; returns the kmid, which stands on a line of its own, and what was said before it."""
    output = machine.run(f"kload {arguments}")
    match = re.fullmatch(r"((?:.*\n)*)kmid (\d+)\n", output)
    assert match, f"kload {arguments}: {output}"
    return int(match[2]), match[1]


def table(machine):
    """genkex: one Row for each extension."""
    _, *lines = machine.run("genkex").splitlines()
    matches = [ROW.fullmatch(line) for line in lines]
    assert all(matches), lines
    return [Row(int(m[1]), int(m[6]), int(m[7]), m[8]) for m in matches]


def symbols(machine, pattern=""):
    """syms: name to its definitions, newest first: "owner kmid", with ", hidden" where it is."""
    found = {}
    for line in machine.run(f"syms {pattern}").splitlines():
        match = SYMBOL.fullmatch(line)
        assert match, line
        hidden = ", hidden" if match[5] else ""
        found.setdefault(match[2], []).append(f"{match[3]}{match[4] or ''}{hidden}")
    return found
