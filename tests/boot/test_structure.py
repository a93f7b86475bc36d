"""Everything in an object's structure that compilers emit: it loads, runs, and leaves nothing behind."""

import subprocess

import pytest

from harness.loading import kload, symbols, table
from harness.objects import FIXTURES, FLAGS, FLAGS_BOTH

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
