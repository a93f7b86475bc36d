"""ktry: every object of a folder is loaded and unloaded, and each gets a line."""

import re

import pytest

from harness.loading import kload, table

LOADS = "int _load(void) {{ return {}; }}"


@pytest.fixture(scope="module")
def shared_machine(shelf_machine):
    return shelf_machine(stock)


pytestmark = pytest.mark.usefixtures("nothing_left")


def stock(shelf):
    add = shelf.add
    add("/t/all/one.o", "char room[5000]; int _load(void) { printk(\"one\"); return 0; }")
    add("/t/all/b.sub/low/deep.o", "int deep;")
    add("/t/all/b.sub/zero.o", "int zero;")
    add("/t/all/both.a(text)", "int a;", width=96 - shelf.width)
    add("/t/all/both.a(m.o)", "int m;")
    add("/t/all/busy.o", LOADS.format(16))
    add("/t/all/odd.o", LOADS.format(-7))
    add("/t/all/lost.o", "int a1(void), a2(void), a3(void), a4(void), a5(void);\n"
        "int _load(void) { return a1() + a2() + a3() + a4() + a5(); }",
        imports={"/unix": ["a1", "a2", "a3", "a4", "a5"]})
    add("/t/all/top.o", "int low(void); int _load(void) { return low(); }",
        imports={"/t/low.o": ["low"]})
    add("/t/all/uses.o", "int gone(void); int _load(void) { return gone(); }",
        imports={"/t/gone.o": ["gone"]})
    add("/t/all/waits.o", "int low_busy(void); int _load(void) { return low_busy(); }",
        imports={"/t/busy.o": ["low_busy"]})
    add("/t/low.o", "int low(void) { return 0; }", exports=["low"])
    add("/t/busy.o", LOADS.format(5) + " int low_busy(void) { return 0; }", exports=["low_busy"])
    shelf.contents["/t/all/notes.txt"] = b"These are notes.\n"
    shelf.contents["/t/all/nothing"] = b""
    add("/t/good/first.o", "int first;")
    add("/t/good/second.o", "int second;")
    add("/t/stays.o", "int _load(void) { return 0; }\n"
        "static int asked; int _unload(void) { return asked++ == 0 ? 16 : 0; }")


def tried(machine, arguments):
    """What ktry says, log lines left out, and the last line."""
    lines = [line for line in machine.run(f"ktry {arguments}").splitlines()
             if not line.startswith("[")]
    return lines[:-1], lines[-1]


def test_each_file_gets_a_line_in_the_order_of_names(machine):
    before = machine.modstate()
    lines, total = tried(machine, "/t/all")
    figures = r" \d+ objects?, \d+ bytes, \d+ relocations, \d+ imports"
    patterns = [
        r"ok /t/all/b\.sub/low/deep\.o" + figures,
        r"ok /t/all/b\.sub/zero\.o" + figures,
        r"ok /t/all/both\.a\(m\.o\)" + figures,
        r"failed /t/all/busy\.o: _load returned 16 \(EBUSY\)",
        r"refused /t/all/lost\.o: E301 symbols are not exported by /unix: 5 of 5 imports: "
        r"(a[1-5], ){3}a[1-5] and 1 more",
        r"refused /t/all/notes\.txt: E104 neither an ELF object nor an ar archive",
        r"refused /t/all/nothing: E103 the file is empty",
        r"failed /t/all/odd\.o: _load returned -7 \(errno\)",
        r"ok /t/all/one\.o" + figures,
        r"ok /t/all/top\.o 2 objects, .*",
        r"refused /t/all/uses\.o: E101 no such file, in /t/gone\.o",
        r"failed /t/all/waits\.o: _load returned 5 \(EIO\), in /t/busy\.o"]
    assert len(lines) == len(patterns), lines
    for line, pattern in zip(lines, patterns):
        assert re.fullmatch(pattern, line), line
    assert total == "5 ok, 4 refused, 3 failed; the state is as before"
    assert machine.modstate() == before and table(machine) == []


