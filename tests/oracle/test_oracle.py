"""
What the loader's relocated bytes are worth, as others see it: for every way to compile the probes, they
equal what GNU ld writes for the same addresses, and the code finds its own pointers right when it runs.
"""

import pytest

from harness import oracle

PARTNERS = {}


def partner(tmp_path_factory, width):
    """The object that the probes import from, planned at its own base."""
    if width not in PARTNERS:
        folder = tmp_path_factory.mktemp("partner")
        path = folder / "partner.o"
        path.write_bytes(oracle.compile_case(folder, "partner.c", width, "gcc", ["-O2", "-fno-pic"]))
        PARTNERS[width] = oracle.plan(path, oracle.PARTNER_BASE)
    return PARTNERS[width]


@pytest.mark.parametrize("case", oracle.cases(), ids=str)
def test_relocated_bytes_are_those_of_ld_and_the_code_finds_its_pointers(tmp_path, tmp_path_factory, case):
    other = partner(tmp_path_factory, case.width)
    imports = {name: address for name, address in other.symbols.items() if name.startswith("partner_")}
    path = tmp_path / "case.o"
    path.write_bytes(oracle.unmerged(case.compile(tmp_path)))
    planned = oracle.plan(path, oracle.BASE, imports)
    assert oracle.differences(path, case.width, planned, imports) == []
    run = oracle.run_here if case.width == 64 else oracle.run_emulated
    images = [(planned.base, planned.image), (other.base, other.image)]
    entries = [*planned.constructors(case.width), planned.symbols["_load"]]
    assert run(images, entries) == 0, "the line of the probe whose check failed"
