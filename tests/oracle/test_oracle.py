"""
What the loader's relocated bytes are worth, as others see it: for every way to compile the probes, they
equal what GNU ld writes for the same addresses, and the code finds its own pointers right when it runs.
"""

import itertools

import pytest

from harness import oracle

COMPILERS = ["gcc", "clang"]
LEVELS = ["-O0", "-O2", "-Os"]
# What code may assume of its addresses: of any machine, and of x86_64 alone.
POSITIONS = ["", "-fno-pic", "-fpic", "-fPIC", "-fPIC -fno-plt"]
MODELS = ["-fno-pic -mcmodel=kernel", "-fno-pic -mcmodel=medium", "-fPIC -mcmodel=medium",
          "-fno-pic -mcmodel=large", "-fPIC -mcmodel=large"]
OTHERS = ["-fcommon", "-ffunction-sections -fdata-sections", "-fPIC -ffunction-sections -fdata-sections -fcommon"]
TEMPLATES = "-fno-exceptions -fno-rtti -fno-threadsafe-statics"


def cases():
    """(source, width, compiler, flags)"""
    for compiler, level in itertools.product(COMPILERS, LEVELS):
        for width in 64, 32:
            for position in POSITIONS + OTHERS + (MODELS if width == 64 else []):
                yield "probe.c", width, compiler, f"{level} {position}"
            for position in "", "-fno-pic", "-fPIC":
                yield "probe_templates.cc", width, compiler, f"{level} {TEMPLATES} {position}"


def name(case):
    source, width, compiler, flags = case
    return f"{source}-{width}-{compiler} {flags.replace(TEMPLATES, '')}".replace("  ", " ").strip()


PARTNERS = {}


def partner(tmp_path_factory, width):
    """The object that the probes import from, planned at its own base."""
    if width not in PARTNERS:
        folder = tmp_path_factory.mktemp("partner")
        path = folder / "partner.o"
        path.write_bytes(oracle.compile_case(folder, "partner.c", width, "gcc", ["-O2", "-fno-pic"]))
        PARTNERS[width] = oracle.plan(path, oracle.PARTNER_BASE)
    return PARTNERS[width]


@pytest.mark.parametrize("case", cases(), ids=name)
def test_relocated_bytes_are_those_of_ld_and_the_code_finds_its_pointers(tmp_path, tmp_path_factory, case):
    source, width, compiler, flags = case
    other = partner(tmp_path_factory, width)
    imports = {name: address for name, address in other.symbols.items() if name.startswith("partner_")}
    path = tmp_path / "case.o"
    path.write_bytes(oracle.compile_case(tmp_path, source, width, compiler, flags.split()))
    planned = oracle.plan(path, oracle.BASE, imports)
    assert oracle.differences(path, width, planned, imports) == []
    run = oracle.run_here if width == 64 else oracle.run_emulated
    images = [(planned.base, planned.image), (other.base, other.image)]
    entries = [*planned.constructors(width), planned.symbols["_load"]]
    assert run(images, entries) == 0, "the line of the probe whose check failed"
