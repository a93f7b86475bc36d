"""From power-on to the prompt, by every way in, and out again."""

import pytest

WAYS = [{"via": "kernel"}, {"via": "kernel", "toolchain": "clang"}, {"via": "iso-bios"},
        {"via": "iso-uefi"}]
WAY_NAMES = ["kernel-gcc", "kernel-clang", "iso-bios", "iso-uefi"]


@pytest.mark.parametrize("way", WAYS, ids=WAY_NAMES)
def test_reaches_the_prompt_and_runs_a_command(boot, way):
    machine = boot(**way)
    assert "Mortise" in machine.greeting
    assert machine.run("echo well met") == "well met\n"
    machine.poweroff()


def test_iso_starts_by_multiboot_1_too(boot):
    machine = boot(via="iso-bios", entry="k64m1")
    assert machine.run("echo well met") == "well met\n"


def test_iso_without_smbios_strings_starts_after_a_pause(boot):
    machine = boot(via="iso-bios", entry=None)
    assert machine.run("echo well met") == "well met\n"


@pytest.mark.parametrize("status", [None, 0, 1, 7])
def test_poweroff_status_becomes_the_exit_status(boot, status):
    boot().poweroff(status)
