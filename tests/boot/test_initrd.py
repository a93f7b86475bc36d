"""The initrd as a tree of files, and a person's own files in it."""

import subprocess

import pytest

from harness import BUILD, TREE
from harness.initrd import initrd_with, read_initrd, write_initrd
from harness.loading import kload


@pytest.fixture
def own_files(tmp_path, workbench):
    """A folder as one would give it to EXTRA=, and the same as a dict."""
    files = {"mine/plain.o": workbench.compile("plain"), "etc/motd": b"my own words\n",
             "mine/deep/er/note": b"found\n"}
    for name, content in files.items():
        path = tmp_path / "extra" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return tmp_path / "extra", files


def overlay(tmp_path, folder, name="overlaid.tar"):
    """What the build makes of EXTRA=folder, without touching what is built."""
    modules = sorted((BUILD / "modules-gcc").glob("*.a"))
    subprocess.run(["tools/initrd.sh", tmp_path / name, folder, *modules], cwd=TREE, check=True,
                   capture_output=True)
    return tmp_path / name


def test_make_gives_the_folder_to_the_script(own_files):
    folder, _ = own_files
    for target in "do-run", "do-iso", "build/initrd.tar":
        done = subprocess.run(["make", "-n", target, f"EXTRA={folder}"], cwd=TREE, check=True,
                              capture_output=True, text=True)
        assert f"tools/initrd.sh build/initrd.tar '{folder}' " in done.stdout, target


def test_overlay_has_the_files_that_the_harness_puts_in(tmp_path, own_files):
    folder, files = own_files
    made = overlay(tmp_path, folder)
    assert read_initrd(made) == read_initrd(initrd_with(tmp_path / "harness.tar", files))
    assert read_initrd(made) != read_initrd()


def test_overlay_is_the_same_to_the_byte_when_made_again(tmp_path, own_files):
    folder, _ = own_files
    first = overlay(tmp_path, folder).read_bytes()
    (folder / "mine" / "plain.o").touch()
    (folder / "mine" / "plain.o").chmod(0o600)
    assert overlay(tmp_path, folder, "again.tar").read_bytes() == first


@pytest.mark.parametrize("by", ["build", "harness"])
def test_own_files_are_seen_and_own_extensions_load(boot, tmp_path, own_files, by):
    folder, files = own_files
    machine = boot(initrd=overlay(tmp_path, folder) if by == "build" else
                   initrd_with(tmp_path / "harness.tar", files))
    assert machine.run("cat /etc/motd /mine/deep/er/note") == "my own words\nfound\n"
    assert kload(machine, "/mine/plain.o")[0] == 1
    assert kload(machine, "/usr/lib/ext/fmt.a")[0] == 2


def test_installed_export_file_is_the_kernels_own(boot, arch):
    exports = (TREE / "kernel" / "kernex.exp").read_text()
    machine = boot()
    assert machine.run("cat /usr/lib/kernex.imp") == exports
    assert {line.split()[1] for line in machine.run("syms").splitlines()} == arch.exports()


def test_text_of_any_length_is_shown_whole(boot, initrd_with):
    text = "".join(f"line {i} of a long file\n" for i in range(2000))
    machine = boot(initrd=initrd_with({"/long": text.encode(), "/empty": b""}))
    assert machine.run("cat /long") == text
    assert machine.run("cat /empty; echo $?") == "0\n"


def test_folder_lists_names_in_order_with_their_sizes(boot, initrd_with):
    names = [f"file{i:04}" for i in range(1000)]
    machine = boot(initrd=initrd_with({f"/many/{name}": b"x" * i + b"\n"
                                       for i, name in enumerate(names)}))
    lines = machine.run("ls /many").splitlines()
    assert [line.split() for line in lines] == [[str(i + 1), name] for i, name in enumerate(names)]
    assert machine.run("cat /many/file0003") == "xxx\n"


def test_long_and_deep_paths_are_found(boot, initrd_with):
    # 90 bytes go into the header's name field, the folders into its prefix.
    deep = "/" + "/".join("d" * 30 for _ in range(4)) + "/" + "n" * 90
    machine = boot(initrd=initrd_with({deep: b"deep\n"}))
    assert machine.run(f"cat {deep}") == "deep\n"
    assert machine.run("cat /etc/../etc/./motd; echo $?").endswith("\n0\n")
    assert machine.run("ls /..") == machine.run("ls /")


def test_later_entry_of_a_path_wins(boot, tmp_path):
    twice = tmp_path / "twice.tar"
    once = write_initrd(tmp_path / "1.tar", {"note": b"old\n"}).read_bytes()
    again = write_initrd(tmp_path / "2.tar", {"note": b"new\n"}).read_bytes()
    twice.write_bytes(once[:1024] + again)
    assert boot(initrd=twice).run("cat /note") == "new\n"
