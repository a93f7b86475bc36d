"""Protections: what pages may be, and what the CPU is told to enforce."""

import re

import pytest

from harness.loading import kload
from harness.protection import CR0_WP, CR4, EFER_NXE, control_registers, pagecheck

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
