"""
All or nothing, proved by enumeration: every step and every allocation of a load is made to fail, alone
and with all later ones, and the state afterwards is the state before. The same for steps that a group
refuses of itself. The group has six objects with a circle among them, and asks for a seventh from
inside one's _load.
"""

import re

import pytest

from harness.groups import actor_source, chain_source, refusal, said_words
from harness.loading import kload, symbols, table

GROUP = {"flagship", "port", "starboard", "bow", "stern", "anchor", "tender"}
# A fallible step of seven objects is counted for each; there are more than these in any case.
POINTS_MIN = 100


def stock(shelf):
    def add(name, calls, imports, **options):
        shelf.add(f"/t/fleet.a({name}.o)", chain_source(name, calls), exports=[name],
                  imports={**imports, **{f"fleet.a({i}.o)": [i] for i in calls}}, **options)

    shelf.add("/t/service.o", "int service(void); int service(void) { return 1; }",
              exports=["service"])
    requests = """#include <sys/ldr.h>
        static mid_t kmid;
        int prepare(void) { return kmod_load("/t/tender.o", LD_KERNELEX, NULL, &kmid); }
        void finish(void) { kmod_unload(kmid, 0); }"""
    shelf.add("/t/tender.o", chain_source("tender"), exports=["tender"])
    # port <-> starboard <-> bow in a circle, stern uses /unix, anchor loads the tender
    add("port", ["starboard"], {})
    add("starboard", ["bow", "stern"], {})
    add("bow", ["port"], {})
    shelf.add("/t/fleet.a(stern.o)", chain_source("stern", ["service"]), exports=["stern"],
              imports={"/unix": ["service"]})
    shelf.add("/t/fleet.a(anchor.o)", chain_source("anchor").replace(
        'printk("anchor starts"); return 0;', 'int e = prepare(); if (e == 0) printk("anchor starts");'
        ' return e;').replace('printk("anchor stops");', 'printk("anchor stops"); finish();').replace(
            "int anchor(void);", f"{requests}\nint anchor(void);", 1), exports=["anchor"])
    imports = {f"fleet.a({name}.o)": [name] for name in ("port", "anchor", "bow")}
    for name, result in ("flagship", 0), ("mutiny", 16):
        source = chain_source(name, ["port", "anchor", "bow"])
        shelf.add(f"/t/{name}.o", source if result == 0 else
                  source.replace('starts"); return 0;', 'starts"); return 16;'), "-blibpath:/t",
                  exports=[name], imports=imports)
    # Its anchor goes on whatever becomes of its own request
    shelf.add("/t/careless.a(anchor.o)", actor_source(
        "anchor", load='ask("/t/tender.o", 0)', unload='if (asked) kmod_unload(asked, 0)'),
        exports=["anchor"])
    shelf.add("/t/careless.o", chain_source("careless", ["anchor", "port"]), "-blibpath:/t",
              imports={"careless.a(anchor.o)": ["anchor"], "fleet.a(port.o)": ["port"]})
    stock_court(shelf)


def stock_court(shelf):
    """Six objects in a circle and a side branch, of which the one fails to start that the judge names."""
    shelf.add("/t/judge.o", "static int named; int verdict(int); int verdict(int n) "
              "{ return n == named ? 16 : 0; }\nint config(int n); int config(int n) "
              "{ named = n; return 0; }", "-e", "config", exports=["verdict"])
    calls = {1: [2, 5], 2: [3], 3: [4, 1], 4: [2], 5: [6, 3], 6: [1]}
    for number, others in calls.items():
        source = actor_source(f"m{number}", [f"m{other}" for other in others],
                              load=f"error = verdict({number})", extra="int verdict(int);")
        shelf.add(f"/t/m{number}.o", source, exports=[f"m{number}"],
                  imports={"/unix": ["verdict"],
                           **{f"/t/m{other}.o": [f"m{other}"] for other in others}})


@pytest.fixture(scope="module")
def shared_machine(shelf_machine):
    return shelf_machine(stock)


pytestmark = pytest.mark.usefixtures("nothing_left")


def changes(output):
    """Who started and who stopped, in order."""
    words = [word.split() for word in said_words(output)]
    return ([name for name, deed in words if deed == "starts"],
            [name for name, deed in words if deed == "stops"])


def is_way_back(started, stopped):
    """
    Whether those that started stopped in reverse. The tender does so last: whoever loaded it gives it
    back in its _unload, and that is done when the request around it has ended.
    """
    tender = [name for name in started if name == "tender"]
    return stopped == [name for name in started[::-1] if name != "tender"] + tender


@pytest.fixture
def service(machine):
    kload(machine, "/t/service.o")
    # The index of names grows once; afterwards loads come back to the same bytes.
    return machine.modstate()


