"""From power-on to the prompt, by every way in, and out again."""

import pytest

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


@pytest.mark.parametrize("status", [None, 0, 1, 7])
def test_poweroff_status_becomes_the_exit_status(boot, status):
    boot().poweroff(status)
