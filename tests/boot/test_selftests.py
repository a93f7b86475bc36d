"""The kernel's self-tests: one boot a kernel, one item for each test that its symbol table names."""

import functools
import re

import pexpect
from harness import BUILD
from harness.machine import Machine

RESULT = re.compile(r"^\s*(not )?ok \d+ (?:- )?(\S+)(.*)$")


@functools.lru_cache(maxsize=None)
def results(arch, toolchain):
    """Boots once; returns name -> (passed, notes before it), and how the machine ended."""
    (BUILD / "test-logs").mkdir(parents=True, exist_ok=True)
    machine = Machine(BUILD / "test-logs" / f"selftests.{arch.name}.{toolchain}.log", arch,
                      toolchain=toolchain, append="selftest panic=exit")
    # Whatever stops it, what was reported counts, and what was not is missed by name.
    which = machine.console.expect([r"\nmortise> ", pexpect.EOF, pexpect.TIMEOUT], timeout=60)
    output = machine.console.before.replace("\r\n", "\n")
    ending = ["reached the prompt", "the machine ended", "time ran out"][which]
    machine.close()
    found, notes = {}, []
    for line in output.splitlines():
        match = RESULT.match(line)
        if match:
            found[match[2]] = (not match[1], notes)
            notes = []
        else:
            notes.append(line)
    return found, ending


def test_selftest(selftest):
    arch, toolchain, name = selftest
    found, ending = results(arch, toolchain)
    assert name in found, f"no result: {ending}"
    passed, notes = found[name]
    assert passed, "\n".join(notes)
