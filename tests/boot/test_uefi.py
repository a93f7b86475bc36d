"""Booted by UEFI firmware: a start takes seconds, so each kernel has one machine for all of this."""

import re

import pytest

from harness import BUILD
from harness.loading import kload, table
from harness.protection import CR0_WP, CR4, EFER_NXE, control_registers, pagecheck

EXT = "/usr/lib/ext"
MEBIBYTE = 1 << 20


@pytest.fixture(scope="module")
def shared_machine(shared_boot):
    return shared_boot(via="iso-uefi", extra=("-cpu", "max"))


def test_reaches_the_prompt_and_runs_a_command(machine, arch):
    assert f"\nMortise for {arch.name}, " in machine.greeting
    assert re.search(r"^booted by GRUB .* \(multiboot 2\) in ", machine.greeting, re.M)
    assert machine.run("echo well met") == "well met\n"


def test_initrd_that_grub_puts_below_1_mebibyte_is_read(machine, arch, tmp_path):
    machine.qmp("pmemsave", val=0, size=MEBIBYTE, filename=str(tmp_path / "low"))
    initrd = (BUILD / "initrd.tar").read_bytes()
    assert initrd in (tmp_path / "low").read_bytes(), "GRUB put it elsewhere: this proves nothing"
    before = machine.modstate()
    for kmid, name in enumerate(["fmt", "fortune", "hello"], 1):
        assert kload(machine, f"{EXT}/{name}.a")[0] == kmid
    assert [row.file for row in table(machine)][2] == f"{EXT}/hello.a(hello{arch.width}.o)"
    assert machine.run("kunload 3; kunload 2; kunload 1").endswith("kmid 1 unloaded\n")
    assert machine.modstate() == before


def test_protections_are_the_same_as_elsewhere(machine):
    assert re.search(r"^cpu: .* nx wp smep smap umip$", machine.greeting, re.M), machine.greeting
    registers = control_registers(machine)
    assert registers["CR0"] & CR0_WP and registers["EFER"] & EFER_NXE
    assert all(registers["CR4"] & bit for bit in CR4.values())
    _, executable = pagecheck(machine)
    kmid, _ = kload(machine, f"{EXT}/fmt.a")
    assert pagecheck(machine)[1] == executable + 1
    machine.run(f"kunload {kmid}")


def test_screen_shows_what_the_serial_line_shows(machine):
    machine.run("echo seen on both")
    lines = machine.screen(wanted="mortise> echo seen on both")
    assert "seen on both" in lines


def test_poweroff_ends_it(machine):
    """Last: the machine is gone afterwards."""
    machine.poweroff()
