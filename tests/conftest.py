"""Fixtures of every test, and how tests that are not Python become items."""

import re
import subprocess

import pytest

from harness import BUILD, initrd
from harness.arch import TESTED
from harness.cmocka import HostProgram
from harness.machine import Machine, kernel_file

LOGS = BUILD / "test-logs"


def pytest_collect_file(file_path, parent):
    if file_path.match("host/test_*.c"):
        return HostProgram.from_parent(parent, path=file_path)
    return None


def selftest_names(arch, toolchain):
    """The in-kernel tests compiled into a kernel, as "suite.rule"."""
    kernel = kernel_file(arch, toolchain, "elf")
    if not kernel.exists():
        return []
    symbols = subprocess.run(["nm", kernel], capture_output=True, text=True, check=True).stdout
    return sorted(f"{m[1]}.{m[2]}"
                  for m in re.finditer(r" selftest_entry__(\w+?)__(\w+)$", symbols, re.MULTILINE))


def pytest_generate_tests(metafunc):
    if "selftest" in metafunc.fixturenames:
        cases = [(arch, toolchain, name) for arch in TESTED for toolchain in ("gcc", "clang")
                 for name in selftest_names(arch, toolchain) or ["no test found"]]
        metafunc.parametrize("selftest", cases, ids=[f"{a.name}-{t}-{n}" for a, t, n in cases])


def pytest_collection_modifyitems(items):
    """A test of one machine is run on that one only."""
    def fits(item):
        marker = item.get_closest_marker("only_on")
        return marker is None or item.callspec.params["arch"].name in marker.args

    items[:] = [item for item in items if fits(item)]


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    """A failed test shows what its machines' consoles said last."""
    report = (yield).get_result()
    if report.failed:
        for machine in getattr(item, "machines", []):
            machine.console.logfile_read.flush()
            lines = machine.log_path.read_text(errors="replace").splitlines()
            report.sections.append((f"console ({machine.log_path})", "\n".join(lines[-80:])))


@pytest.fixture(params=TESTED, ids=lambda arch: arch.name, scope="module")
def arch(request):
    """The machine whose kernel is tested. Whatever boots runs once for each."""
    return request.param


def machine_factory(request, machines, own_arch):
    """
    A function that starts a Machine with the options given to it, and waits for its prompt unless
    wait is False. The machine joins `machines`.
    """
    def start(wait=True, arch=own_arch, **options):
        LOGS.mkdir(parents=True, exist_ok=True)
        name = re.sub(r"[^\w.-]+", "_", f"{request.path.stem}.{request.node.name}")
        machine = Machine(LOGS / f"{name}.{arch.name}.{len(machines)}.log", arch,
                          **{"entry": arch.entry, **options})
        machines.append(machine)
        if wait:
            # Before the first prompt there is the firmware's and the boot loader's talk.
            machine.expect(r"\nmortise> ")
            machine.greeting = machine.console.before.replace("\r\n", "\n") + "\n"
        return machine

    return start


def close(machines):
    for machine in machines:
        machine.close()


@pytest.fixture
def boot(request, arch):
    """
    A factory of machines: boot(append="", initrd=None, memory=128, via="kernel", toolchain="gcc",
    entry=arch.entry, extra=(), qemu="qemu-system-x86_64", wait=True) starts one and waits for its
    prompt unless wait is False.

    append     the kernel's command line; panic=exit is added unless it says panic=
    initrd     a file, None for the built one, False for none
    via        "kernel" (qemu -kernel), "microvm" (the same by qboot, on a machine with no screen, keys or
               PCI), "iso-bios", "iso-uefi"
    entry      of GRUB's menu, None to let GRUB choose as on a machine that is not ours
    """
    machines = request.node.machines = []
    yield machine_factory(request, machines, arch)
    close(machines)


@pytest.fixture
def boot_any(request):
    """The same factory for tests that compare kernels: boot_any(arch=..., as above)."""
    machines = request.node.machines = []
    yield machine_factory(request, machines, None)
    close(machines)


@pytest.fixture(scope="module")
def shared_boot(request, arch):
    """The same factory as boot, for a machine that the tests of a file share."""
    machines = []
    yield machine_factory(request, machines, arch)
    close(machines)


@pytest.fixture
def initrd_with(tmp_path):
    """initrd_with({path: bytes or None}): the built initrd with these changes, as a file."""
    def make(changes):
        return initrd.initrd_with(tmp_path / "initrd.tar", changes)
    return make
