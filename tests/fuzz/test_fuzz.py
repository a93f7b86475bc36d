"""The committed inputs of the fuzz targets, replayed under gcc's sanitizers and under clang's."""

import subprocess

import pytest

from harness import BUILD, TREE

CORPUS = TREE / "tests" / "fuzz" / "corpus"
TARGETS = sorted(path.stem.removeprefix("fuzz_") for path in CORPUS.parent.glob("fuzz_*.c"))


def replay(target, *paths, folder="host"):
    return subprocess.run([BUILD / folder / f"replay_{target}", *paths], capture_output=True,
                          text=True, errors="replace", timeout=300, check=False)


@pytest.mark.parametrize("folder", ["host", "trap"])
@pytest.mark.parametrize("target", TARGETS)
def test_committed_inputs_are_taken_well(target, folder):
    count = len(list((CORPUS / target).iterdir()))
    done = replay(target, CORPUS / target, folder=folder)
    assert (done.returncode, done.stdout) == (0, f"{count} inputs\n"), done.stderr


def test_the_committed_inputs_are_small():
    """They are there to be replayed in every test run and to be looked at."""
    sizes = {target: [path.stat().st_size for path in (CORPUS / target).iterdir()]
             for target in TARGETS}
    assert all(10 <= len(each) <= 400 for each in sizes.values())
    assert sum(map(sum, sizes.values())) <= 300_000


def test_a_finding_ends_a_replay(tmp_path):
    """An input that cannot be read is not taken for one that was taken well."""
    done = replay("elf", tmp_path / "missing")
    assert done.returncode == 2 and "missing" in done.stderr
