#!/usr/bin/python3
"""Runs the fuzz targets that `make fuzz` has built.

    fuzz.py [--seconds N | --runs N] TARGET...
    fuzz.py --keep TARGET...

Every target starts from the committed inputs (tests/fuzz/corpus) and those found earlier
(build/fuzz/corpus, where new ones go). --seconds are shared among the targets, --runs are executions of
each. What a sanitizer or a check finds ends its target; the input is named, and the exit status is 1.

--keep makes the committed inputs anew: of all that are there, as few as reach the same edges.
"""

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

TREE = Path(__file__).resolve().parents[2]
BUILD = TREE / "build" / "fuzz"
KEPT = TREE / "tests" / "fuzz" / "corpus"
# The longest inputs in bytes: room for every part of a format a few times, and fast.
LONGEST = {"elf": 2560, "archive": 1024, "symfile": 640, "ustar": 2560}
# Most of an execution would otherwise go into the stacks of allocations.
SANITIZERS = {"ASAN_OPTIONS": "malloc_context_size=4:quarantine_size_mb=16",
              "UBSAN_OPTIONS": "print_stacktrace=1"}


def folders(target):
    """Where inputs of a target are: found ones, where new ones go, and committed ones."""
    found = BUILD / "corpus" / target
    for folder in (found, BUILD / "findings", KEPT / target):
        folder.mkdir(parents=True, exist_ok=True)
    return [found, KEPT / target]


def program(target, *options):
    return [BUILD / f"fuzz_{target}", f"-max_len={LONGEST.get(target, 4096)}", *options]


def run_target(target, limit):
    """Runs one target to its limit; returns its figures, which are kept for the report."""
    log = BUILD / f"{target}.log"
    start = time.time()
    with log.open("wb") as out:
        done = subprocess.run(
            program(target, limit, "-print_final_stats=1", "-timeout=10",
                    f"-artifact_prefix={BUILD}/findings/{target}-", *folders(target)),
            stdout=out, stderr=subprocess.STDOUT, env={**os.environ, **SANITIZERS}, cwd=TREE,
            check=False)
    text = log.read_text(errors="replace")
    executed = re.search(r"number_of_executed_units:\s+(\d+)", text)
    edges = re.findall(r" cov: (\d+) ", text)
    figures = {"target": target, "executions": int(executed[1]) if executed else 0,
               "seconds": round(time.time() - start, 1), "edges": int(edges[-1]) if edges else 0,
               "findings": int(done.returncode != 0)}
    (BUILD / f"{target}.json").write_text(json.dumps(figures) + "\n")
    return figures


def show(figures):
    target = figures["target"]
    each = figures["executions"] / max(figures["seconds"], 0.1)
    print(f"{target:8} {figures['executions']:>12,} executions in {figures['seconds']:,.0f} s "
          f"({each:,.0f}/s), {figures['edges']} edges reached, "
          f"{'A FINDING' if figures['findings'] else 'no finding'}")
    if not figures["findings"]:
        return
    lines = (BUILD / f"{target}.log").read_text(errors="replace").splitlines()
    print("\n".join("    " + line for line in lines[-40:]))
    print(f"    the whole log: build/fuzz/{target}.log; "
          f"again: build/fuzz/fuzz_{target} with the input named above")


def run(targets, seconds, runs):
    workers = min(len(targets), os.cpu_count() or 1)
    each = max(1, (seconds or 60) * workers // len(targets))
    limit = f"-runs={runs}" if runs else f"-max_total_time={each}"
    with ThreadPoolExecutor(workers) as pool:
        results = list(pool.map(lambda target: run_target(target, limit), targets))
    for figures in results:
        show(figures)
    return 1 if any(figures["findings"] for figures in results) else 0


def keep(target):
    kept = KEPT / target
    fewest = BUILD / "merge" / target
    shutil.rmtree(fewest, ignore_errors=True)
    fewest.mkdir(parents=True)
    subprocess.run(program(target, "-merge=1", "-set_cover_merge=1", "-use_counters=0", fewest,
                           *folders(target)),
                   check=True, capture_output=True, env={**os.environ, **SANITIZERS}, cwd=TREE)
    shutil.rmtree(kept)
    shutil.copytree(fewest, kept)
    sizes = [path.stat().st_size for path in kept.iterdir()]
    print(f"{target:8} {len(sizes):4} inputs, {sum(sizes):,} bytes in tests/fuzz/corpus/{target}")


def main():
    parser = argparse.ArgumentParser(description="Runs the fuzz targets.")
    parser.add_argument("--seconds", type=int)
    parser.add_argument("--runs", type=int)
    parser.add_argument("--keep", action="store_true")
    parser.add_argument("targets", nargs="+")
    arguments = parser.parse_args()
    if arguments.keep:
        for target in arguments.targets:
            keep(target)
        return 0
    return run(arguments.targets, arguments.seconds, arguments.runs)


if __name__ == "__main__":
    sys.exit(main())
