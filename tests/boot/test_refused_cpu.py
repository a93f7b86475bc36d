"""A CPU that a kernel cannot run on: it says so on the serial line and on the screen, then halts."""

import pytest

QEMU_32 = "qemu-system-i386"
NO_LONG_MODE = "Mortise: this CPU has no long mode (64-bit); start the 32-bit kernel instead. Halted."
NO_NX = "Mortise: this CPU cannot forbid execution of data (NX), which this kernel needs. Halted."
NO_PAE = "Mortise: this CPU has no physical address extension (PAE), which this kernel needs. Halted."

# Each kernel needs other things of a CPU: its name, an emulator's program and CPU, what is said.
REFUSALS = [
    ("x86_64", "qemu-system-x86_64", "qemu64,-lm", NO_LONG_MODE),
    ("x86_64", "qemu-system-x86_64", "qemu32", NO_LONG_MODE),
    ("x86_64", QEMU_32, "pentium3", NO_LONG_MODE),
    ("x86_64", QEMU_32, "486", NO_LONG_MODE),
    ("x86_64", "qemu-system-x86_64", "qemu64,-nx", NO_NX),
    ("i386", "qemu-system-x86_64", "qemu64,-nx", NO_NX),
    ("i386", QEMU_32, "pentium3", NO_NX),
    ("i386", "qemu-system-x86_64", "qemu64,-pae", NO_PAE),
    ("i386", QEMU_32, "pentium,-pae", NO_PAE),
    ("i386", QEMU_32, "486", NO_PAE),
]


def refusals(cases):
    return pytest.mark.parametrize("qemu, cpu, sentence", [
        pytest.param(qemu, cpu, sentence, marks=pytest.mark.only_on(name),
                     id=f"{qemu.removeprefix('qemu-system-')} {cpu}")
        for name, qemu, cpu, sentence in cases])


def assert_refused(machine, sentence):
    machine.expect(r"(Mortise: [^\r\n]*)\r\n")
    assert machine.console.match[1] == sentence
    # The screen may be too narrow for it to stand in one line. It stands there alone.
    lines = machine.screen(wanted="Mortise: ")
    assert "".join(lines) == sentence, lines
    assert machine.drain(0.2) == ""
    assert machine.process.poll() is None
    registers = machine.qmp("human-monitor-command", **{"command-line": "info registers"})
    assert "HLT=1" in registers, registers
    assert "Triple fault" not in machine.qemu_log.read_text()


@refusals(REFUSALS)
def test_cpu_that_lacks_something_is_refused(boot, qemu, cpu, sentence):
    assert_refused(boot(wait=False, qemu=qemu, extra=("-cpu", cpu)), sentence)


@refusals([REFUSALS[0], REFUSALS[5]])
def test_booted_by_grub_the_refusal_is_drawn_on_the_framebuffer(boot, qemu, cpu, sentence):
    """A CPU of which GRUB starts the kernel, and leaves the screen in a mode without text."""
    assert_refused(boot(wait=False, qemu=qemu, extra=("-cpu", cpu), via="iso-bios"), sentence)


@refusals([REFUSALS[2], REFUSALS[6]])
def test_started_by_multiboot_1_the_refusal_is_the_same(boot, arch, qemu, cpu, sentence):
    assert_refused(boot(wait=False, qemu=qemu, extra=("-cpu", cpu), via="iso-bios",
                        entry=f"{arch.entry}m1"), sentence)
