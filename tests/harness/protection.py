"""What the kernel says about its pages, and what the CPU was told to enforce."""

import re

CR0_WP = 1 << 16
EFER_NXE = 1 << 11
CR4 = {"umip": 1 << 11, "smep": 1 << 20, "smap": 1 << 21}
PAGECHECK = re.compile(r"pages (\d+) executable (\d+) writable\+executable (\d+) user (\d+) "
                       r"writable aliases of text (\d+)\n")


def pagecheck(machine):
    """Pages and executable pages; insists on the zeros."""
    match = PAGECHECK.fullmatch(machine.run("pagecheck"))
    assert match
    pages, executable, *bad = map(int, match.groups())
    assert bad == [0, 0, 0]
    assert pages > executable > 0
    assert machine.last_status() == 0
    return pages, executable


def control_registers(machine):
    text = machine.qmp("human-monitor-command", **{"command-line": "info registers"})
    return {name: int(value, 16) for name, value in re.findall(r"\b(CR\d|EFER)=([0-9a-f]+)", text)}
