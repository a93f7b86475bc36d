"""libcsys.a and libsys.a: what they hold, and extensions that are linked with them."""

import io
import os
import shutil
import subprocess
import time

import pytest
from elftools.elf.elffile import ELFFile

from harness import BUILD, TREE
from harness.loading import kload, symbols, table
from harness.objects import FIXTURES

FOLDERS = {"gcc": BUILD / "libs", "clang": BUILD / "libs-clang"}
LIBRARIES = ["libcsys", "libsys"]
# Calls of EXPECT in the fixture.
CHECKS = 31


def sources(library):
    return sorted(path.stem for path in (TREE / library).glob("*.c"))


def members(library, compiler="gcc"):
    """Name to bytes, in the archive's order."""
    archive = FOLDERS[compiler] / f"{library}.a"
    names = subprocess.run(["ar", "t", archive], capture_output=True, text=True, check=True)
    return {name: subprocess.run(["ar", "p", archive, name], capture_output=True, check=True).stdout
            for name in names.stdout.split()}


def global_symbols(content, defined):
    """The names of an object's global symbols, those that it defines or those that it lacks."""
    table_of = ELFFile(io.BytesIO(content)).get_section_by_name(".symtab")
    return {symbol.name for symbol in table_of.iter_symbols()
            if symbol["st_info"]["bind"] == "STB_GLOBAL"
            and (symbol["st_shndx"] != "SHN_UNDEF") == defined}


def modld(workbench, content, *arguments):
    """An extension that exports nothing: otherwise its memcpy would become everybody's."""
    path = workbench.store("plain.o", content)
    out = path.with_name("extension.o")
    subprocess.run([BUILD / "tools" / "modld", "-o", out, f"-bI:{TREE}/kernel/kernex.exp", path,
                    *arguments], check=True)
    return out.read_bytes()


def link(workbench, content, compiler="gcc"):
    """An extension of an object and of what it uses of both libraries."""
    return modld(workbench, content, f"-L{FOLDERS[compiler]}", "-lsys", "-lcsys")


def link_with_ld(workbench, content, arch):
    """The same by `ld -r`, which wants archives of one width."""
    library = workbench.archive({name: member for which in LIBRARIES
                                 for name, member in members(which).items()
                                 if name.endswith(f"{arch.width}.o")})
    return modld(workbench, workbench.link({"plain.o": content, "lib.a": library}))


@pytest.mark.parametrize("compiler", FOLDERS)
@pytest.mark.parametrize("library", LIBRARIES)
def test_library_has_one_function_a_member_in_both_widths(library, compiler):
    found = members(library, compiler)
    assert sorted(found) == sorted(f"{name}{width}.o" for name in sources(library)
                                   for width in (64, 32))
    for name, content in found.items():
        assert ELFFile(io.BytesIO(content)).elfclass == int(name[-4:-2])
        assert global_symbols(content, defined=True) == {name[:-4]}


@pytest.mark.parametrize("compiler", FOLDERS)
@pytest.mark.parametrize("library", LIBRARIES)
def test_library_needs_itself_and_the_kernel_only_and_nothing_calls_itself(library, compiler, arch):
    for name, content in members(library, compiler).items():
        needed = global_symbols(content, defined=False)
        assert name[:-4] not in needed
        assert needed <= set(sources(library)) | arch.exports(), name


def test_only_what_is_used_is_linked(workbench):
    linked = link(workbench, workbench.compile("plain"))
    assert global_symbols(linked, defined=True) == {"plain_answer", "plain_count", "_load",
                                                    "_unload"}
    linked = link(workbench, workbench.compile("libraries"))
    everything = {name for library in LIBRARIES for name in sources(library)}
    assert global_symbols(linked, defined=True) == everything | {"_load", "_unload"}
    assert not global_symbols(linked, defined=False) & everything


