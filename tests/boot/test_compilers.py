"""Objects straight from compilers, by every choice of flags: each loads, and finds its own pointers."""

import re
import subprocess

import pytest

from harness import oracle
from harness.loading import kload

# An interrupt may come while the code runs.
SAFE = {64: ["-mno-red-zone"], 32: []}


@pytest.fixture(scope="module")
def probes(tmp_path_factory, arch):
    """Name in the initrd to (Case, bytes), for the kernel's width."""
    folder = tmp_path_factory.mktemp("probes")
    cases = [case for case in oracle.cases() if case.width == arch.width]
    return {f"{i:03}.o": (case, case.compile(folder, *SAFE[arch.width])) for i, case in enumerate(cases)}


def test_what_compilers_emit_loads_and_finds_its_pointers(boot, initrd_with, tmp_path, arch, probes):
    """What is compiled for the lower addresses alone is refused: the kernel's do not fit."""
    files = {f"/probes/{name}": content for name, (_, content) in probes.items()}
    files["/partner.o"] = oracle.compile_case(tmp_path, "partner.c", arch.width, "clang", ["-O2"])
    machine = boot(initrd=initrd_with(files))
    kload(machine, "/partner.o")
    before = machine.modstate()
    said = machine.run("ktry /probes", timeout=60)
    verdicts = {name: verdict for verdict, name in
                re.findall(r"^(ok|failed|refused) /probes/(\d+\.o)", said, re.MULTILINE)}
    expected = {name: "refused" if oracle.is_for_low_addresses(content) else "ok"
                for name, (_, content) in probes.items()}
    wrong = {str(probes[name][0]): verdicts.get(name) for name in expected
             if verdicts.get(name) != expected[name]}
    assert wrong == {}, said
    refused = re.findall(r"^refused .*", said, re.MULTILINE)
    assert all(": E234 " in line for line in refused), refused
    assert machine.modstate() == before


RAW = """
int printk(const char *format, ...);
static int twice(int x) { return 2 * x; }
int (*raw_pointer)(int) = twice;
int raw_value;
int _load(void)
{
    printk("raw output says %d\\n", raw_pointer(21) + raw_value);
    return 0;
}
"""


@pytest.mark.only_on("x86_64")
@pytest.mark.parametrize("compiler", ["gcc", "clang"])
def test_a_compiler_without_any_flag_is_enough(boot, initrd_with, tmp_path, arch, compiler):
    """Without a flag these compilers write for x86_64 only."""
    (tmp_path / "x.c").write_text(RAW)
    subprocess.run([compiler, "-c", "x.c"], cwd=tmp_path, check=True)
    machine = boot(initrd=initrd_with({"/x.o": (tmp_path / "x.o").read_bytes()}))
    _, said = kload(machine, "/x.o")
    assert "raw output says 42" in said
