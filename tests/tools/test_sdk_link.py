"""The kit's module.mk outside the tree: a shared module, and an extension that depends on it."""

import os
import subprocess

import pytest

from harness import TREE
from harness.modld import Extension

KERNEL = "#include <mortise/kernel.h>\n"
DEP = "int half(int); int half(int x) { return x / 2; }\n"
TOP = "int half(int); int top_config(int, void *);\n" \
      "int top_config(int c, void *u) { return half(c) + (u != 0); }\n"


def make(folder, *arguments):
    # This make is no part of the one that runs the tests.
    clean = {k: v for k, v in os.environ.items() if k not in ("MAKEFLAGS", "MAKELEVEL", "MFLAGS")}
    done = subprocess.run(["make", *arguments], cwd=folder, env=clean, capture_output=True, text=True,
                          check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture
def kit(tmp_path):
    make(TREE, "do-sdk", f"DESTDIR={tmp_path / 'kit'}")
    return tmp_path / "kit" / "usr"


def write_module(folder, kit, name, source, **variables):
    folder.mkdir()
    (folder / f"{name}.c").write_text(KERNEL + source)
    lines = [f"{key} := {value}\n" for key, value in variables.items()]
    (folder / "Makefile").write_text(f"SDK := {kit}\nMODULE := {name}\n" + "".join(lines) +
                                     "include $(SDK)/share/mortise/module.mk\n")


def test_shared_module_and_its_user_are_built_by_their_makefiles(tmp_path, kit):
    write_module(tmp_path / "dep", kit, "dep", DEP, SHARED="yes")
    (tmp_path / "dep" / "dep.exp").write_text("half\n")
    make(tmp_path / "dep")
    write_module(tmp_path / "top", kit, "top", TOP, DEPENDENTS="../dep/dep.a", ENTRY="top_config",
                 LIBPATH="/usr/lib/ext:/mine")
    make(tmp_path / "top")
    for width in "64", "32":
        extension = Extension(tmp_path / "top" / "build" / width / "top.o")
        assert extension.imports() == {"half": "dep.a(dep.o)"}
        assert extension.link_facts() == {"entry": "top_config", "libpath": "/usr/lib/ext:/mine"}
    assert (tmp_path / "top" / "top.a").exists()
    make(tmp_path / "top", "clean")
    assert sorted(path.name for path in (tmp_path / "top").iterdir()) == ["Makefile", "top.c"]
