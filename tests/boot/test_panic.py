"""A panic tells enough to find the mistake, then does what the command line asked for."""

import json
import re

import pytest

# As gcc compiles it for debugging: each function has a frame from its first instruction on.
FRAMES = ["-O1", "-fno-shrink-wrap", "-fno-optimize-sibling-calls", "-fno-inline"]
LINE = re.compile(r"  #(\d+) 0x([0-9a-f]+) (\S.*)")


class Panic:
    """Runs a command that ends in a panic, reads the whole report."""

    def __init__(self, machine, command):
        digits = machine.arch.width // 4
        machine.send(command + "\r")
        machine.expect(r"\npanic: ([^\r\n]*)\r\n", bad=())
        self.message = machine.console.match[1]
        machine.expect(r"last log lines:\r\n", bad=())
        report = machine.console.before.replace("\r\n", "\n")
        self.log = machine.drain(0.5)
        self.thread = re.match(r"thread: (.*)\n", report)[1]
        head, trace = report.split("backtrace:\n")
        self.registers = dict(re.findall(rf"\b([a-z0-9]{{2,3}}) +([0-9a-f]{{{digits}}})\b", head))
        lines = [LINE.fullmatch(line) for line in trace.splitlines() if line != "  ..."]
        assert lines and all(lines), trace
        assert [int(line[1]) for line in lines] == list(range(len(lines)))
        assert all(len(line[2]) == digits for line in lines), trace
        self.trace = [line[3] for line in lines]

    def functions(self):
        """Names without what a compiler adds to parts of a function (".part.0")."""
        return [re.split(r"[+.]", line)[0] for line in self.trace]


def in_order(wanted, seen):
    """True when all wanted stand in what was seen, in this order."""
    rest = iter(seen)
    return all(name in rest for name in wanted)


@pytest.mark.parametrize("toolchain", ["gcc", "clang"])
def test_panic_command_tells_message_backtrace_and_log(boot, toolchain):
    machine = boot(toolchain=toolchain)
    machine.run("kload /usr/lib/ext/hello.a")
    panic = Panic(machine, "panic \"the glue is dry\"")
    assert panic.message == "the glue is dry"
    assert panic.thread == "shell"
    assert in_order(["command_panic", "shell_main"], panic.functions()), panic.trace
    assert all(re.fullmatch(r"\w+\+0x[0-9a-f]+", line) for line in panic.trace), panic.trace
    assert "hello: loaded\n" in panic.log
    assert machine.wait_exit() == 65


@pytest.mark.parametrize("option", ["panic=halt", "panic=nonsense"])
def test_panic_halts_where_nothing_else_is_asked_for(boot, option):
    machine = boot(append=option)
    assert ("not one of exit, halt, reboot" in machine.greeting) == (option != "panic=halt")
    panic = Panic(machine, "panic")
    assert panic.log.endswith("halted\n")
    machine.send("echo still here\r")
    assert machine.drain(0.5) == ""
    assert machine.process.poll() is None
    assert "HLT=1" in machine.qmp("human-monitor-command", **{"command-line": "info registers"})


def test_panic_reboots_when_asked_to(boot):
    machine = boot(append="panic=reboot")
    assert machine.qmp("query-status")["running"]
    machine.send("panic\r")
    machine.expect(r"last log lines:", bad=())
    machine.wait_exit()
    events = [json.loads(line) for line in machine.qmp_file]
    reasons = [event["data"]["reason"] for event in events if event.get("event") == "SHUTDOWN"]
    assert reasons == ["guest-reset"]
    assert "Triple fault" not in machine.qemu_log.read_text()


# Mistakes of an extension

ADDRESS = "0x[0-9a-f]+"
CRASHES = {
    "write to NULL": (1, "page fault: write of 0x0, which is not mapped"),
    "write to its own text": (2, f"page fault: write of {ADDRESS}, which is protected"),
    "write to its own constants": (3, f"page fault: write of {ADDRESS}, which is protected"),
    "execution of its data": (4, f"page fault: execute of {ADDRESS}, which is protected"),
    "stack overflow": (5, "stack overflow of thread shell"),
    "write behind its data": (6, f"page fault: write of {ADDRESS}, which is not mapped"),
    "write to the kernel's text": (7, f"page fault: write of {ADDRESS}, which is protected"),
    "execution of its constants": (8, f"page fault: execute of {ADDRESS}, which is protected"),
    "division by zero": (9, "divide error.*"),
    "undefined instruction": (10, "invalid instruction.*"),
}


@pytest.mark.parametrize("case", CRASHES)
def test_crash_in_load_is_traced_to_the_extension(boot, arch, initrd_with, workbench, case):
    how, message = CRASHES[case]
    crash = workbench.compile("crash", *FRAMES, f"-DHOW={how}")
    machine = boot(initrd=initrd_with({"/t/crash.o": crash}))
    panic = Panic(machine, "kload /t/crash.o")
    assert re.fullmatch(message, panic.message), panic.message
    assert panic.thread == "shell"
    assert set(arch.registers) <= set(panic.registers)
    assert int(panic.registers[arch.registers[0]], 16) > arch.kernel_base
    inside = [line for line in panic.trace if line.endswith(" [crash]")]
    assert inside and all(re.fullmatch(r"\w+\+0x[0-9a-f]+ \[crash\]", line) for line in inside)
    assert panic.trace[0] == inside[0], "the trace begins with the cause"
    if case == "stack overflow":
        assert panic.functions()[:10] == ["recurse"] * 10
    else:
        assert in_order(["crash_here", "enter", "_load", "loader_load", "command_kload"],
                        panic.functions()), panic.trace
    assert "crash: about to\n" in panic.log
    assert machine.wait_exit() == 65
    assert "Triple fault" not in machine.qemu_log.read_text()


def test_crash_in_unload_is_traced_to_the_extension(boot, initrd_with, workbench):
    crash = workbench.compile("crash", *FRAMES, "-DHOW=1", "-DLATE")
    machine = boot(initrd=initrd_with({"/t/crash.o": crash}))
    assert machine.status("kload /t/crash.o") == 0
    panic = Panic(machine, "kunload 1")
    assert panic.trace[0].startswith("crash_here+") and panic.trace[0].endswith(" [crash]")
    assert in_order(["enter", "_unload", "loader_unload", "command_kunload"], panic.functions())
    assert machine.wait_exit() == 65


def test_fixture_that_breaks_no_rule_survives(boot, initrd_with, workbench):
    """The crashes above come from what they do, not from how they are built."""
    crash = workbench.compile("crash", *FRAMES, "-DHOW=0")
    machine = boot(initrd=initrd_with({"/t/crash.o": crash}))
    said = machine.run("kload /t/crash.o")
    assert "crash: survived 0\n" in said and said.endswith("kmid 1\n")
