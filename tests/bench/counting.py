"""A machine that counts instructions: the same kernel and commands give the same figures."""

import re
import subprocess

from workloads import TREE

LINE = re.compile(r"^(/\S+): (\d+) loaded in (\d+) cycles, unloaded in (\d+), (\d+) bytes\r?$", re.M)
CYCLE = re.compile(r"^cycle (\d+), clock (\d+) ns\r?$", re.M)

# The counter goes on by one an instruction. Without this it is the host's clock.
COUNTED = ("-icount", "shift=0,sleep=off", "-rtc", "base=2026-01-01,clock=vm")
PC = ("-M", "pc")
MICROVM = ("-M", "microvm", "-bios", "qboot.rom")


def boot(kernel, initrd, script, memory=512, append="", machine=PC, clock=COUNTED):
    """Boots `kernel`, runs a shell script from the command line, returns what it said."""
    command = [
        "qemu-system-x86_64", "-accel", "tcg", *clock, "-cpu", "qemu64", *machine, "-nodefaults",
        "-display", "none", "-m", str(memory), "-no-reboot", "-serial", "stdio", "-kernel", str(kernel),
        "-device", "isa-debug-exit,iobase=0xf4,iosize=0x04",
        "-append", f'panic=exit loglevel=2 {append} run="{script}; poweroff"']
    if initrd is not None:
        command += ["-initrd", str(initrd)]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          timeout=300, check=False)
    if done.returncode != 33:
        raise RuntimeError(f"QEMU ended with {done.returncode}:\n{done.stdout}\n{done.stderr}")
    return done.stdout


def make_initrd(out, files, archives=()):
    """The initrd as it is shipped, with `files` laid over it."""
    subprocess.run(["tools/initrd.sh", out, files, *archives], cwd=TREE, check=True,
                   stdout=subprocess.DEVNULL)
    return out


def kernel_file(arch="x86_64"):
    return TREE / "build" / f"{arch}-gcc" / "kernel.qemu"


def figures(said):
    """kbench's lines as a list of (path, count, load cycles, unload cycles, bytes)."""
    return [(m[1], *(int(m[i]) for i in range(2, 6))) for m in LINE.finditer(said)]


def cycle(said):
    """The counter where the shell said it first."""
    return int(CYCLE.search(said)[1])


def cycles_a_ns(said):
    """The counter's rate, by the kernel's clock, between the first time that it was said and the last."""
    first, *_, last = ([int(n) for n in m.groups()] for m in CYCLE.finditer(said))
    return (last[0] - first[0]) / (last[1] - first[1])
