"""modstate: equal states give equal lines, different states different ones."""

import re

from harness.loading import kload, symbols, table

FORM = re.compile(r"([0-9a-f]{16}) instances (\d+) symbols (\d+) pages (\d+) heap (\d+)")
EXT = "/usr/lib/ext"


def numbers(machine):
    match = FORM.fullmatch(machine.modstate())
    assert match
    return [int(number) for number in match.groups()[1:]]


def test_looking_around_changes_nothing(boot):
    machine = boot()
    kload(machine, f"{EXT}/fmt.a")
    before = machine.modstate()
    for command in ("modstate", "help", "help kload", "ls /usr/lib/ext", "cat /etc/motd", "dmesg",
                    "mem", "pagecheck", "syms", "syms fmt_*", "genkex", f"kquery {EXT}/fmt.a",
                    "history", "echo a 'long line' of words", "no-such-command"):
        machine.run(command)
        assert machine.modstate() == before, command


def test_machines_with_the_same_history_are_in_the_same_state(boot):
    def history(machine):
        lines = [machine.modstate()]
        for command in (f"kload {EXT}/fmt.a", f"kload {EXT}/fortune.a", "kunload 2",
                        f"kload {EXT}/hello.a"):
            machine.run(command)
            lines.append(machine.modstate())
        return lines

    first, second = history(boot()), history(boot())
    assert first == second
    assert first[1] == first[3] and len(set(first)) == 4


def test_every_change_shows(boot):
    machine = boot()
    seen = [machine.modstate()]
    for command in (f"kload {EXT}/fmt.a", f"kload -s {EXT}/fmt.a", f"kload {EXT}/fmt.a",
                    f"kload {EXT}/fortune.a", f"kload {EXT}/hello.a", "kunload 2", "kunload 3"):
        assert machine.status(command) == 0
        seen.append(machine.modstate())
    assert len(set(seen)) == len(seen), seen
    assert len({line.split()[0] for line in seen}) == len(seen), "the digest alone tells"


def test_way_back_leads_to_the_same_lines(boot):
    machine = boot()
    down = [machine.modstate()]
    for name in "fmt", "fortune", "hello":
        kload(machine, f"{EXT}/{name}.a")
        down.append(machine.modstate())
    up = [machine.modstate()]
    for kmid in 3, 2, 1:
        machine.run(f"kunload {kmid}")
        up.append(machine.modstate())
    assert up == down[::-1]


def test_failed_load_leaves_the_line_as_it_was(boot):
    machine = boot()
    kload(machine, f"{EXT}/hello.a")
    before = machine.modstate()
    for path in "/nothing", "/etc", "/etc/motd", f"{EXT}/fortune.a":
        assert machine.status(f"kload {path}") == 1
        assert machine.modstate() == before, path
    # Not even a kmid is used up.
    assert kload(machine, f"{EXT}/fmt.a")[0] == 2


def test_numbers_are_those_of_the_other_commands(boot):
    machine = boot()

    def check():
        instances, names, pages, heap = numbers(machine)
        assert instances == len(table(machine))
        assert names == sum(len(definitions) for definitions in symbols(machine).values())
        memory = machine.run("mem")
        assert f"extensions  {pages} pages mapped\n" in memory
        assert f"heap        {heap} bytes in " in memory
        return instances

    assert check() == 0
    for name in "fmt", "fmt", "fortune", "hello":
        kload(machine, f"{EXT}/{name}.a")
    assert check() == 4
