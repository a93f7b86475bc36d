"""
Load counts, use counts, and when an extension goes (AIX reference, sections 2 and 7), as genkex and
kunload show them.
"""

import re

import pytest

from harness.groups import chain_source, refusal, said_words
from harness.loading import kload, symbols, table
from harness.objects import with_symbol_named_as


def stock(shelf):
    add = shelf.add
    add("/t/base.o", chain_source("base", [], "int base_more; int base_most(void) { return 1; }"),
        exports=["base", "base_more", "base_most"])
    add("/t/user.o", chain_source("user", ["base", "base_most"],
                                  "extern int base_more; int more(void) { return base_more; }"),
        exports=["user"], imports={"/unix": ["base", "base_more", "base_most"]})
    add("/t/tower.o", chain_source("tower", ["user"]), exports=["tower"],
        imports={"/unix": ["user"]})
    add("/t/spire.o", chain_source("spire", ["tower"]), imports={"/unix": ["tower"]})
    for name, refusals in ("stubborn", 1), ("mulish", 2):
        add(f"/t/{name}.o", "int base(void); int base(void) { return 5; }\n"
            f"static int refusals = {refusals};\n"
            f"int _unload(void) {{ printk(\"{name}\"); return refusals-- > 0 ? 16 : 0; }}",
            exports=["base"])
    add("/t/only.o", chain_source("only", ["base"]), imports={"/unix": ["base"]})
    add("/t/alone.o", chain_source("alone"))
    # Exports a name of base's and one of the kernel's; who asks for both
    add("/t/usurper.o", "int base(void); int base(void) { return 4; }\n"
        "int strcmp(const char *a, const char *b) { return a == b ? 5 : 6; }", exports=["base", "strcmp"])
    add("/t/subject.o", "int base(void); int _load(void)\n"
        "{ printk(\"base %d, strcmp %d\", base(), strcmp(\"x\", \"x\")); return 0; }",
        imports={"/unix": ["base", "strcmp"]})
    # Exports own() and imports it, which no compiler writes
    shelf.add_plain("/t/own.o", "int own(void), own_(void); int own_(void) { return 1; }\n"
                    "int _load(void) { printk(\"own %d\", own()); return 0; }")
    shelf.contents["/t/own.o"] = with_symbol_named_as(shelf.contents["/t/own.o"], "own_", "own")
    add("/t/older.o", "int own(void); int own(void) { return 7; }", exports=["own"])
    # One that uses base by itself, and user through a dependent
    add("/t/deep.o", chain_source("deep", ["user"]), exports=["deep"], imports={"/unix": ["user"]})
    add("/t/broad.o", chain_source("broad", ["deep", "base"]),
        imports={"/t/deep.o": ["deep"], "/unix": ["base"]})
    # A pair of dependents that need each other, and who brings them along
    for here, there in ("ebb", "flow"), ("flow", "ebb"):
        add(f"/t/{here}.o", chain_source(here, [there]), exports=[here],
            imports={f"/t/{there}.o": [there]})
    add("/t/tide.o", chain_source("tide", ["ebb", "flow", "base"]), exports=["tide"],
        imports={"/t/ebb.o": ["ebb"], "/t/flow.o": ["flow"], "/unix": ["base"]})
    add("/t/sailor.o", chain_source("sailor", ["tide"]), imports={"/unix": ["tide"]})
    # The primary and its dependent need each other
    add("/t/head.o", chain_source("head", ["tail"]), exports=["head"], imports={"/t/tail.o": ["tail"]})
    add("/t/tail.o", chain_source("tail", ["head"]), exports=["tail"], imports={"/t/head.o": ["head"]})


@pytest.fixture(scope="module")
def shared_machine(shelf_machine):
    return shelf_machine(stock)


pytestmark = pytest.mark.usefixtures("nothing_left")


def counts(machine):
    """File to load and use count."""
    return {row.file.split()[0].split("/")[-1][:-2]: (row.load, row.use) for row in table(machine)}


def load(machine, *names):
    return [kload(machine, f"/t/{name}.o")[0] for name in names]


def unload(machine, kmid):
    return machine.run(f"kunload {kmid}")


# Load count


def test_a_load_counts_one_request(machine):
    load(machine, "base")
    assert counts(machine) == {"base": (1, 0)}


def test_a_single_load_counts_one_more_and_each_unload_takes_one_back(machine):
    base, = load(machine, "base")
    kload(machine, "-s /t/base.o")
    assert counts(machine) == {"base": (2, 0)}
    assert unload(machine, base) == f"kmid {base} stays: load count 1, use count 0\n"
    assert unload(machine, base).endswith(f"kmid {base} unloaded\n")


