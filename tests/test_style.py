"""The shape of the source, as far as a program can judge it."""

import subprocess

from harness import TREE


def test_every_c_file_is_as_clang_format_writes_it():
    done = subprocess.run(["make", "do-check-format"], cwd=TREE, capture_output=True, text=True,
                          check=False)
    assert done.returncode == 0, done.stderr
