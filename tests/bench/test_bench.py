"""The benchmark's own promises: figures repeat to the instruction, and the page says what there is."""

import counting
import page
import pytest
from counting import MICROVM, PC, boot, kernel_file, make_initrd
from harness import BUILD, TREE
from workloads import WIDTHS, Workload, tiny

COPIES = 1000


@pytest.fixture(scope="module")
def initrd(tmp_path_factory, arch):
    """tiny, nop, and in a folder of their own COPIES of tiny as the assembler made it, each with its name."""
    folder = tmp_path_factory.mktemp("bench")
    for workload in (tiny("tiny", "tiny"), Workload("nop")):
        workload.build(folder, "bench", WIDTHS[arch.name])
    copies = folder / "files/copies"
    copies.mkdir()
    plain = (folder / "work/bench/tiny.o").read_bytes()
    for i in range(COPIES):
        (copies / f"{i}.o").write_bytes(plain.replace(b"tiny_00000", b"copy_%05d" % i))
    return make_initrd(folder / "initrd.tar", folder / "files")


def test_figures_repeat_exactly_from_run_to_run(initrd, arch):
    script = "kbench; kbench /bench/tiny.o /bench/nop.o /bench; kbench"
    first, second = (boot(kernel_file(arch.name), initrd, script, memory=128) for _ in range(2))
    assert first == second
    assert len(counting.figures(first)) == 3 and len(counting.CYCLE.findall(first)) == 2


@pytest.mark.parametrize("machine", [PC, MICROVM], ids=["pc", "microvm"])
def test_the_way_to_the_prompt_repeats_exactly(arch, machine):
    first, second = (boot(kernel_file(arch.name), BUILD / "initrd.tar", "kbench", memory=128,
                          machine=machine) for _ in range(2))
    assert first == second and counting.cycle(first) > 0


def test_a_second_load_costs_what_the_first_did(initrd, arch):
    """Nothing is left behind that makes the next load dearer or cheaper."""
    said = boot(kernel_file(arch.name), initrd, "kbench" + 4 * " /bench/tiny.o", memory=128)
    tries = counting.figures(said)[1:]
    # A kmid of more digits costs nothing; only an interrupt may fall into one of them.
    assert len(tries) == 3 and max(t[2] for t in tries) - min(t[2] for t in tries) < 1000


def test_a_load_costs_the_same_with_a_thousand_loaded(initrd, arch):
    tried = "kbench" + 3 * " /bench/tiny.o"
    said = boot(kernel_file(arch.name), initrd, f"{tried}; kbench -k /copies; {tried}")
    found = [f for f in counting.figures(said) if f[0] == "/bench/tiny.o"]
    for column in (2, 3):
        before, after = (min(f[column] for f in part) for part in (found[:3], found[3:]))
        # Not to the instruction: an extension begins a page table now and then. A walk over a thousand
        # of anything would take some thousands more.
        assert after - before < 800


def test_kbench_says_what_it_cannot_load(initrd, arch):
    said = boot(kernel_file(arch.name), initrd, "kbench /bench/missing.o", memory=128)
    assert "kbench: /bench/missing.o: " in said and not counting.figures(said)


def test_the_page_says_why_a_target_is_missed():
    assert page.NO_REASON not in (TREE / "docs/performance.md").read_text()


def test_the_page_keeps_a_time_while_the_new_one_is_near():
    first = "\n".join(page.times({"load": 10}, {"load": 2000000.0}, {}))
    again = "\n".join(page.times({"load": 10}, {"load": 3000000.0}, page.times_of(first)))
    later = "\n".join(page.times({"load": 10}, {"load": 5000000.0}, page.times_of(first)))
    assert again == first and "| load | 10.0 | 5.00 M |" in later
