"""The kernel in Bochs, a second and independent emulator, which catches what QEMU forgives."""

import re

import pytest

from harness import BUILD
from harness.arch import TESTED
from harness.bochs import BochsMachine
from harness.loading import kload, table

EXT = "/usr/lib/ext"
# The entries of GRUB's menu, one for each kernel that is tested.
ENTRIES = [arch.entry for arch in TESTED]
# The self-tests of what touches the machine. The others take long here and ask nothing of it.
SELFTESTS = ["memory.f*", "memory.g*", "memory.p*", "arithmetic.*", "mutex.*", "task.*", "clock.*"]
# What a CPU lacks is said before anything else was set up.
REFUSALS = {"k64-no-long-mode": ("k64", "core_duo_t2400_yonah", "no long mode"),
            "k32-no-nx": ("k32", "p3_katmai", "cannot forbid execution of data"),
            "k32-no-pae": ("k32", "pentium", "no physical address extension")}
KTAP_RESULT = re.compile(r"^\s*(not )?ok \d+ (?:- )?(\S+)", re.MULTILINE)


@pytest.fixture
def bochs(request, tmp_path):
    """A factory of machines: bochs(**options of BochsMachine) waits for the prompt."""
    machines = request.node.machines = []
    logs = BUILD / "test-logs"

    def start(wait=True, **options):
        logs.mkdir(parents=True, exist_ok=True)
        name = re.sub(r"[^\w.-]+", "_", request.node.name)
        number = len(machines)
        machine = BochsMachine(logs / f"{request.path.stem}.{name}.{number}.log",
                               tmp_path / f"bochs{number}", **options)
        machines.append(machine)
        if wait:
            machine.expect(r"\nmortise> ")
            machine.greeting = machine.console.before.replace("\r\n", "\n") + "\n"
        return machine

    yield start
    for machine in machines:
        machine.close()


def assert_pages_are_protected(machine):
    said = machine.run("pagecheck")
    assert re.search(r"writable\+executable 0 user 0 writable aliases of text 0\n$", said), said


@pytest.mark.parametrize("entry", ENTRIES)
def test_loads_binds_lists_and_unloads_without_a_trace(bochs, entry):
    machine = bochs(entry=entry)
    member = entry[1:]
    before = machine.modstate()
    for kmid, name in enumerate(["hello", "fmt", "fortune"], 1):
        assert kload(machine, f"{EXT}/{name}.a")[0] == kmid
    assert [(row.kmid, row.load, row.use, row.file) for row in table(machine)] == [
        (1, 1, 0, f"{EXT}/hello.a(hello{member}.o)"), (2, 1, 1, f"{EXT}/fmt.a(fmt{member}.o)"),
        (3, 1, 0, f"{EXT}/fortune.a(fortune{member}.o)")]
    assert_pages_are_protected(machine)
    for kmid in (3, 2, 1):
        assert f"kmid {kmid} unloaded\n" in machine.run(f"kunload {kmid}")
    assert table(machine) == []
    assert machine.modstate() == before
    assert_pages_are_protected(machine)
    machine.poweroff()


@pytest.mark.parametrize("entry", ENTRIES)
def test_selftests_of_the_machine_pass(bochs, entry):
    machine = bochs(entry=entry)
    for pattern in SELFTESTS:
        output = machine.run(f"selftest {pattern}")
        failures = [failed for failed, _ in KTAP_RESULT.findall(output)]
        assert failures and not any(failures), output


@pytest.mark.parametrize("entry", ENTRIES)
def test_arguments_reach_the_kernel_and_reboot_starts_it_again(bochs, entry):
    machine = bochs(entry=entry, append='run="echo first; reboot"', wait=False)
    for _ in range(2):
        machine.expect("\nMortise for ")
        machine.expect("\r\nfirst\r\n")


@pytest.mark.skipif("k32" not in ENTRIES, reason="ARCHES does not ask for the kernel that is chosen")
def test_built_iso_shows_a_menu_that_keys_move_in(bochs):
    machine = bochs(iso=BUILD / "mortise.iso", entry="k32", wait=False)
    machine.expect("Mortise, 32-bit")
    machine.send("\x0e\r")  # control N: the next line
    machine.expect("Mortise for i386")
    machine.expect(r"\nmortise> ")
    assert kload(machine, f"{EXT}/hello.a")[0] == 1


@pytest.mark.parametrize("entry, cpu, lack", [refusal for refusal in REFUSALS.values()
                                              if refusal[0] in ENTRIES])
def test_a_cpu_that_lacks_something_is_refused_with_a_sentence(bochs, entry, cpu, lack):
    machine = bochs(entry=entry, cpu=cpu, wait=False)
    machine.expect(rf"Mortise: this CPU [^\r\n]*{lack}[^\r\n]* Halted\.")
