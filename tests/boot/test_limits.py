"""
Where there is much of something (AIX reference, section 4): chains of dependents 200 long, a thousand
dependents, a thousand instances of one name; how many objects one load may have. Counts at their limit
are in kernel/loader/limits.c.
"""

import re

import pytest

from harness.big_objects import of_its_own
from harness.groups import refusal, said_words
from harness.loading import kload, symbols, table

LENGTH = 200
MANY = 1000
LOAD_MAX = 4096    # objects of one load
COMMANDS_MAX = 15  # on a line

# Two templates stand for all links: each counts on the one behind it, and no name is in both.
LINK = """int {here}(void), {there}(void); static int calls;
    int {here}(void) {{ return ++calls; }}
    int _load(void) {{ printk("AAAA starts"); return {there}() - 1; }}
    int _unload(void) {{ printk("AAAA stops"); return 0; }}"""


def filled(content, own, other=0):
    """A template with its numbers: AAAA is the own one, BBBB another's."""
    return content.replace(b"AAAA", b"%04d" % own).replace(b"BBBB", b"%04d" % other)


def stock_chain(shelf, place, end):
    """place/0000.o imports from place/0001.o and so on; the last one from the file `end`."""
    def made(number, file):
        here, there = ("even", "odd") if number % 2 == 0 else ("odd", "even")
        shelf.add("template", LINK.format(here=here, there=there), exports=[here],
                  imports={file: [there]})
        return shelf.contents.pop("template")

    templates = [made(number, f"{place}/BBBB.o") for number in range(2)]
    for i in range(LENGTH - 1):
        shelf.contents[f"{place}/{i:04}.o"] = filled(templates[i % 2], i, i + 1)
    shelf.contents[f"{place}/{LENGTH - 1:04}.o"] = filled(made(LENGTH - 1, end), LENGTH - 1)


def stock_many(shelf):
    """A thousand dependents that modld has not seen, so that names can be changed; and their users."""
    shelf.add_plain("template", "int dep_AAAA(void); static int calls;\n"
                    "int dep_AAAA(void) { return ++calls; }")
    template = shelf.contents.pop("template")
    for i in range(MANY):
        shelf.contents[f"/t/many/{i:04}.o"] = filled(template, i)
    names = [f"dep_{i:04}" for i in range(MANY)]
    for user, result in ("sum", "0"), ("sum-refused", "16"), ("sum-lacking", "0"):
        lacking = ["none"] if user == "sum-lacking" else []
        wanted = names + lacking
        shelf.add(f"/t/{user}.o", "".join(f"int {name}(void);\n" for name in wanted) +
                  "static int (*const all[])(void) = {" + ", ".join(wanted) + "};\n"
                  "int _load(void) { int sum = 0; for (unsigned i = 0; i < sizeof(all) / "
                  "sizeof(all[0]); i++) sum += all[i]();\n"
                  f"printk(\"sum %d\", sum); return {result}; }}",
                  imports={f"/t/many/{i:04}.o": [name] + (lacking if i == 77 else [])
                           for i, name in enumerate(names)})


def stock_folders(shelf):
    """Folders for kbench, which loads all files of one: a tower, copies of one group, of one name."""
    shelf.add_plain("template", "int floor_AAAA(void), floor_BBBB(void);\n"
                    "int floor_AAAA(void) { return floor_BBBB() + 1; }")
    floor = shelf.contents.pop("template")
    shelf.add_plain("/t/tower/0000.o", "int floor_0000(void); int floor_0000(void) { return 0; }")
    for i in range(1, LENGTH):
        shelf.contents[f"/t/tower/{i:04}.o"] = filled(floor, i, i - 1)
    shelf.add("/t/own.o", "int own(void); static int calls; int own(void) { return ++calls; }",
              exports=["own"])
    shelf.add("copy", "int own(void); int _load(void) { return own() - 1; }",
              imports={"/t/own.o": ["own"]})
    shelf.add_plain("same", "int same(void); int same(void) { return 1; }")
    for name in "copy", "same":
        content = shelf.contents.pop(name)
        for i in range(MANY):
            shelf.contents[f"/t/{name}/{i:04}.o"] = content


def stock(shelf):
    stock_chain(shelf, "/t/chain", "/t/end.o")
    shelf.add("/t/end.o", "int even(void); static int calls; int even(void) { return ++calls; }",
              exports=["even"])
    stock_chain(shelf, "/t/lost", "/t/missing.o")
    shelf.add("/t/refusing.o", "int even(void); int _load(void) { even(); return 16; }",
              imports={"/t/chain/0000.o": ["even"]})
    stock_many(shelf)
    stock_folders(shelf)
    for name, count in ("most", LOAD_MAX - 1), ("too-many", LOAD_MAX):
        shelf.contents[f"/t/{name}.a"] = of_its_own(f"/t/{name}.a".encode(), count, 0, shelf.width)


@pytest.fixture(scope="module")
def shared_machine(shelf_machine):
    # Long tables on a screen that nobody looks at would take most of the time.
    return shelf_machine(stock, extra=("-vga", "none"))


pytestmark = pytest.mark.usefixtures("nothing_left")


