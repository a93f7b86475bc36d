"""The benchmark's own promise: the same kernel and commands give the same figures, to the instruction."""

import counting
import pytest
from counting import boot, kernel_file, make_initrd
from workloads import Workload, tiny


@pytest.fixture(scope="module")
def initrd(tmp_path_factory):
    folder = tmp_path_factory.mktemp("bench")
    for workload in (tiny("tiny", "tiny"), Workload("nop")):
        workload.build(folder, "bench")
    return make_initrd(folder / "initrd.tar", folder / "files")


def test_figures_repeat_exactly_from_run_to_run(initrd):
    script = "kbench; kbench /bench/tiny.o /bench/nop.o /bench; kbench"
    first, second = (boot(kernel_file(), initrd, script, memory=128) for _ in range(2))
    assert first == second
    assert len(counting.figures(first)) == 3 and len(counting.CYCLE.findall(first)) == 2


def test_a_second_load_costs_what_the_first_did(initrd):
    """Nothing is left behind that makes the next load dearer or cheaper."""
    said = boot(kernel_file(), initrd, "kbench" + 4 * " /bench/tiny.o", memory=128)
    tries = counting.figures(said)[1:]
    # A kmid of more digits costs nothing; only an interrupt may fall into one of them.
    assert len(tries) == 3 and max(t[2] for t in tries) - min(t[2] for t in tries) < 1000


def test_kbench_says_what_it_cannot_load(initrd):
    said = boot(kernel_file(), initrd, "kbench /bench/missing.o", memory=128)
    assert "kbench: /bench/missing.o: " in said and not counting.figures(said)


