"""Everything in an object's structure that compilers emit: it loads, runs, and leaves nothing behind."""

import re
import subprocess

import pytest

from harness.groups import Shelf
from harness.loading import kload, symbols, table
from harness.objects import FIXTURES, FLAGS, FLAGS_BOTH, FLAGS_SHARED
from harness.protection import pagecheck

SECTIONS = 66000


def load_and_unload(machine, path):
    """The object's own _load says what is wrong with it; afterwards nothing has changed."""
    before = machine.modstate()
    kmid, said = kload(machine, path)
    shown = table(machine)
    assert machine.run(f"kunload {kmid}").endswith(f"kmid {kmid} unloaded\n")
    assert machine.modstate() == before
    return said, shown


@pytest.mark.parametrize("compiler", ["gcc", "clang"])
def test_sections_are_aligned_up_to_2_mib(boot, initrd_with, workbench, compiler):
    content = workbench.compile("aligned", compiler=compiler)
    spread = workbench.compile("aligned", "-ffunction-sections", "-fdata-sections", "-g", "-gz",
                               "-fasynchronous-unwind-tables", compiler=compiler)
    machine = boot(initrd=initrd_with({"/t/aligned.o": content, "/t/spread.o": spread}))
    for path in "/t/aligned.o", "/t/spread.o":
        load_and_unload(machine, path)


def many_sections(workbench):
    """An object in which a function is in a section with a number that ELF's own fields cannot hold."""
    source = workbench.store("many.c", b"""
        asm(".altmacro\\n.macro one n\\n.section .data.s\\\\n, \\"aw\\"\\n.byte 1\\n.endm\\n"
            ".set i, 0\\n.rept %d\\none %%i\\n.set i, i + 1\\n.endr\\n.text\\n");
        __attribute__((section(".text.far"))) int far_function(int x) { return x - 7; }
        __attribute__((section(".data.far"))) int (*far_pointer)(int) = far_function;
        int _load(void) { return far_pointer(7) + far_function(7); }
    """ % SECTIONS)
    out = source.with_suffix(".o")
    subprocess.run(["gcc", *FLAGS[workbench.width], *FLAGS_BOTH, "-O2", "-fno-toplevel-reorder",
                    "-o", out, source], check=True)
    return out.read_bytes()


def test_an_object_may_have_more_sections_than_its_header_can_count(boot, initrd_with, workbench):
    content = many_sections(workbench)
    count_offset = 60 if workbench.width == 64 else 48
    assert content[count_offset:count_offset + 2] == b"\0\0"
    machine = boot(initrd=initrd_with({"/t/many.o": content}))
    load_and_unload(machine, "/t/many.o")


@pytest.mark.parametrize("compiler", ["gcc", "clang"])
def test_common_symbols_have_a_place_and_are_exported(boot, initrd_with, workbench, compiler):
    content = workbench.compile("common", "-fcommon", compiler=compiler)
    fat = workbench.compile("common", "-fcommon", "-flto", "-ffat-lto-objects")
    machine = boot(initrd=initrd_with({"/t/common.o": content, "/t/fat.o": fat}))
    load_and_unload(machine, "/t/fat.o")
    kload(machine, "/t/common.o")
    assert set(symbols(machine, "common_*")) == {"common_small", "common_large", "common_aligned",
                                                 "common_defined"}


def compiled_cpp(workbench, compiler):
    out = workbench.store("objects.o", b"")
    subprocess.run([compiler, *FLAGS[workbench.width], *FLAGS_BOTH, "-O2", "-fno-exceptions",
                    "-fno-rtti", "-fno-threadsafe-statics", "-o", out, FIXTURES / "objects.cpp"],
                   check=True)
    return out.read_bytes()


@pytest.mark.parametrize("compiler", ["gcc", "clang"])
def test_templates_are_kept_once_and_constructors_run_in_order(boot, initrd_with, workbench,
                                                               compiler):
    content = compiled_cpp(workbench, compiler)
    machine = boot(initrd=initrd_with({"/t/objects.o": content}))
    before = machine.modstate()
    kmid, _ = kload(machine, "/t/objects.o")
    assert "objects: destroyed\n" in machine.run(f"kunload {kmid}")
    assert machine.modstate() == before