def keep_all(machine, folder, count):
    """Loads every file of the folder, each one object; their kmids, oldest first."""
    assert f"/t/{folder}: {count} loaded in " in machine.run(f"kbench -k /t/{folder}")
    newest = int(machine.run(f"kquery /t/{folder}/{count - 1:04}.o").split()[1])
    return list(range(newest - count + 1, newest + 1))


def unload_all(machine, kmids):
    """Unloads in this order; everything that was printed."""
    commands = [f"kunload {kmid}" for kmid in kmids]
    return "".join(machine.run("; ".join(commands[i:i + COMMANDS_MAX]))
                   for i in range(0, len(commands), COMMANDS_MAX))


def numbers(said, deed):
    return [int(word.split()[0]) for word in said_words(said) if word.endswith(deed)]


# Chains


def test_a_chain_of_200_dependents_is_loaded_and_unloaded(machine):
    kmid, said = kload(machine, "/t/chain/0000.o")
    assert numbers(said, "starts") == list(range(LENGTH))[::-1]
    rows = table(machine)
    assert len(rows) == LENGTH + 1
    assert {(row.load, row.use) for row in rows[:-1]} == {(0, 1)}, "each is used by the one before it"
    assert rows[-1] == (kmid, 1, 0, "/t/chain/0000.o")
    assert numbers(machine.run(f"kunload {kmid}"), "stops") == list(range(LENGTH))
    assert table(machine) == []


def test_a_chain_of_200_that_ends_in_a_missing_file_says_who_needs_it(machine):
    before = machine.modstate()
    said = refusal(machine, "kload /t/lost/0000.o")
    assert said.startswith("kload: /t/missing.o: no such file [E101]\n")
    assert [int(n) for n in re.findall(r"^  needed by /t/lost/(\d+).o$", said, re.M)] == \
        list(range(LENGTH))[::-1]
    assert machine.modstate() == before


def test_a_chain_of_200_whose_last_load_refuses_leaves_nothing(machine):
    before = machine.modstate()
    said = refusal(machine, "kload /t/refusing.o")
    assert "/t/refusing.o: _load returned an error: 16 (EBUSY) [E402]" in said
    assert numbers(said, "stops") == numbers(said, "starts")[::-1] == list(range(LENGTH))
    assert machine.modstate() == before


def test_a_sweep_goes_down_a_chain_of_200(machine):
    kmids = keep_all(machine, "tower", LENGTH)
    said = unload_all(machine, kmids[:-1])
    assert said.count("stays: load count 0, use count 1\n") == LENGTH - 1
    assert machine.modstate().split()[2] == str(LENGTH)
    assert machine.run(f"kunload {kmids[-1]}") == f"kmid {kmids[-1]} unloaded\n"
    assert table(machine) == []


# Many


def test_a_thousand_dependents_are_loaded_and_unloaded(machine):
    kmid, said = kload(machine, "/t/sum.o")
    assert said_words(said) == [f"sum {MANY}"], "each was called once"
    rows = table(machine)
    assert len(rows) == MANY + 1 and {(row.load, row.use) for row in rows[:-1]} == {(0, 1)}
    assert machine.run(f"kunload {kmid}") == f"kmid {kmid} unloaded\n"
    assert table(machine) == []


def test_a_thousand_dependents_fail_without_a_trace(machine):
    before = machine.modstate()
    assert "(EBUSY) [E402]" in refusal(machine, "kload /t/sum-refused.o")
    assert machine.modstate() == before
    said = refusal(machine, "kload /t/sum-lacking.o")
    assert f"1 of {MANY + 2} imports [E305]" in said, "those, the one that lacks, and printk"
    assert "\n  none: not exported by /t/many/0077.o; needed by all+" in said
    assert machine.modstate() == before


def test_a_thousand_copies_of_one_dependent_have_their_own_data(machine):
    before = machine.modstate()
    said = machine.run("kbench /t/copy")
    assert f"/t/copy: {MANY} loaded in " in said, "each found its dependent's count at 0"
    assert machine.modstate() == before


def test_a_thousand_instances_are_a_stack_of_definitions(machine):
    kmids = keep_all(machine, "same", MANY)
    for left in MANY, MANY // 4:
        assert unload_all(machine, kmids[left:][::-1]).count(" unloaded\n") == len(kmids) - left
        kmids = kmids[:left]
        owners = [int(owner.split()[1].strip(",")) for owner in symbols(machine, "same")["same"]]
        assert owners == kmids[::-1], "the newest is in front"
    unload_all(machine, kmids)
    assert table(machine) == []


def test_one_load_has_a_limit_of_dependents(machine):
    before = machine.modstate()
    said = refusal(machine, "kload /t/too-many.a")
    assert f"one load has more dependents than the limit: {LOAD_MAX}" in said and "[E410]" in said
    assert machine.modstate() == before
    kmid, _ = kload(machine, "/t/most.a")
    assert machine.modstate().split()[2] == str(LOAD_MAX)
    assert machine.run(f"kunload {kmid}") == f"kmid {kmid} unloaded\n"
    assert machine.modstate() == before
