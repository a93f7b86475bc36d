"""The table of include/mortise/status.h, as the compiler sees it."""

import ast
import subprocess
from pathlib import Path
from typing import NamedTuple

TREE = Path(__file__).resolve().parents[2]

PROGRAM = """#include <mortise/status.h>
#define ROW(name, number, error, sentence, advice) (#name, number, #error, sentence, advice),
BEGIN STATUS_TABLE(ROW)
"""


class Status(NamedTuple):
    name: str
    number: int
    error: str
    sentence: str
    advice: str


def statuses():
    """Every status but OK, by number."""
    text = subprocess.run(["gcc", "-E", "-P", "-I", TREE / "include", "-"], input=PROGRAM, text=True,
                          capture_output=True, check=True).stdout
    rows = ast.literal_eval("[" + text[text.index("BEGIN") + len("BEGIN"):] + "]")
    return sorted((Status(*row) for row in rows if row[0] != "OK"), key=lambda s: s.number)
