"""#include goes downwards only, and the script that says so sees one that does not."""

import subprocess

import pytest

from harness import TREE

CHECK = TREE / "tools" / "check-layers.py"


def check(*arguments):
    return subprocess.run([CHECK, *arguments], capture_output=True, text=True, check=False)


def test_includes_go_downwards_only():
    done = check()
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("source, line", [
    ("lib/text.c", '#include "kernel/log/log.h"'),
    ("arch/x86_64/cpu.c", '#include "kernel/irq/irq.h"'),
    ("loader/image/image.c", '#include "loader/live/instance.h"'),
    ("loader/link/resolve.c", '#include "loader/host.h"'),
    ("loader/live/load.c", '#include "kernel/mm/heap.h"'),
    ("kernel/mm/heap.c", '#include "kernel/dialect/aix.h"'),
    ("kernel/mm/heap.c", '#include "boot/multiboot.h"'),
    ("kernel/mm/heap.c", '#include "heap.h"'),
    ("kernel/mm/heap.c", "#include <stdio.h>"),
    ("modules/hello/hello.c", '#include "lib/string.h"'),
    ("libcsys/strlen.c", '#include "lib/string.h"'),
    ("libsys/timeout.c", '#include "libcsys/copy.h"'),
    ("include/sys/uio.h", '#include "lib/string.h"'),
    ("tools/modld.c", '#include "kernel/log/log.h"'),
])
def test_an_upward_include_is_found(tmp_path, source, line):
    path = tmp_path / source
    path.parent.mkdir(parents=True)
    path.write_text(f"/* fine: */\n#include <stdint.h>\n{line}\n")
    done = check(tmp_path)
    assert done.returncode == 1
    assert done.stdout.startswith(f"{source}:3: ")


def test_downward_includes_are_not_found(tmp_path):
    path = tmp_path / "kernel" / "shell" / "shell.c"
    path.parent.mkdir(parents=True)
    path.write_text('#include "lib/span.h"\n#include "loader/host.h"\n#include "boot/boot_info.h"\n'
                    "#include <mortise/kernel.h>\n#include <sys/uio.h>\n")
    assert check(tmp_path).returncode == 0
