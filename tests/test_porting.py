"""The contract between the kernel and a machine: docs/porting.md, arch/*.h and arch/stub/ agree."""

import re
import subprocess

from harness import BUILD, TREE

PAGE = (TREE / "docs" / "porting.md").read_text()
PROTOTYPE = re.compile(r"^(?!static|typedef|struct \w+;|#| |/|enum|\}).*?\b(\w+)\(", re.MULTILINE)
# Contract functions that arch/ calls and the kernel defines.
CALLED = {"exception_handle", "irq_dispatch", "paging_frame_allocate", "paging_frame_free"}


def section(title):
    """The names in backquotes in the tables of one section of the page."""
    text = PAGE.split(f"## {title}\n")[1].split("\n## ")[0]
    return {name for row in text.splitlines() if row.startswith("| `")
            for name in re.findall(r"`(\w+)`", row.split("|")[1])}


def promised():
    """Every function that a header in arch/ declares."""
    names = set()
    for header in (TREE / "arch").glob("*.h"):
        names |= set(PROTOTYPE.findall(header.read_text()))
    return names


def test_every_contract_function_is_explained():
    assert promised() == section("What a machine provides") | CALLED
    assert section("What a machine calls") == CALLED | {"kernel_main"}


def test_kernel_with_the_stub_machine_misses_only_what_linking_provides():
    whole = BUILD / "stub-gcc" / "kernel.relocatable"
    missing = subprocess.run(["nm", "-u", whole], capture_output=True, text=True, check=True).stdout
    assert set(missing.split()) - {"U"} == section("What the linker script and the build provide")


def test_stub_machine_has_nothing_that_the_kernel_does_not_ask_for():
    stub = BUILD / "stub-gcc" / "arch" / "stub" / "stub.o"
    found = subprocess.run(["nm", "--defined-only", "-g", stub], capture_output=True, text=True,
                           check=True).stdout
    assert {line.split()[2] for line in found.splitlines()} == section("What a machine provides")


def test_machines_have_the_same_files_where_they_do_not_have_to_differ():
    files = {arch: {path.name for path in (TREE / "arch" / arch).iterdir()}
             for arch in ("x86_64", "i386")}
    assert files["i386"] - files["x86_64"] == {"division.c"}
    assert files["x86_64"] <= files["i386"]