def test_a_single_load_counts_the_newest_instance(machine):
    first, second = load(machine, "base", "base")
    assert kload(machine, "-s /t/base.o") == (second, "")
    assert [(row.kmid, row.load) for row in table(machine)] == [(first, 1), (second, 2)]


def test_a_single_load_compares_names_not_files(machine):
    load(machine, "base")
    kload(machine, "-s /t//base.o")
    assert [row.file for row in table(machine)] == ["/t/base.o", "/t//base.o"]


def test_a_query_counts_nothing(machine):
    base, = load(machine, "base")
    before = machine.modstate()
    assert machine.run("kquery /t/base.o") == f"kmid {base}\n"
    assert machine.modstate() == before


def test_a_dependent_has_no_load_count(machine):
    load(machine, "base", "tide")
    assert counts(machine) == {"base": (1, 1), "ebb": (0, 2), "flow": (0, 2), "tide": (1, 0)}


# Use count


def test_a_use_counts_objects_not_names(machine):
    load(machine, "base", "user")
    assert counts(machine) == {"base": (1, 1), "user": (1, 0)}, "three names, one object"
    load(machine, "user")
    assert counts(machine)["base"] == (1, 2)


def test_a_use_is_given_back_when_the_user_really_goes(machine):
    _, user, _ = load(machine, "base", "user", "tower")
    unload(machine, user)
    assert counts(machine) == {"base": (1, 1), "user": (0, 1), "tower": (1, 0)}, \
        "user stays for tower's sake, and so does its use of base"


def test_older_users_keep_what_they_bound_and_newer_ones_get_the_newest(machine):
    load(machine, "base", "user", "base", "user", "user")
    assert [(row.file, row.use) for row in table(machine)] == [
        ("/t/base.o", 1), ("/t/user.o", 0), ("/t/base.o", 2), ("/t/user.o", 0), ("/t/user.o", 0)]


def test_an_export_that_nobody_binds_has_no_users(machine):
    load(machine, "base", "alone")
    assert counts(machine) == {"base": (1, 0), "alone": (1, 0)}


def test_an_import_of_the_own_export_from_unix_binds_the_older_definition(machine):
    assert re.search("  own: needed by .*_load", refusal(machine, "kload /t/own.o"))
    older, = load(machine, "older")
    own, said = kload(machine, "/t/own.o")
    assert said_words(said) == ["own 7"]
    assert counts(machine) == {"older": (1, 1), "own": (1, 0)}
    assert symbols(machine, "own") == {"own": [f"own {own}", f"older {older}, hidden"]}


def test_a_real_unload_takes_1_from_everything_it_referenced(machine):
    _, _, broad = load(machine, "base", "user", "broad")
    assert counts(machine) == {"base": (1, 2), "user": (1, 1), "deep": (0, 1), "broad": (1, 0)}
    unload(machine, broad)
    assert counts(machine) == {"base": (1, 1), "user": (1, 0)}


def test_the_newest_definition_wins_whoever_has_the_older(machine):
    _, usurper = load(machine, "base", "usurper")
    subject, said = kload(machine, "/t/subject.o")
    assert said_words(said) == ["base 4, strcmp 5"]
    assert symbols(machine, "strcmp") == {"strcmp": [f"usurper {usurper}", "unix, hidden"]}
    assert counts(machine) == {"base": (1, 0), "usurper": (1, 1), "subject": (1, 0)}
    unload(machine, subject)
    unload(machine, usurper)
    assert said_words(kload(machine, "/t/subject.o")[1]) == ["base 1, strcmp 0"]


# When it goes


def test_an_unload_of_a_used_extension_only_decrements(machine):
    base, _ = load(machine, "base", "user")
    before = symbols(machine)
    assert unload(machine, base) == f"kmid {base} stays: load count 0, use count 1\n"
    assert counts(machine) == {"base": (0, 1), "user": (1, 0)}
    assert symbols(machine) == before, "its names can still be bound"
    load(machine, "only")
    assert counts(machine)["base"] == (0, 2)


def test_an_unload_that_finds_both_counts_zero_frees_at_once(machine):
    before = machine.modstate()
    base, = load(machine, "base")
    assert said_words(unload(machine, base)) == ["base stops"]
    assert machine.modstate() == before


def test_an_unload_of_what_has_no_requests_takes_back_none(machine):
    base, _ = load(machine, "base", "user")
    unload(machine, base)
    before = machine.modstate()
    assert unload(machine, base) == f"kmid {base} stays: load count 0, use count 1\n"
    assert machine.modstate() == before


def test_a_sweep_follows_an_unload_and_goes_round_until_nothing_changes(machine):
    base, user, tower, spire = load(machine, "base", "user", "tower", "spire")
    for kmid in base, user, tower:
        assert f"kmid {kmid} stays: load count 0, use count 1\n" == unload(machine, kmid)
    assert said_words(unload(machine, spire)) == [
        "spire stops", "tower stops", "user stops", "base stops"]
    assert table(machine) == []