def test_figures_are_those_of_plan(machine):
    total = machine.run("plan /t/all/top.o").splitlines()[-1]
    numbers = [int(number) for number in re.findall(r"\d+", total)]
    objects, _, size, _, relocations, names = numbers
    assert tried(machine, "/t/all/top.o")[0] == [
        f"ok /t/all/top.o {objects} objects, {size} bytes, {relocations} relocations, "
        f"{names} imports"]


def test_each_file_is_really_started_and_what_all_are_ok_is_a_success(machine):
    assert re.search(r"\] one$", machine.run("ktry /t/all/one.o"), re.M)
    assert machine.last_status() == 0
    assert tried(machine, "/t/good /t/good/first.o")[1] == \
        "3 ok, 0 refused, 0 failed; the state is as before"
    assert machine.status("ktry /t/good") == 0
    assert machine.status("ktry /t/good /etc/motd") == 1


def test_what_is_loaded_already_is_left_alone(machine):
    kmid, _ = kload(machine, "/t/good/first.o")
    assert tried(machine, "/t/good")[1] == "2 ok, 0 refused, 0 failed; the state is as before"
    assert [row.kmid for row in table(machine)] == [kmid]


def test_paths_that_are_not_there_are_told_and_the_others_tried(machine):
    lines, total = tried(machine, "/t/none /t/good/first.o/x /t/good/first.o")
    assert lines[:2] == ["ktry: /t/none: no such file", "ktry: /t/good/first.o/x: no such file"]
    assert lines[2].startswith("ok /t/good/first.o ") and total.startswith("1 ok, 0 refused")
    assert machine.status("ktry /t/none /t/good") == 1
    assert machine.status("ktry") == 2


@pytest.mark.parametrize("path", ["/t/good/", "/t//good", "/t/all/../good", "/t/good/."])
def test_folders_may_be_spelt_in_any_way(machine, path):
    lines, total = tried(machine, path)
    assert [line.split()[1] for line in lines] == \
        [f"{path.rstrip('/')}/{name}.o" for name in ("first", "second")]
    assert total == "2 ok, 0 refused, 0 failed; the state is as before"


def test_the_root_is_a_folder_too(machine):
    lines, _ = tried(machine, "/")
    files = [line.split()[1].rstrip(":") for line in lines]
    assert "/etc/motd" in files and "/t/all/b.sub/low/deep.o" in files
    assert all(file.startswith("/") and "//" not in file for file in files)


def test_what_refuses_to_go_is_told_and_changes_the_state(machine):
    lines, total = tried(machine, "/t/stays.o")
    kmid = table(machine)[0].kmid
    assert lines == [f"failed /t/stays.o: _unload returned 16 (EBUSY), kmid {kmid} stays"]
    assert total == "0 ok, 0 refused, 1 failed; the state has changed"


def test_a_path_too_long_for_the_loader_is_refused(boot, initrd_with):
    path = "/etc" + "/." * 125
    script = f"ktry {path}\nktry {path}/.\npoweroff\n"
    machine = boot(wait=False, initrd=initrd_with({"/my/rc": script.encode()}), append="rc=/my/rc")
    machine.expect(r"\n0 ok, 2 refused, 0 failed; the state is as before\r?\n")
    machine.expect(r"ktry: /etc[./]+: the path is too long\r?\n0 ok, 0 refused, 0 failed")
    assert machine.wait_exit() == 33


def test_it_can_be_all_that_a_kernel_does(boot, shelf_machine, shared_machine, initrd_with):
    files = {path: content for path, content in shelf_machine.shelf.contents.items()
             if path.startswith("/t/good/")}
    machine = boot(wait=False, initrd=initrd_with(files),
                   append='run="ktry /t/good; poweroff $?"')
    machine.expect(r"2 ok, 0 refused, 0 failed; the state is as before\r?\n")
    assert machine.wait_exit() == 33