INDIRECT_USER = """
    int indirect_pick(int x);
    extern int (*indirect_pointer)(int);
    int (*volatile user_pointer)(int) = indirect_pick;
    int _load(void) { return indirect_pick(7) != 21 || user_pointer(8) != 24 ||
                      user_pointer != indirect_pointer; }
"""


@pytest.mark.parametrize("compiler", ["gcc", "clang"])
def test_indirect_functions_are_resolved_before_anything_runs(boot, initrd_with, workbench, compiler):
    shared = workbench.compile("indirect", *FLAGS_SHARED[workbench.width], "-fpic", "-O0",
                               compiler=compiler)
    machine = boot(initrd=initrd_with({
        "/t/indirect.o": workbench.compile("indirect", compiler=compiler), "/t/shared.o": shared,
        "/t/linked.o": workbench.link({"a.o": workbench.compile("indirect", compiler=compiler)})}))
    for path in "/t/shared.o", "/t/linked.o", "/t/indirect.o":
        before = machine.modstate()
        assert re.search(r"^  indirect +[0-9a-f]+ +2000, 2 stubs$", machine.run(f"plan {path}"), re.M)
        assert machine.modstate() == before
        load_and_unload(machine, path)


def test_an_indirect_function_is_exported_and_that_of_a_dependent_is_bound(boot, initrd_with, arch,
                                                                           tmp_path):
    shelf = Shelf(tmp_path, arch.width)
    names = ["indirect_pick", "indirect_pointer"]
    shelf.add("/t/low.a(indirect.o)", "indirect.c", exports=names)
    shelf.add("/t/indirect.o", "indirect.c", exports=names)
    shelf.add("/t/top.o", INDIRECT_USER, imports={"/t/low.a(indirect.o)": names})
    shelf.add("/t/user.o", INDIRECT_USER, imports={"/unix": names})
    machine = boot(initrd=initrd_with(shelf.files()))
    load_and_unload(machine, "/t/top.o")
    before = machine.modstate()
    kmid, _ = kload(machine, "/t/indirect.o")
    user, _ = kload(machine, "/t/user.o")
    pagecheck(machine)
    machine.run(f"kunload {user}")
    machine.run(f"kunload {kmid}")
    assert machine.modstate() == before


def test_every_failure_of_a_load_with_indirect_functions_leaves_no_trace(boot, initrd_with, workbench):
    machine = boot(initrd=initrd_with({"/t/indirect.o": workbench.compile("indirect")}))
    before = machine.modstate()
    for point in range(1, 60):
        said = machine.run(f"kload --fail-at {point} /t/indirect.o")
        if re.match(r"kmid \d+\n", said):
            break
        assert machine.modstate() == before, said
    assert point > 15


LEFT_OUT = """
    extern "C" int printk(const char *, ...);
    extern "C" __attribute__((visibility("hidden"))) int strlen_of(const char *) { return 777; }
    asm(".globl nobody_has_this\\n.set before, _load - 8\\n.set behind, _load + 65536\\n"
        ".globl before, behind");
    extern "C" char before[], behind[];
    extern "C" int _load() noexcept {
        printk("%d", strlen_of(""));
        return (int)(behind - before) - 65544;
    }
"""


def test_names_that_nothing_in_memory_needs_may_be_missing(boot, initrd_with, workbench):
    """C++ that may not throw names the function that would unwind it, in a table that gets no memory."""
    source, out = workbench.store("left_out.cc", LEFT_OUT.encode()), workbench.store("left_out.o", b"")
    subprocess.run(["g++", *FLAGS[workbench.width], "-fno-pic", "-O1", "-c", "-o", out, source], check=True)
    assert b"__gxx_personality_v0" in out.read_bytes()
    machine = boot(initrd=initrd_with({"/t/left_out.o": out.read_bytes()}))
    load_and_unload(machine, "/t/left_out.o")
    kload(machine, "/t/left_out.o")
    assert symbols(machine).keys() & {"before", "behind", "strlen_of"} == {"before", "behind"}