def test_what_refused_a_sweep_stays_bindable_at_zero_until_slibclean(machine):
    stubborn, only = load(machine, "stubborn", "only")
    unload(machine, stubborn)
    assert said_words(unload(machine, only)) == ["only stops", "stubborn"]
    assert counts(machine) == {"stubborn": (0, 0)}
    assert "held by nobody: it goes with the next kunload or slibclean" in \
        machine.run(f"why {stubborn}")
    only, = load(machine, "only")
    assert counts(machine) == {"stubborn": (0, 1), "only": (1, 0)}
    assert machine.run("slibclean") == "0 unloaded\n"
    unload(machine, only)
    assert table(machine) == []


def test_slibclean_unloads_what_has_both_counts_zero(machine):
    stubborn, only = load(machine, "stubborn", "only")
    unload(machine, stubborn)
    unload(machine, only)
    assert said_words(machine.run("slibclean")) == ["stubborn"]
    assert machine.run("slibclean") == "0 unloaded\n"
    assert table(machine) == []


def test_any_other_unload_sweeps_too(machine):
    stubborn, only = load(machine, "stubborn", "only")
    unload(machine, stubborn)
    unload(machine, only)
    assert counts(machine) == {"stubborn": (0, 0)}
    other, = load(machine, "base")
    assert said_words(unload(machine, other)) == ["base stops", "stubborn"]
    assert table(machine) == []


def zero_by_refusal(machine, refusals):
    """An extension at 0/0, whose _unload has refused once and will refuse so often again."""
    stubborn, only = load(machine, "stubborn" if refusals == 0 else "mulish", "only")
    unload(machine, stubborn)
    unload(machine, only)
    assert [(row.load, row.use) for row in table(machine) if row.kmid == stubborn] == [(0, 0)]
    return stubborn


def test_an_unload_that_only_counts_sweeps_nothing(machine):
    other, = load(machine, "alone")
    kload(machine, "-s /t/alone.o")
    zero_by_refusal(machine, 0)
    assert unload(machine, other) == f"kmid {other} stays: load count 1, use count 0\n"
    assert counts(machine) == {"alone": (1, 0), "stubborn": (0, 0)}
    assert said_words(unload(machine, other)) == ["alone stops", "stubborn"]
    assert table(machine) == []


def test_an_unload_of_what_is_at_0_0_tries_again(machine):
    mulish = zero_by_refusal(machine, 1)
    assert "[E403]" in refusal(machine, f"kunload {mulish}")
    assert counts(machine) == {"mulish": (0, 0)}
    assert unload(machine, mulish).endswith(f"kmid {mulish} unloaded\n")


# Groups


def test_a_group_uses_what_is_global_once_for_each_of_its_objects(machine):
    base, tide = load(machine, "base", "tide")
    unload(machine, base)
    assert counts(machine)["base"] == (0, 1)
    unload(machine, tide)
    assert table(machine) == []


def test_a_dependent_cannot_be_unloaded_by_itself(machine):
    load(machine, "base", "tide")
    before = machine.modstate()
    ebb = next(row.kmid for row in table(machine) if row.file.startswith("/t/ebb.o"))
    assert unload(machine, ebb) == f"kmid {ebb} stays: load count 0, use count 2\n"
    assert machine.modstate() == before


def test_a_used_extension_keeps_its_dependents(machine):
    _, tide, sailor = load(machine, "base", "tide", "sailor")
    unload(machine, tide)
    assert counts(machine) == {"base": (1, 1), "ebb": (0, 2), "flow": (0, 2), "tide": (0, 1),
                               "sailor": (1, 0)}
    unload(machine, sailor)
    assert counts(machine) == {"base": (1, 0)}


def test_uses_inside_a_group_do_not_hold_it(machine):
    head, = load(machine, "head")
    assert counts(machine) == {"tail": (0, 1), "head": (1, 1)}
    assert unload(machine, head).endswith(f"kmid {head} unloaded\n")
    assert table(machine) == []


# What cannot be asked for


def test_kmids_that_do_not_exist_or_are_the_kernel_change_nothing(machine):
    load(machine, "base")
    before = machine.modstate()
    assert "no such kmid [E404]" in refusal(machine, "kunload 4000000000")
    assert "the kernel itself cannot be unloaded: it is /unix [E405]" in refusal(machine, "kunload 0")
    assert "not a kmid" in refusal(machine, "kunload base")
    assert machine.modstate() == before


def test_a_kmid_is_never_given_again(machine):
    base, = load(machine, "base")
    unload(machine, base)
    assert load(machine, "base")[0] > base
