"""Machines of all sizes: what the banner says about them, and that memory is not lost."""

import re

import pytest

from harness.loading import kload

MEMORY = re.compile(r"^memory: (\d+) MiB usable:((?: 0x[0-9a-f]+-0x[0-9a-f]+)+)$", re.M)
BOOTED = re.compile(r"^booted by (\S.*) \((multiboot [12])\) in (\d+)\.\d{3} ms", re.M)
MEBIBYTE = 1 << 20
PAGE = 4096


def free_frames(machine):
    free, total = re.search(r"^frames +(\d+) of (\d+) free", machine.run("mem"), re.M).groups()
    return int(free), int(total)


def memory_ranges(machine):
    match = MEMORY.search(machine.greeting)
    assert match, machine.greeting
    ranges = [[int(end, 16) for end in pair.split("-")] for pair in match[2].split()]
    assert all(start < end for start, end in ranges)
    assert int(match[1]) == sum(end - start for start, end in ranges) // MEBIBYTE
    return ranges


@pytest.mark.parametrize("mebibytes", [16, 128, 3072, 5120])
def test_machine_of_any_size_boots_and_uses_its_memory(boot, mebibytes):
    machine = boot(memory=mebibytes)
    usable = sum(end - start for start, end in memory_ranges(machine))
    assert (mebibytes - 2) * MEBIBYTE < usable <= mebibytes * MEBIBYTE
    free, total = free_frames(machine)
    # Frames are what is usable without the kernel and what it needs to count them.
    assert usable * 0.9 < total * PAGE <= usable
    assert total - free < 2000
    assert kload(machine, "/usr/lib/ext/hello.a")[0] == 1


def test_memory_above_4_gibibytes_is_used(boot):
    ranges = memory_ranges(boot(memory=5120))
    assert any(start >= 1 << 32 for start, _ in ranges)


@pytest.mark.parametrize("way, loader", [
    ({}, ("qemu", "multiboot 1")),
    ({"via": "iso-bios"}, ("GRUB", "multiboot 2"))], ids=["kernel", "iso-bios"])
def test_banner_tells_loader_and_time(boot, arch, way, loader):
    machine = boot(**way)
    assert re.search(rf"^Mortise for {arch.name}, built by gcc \d+", machine.greeting, re.M)
    assert re.search(r"^cpu: \S", machine.greeting, re.M)
    memory_ranges(machine)
    match = BOOTED.search(machine.greeting)
    assert match[1].split()[0] == loader[0] and match[2] == loader[1]
    assert 0 <= int(match[3]) < 20000


# With 4 MiB GRUB itself has no room for the kernel and the initrd: there the kernel is given 8.
@pytest.mark.parametrize("via, mebibytes", [("kernel", 4), ("iso-bios", 8)])
def test_too_little_memory_is_refused_with_a_sentence(boot, via, mebibytes):
    machine = boot(memory=mebibytes, via=via, wait=False)
    machine.expect(r"\npanic: too little memory: (\d+) KiB usable above the first MiB, "
                   r"(\d+) KiB needed\r\n", bad=())
    usable, needed = map(int, machine.console.match.groups())
    assert usable <= (mebibytes - 1) * 1024 < needed < 15 * 1024
    assert machine.wait_exit() == 65


def test_loads_until_memory_is_out_and_gives_all_of_it_back(boot, initrd_with, workbench):
    large = workbench.compile("large", f"-DLARGE_BYTES={2 * MEBIBYTE}")
    machine = boot(memory=16, initrd=initrd_with({"/t/large.o": large}))
    kload(machine, "/t/large.o")
    machine.run("kunload 1")
    before, free_before = machine.modstate(), free_frames(machine)
    loaded = 0
    while True:
        full = machine.modstate()
        said = machine.run("kload /t/large.o")
        if not said.endswith(f"kmid {loaded + 2}\n"):
            break
        loaded += 1
    assert 2 <= loaded < 8
    assert re.match(r"kload: /t/large\.o: .* \[E(304|401)\]\n", said), said
    assert machine.modstate() == full
    for kmid in range(2, loaded + 2):
        assert machine.run(f"kunload {kmid}") == f"kmid {kmid} unloaded\n"
    assert machine.modstate() == before
    assert free_frames(machine) == free_before


def test_extension_larger_than_the_machine_is_refused(boot, initrd_with, workbench):
    large = workbench.compile("large", f"-DLARGE_BYTES={40 * MEBIBYTE}")
    machine = boot(memory=32, initrd=initrd_with({"/t/large.o": large}))
    before = machine.modstate()
    assert re.match(r"kload: /t/large\.o: .* \[E(304|401|218)\]\n", machine.run("kload /t/large.o"))
    assert machine.modstate() == before


def test_memory_is_zero_even_when_used_before(boot, initrd_with, workbench):
    large = workbench.compile("large", f"-DLARGE_BYTES={6 * MEBIBYTE}")
    machine = boot(memory=16, initrd=initrd_with({"/t/large.o": large}))
    for kmid in range(1, 5):
        assert kload(machine, "/t/large.o")[0] == kmid
        machine.run(f"kunload {kmid}")
