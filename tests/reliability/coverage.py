#!/usr/bin/python3
"""Measures which lines and branches of the loader's pure half the host tests and the corpora reach.

    coverage.py

Wants the programs of `make coverage`, compiled by clang for it. Prints a table, writes what is not
reached to build/coverage/missed.txt and the figures to build/coverage/result.json.
"""

import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

TREE = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(TREE / "tests"))

from refusals.fixtures import FIXTURES, files

BUILD = TREE / "build" / "coverage"
MEASURED = ("loader/image", "loader/link", "loader/machine")


def commands():
    """Every program, with what it is given."""
    for program in sorted(BUILD.glob("test_*")):
        yield [program]
    for program in sorted(BUILD.glob("replay_*")):
        yield [program, TREE / "tests/fuzz/corpus" / program.name.removeprefix("replay_")]
    for width in (64, 32):
        folder = BUILD / f"refusals-{width}"
        folder.mkdir(exist_ok=True)
        made = files(width)
        for name, content in made.items():
            (folder / name).write_bytes(content)
        # The 32-bit ones whose bytes are sound need a 32-bit host.
        names = [f"{name}.o" for name in FIXTURES if f"{name}.o" in made]
        yield [BUILD / "refusals_try", folder, "sound.o", *names]


def run(command):
    environment = {**os.environ, "LLVM_PROFILE_FILE": f"{BUILD}/profiles/%p.profraw"}
    done = subprocess.run(command, cwd=TREE, env=environment, stdin=subprocess.DEVNULL,
                          capture_output=True, check=False)
    assert done.returncode == 0, f"{command}: {done.stdout[-2000:]}{done.stderr[-2000:]}"


def llvm_cov(verb, *options):
    programs = sorted({command[0] for command in commands()})
    objects = [word for program in programs[1:] for word in ("-object", program)]
    return subprocess.run(
        ["llvm-cov", verb, *options, f"-instr-profile={BUILD}/all.profdata", programs[0], *objects,
         *(TREE / folder for folder in MEASURED)],
        cwd=TREE, capture_output=True, text=True, check=True).stdout


def main():
    profiles = BUILD / "profiles"
    profiles.mkdir(exist_ok=True)
    for old in profiles.iterdir():
        old.unlink()
    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        list(pool.map(run, commands()))
    subprocess.run(["llvm-profdata", "merge", "-o", BUILD / "all.profdata", *profiles.iterdir()],
                   check=True)
    exported = json.loads(llvm_cov("export", "-summary-only"))["data"][0]["files"]
    result = {}
    for item in sorted(exported, key=lambda item: item["filename"]):
        path = Path(item["filename"]).relative_to(TREE).as_posix()
        summary = item["summary"]
        result[path] = {kind: [summary[kind]["covered"], summary[kind]["count"]]
                        for kind in ("lines", "branches")}
        if path.endswith(".c"):
            print(f"{path:32} lines {result[path]['lines'][0]:4} of {result[path]['lines'][1]:4}, "
                  f"branches {result[path]['branches'][0]:4} of {result[path]['branches'][1]:4}")
    (BUILD / "result.json").write_text(json.dumps(result) + "\n")
    (BUILD / "missed.txt").write_text(llvm_cov("show", "-show-branches=count", "-show-line-counts"))


if __name__ == "__main__":
    sys.exit(main())