def check_that_it_works(machine, path):
    before = machine.modstate()
    names = symbols(machine)
    kmid, said = kload(machine, path)
    assert "wrong:" not in said, said
    assert f"libraries: {CHECKS} right, 0 wrong\n" in said
    while "libraries: timeout last\n" not in machine.run("dmesg"):
        time.sleep(0.1)
    log = machine.run("dmesg")
    assert log.index("libraries: timeout first\n") < log.index("libraries: timeout last\n")
    assert "wrong:" not in log
    assert symbols(machine) == names, "what was linked is the extension's own"
    machine.run(f"kunload {kmid}")
    assert table(machine) == []
    assert machine.modstate() == before


@pytest.mark.parametrize("compiler", FOLDERS)
def test_extension_linked_with_the_libraries_works(boot, initrd_with, workbench, compiler):
    plain = workbench.compile("libraries", compiler=compiler)
    machine = boot(initrd=initrd_with({"/t/libraries.o": link(workbench, plain, compiler)}))
    check_that_it_works(machine, "/t/libraries.o")


def test_extension_linked_by_another_linker_works(boot, initrd_with, workbench, arch):
    plain = workbench.compile("libraries")
    machine = boot(initrd=initrd_with({"/t/libraries.o": link_with_ld(workbench, plain, arch)}))
    check_that_it_works(machine, "/t/libraries.o")


def test_extension_that_cancels_its_timeouts_can_go_before_they_come(boot, initrd_with, workbench):
    path = "/t/libraries.o"
    machine = boot(initrd=initrd_with({path: link(workbench, workbench.compile("libraries"))}))
    before = machine.modstate()
    machine.run(f"kload {path}; kunload 1; kload {path}; kunload 2")
    assert machine.modstate() == before
    time.sleep(0.5)
    assert "libraries: timeout" not in machine.run("dmesg")


def test_timeout_of_an_extension_that_is_gone_stops_the_kernel(boot, initrd_with, workbench):
    machine = boot(initrd=initrd_with({"/t/leaves.o": link(workbench, workbench.compile("leaves"))}))
    machine.send("kload /t/leaves.o; kunload 1\r")
    assert "page fault" in machine.expect(r"\npanic: ([^\r\n]*)\r\n", bad=())[1]
    assert machine.wait_exit() == 65


# Outside the tree


def make(*arguments, cwd):
    # This make is no part of the one that runs the tests.
    environment = {k: v for k, v in os.environ.items()
                   if k not in ("MAKEFLAGS", "MAKELEVEL", "MFLAGS")}
    return subprocess.run(["make", *arguments], cwd=cwd, env=environment, capture_output=True,
                          text=True, check=False)


@pytest.fixture(scope="module")
def built_with_kit(tmp_path_factory):
    """The same extension, made by the kit's Makefile from the kit's headers and libraries."""
    folder = tmp_path_factory.mktemp("outside")
    installed = make("do-sdk", f"DESTDIR={folder}/kit", cwd=TREE)
    assert installed.returncode == 0, installed.stdout + installed.stderr
    mine = folder / "mine"
    mine.mkdir()
    shutil.copy(FIXTURES / "libraries.c", mine)
    (mine / "Makefile").write_text("MODULE := libraries\nLIBS := sys csys\n"
                                   "include $(SDK)/share/mortise/module.mk\n")
    made = make(f"SDK={folder}/kit/usr", cwd=mine)
    assert made.returncode == 0, made.stdout + made.stderr
    return (mine / "libraries.a").read_bytes()


def test_extension_built_with_the_kit_works(boot, initrd_with, built_with_kit):
    check_that_it_works(boot(initrd=initrd_with({"/t/libraries.a": built_with_kit})),
                        "/t/libraries.a")


def test_kit_is_not_installed_over_the_headers_of_a_system(tmp_path):
    theirs = tmp_path / "usr" / "include" / "sys" / "types.h"
    theirs.parent.mkdir(parents=True)
    theirs.write_text("/* a C library's */\n")
    done = make("do-sdk", f"DESTDIR={tmp_path}", cwd=TREE)
    assert done.returncode != 0
    assert f"{theirs} belongs to the system" in done.stderr
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == [theirs]
