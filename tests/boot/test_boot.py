"""From power-on to the prompt, by every way in, and out again."""

import pytest

from harness import BUILD

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


def test_run_on_the_command_line_is_a_script(boot):
    machine = boot(append='run="echo first; echo second"')
    assert "first\nsecond\n" in machine.greeting


def test_panic_obeys_the_command_line_and_tells_a_bad_end(boot):
    machine = boot(append="panic=exit")
    machine.send("panic\r")
    machine.expect(r"panic: ", bad=())
    assert machine.wait_exit() == 65


def test_unknown_command_is_refused_and_the_shell_goes_on(boot):
    machine = boot()
    assert machine.status("no-such-command") != 0
    assert machine.status("echo") == 0


def test_extensions_of_the_other_compiler_load_too(boot, initrd_with):
    names = ["hello", "fmt", "fortune"]
    machine = boot(initrd=initrd_with({
        f"/usr/lib/ext/{name}.a": (BUILD / "modules-clang" / f"{name}.a").read_bytes()
        for name in names}))
    for name in names:
        assert machine.status(f"kload /usr/lib/ext/{name}.a") == 0
