"""What the build promises besides a kernel."""

import subprocess
import tarfile

from harness import BUILD, TREE
from harness.initrd import read_initrd


def make_initrd(path, extra=""):
    modules = sorted((BUILD / "modules-gcc").glob("*.a"))
    subprocess.run(["tools/initrd.sh", path, extra, *modules], cwd=TREE, check=True,
                   capture_output=True)
    return path


def test_initrd_is_the_same_to_the_byte_when_made_again(tmp_path):
    again = make_initrd(tmp_path / "again.tar")
    assert again.read_bytes() == make_initrd(tmp_path / "once-more.tar").read_bytes()


def test_initrd_has_nothing_of_its_maker(tmp_path):
    with tarfile.open(make_initrd(tmp_path / "made.tar")) as tar:
        for member in tar:
            assert (member.uid, member.gid, member.mtime) == (0, 0, 0)
            assert member.mode == (0o755 if member.isdir() else 0o644), member.name


def test_extra_files_are_laid_over_the_initrd(tmp_path):
    (tmp_path / "extra" / "etc").mkdir(parents=True)
    (tmp_path / "extra" / "etc" / "motd").write_text("mine\n")
    (tmp_path / "extra" / "new file").write_text("new\n")
    files = read_initrd(make_initrd(tmp_path / "made.tar", tmp_path / "extra"))
    assert files["etc/motd"] == b"mine\n"
    assert files["new file"] == b"new\n"
    assert "usr/lib/kernex.imp" in files


def test_extra_that_is_no_folder_is_refused(tmp_path):
    done = subprocess.run(["tools/initrd.sh", tmp_path / "made.tar", "/no/such/folder"], cwd=TREE,
                          capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert "/no/such/folder" in done.stderr


def test_extra_is_not_cleared_when_it_is_where_the_initrd_is_made(tmp_path):
    (tmp_path / "made").mkdir()
    (tmp_path / "made" / "mine").write_text("mine\n")
    done = subprocess.run(["tools/initrd.sh", tmp_path / "made.tar", tmp_path / "made"], cwd=TREE,
                          capture_output=True, text=True, check=False)
    assert done.returncode != 0 and "choose another folder" in done.stderr
    assert (tmp_path / "made" / "mine").read_text() == "mine\n"
