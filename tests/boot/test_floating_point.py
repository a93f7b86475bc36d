"""Threads do not save floating point registers, so code that uses them is stopped and named."""

import pytest


@pytest.mark.parametrize("flags, why", [
    ([], "no floating point in the kernel"),
    (["-DVECTOR"], "invalid instruction"),
], ids=["coprocessor", "vector"])
def test_floating_point_in_an_extension_is_stopped(boot, initrd_with, workbench, flags, why):
    machine = boot(initrd=initrd_with({"floating.o": workbench.compile("floating", *flags)}))
    machine.send("kload /floating.o\r")
    assert why in machine.expect(r"\npanic: ([^\r\n]*)\r\n", bad=())[1]
    machine.expect(r"_load\+0x[0-9a-f]+ \[floating\]", bad=())
    assert machine.wait_exit() == 65
