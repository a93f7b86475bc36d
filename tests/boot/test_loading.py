"""Loading and unloading: what a person types, what the extension does, what is left behind."""

import io
import re
import subprocess

import pytest
from elftools.elf.constants import SH_FLAGS
from elftools.elf.elffile import ELFFile

from harness import BUILD
from harness.loading import kload, symbols, table

EXT = "/usr/lib/ext"
EXTENSIONS = ["hello", "fmt", "fortune"]
FMT_EXPORTS = {"fmt_center", "fmt_duration", "fmt_number", "fmt_pad", "fmt_repeat", "fmt_right",
               "fmt_size", "fmt_wrap"}
FORTUNE_EXPORTS = {"fortune_print"}


# The way that the README shows


def test_readme_scenario_loads_binds_lists_and_unloads(boot, arch):
    machine = boot()
    before = machine.modstate()
    assert kload(machine, f"{EXT}/fmt.a") == (1, "")
    kmid, said = kload(machine, f"{EXT}/fortune.a")
    assert kmid == 2
    assert re.search(r"\] \+-{46}\+$", said, re.M)
    assert [(row.kmid, row.load, row.use, row.file) for row in table(machine)] == [
        (1, 1, 1, f"{EXT}/fmt.a(fmt{arch.width}.o)"),
        (2, 1, 0, f"{EXT}/fortune.a(fortune{arch.width}.o)")]
    symbol_count = len(arch.exports()) + len(FMT_EXPORTS) + len(FORTUNE_EXPORTS)
    assert machine.modstate().split()[1:5] == ["instances", "2", "symbols", str(symbol_count)]
    assert machine.run("kunload 2") == "kmid 2 unloaded\n"
    assert machine.run("kunload 1") == "kmid 1 unloaded\n"
    assert table(machine) == []
    assert machine.modstate() == before


def test_load_and_unload_functions_run_and_the_log_keeps_it(boot):
    machine = boot()
    kmid, said = kload(machine, f"{EXT}/hello.a")
    assert re.fullmatch(r"\[ *\d+\.\d{6}\] hello: loaded\n", said)
    assert "hello: unloaded" not in machine.run("dmesg")
    assert "hello: unloaded\n" in machine.run(f"kunload {kmid}")
    lines = machine.run("dmesg 2").splitlines()
    assert [line.split("] ")[1] for line in lines] == ["hello: loaded", "hello: unloaded"]


def test_exports_are_seen_while_loaded_and_gone_afterwards(boot):
    machine = boot()
    kernel = symbols(machine)
    assert "printk" in kernel and not FMT_EXPORTS & set(kernel)
    kmid, _ = kload(machine, f"{EXT}/fmt.a")
    seen = symbols(machine)
    assert set(seen) - set(kernel) == FMT_EXPORTS
    assert all(seen[name] == [f"fmt {kmid}"] for name in FMT_EXPORTS)
    machine.run(f"kunload {kmid}")
    assert symbols(machine) == kernel


def test_syms_shows_what_the_pattern_fits(boot):
    machine = boot()
    kload(machine, f"{EXT}/fmt.a")
    assert set(symbols(machine, "fmt_*")) == FMT_EXPORTS
    assert set(symbols(machine, "mem???")) == {"memcpy", "memset", "memcmp"}
    assert machine.run("syms no_such_*") == ""


def test_every_extension_of_the_image_loads_and_leaves_nothing(boot):
    machine = boot()
    before = machine.modstate()
    kmids = [kload(machine, f"{EXT}/{name}.a")[0] for name in EXTENSIONS]
    assert kmids == [1, 2, 3]
    for kmid in reversed(kmids):
        assert machine.status(f"kunload {kmid}") == 0
    assert machine.modstate() == before


