"""Protections: what pages may be, and what the CPU is told to enforce."""

import re

import pytest

from harness.loading import kload

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


@pytest.mark.parametrize("options", [{}, {"toolchain": "clang"}, {"memory": 5120},
                                     {"extra": ("-cpu", "max")}],
                         ids=["gcc", "clang", "5 GiB", "newest CPU"])
def test_no_page_is_writable_and_executable_at_any_time(boot, options):
    machine = boot(**options)
    pages, executable = pagecheck(machine)
    kload(machine, "/usr/lib/ext/fmt.a")
    pages_fmt, executable_fmt = pagecheck(machine)
    assert executable_fmt == executable + 1, "fmt's text is one page"
    assert pages_fmt > pages + 1, "and there are its constants"
    kload(machine, "/usr/lib/ext/fortune.a")
    pagecheck(machine)
    for kmid in 2, 1:
        machine.run(f"kunload {kmid}")
    assert pagecheck(machine)[1] == executable
    machine.run("kload /etc/motd")
    assert pagecheck(machine)[1] == executable


def test_protections_that_the_cpu_has_are_on(boot):
    machine = boot(extra=("-cpu", "max"))
    assert re.search(r"^cpu: .* nx wp smep smap umip$", machine.greeting, re.M), machine.greeting
    registers = control_registers(machine)
    assert registers["CR0"] & CR0_WP and registers["EFER"] & EFER_NXE
    assert all(registers["CR4"] & bit for bit in CR4.values())
    before = machine.modstate()
    assert kload(machine, "/usr/lib/ext/fmt.a")[0] == 1
    assert kload(machine, "/usr/lib/ext/fortune.a")[0] == 2
    machine.run("kunload 2; kunload 1")
    assert machine.modstate() == before


def test_protections_that_the_cpu_lacks_are_not_missed(boot):
    machine = boot(extra=("-cpu", "qemu64,-smep,-smap,-umip"))
    assert re.search(r"^cpu: .* nx wp$", machine.greeting, re.M), machine.greeting
    registers = control_registers(machine)
    assert registers["CR0"] & CR0_WP and registers["EFER"] & EFER_NXE
    assert not any(registers["CR4"] & bit for bit in CR4.values())


def test_booted_by_uefi_the_protections_are_the_same(boot):
    machine = boot(via="iso-uefi", extra=("-cpu", "max"))
    assert re.search(r"^cpu: .* nx wp smep smap umip$", machine.greeting, re.M), machine.greeting
    registers = control_registers(machine)
    assert registers["CR0"] & CR0_WP and registers["EFER"] & EFER_NXE
    assert all(registers["CR4"] & bit for bit in CR4.values())
    _, executable = pagecheck(machine)
    kload(machine, "/usr/lib/ext/fmt.a")
    assert pagecheck(machine)[1] == executable + 1
