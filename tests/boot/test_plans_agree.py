"""modplan on the host and `plan` at the prompt say the same of the extensions that come with the kernel."""

import re
import subprocess

import pytest

from harness import BUILD, TREE
from harness.groups import refusal

MODULES = BUILD / "modules-gcc"
NAMES = ["hello", "fmt", "topdrv", "bottom", "ping", "pong", "left", "right"]


@pytest.fixture(scope="module")
def shared_machine(shared_boot):
    return shared_boot()


def supposed(arch, name):
    """The figures that modplan gives of the member for this kernel, by their names."""
    done = subprocess.run([BUILD / "tools" / "modplan", "-k", TREE / "kernel" / "kernex.exp",
                           MODULES / f"{name}.a"], capture_output=True, text=True, check=True)
    line, = (line for line in done.stdout.splitlines() if f": {arch.name} " in line)
    words = line.split(f": {arch.name} ")[1].split()
    return dict(zip(words[::2], map(int, words[1::2])))


@pytest.mark.parametrize("name", NAMES)
def test_the_kernel_plans_what_modplan_says(machine, arch, name):
    said = machine.run(f"plan -L /usr/lib/ext /usr/lib/ext/{name}.a")
    # What is said of the extension itself begins with its line; dependents have others.
    own = re.search(rf"^extension /usr/lib/ext/{name}\.a\(.*\): (\d+) exports.*\n((?:  .*\n)*)", said,
                    re.MULTILINE)
    assert own, said
    sizes = {m[1]: int(m[2], 16) for m in re.finditer(
        r"^  (text|constants|data) +[0-9a-f]+ +([0-9a-f]+)$", own[2], re.MULTILINE)}
    kinds = re.findall(r"^  R_\w+ +(\d+)$", own[2], re.MULTILINE)
    figures = supposed(arch, name)
    assert {kind: figures[kind] for kind in ("text", "constants", "data")} == \
        {"text": 0, "constants": 0, "data": 0, **sizes}
    assert figures["exports"] == int(own[1])
    assert figures["relocations"] == sum(map(int, kinds))


def test_the_kernel_refuses_what_modplan_refuses_in_the_same_words(machine, arch):
    done = subprocess.run([BUILD / "tools" / "modplan", "-k", TREE / "kernel" / "kernex.exp",
                           MODULES / "fortune.a"], capture_output=True, text=True, check=False)
    reason = re.search(rf"^refused \S*\(fortune{arch.width}\.o\): (E\d+) (.*)$", done.stdout,
                       re.MULTILINE)
    said = refusal(machine, "plan /usr/lib/ext/fortune.a")
    assert f"{reason[2]} [{reason[1]}]" in said
