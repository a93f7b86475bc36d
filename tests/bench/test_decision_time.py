"""
How long the kernel takes to decide on what is large or hostile, in instructions: the kernel's clock goes on
by a nanosecond with each. tests/tools/test_modplan.py asks the same of modplan.
"""

import re

import pytest
from counting import boot, kernel_file
from harness.big_objects import HOSTILE, LARGE, all_lacking, exporting
from harness.initrd import initrd_with

SECOND = 1_000_000_000
DECISION = re.compile(r"clock (\d+) ns\nmortise> ktry .*\n(?:ok|refused) /t/([\w-]+).*\n"
                      r".*; the state is as before\nmortise> kbench\n.*clock (\d+) ns")


def decisions(folder, arch, files):
    """By name of the file: the nanoseconds that ktry took, which decides twice: a plan and a load."""
    files = {f"/t/{name}": make(arch.width) for name, make in files.items()}
    script = "".join(f"kbench\nktry {path}\nkbench\n" for path in files)
    initrd = initrd_with(folder / "initrd.tar", {**files, "/etc/rc": script.encode()})
    said = boot(kernel_file(arch.name), initrd, "kbench", append="rc=/etc/rc")
    return {name: int(ended) - int(started) for started, name, ended in DECISION.findall(said)}


@pytest.mark.parametrize("files, seconds", [(LARGE, 5), (HOSTILE, 1)], ids=["large", "a megabyte"])
def test_each_file_is_decided_in_time(tmp_path, arch, files, seconds):
    took = decisions(tmp_path, arch, files)
    assert took.keys() == files.keys()
    assert {name: ns for name, ns in took.items() if ns >= seconds * SECOND} == {}


def test_what_is_missing_is_told_in_time_beside_many_names(tmp_path, arch):
    """Names like the missing ones are suggested: that looks at every name there is."""
    files = {"/t/many": exporting(8000, arch.width),
             "/t/lacking": all_lacking(b"/t/lacking", 60, 32, arch.width)}
    assert sum(map(len, files.values())) <= 1 << 20
    initrd = initrd_with(tmp_path / "initrd.tar", files)
    said = boot(kernel_file(arch.name), initrd, "kload /t/many; kbench; ktry /t/lacking; kbench")
    started, ended = re.findall(r"clock (\d+) ns", said)
    assert "refused /t/lacking: E301" in said
    assert int(ended) - int(started) < SECOND
