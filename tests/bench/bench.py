#!/usr/bin/python3
"""Runs the benchmark and shows it beside the peers and the targets.

    bench.py [--write FILE]

Figures are guest instructions, counted by the kernel's own kbench under -icount: they repeat exactly. A
figure "per something" is a difference of two loads that differ in that something alone. Times are taken
beside them; the page keeps the times that it has while new ones are near.
"""

import os
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import counting
import measure
import page
import workloads
from workloads import TREE


def prepare(arch, is_timed):
    """Makes the workloads of one machine and a Bench with them."""
    folder = TREE / "build/bench" / arch
    files = workloads.build(folder, workloads.WIDTHS[arch], with_sizes=is_timed)
    if is_timed:
        measure.write_time_script(files)
    archives = sorted((TREE / "build/modules-gcc").glob("*.a"))
    return measure.Bench(arch, counting.make_initrd(folder / "initrd.tar", files, archives))


def counted(benches):
    """Every counted boot, as many at once as there are CPUs: it does not change what they count."""
    questions = [measure.rows, measure.by_extensions, measure.by_instances,
                 measure.by_names]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        answers = {(q.__name__, arch): pool.submit(q, bench)
                   for arch, bench in benches.items() for q in questions}
        once = pool.submit(measure.counted_once, benches["x86_64"])
        found = {key: answer.result() for key, answer in answers.items()}
        return found, once.result()


def main():
    benches = {"x86_64": prepare("x86_64", True), "i386": prepare("i386", False)}
    found, once = counted(benches)
    timed, cycles_a_ns = measure.fastest(benches["x86_64"])
    target = Path(sys.argv[2]) if sys.argv[1:2] == ["--write"] else None
    old = target.read_text() if target is not None and target.exists() else ""
    parts = [page.main_table(found["rows", "x86_64"], found["rows", "i386"]),
             page.growth(found, measure.links_by_names()),
             page.sizes(list(measure.by_size(once))),
             page.times(measure.ratios(once), measure.ratios(timed), page.times_of(old))]
    text = "\n".join(line for part in parts for line in part)
    print(text)
    print("\n".join(page.nanoseconds(list(measure.by_size(timed)), timed, cycles_a_ns)))
    if target is not None:
        target.write_text(f"{page.INTRODUCTION}\n{text}\n")


if __name__ == "__main__":
    main()
