"""From power-on to the prompt, by every way in, and out again."""

import pytest

from harness.loading import kload
from harness.machine import EXIT_GOOD

# And test_uefi.py.
WAYS = [{"via": "kernel"}, {"via": "kernel", "toolchain": "clang"}, {"via": "iso-bios"}]
WAY_NAMES = ["kernel-gcc", "kernel-clang", "iso-bios"]


@pytest.mark.parametrize("way", WAYS, ids=WAY_NAMES)
def test_reaches_the_prompt_and_runs_a_command(boot, arch, way):
    machine = boot(**way)
    assert f"\nMortise for {arch.name}, " in machine.greeting
    assert machine.run("echo well met") == "well met\n"
    machine.poweroff()


def test_iso_starts_by_multiboot_1_too(boot, arch):
    machine = boot(via="iso-bios", entry=f"{arch.entry}m1")
    assert machine.run("echo well met") == "well met\n"


@pytest.mark.only_on("x86_64")
def test_iso_without_smbios_strings_starts_after_a_pause(boot):
    """GRUB itself chooses, and its choice is the 64-bit kernel."""
    machine = boot(via="iso-bios", entry=None)
    assert "\nMortise for x86_64, " in machine.greeting
    assert machine.run("echo well met") == "well met\n"


@pytest.mark.only_on("i386")
@pytest.mark.parametrize("via", ["kernel", "iso-bios"])
def test_32_bit_kernel_runs_on_a_32_bit_cpu(boot, via):
    """The other tests' CPUs can do more; this one has no long mode."""
    machine = boot(qemu="qemu-system-i386", extra=("-cpu", "coreduo"), via=via)
    before = machine.modstate()
    assert kload(machine, "/usr/lib/ext/hello.a")[0] == 1
    machine.run("kunload 1")
    assert machine.modstate() == before


def test_microvm_starts_by_qboot_without_screen_keys_or_pci(boot, arch):
    machine = boot(via="microvm")
    assert f"\nMortise for {arch.name}, " in machine.greeting
    assert "booted by qemu (multiboot 1)" in machine.greeting
    before = machine.modstate()
    assert kload(machine, "/usr/lib/ext/hello.a")[0] == 1
    machine.run("kunload 1")
    assert machine.modstate() == before
    machine.poweroff()


@pytest.mark.parametrize("options", [{"via": "microvm"}, {"extra": ("-bios", "qboot.rom")}],
                         ids=["microvm", "pc"])
def test_interrupts_arrive_though_the_firmware_left_their_way_shut(boot, options):
    """qboot does not touch the local APIC; without the timer's tick those of the scheduler hang."""
    machine = boot(append="selftest=task.*", wait=False, **options)
    assert machine.wait_exit() == EXIT_GOOD


def test_interrupts_arrive_without_a_local_apic(boot):
    machine = boot(extra=("-cpu", "qemu64,-apic"))
    assert machine.run("echo well met") == "well met\n"


@pytest.mark.parametrize("status", [None, 0, 1, 7])
def test_poweroff_status_becomes_the_exit_status(boot, status):
    boot().poweroff(status)