@pytest.mark.parametrize("kernel", ["gcc", "clang"])
@pytest.mark.parametrize("modules", ["gcc", "clang"])
def test_kernel_and_extensions_of_either_compiler_fit(boot, initrd_with, kernel, modules):
    machine = boot(toolchain=kernel, initrd=initrd_with({
        f"{EXT}/{name}.a": (BUILD / f"modules-{modules}" / f"{name}.a").read_bytes()
        for name in EXTENSIONS}))
    assert ("clang" in machine.greeting.lower()) == (kernel == "clang")
    before = machine.modstate()
    kmids = [kload(machine, f"{EXT}/{name}.a")[0] for name in EXTENSIONS]
    for kmid in reversed(kmids):
        assert machine.status(f"kunload {kmid}") == 0
    assert machine.modstate() == before


# Counts


def test_load_again_makes_another_instance(boot):
    machine = boot()
    assert kload(machine, f"{EXT}/hello.a")[0] == 1
    kmid, said = kload(machine, f"{EXT}/hello.a")
    assert kmid == 2 and "hello: loaded" in said
    assert [row.kmid for row in table(machine)] == [1, 2]


def test_single_load_counts_once_more_and_does_not_load(boot):
    machine = boot()
    before = machine.modstate()
    assert kload(machine, f"-s {EXT}/hello.a")[0] == 1
    assert kload(machine, f"-s {EXT}/hello.a") == (1, "")
    assert [(row.kmid, row.load) for row in table(machine)] == [(1, 2)]
    assert machine.run("kunload 1") == "kmid 1 stays: load count 1, use count 0\n"
    assert "hello: unloaded\nkmid 1 unloaded\n" in machine.run("kunload 1")
    assert machine.modstate() == before


def test_query_gives_the_newest_of_a_path_or_zero(boot):
    machine = boot()
    path = f"{EXT}/hello.a"
    assert machine.run(f"kquery {path}; echo $?") == "kmid 0\n0\n"
    for kmid in 1, 2:
        kload(machine, path)
        assert machine.run(f"kquery {path}") == f"kmid {kmid}\n"
    assert machine.run("kquery hello.a") == "kmid 0\n"
    machine.run("kunload 2")
    assert machine.run(f"kquery {path}") == "kmid 1\n"


def test_used_extension_stays_until_its_user_goes(boot):
    machine = boot()
    before = machine.modstate()
    kload(machine, f"{EXT}/fmt.a")
    kload(machine, f"{EXT}/fortune.a")
    kload(machine, f"{EXT}/fortune.a")
    assert [(row.load, row.use) for row in table(machine)] == [(1, 2), (1, 0), (1, 0)]
    assert machine.run("kunload 1") == "kmid 1 stays: load count 0, use count 2\n"
    assert FMT_EXPORTS <= set(symbols(machine)), "a pending extension still serves"
    machine.run("kunload 2")
    assert [(row.kmid, row.load, row.use) for row in table(machine)] == [(1, 0, 1), (3, 1, 0)]
    machine.run("kunload 3")
    assert table(machine) == []
    assert machine.modstate() == before


def test_pending_extension_can_be_wanted_again(boot):
    machine = boot()
    kload(machine, f"{EXT}/fmt.a")
    kload(machine, f"{EXT}/fortune.a")
    machine.run("kunload 1")
    assert machine.run(f"kquery {EXT}/fmt.a") == "kmid 1\n"
    assert kload(machine, f"-s {EXT}/fmt.a")[0] == 1
    machine.run("kunload 2")
    assert [(row.kmid, row.load, row.use) for row in table(machine)] == [(1, 1, 0)]


def test_unload_that_is_refused_changes_nothing(boot, initrd_with, workbench):
    refuse = workbench.compile("refuse", "-DUNLOAD_ERROR=16")
    machine = boot(initrd=initrd_with({"/t/refuse.o": refuse}))
    before = machine.modstate()
    kload(machine, "/t/refuse.o")
    loaded = machine.modstate()
    said = machine.run("kunload 1; echo $?")
    assert "refuse: _unload runs" in said
    assert "kunload: /t/refuse.o: _unload returned an error, so the extension stays: " \
           "16 (EBUSY) [E403]\n1\n" in said
    assert machine.modstate() == loaded
    assert "refuse_service" in symbols(machine)
    assert machine.status("kunload 1") == 0
    assert machine.modstate() == before


