"""The kit for extensions outside the tree: install it, copy the template away, build, load."""

import os
import shutil
import subprocess

import pytest

from harness import TREE


@pytest.fixture
def template(tmp_path):
    """The template's archive, built in a folder of its own against a kit installed elsewhere."""
    # This make is no part of the one that runs the tests.
    environment = {k: v for k, v in os.environ.items() if k not in ("MAKEFLAGS", "MAKELEVEL", "MFLAGS")}

    def make(*arguments, cwd):
        done = subprocess.run(["make", *arguments], cwd=cwd, env=environment, capture_output=True,
                              text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr

    make("do-sdk", f"DESTDIR={tmp_path / 'kit'}", cwd=TREE)
    shutil.copytree(TREE / "modules" / "template", tmp_path / "mine")
    make(f"SDK={tmp_path / 'kit' / 'usr'}", cwd=tmp_path / "mine")
    return tmp_path / "mine" / "template.a"


def test_template_built_outside_the_tree_loads_and_unloads(boot, initrd_with, template):
    machine = boot(initrd=initrd_with({"/mine/template.a": template.read_bytes()}))
    before = machine.modstate()
    output = machine.run("kload /mine/template.a")
    assert "template: loaded, the answer is 42" in output
    kmid = output.strip().splitlines()[-1].removeprefix("kmid ")
    assert "template_answer" in machine.run("syms template_*")
    assert "template: unloaded" in machine.run(f"kunload {kmid}")
    assert machine.modstate() == before