def test_the_group_is_as_large_as_it_should_be(machine, service):
    _, said = kload(machine, "/t/flagship.o")
    started, stopped = changes(said)
    assert set(started) == GROUP and stopped == []
    assert len(table(machine)) == len(GROUP) + 1


@pytest.mark.parametrize("option", ["--fail-at", "--fail-from"])
def test_whatever_step_fails_nothing_has_changed(machine, service, option):
    reasons, stopped_counts = set(), set()
    for number in range(1, 1000):
        output = machine.run(f"kload {option} {number} /t/flagship.o; modstate")
        if "\nkmid " in output:
            break
        *_, state = output.splitlines()
        assert state == service, f"{option} {number}: {output}"
        started, stopped = changes(output)
        assert is_way_back(started, stopped), f"{option} {number}: {output}"
        stopped_counts.add(len(stopped))
        reasons.update(re.findall(r"^kload: .*\[(E\d+)\]$", output, re.M))
    assert number > POINTS_MIN, "that many failures were seen before the load succeeded"
    assert {"E401", "E413"} <= reasons
    assert stopped_counts == {0, 1, 2, 3, 4, 6}, "the tender stands and falls with the anchor"
    assert set(changes(output)[0]) == GROUP, "the load without a failure is whole"
    assert len(table(machine)) == len(GROUP) + 1


def test_whatever_step_fails_beside_an_equal_group_that_lives_nothing_has_changed(machine, service):
    kmid, _ = kload(machine, "/t/flagship.o")
    before = machine.modstate()
    for number in range(1, 1000, 7):
        output = machine.run(f"kload --fail-at {number} /t/flagship.o; modstate")
        if "\nkmid " in output:
            break
        assert output.splitlines()[-1] == before, output
    assert [row.load for row in table(machine) if row.kmid == kmid] == [1]


def test_a_request_that_only_counts_can_fail_too(machine, service):
    kload(machine, "/t/flagship.o")
    before = machine.modstate()
    for number in range(1, 4):
        output = machine.run(f"kload -s --fail-at {number} /t/flagship.o; modstate")
        assert "kmid " in output or output.splitlines()[-1] == before


def points(machine, path):
    """How many points where it could have failed a load passes; found by halving."""
    fails, works = 0, 1000
    while works - fails > 1:
        number = (fails + works) // 2
        output = machine.run(f"kload --fail-at {number} {path}")
        if "\nkmid " in output:
            works = number
            machine.run(f"kunload {output.split()[-1]}")
        else:
            fails = number
    return fails


def test_a_load_passes_the_same_points_each_time(machine, service):
    assert points(machine, "/t/flagship.o") == points(machine, "/t/flagship.o") > POINTS_MIN


def test_failures_that_load_functions_ignore_leave_no_trace(machine, service):
    outcomes = set()
    for number in range(1, 1000):
        output = machine.run(f"kload --fail-at {number} /t/careless.o; modstate")
        match = re.search(r"\nkmid (\d+)\n", output)
        outcomes.add((match is not None, "tender starts" in output))
        if match:
            machine.run(f"kunload {match[1]}")
        else:
            assert output.splitlines()[-1] == service, f"{number}: {output}"
        if match and "tender starts" in output and "tender stops" not in output:
            break
    assert {(False, False), (True, False), (True, True)} <= outcomes


def test_load_refused_by_each_object_stops_exactly_those_that_had_started(machine, service):
    judge, _ = kload(machine, "/t/judge.o")
    kmid, said = kload(machine, "/t/m1.o")
    order = changes(said)[0]
    assert len(order) == 6 and order[-1] == "m1"
    machine.run(f"kunload {kmid}")
    before = machine.modstate()
    for number in range(1, 7):
        machine.run(f"kconfig {judge} {number}")
        started, stopped = changes(refusal(machine, "kload /t/m1.o"))
        assert started == order[:order.index(f"m{number}") + 1]
        assert stopped == started[:-1][::-1], "who refused does not stop"
        assert machine.modstate() == before


def test_nothing_of_a_group_stays_when_its_last_load_function_refuses(machine, service):
    names = symbols(machine)
    said = refusal(machine, "kload /t/mutiny.o")
    assert "/t/mutiny.o: _load returned an error: 16 (EBUSY) [E402]" in said
    started, stopped = changes(said)
    assert started.pop() == "mutiny", "who did not start does not stop"
    assert is_way_back(started, stopped)
    assert set(started) == GROUP - {"flagship"}
    assert machine.modstate() == service and symbols(machine) == names


def test_nothing_of_a_group_stays_when_one_name_of_one_object_is_missing(machine):
    before = machine.modstate()
    said = refusal(machine, "kload /t/flagship.o")
    assert "0509-136   symbol service" in said and changes(said) == ([], [])
    assert machine.modstate() == before