# Several definitions of one name


def test_newest_definition_serves_and_the_older_shows_again(boot, initrd_with, workbench):
    machine = boot(initrd=initrd_with({
        "/t/one.o": workbench.compile("provider", "-DVERSION=1"),
        "/t/two.o": workbench.compile("provider", "-DVERSION=2"),
        "/t/user.o": workbench.compile("user")}))
    before = machine.modstate()
    kload(machine, "/t/one.o")
    assert "user: bound to version 1\n" in kload(machine, "/t/user.o")[1]
    kload(machine, "/t/two.o")
    assert symbols(machine)["which_version"] == ["two 3", "one 1, hidden"]
    assert "user: bound to version 2\n" in kload(machine, "/t/user.o")[1]
    assert [row.use for row in table(machine)] == [1, 0, 1, 0]
    assert "user: still bound to version 1\n" in machine.run("kunload 2")
    assert "user: still bound to version 2\n" in machine.run("kunload 4")
    machine.run("kunload 3")
    assert symbols(machine)["which_version"] == ["one 1"]
    assert "user: bound to version 1\n" in kload(machine, "/t/user.o")[1]
    for kmid in 5, 1:
        machine.run(f"kunload {kmid}")
    assert machine.modstate() == before


def test_older_instance_may_go_first(boot, initrd_with, workbench):
    machine = boot(initrd=initrd_with({
        "/t/one.o": workbench.compile("provider", "-DVERSION=1"),
        "/t/two.o": workbench.compile("provider", "-DVERSION=2")}))
    before = machine.modstate()
    kload(machine, "/t/one.o")
    kload(machine, "/t/two.o")
    machine.run("kunload 1")
    assert symbols(machine)["which_version"] == ["two 2"]
    machine.run("kunload 2")
    assert machine.modstate() == before


# Any object that a compiler emits

WORKS = re.compile(r"plain: loaded, 42 uno two three 0z\n$")


@pytest.mark.parametrize("compiler", ["gcc", "clang"])
@pytest.mark.parametrize("flags", [["-O0"], ["-O2"], ["-Os"], ["-O3"], ["-O2", "-g"],
                                   ["-O2", "-ffunction-sections", "-fdata-sections"],
                                   ["-O2", "-fasynchronous-unwind-tables"]],
                         ids=" ".join)
def test_object_of_a_compiler_loads_as_it_is(boot, initrd_with, workbench, compiler, flags):
    plain = workbench.compile("plain", *flags, compiler=compiler)
    machine = boot(initrd=initrd_with({"/t/plain.o": plain}))
    before = machine.modstate()
    kmid, said = kload(machine, "/t/plain.o")
    assert WORKS.search(said)
    assert set(symbols(machine, "plain_*")) == {"plain_answer", "plain_count"}
    assert symbols(machine, "_*load") == {}, "entry points are nobody's names"
    assert "plain: unloaded" in machine.run(f"kunload {kmid}")
    assert machine.modstate() == before


def test_objects_linked_together_load_as_one(boot, initrd_with, workbench):
    linked = workbench.link({"plain.o": workbench.compile("plain"),
                             "provider.o": workbench.compile("provider", "-DVERSION=7")})
    machine = boot(initrd=initrd_with({"/t/linked.o": linked}))
    assert WORKS.search(kload(machine, "/t/linked.o")[1])
    assert set(symbols(machine, "*_*er*")) >= {"plain_answer", "which_version"}


def test_link_inside_one_object_needs_no_kernel(boot, initrd_with, workbench):
    linked = workbench.link({"user.o": workbench.compile("user"),
                             "provider.o": workbench.compile("provider", "-DVERSION=7")})
    machine = boot(initrd=initrd_with({"/t/linked.o": linked}))
    assert "user: bound to version 7\n" in kload(machine, "/t/linked.o")[1]
    assert table(machine)[0].use == 0


def test_plain_archive_gives_the_first_member_of_the_mode(boot, initrd_with, workbench):
    archive = workbench.archive({
        "readme": b"no object at all, and of odd length",
        "other.o": workbench.compile("plain", width=workbench.arch.other.width),
        "a member with a long name, which ar writes elsewhere.o": workbench.compile("plain"),
        "provider.o": workbench.compile("provider", "-DVERSION=1")})
    machine = boot(initrd=initrd_with({"/t/mixed.a": archive}))
    assert WORKS.search(kload(machine, "/t/mixed.a")[1])
    assert table(machine)[0].file == \
        "/t/mixed.a(a member with a long name, which ar writes elsewhere.o)"


def without_memory(workbench):
    """An object with a section of its own and none of those that compilers always make."""
    path = workbench.store("meta.o", b"")
    subprocess.run(["gcc", f"-m{workbench.width}", "-c", "-xassembler", "-", "-o", path], check=True,
                   input=b'.section .rmeta, "e"\n.ascii "metadata"\n')
    subprocess.run(["objcopy", "-R.text", "-R.data", "-R.bss", path], check=True)
    assert all(not section["sh_flags"] & SH_FLAGS.SHF_ALLOC
               for section in ELFFile(io.BytesIO(path.read_bytes())).iter_sections())
    return path.read_bytes()


def test_a_member_that_holds_nothing_to_load_is_passed_over(boot, initrd_with, workbench):
    meta = without_memory(workbench)
    archive = workbench.archive({"lib.rmeta": meta, "plain.o": workbench.compile("plain")})
    machine = boot(initrd=initrd_with({"/t/rust.a": archive, "/t/meta.o": meta,
                                       "/t/meta.a": workbench.archive({"lib.rmeta": meta})}))
    kload(machine, "/t/rust.a")
    kload(machine, "/t/meta.o")
    assert [row.file for row in table(machine)] == ["/t/rust.a(plain.o)", "/t/meta.o"]
    said = machine.run("kload /t/meta.a")
    assert "none of 1 members is a relocatable object with code or data for" in said
    assert "[E114]" in said


# Nothing is left


def cycles(name, first_kmid, count):
    """Lines of a script, many commands to a line since each line costs."""
    commands = [f"kload {EXT}/{name}.a; kunload {kmid}"
                for kmid in range(first_kmid, first_kmid + count)]
    return ["; ".join(commands[i:i + 15]) for i in range(0, count, 15)]


@pytest.mark.parametrize("name", EXTENSIONS)
def test_a_thousand_cycles_leave_the_state_unchanged_to_the_byte(boot, initrd_with, name):
    first = 1
    script = []
    if name == "fortune":
        script, first = [f"kload {EXT}/fmt.a"], 2
    script += ["modstate; mem", *cycles(name, first, 1), "modstate; mem",
               *cycles(name, first + 1, 999), "modstate; mem", "echo all done"]
    # loglevel=1: a thousand fortunes need not be shown.
    machine = boot(append="loglevel=1 rc=/cycles", wait=False,
                   initrd=initrd_with({"/cycles": "\n".join(script).encode() + b"\n"}))
    machine.expect("\r\nall done\r\n", timeout=60)
    said = machine.console.before.replace("\r\n", "\n")
    last = first + 999
    assert re.findall(r"^kmid (\d+)$", said, re.M)[first - 1:] == \
        [str(kmid) for kmid in range(first, last + 1)]
    assert re.findall(r"^kmid (\d+) unloaded$", said, re.M) == \
        [str(kmid) for kmid in range(first, last + 1)]
    states = re.findall(r"^[0-9a-f]{16} instances .*$", said, re.M)
    assert len(states) == 3 and len(set(states)) == 1, states
    frames = re.findall(r"^frames +(\d+) of", said, re.M)
    assert len(frames) == 3 and frames[1] == frames[2], frames
    heaps = re.findall(r"^heap +(.*)$", said, re.M)
    assert len(heaps) == 3 and len(set(heaps)) == 1, heaps
