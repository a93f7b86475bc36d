"""
Requests that extensions make of the loader, from _load, _unload and the entry point (AIX reference,
section 2): what they do, that they share the fate of the request around them, and that none waits for
ever. The extension that makes them is fixtures/requests.c.
"""

import pytest

from harness.groups import actor_source, refusal, said_words
from harness.loading import kload, symbols, table

KERNELEX, SINGLE, QUERY, USRPATH = 2, 4, 8, 1
LOAD, UNLOAD, ENTRY = 100, 200, 300
EINVAL, ENOENT, EBUSY, EDEADLK, ELOOP = 22, 2, 16, 35, 40


def text(path):
    return f'-DLOAD_PATH="{path}"'


def stock(shelf):
    def requester(name, *flags):
        shelf.add(f"/t/{name}.o", "requests.c", "-e", "requests_config", flags=flags)

    shelf.add("/t/service.o", "int service(void); int service(void) { return 1; }\n"
              "int config(int command, void *data);\n"
              "int config(int command, void *data)\n"
              "{ printk(\"service: command %d%s\", command, data ? \" data\" : \"\"); return 0; }\n",
              "-e", "config", exports=["service"])
    shelf.add("/t/dumb.o", "int dumb(void); int dumb(void) { return 1; }")
    shelf.add("/t/user.o", "int service(void); int _load(void) { return service() - 1; }",
              imports={"/unix": ["service"]})
    requester("plain")
    requester("loads", text("/t/service.o"))
    requester("loads-once", text("/t/service.o"), f"-DLOAD_FLAGS={KERNELEX | SINGLE}")
    requester("asks", text("/t/service.o"), f"-DLOAD_FLAGS={QUERY | SINGLE | KERNELEX}")
    requester("keeps-house", text("/t/service.o"), "-DGIVE_BACK=1")
    requester("fails", text("/t/service.o"), "-DLOAD_RESULT=EBUSY")
    requester("fails-once", text("/t/service.o"), f"-DLOAD_FLAGS={KERNELEX | SINGLE}",
              "-DLOAD_RESULT=EBUSY")
    requester("outer", text("/t/fails.o"))
    requester("outer-late", text("/t/loads.o"), "-DLOAD_RESULT=EBUSY")
    requester("lacks", text("/t/none.o"))
    requester("lacks-calmly", text("/t/none.o"), "-DLOAD_RESULT=0")
    requester("parting", '-DUNLOAD_PATH="/t/service.o"')
    requester("stays", text("/t/service.o"), "-DGIVE_BACK=1", '-DUNLOAD_PATH="/t/user.o"',
              "-DUNLOAD_RESULT=EBUSY")
    requester("self", text("/t/self.o"))
    requester("self-once", text("/t/self-once.o"), f"-DLOAD_FLAGS={KERNELEX | SINGLE}")
    requester("self-calm", text("/t/self-calm.o"), f"-DLOAD_FLAGS={KERNELEX | SINGLE}",
              "-DLOAD_RESULT=0")
    for here, there in ("a", "b"), ("b", "c"), ("c", "a"):
        requester(f"ring-{here}", text(f"/t/ring-{there}.o"))
        requester(f"once-{here}", text(f"/t/once-{there}.o"), f"-DLOAD_FLAGS={KERNELEX | SINGLE}")
        requester(f"calm-{here}", text(f"/t/calm-{there}.o"), f"-DLOAD_FLAGS={KERNELEX | SINGLE}",
                  "-DLOAD_RESULT=0")
    stock_actors(shelf)
    shelf.add("/t/suicide.o", "#include <sys/ldr.h>\nint _load(void)\n"
              "{ for (mid_t k = 1; k < 400; k++) { int error = kmod_unload(k, 0); if (error != 22)"
              " return error + 100; } return 0; }")


def stock_actors(shelf):
    """/t/NAME.o says when it starts and stops, and does what its acts say."""
    def actor(name, calls=(), origin="/unix", *options, **acts):
        shelf.add(f"/t/{name}.o", actor_source(name, calls, **acts), *options, exports=[name],
                  imports={origin: calls})

    tell = 'printk("error %d, kmid %u", error, error == 0 ? asked : 0)'
    for name in "first", "second", "idle":
        actor(name)
    actor("leaning", ["first"])
    actor("clinger", unload="if (stops == 1) error = 16")
    actor("clinger_user", ["clinger"])
    # What is published by then, and what is not
    actor("eager", load='error = ask("/t/early.o", 0)')
    actor("early", ["eager"])
    actor("ready", load='ask("/t/first.o", 0); error = ask("/t/leaning.o", 0)')
    # Unloads from _load
    actor("ousting", load='error = give_back("/t/first.o")')
    actor("ousting_fails", load='if (give_back("/t/first.o") == 0) error = 16')
    actor("cutting", ["first"], load='error = give_back("/t/first.o")')
    actor("cutting_fails", ["first"], load='if (give_back("/t/first.o") == 0) error = 16')
    # Requests of requests, and of several members of a group
    actor("both", load='ask("/t/first.o", 0); error = ask("/t/leaning.o", 0)')
    actor("around", load='if (ask("/t/both.o", 0) == 0) error = 16')
    actor("inner", load='ask("/t/first.o", LD_SINGLELOAD); ask("/t/second.o", 0); error = 16')
    actor("calm", load='ask("/t/first.o", 0); ask("/t/inner.o", 0)')
    actor("low", load='error = ask("/t/first.o", 0)')
    actor("high", ["low"], "/t/low.o", load='error = ask("/t/second.o", 0)')
    actor("top", ["high"], "/t/high.o", load="error = 16")
    # From _unload
    actor("ender", (), "/unix", "-e", "ender_config",
          unload=f"error = kmod_unload(own, 0); {tell}; error = 0",
          extra='static mid_t own; int ender_config(void);\n'
          'int ender_config(void) { own = find("/t/ender.o"); return own == 0; }')
    actor("phoenix", unload='if (find("/t/idle.o")) error = ask("/t/phoenix.o", LD_SINGLELOAD)')
    actor("saviour", ["first"], unload='error = ask("/t/first.o", LD_SINGLELOAD)')
    actor("moody", unload='if (stops == 1) { error = ask("/t/first.o", 0);\n'
          'if (error == 0) error = give_back("/t/idle.o");\n'
          'if (error == 0) error = ask("/t/none.o", 0); }')
    # From the entry point
    actor("unruly", (), "/unix", "-e", "unruly_config", extra='int unruly_config(int command);\n'
          'int unruly_config(int command) { ask("/t/first.o", 0); return command; }')
    # Calls another's entry point from _load, and gives its answer
    actor("caller", load="int (*entry)(int, void *) = (int (*)(int, void *))\n"
          'kmod_entrypt(find("/t/service.o"), 0); error = entry ? entry(7, NULL) : 16')


@pytest.fixture(scope="module")
def shared_machine(shelf_machine):
    return shelf_machine(stock)


pytestmark = pytest.mark.usefixtures("nothing_left")


def files(machine):
    """Path to load count."""
    return {row.file: row.load for row in table(machine)}


# From _load


def test_load_from_load_makes_an_instance_of_its_own(machine):
    kmid, said = kload(machine, "/t/loads.o")
    assert files(machine) == {"/t/service.o": 1, "/t/loads.o": 1}
    inner = int(machine.run("kquery /t/service.o").split()[1])
    assert said_words(said) == [f"requests: _load loads /t/service.o: error 0, kmid {inner}"]
    assert symbols(machine, "service") == {"service": [f"service {inner}"]}
    machine.run(f"kunload {kmid}")
    assert files(machine) == {"/t/service.o": 1}, "the request is nobody's but the loader's"


def test_single_load_from_load_counts_what_is_there(machine):
    first, _ = kload(machine, "/t/service.o")
    _, said = kload(machine, "/t/loads-once.o")
    assert said_words(said) == [f"requests: _load loads /t/service.o: error 0, kmid {first}"]
    assert files(machine) == {"/t/service.o": 2, "/t/loads-once.o": 1}


def test_query_changes_nothing_and_goes_before_the_other_flags(machine):
    _, said = kload(machine, "/t/asks.o")
    assert said_words(said) == ["requests: _load loads /t/service.o: error 0, kmid 0"]
    first, _ = kload(machine, "/t/service.o")
    _, said = kload(machine, "/t/asks.o")
    assert said_words(said) == [f"requests: _load loads /t/service.o: error 0, kmid {first}"]
    assert files(machine)["/t/service.o"] == 1


@pytest.mark.parametrize("path", ["fails", "outer", "outer-late"])
def test_what_was_loaded_inside_goes_when_the_outer_load_fails(machine, path):
    said = refusal(machine, f"kload /t/{path}.o")
    assert "_load loads /t/service.o: error 0" in said
    assert "_load returned an error: 16 (EBUSY) [E402]" in said
    assert files(machine) == {}


def test_what_was_counted_inside_is_counted_back_when_the_outer_load_fails(machine):
    kload(machine, "/t/service.o")
    before = machine.modstate()
    refusal(machine, "kload /t/fails-once.o")
    assert machine.modstate() == before and files(machine) == {"/t/service.o": 1}


def test_an_inner_refusal_is_an_errno_and_the_outer_load_may_go_on(machine):
    said = refusal(machine, "kload /t/lacks.o")
    assert f"_load loads /t/none.o: error {ENOENT}, kmid 0" in said
    assert "_load returned an error: 2 (ENOENT) [E402]" in said
    _, said = kload(machine, "/t/lacks-calmly.o")
    assert f"error {ENOENT}" in said and files(machine) == {"/t/lacks-calmly.o": 1}


def test_no_extension_can_be_unloaded_from_its_own_load(machine):
    kload(machine, "/t/suicide.o")
    assert files(machine) == {"/t/suicide.o": 1}


def test_a_nested_load_sees_what_is_published_only(machine):
    said = refusal(machine, "kload /t/eager.o")
    assert "/t/eager.o: _load returned an error: 8 (ENOEXEC) [E402]" in said, "it is not there yet"
    _, said = kload(machine, "/t/ready.o")
    assert said_words(said) == ["ready starts", "first starts", "leaning starts"]


def test_an_unload_from_inside_load_is_carried_out_behind_it(machine):
    kload(machine, "/t/first.o")
    _, said = kload(machine, "/t/ousting.o")
    assert said_words(said) == ["ousting starts", "first stops"]
    assert files(machine) == {"/t/ousting.o": 1}


def test_a_failed_load_takes_back_what_was_unloaded_inside(machine):
    first, _ = kload(machine, "/t/first.o")
    before = machine.modstate()
    said = refusal(machine, "kload /t/ousting_fails.o")
    assert said_words(said) == ["ousting_fails starts"] and "(EBUSY) [E402]" in said
    assert machine.modstate() == before
    # Where there was no request to take back, none is given back.
    kload(machine, "/t/leaning.o")
    machine.run(f"kunload {first}")
    before = machine.modstate()
    assert "(EBUSY) [E402]" in refusal(machine, "kload /t/ousting_fails.o")
    assert machine.modstate() == before


def test_a_failed_load_does_not_sweep(machine):
    clinger, _ = kload(machine, "/t/clinger.o")
    user, _ = kload(machine, "/t/clinger_user.o")
    for kmid in clinger, user:
        machine.run(f"kunload {kmid}")
    kload(machine, "/t/first.o")
    before = machine.modstate()
    assert files(machine) == {"/t/clinger.o": 0, "/t/first.o": 1}
    refusal(machine, "kload /t/ousting_fails.o")
    assert machine.modstate() == before
    assert said_words(machine.run("slibclean")) == ["clinger stops"]


def test_an_unload_of_what_the_load_is_bound_to_leaves_it_pending(machine):
    first, _ = kload(machine, "/t/first.o")
    kmid, _ = kload(machine, "/t/cutting.o")
    assert files(machine) == {"/t/first.o": 0, "/t/cutting.o": 1}
    assert said_words(machine.run(f"kunload {kmid}")) == ["cutting stops", "first stops"]
    kload(machine, "/t/first.o")
    before = machine.modstate()
    assert "(EBUSY) [E402]" in refusal(machine, "kload /t/cutting_fails.o")
    assert machine.modstate() == before


def test_kmids_of_loads_taken_back_are_not_used_again(machine):
    said = refusal(machine, "kload /t/fails.o")
    seen = int(said.split("error 0, kmid ")[1].split()[0])
    assert kload(machine, "/t/idle.o")[0] > seen


def test_a_nested_load_that_fails_takes_back_its_own_requests_only(machine):
    _, said = kload(machine, "/t/calm.o")
    assert said_words(said) == ["calm starts", "first starts", "inner starts", "second starts",
                                "second stops"]
    assert files(machine) == {"/t/first.o": 1, "/t/calm.o": 1}


def test_requests_of_a_nested_load_are_taken_back_newest_first(machine):
    said = refusal(machine, "kload /t/around.o")
    assert said_words(said) == ["around starts", "both starts", "first starts", "leaning starts",
                                "both stops", "leaning stops", "first stops"]
    assert files(machine) == {}


def test_requests_of_several_members_are_taken_back_newest_first(machine):
    said = refusal(machine, "kload /t/top.o")
    assert said_words(said) == ["low starts", "first starts", "high starts", "second starts",
                                "top starts", "high stops", "low stops", "second stops", "first stops"]
    assert files(machine) == {}


def test_an_entry_point_can_be_called_from_inside_load(machine):
    assert "16 (EBUSY) [E402]" in refusal(machine, "kload /t/caller.o"), "there is none yet"
    kload(machine, "/t/service.o")
    _, said = kload(machine, "/t/caller.o")
    assert said_words(said) == ["caller starts", "service: command 7"]


# From _unload


def test_an_unload_from_the_own_unload_changes_nothing(machine):
    kmid, _ = kload(machine, "/t/ender.o")
    machine.run(f"kconfig {kmid} init")
    said = machine.run(f"kunload {kmid}")
    assert said_words(said) == ["ender stops", "error 0, kmid 0"]
    assert said.endswith(f"kmid {kmid} unloaded\n") and files(machine) == {}


def test_a_single_load_of_what_is_being_unloaded_makes_a_new_instance(machine):
    idle, _ = kload(machine, "/t/idle.o")
    kmid, _ = kload(machine, "/t/phoenix.o")
    said = machine.run(f"kunload {kmid}")
    assert said_words(said) == ["phoenix stops", "phoenix starts"]
    assert said.endswith(f"kmid {kmid} unloaded\n")
    assert files(machine) == {"/t/idle.o": 1, "/t/phoenix.o": 1}
    assert int(machine.run("kquery /t/phoenix.o").split()[1]) > kmid
    machine.run(f"kunload {idle}")


def test_a_single_load_from_unload_keeps_a_provider(machine):
    first, _ = kload(machine, "/t/first.o")
    kmid, _ = kload(machine, "/t/saviour.o")
    machine.run(f"kunload {first}")
    assert said_words(machine.run(f"kunload {kmid}")) == ["saviour stops"]
    assert [(row.kmid, row.load, row.use) for row in table(machine)] == [(first, 1, 0)]


def test_an_unload_whose_inner_requests_fail_changes_nothing(machine):
    kload(machine, "/t/idle.o")
    kmid, _ = kload(machine, "/t/moody.o")
    before = machine.modstate()
    said = refusal(machine, f"kunload {kmid}")
    assert said_words(said) == ["moody stops", "first starts", "first stops"]
    assert "so the extension stays: 2 (ENOENT) [E403]" in said
    assert machine.modstate() == before


def test_a_request_given_back_in_unload_takes_its_extension_along(machine):
    kmid, _ = kload(machine, "/t/keeps-house.o")
    said = machine.run(f"kunload {kmid}")
    assert ": error 0" in said and said.endswith(f"kmid {kmid} unloaded\n")
    assert files(machine) == {}


def test_an_unload_may_load(machine):
    kmid, _ = kload(machine, "/t/parting.o")
    assert "_unload loads /t/service.o: error 0" in machine.run(f"kunload {kmid}")
    assert files(machine) == {"/t/service.o": 1}


def test_requests_of_an_unload_that_is_refused_are_taken_back(machine):
    kmid, _ = kload(machine, "/t/stays.o")
    before = machine.modstate()
    said = refusal(machine, f"kunload {kmid}")
    assert "_unload loads /t/user.o: error 0" in said and "unloads" in said
    assert "so the extension stays: 16 (EBUSY) [E403]" in said
    assert machine.modstate() == before
    said = machine.run(f"kunload {kmid}")
    assert said.endswith(f"kmid {kmid} unloaded\n")


# From the entry point


def test_an_entry_point_may_load_query_and_unload(machine):
    kmid, _ = kload(machine, "/t/plain.o")
    config = f"kconfig {kmid}"
    assert "error 0, kmid" in machine.run(f"{config} {LOAD + KERNELEX} /t/service.o")
    inner = int(machine.run("kquery /t/service.o").split()[1])
    assert f"error 0, kmid {inner}\n" in machine.run(f"{config} {LOAD + QUERY} /t/service.o")
    assert f"error 0, kmid {inner}\n" in \
        machine.run(f"{config} {LOAD + KERNELEX + SINGLE} /t/service.o")
    assert files(machine) == {"/t/plain.o": 1, "/t/service.o": 2}
    for left in {"/t/plain.o": 1, "/t/service.o": 1}, {"/t/plain.o": 1}:
        assert f"unloads {inner}: error 0\n" in machine.run(f"{config} {UNLOAD} {inner}")
        assert files(machine) == left


def test_an_entry_point_finds_and_calls_anothers_entry_point(machine):
    kmid, _ = kload(machine, "/t/plain.o")
    with_entry, _ = kload(machine, "/t/service.o")
    without, _ = kload(machine, "/t/dumb.o")
    assert said_words(machine.run(f"kconfig {kmid} {ENTRY} {with_entry}")) == [
        f"requests: kmid {with_entry} has an entry point", "service: command 1"]
    for number, flags in (without, 0), (999, 0), (0, 0), (with_entry, 1):
        assert said_words(machine.run(f"kconfig {kmid} {ENTRY + flags} {number}")) == [
            f"requests: kmid {number} has no entry point"]


def test_an_extension_may_ask_for_its_own_end_from_its_entry_point(machine):
    kmid, _ = kload(machine, "/t/plain.o")
    assert f"unloads {kmid}: error 0\n" in machine.run(f"kconfig {kmid} {UNLOAD} {kmid}")
    assert files(machine) == {}, "it goes when its entry point has returned"


def test_without_kernelex_no_name_becomes_global(machine):
    kmid, _ = kload(machine, "/t/plain.o")
    machine.run(f"kconfig {kmid} {LOAD} /t/service.o")
    assert "/t/service.o" in files(machine) and symbols(machine, "service") == {}
    assert "[E301]" in refusal(machine, "kload /t/user.o")


def test_flags_that_do_not_exist_are_invalid(machine):
    kmid, _ = kload(machine, "/t/plain.o")
    for command, data in ((LOAD + USRPATH + KERNELEX, "/t/service.o"), (LOAD + 16, "/t/service.o"),
                          (UNLOAD + 1, kmid)):
        said = refusal(machine, f"kconfig {kmid} {command} {data}")
        assert f"error {EINVAL}" in said and "22 (EINVAL) [E412]" in said
    assert files(machine) == {"/t/plain.o": 1}


def test_a_kmid_that_is_not_loaded_is_invalid(machine):
    kmid, _ = kload(machine, "/t/plain.o")
    assert f"unloads 999: error {EINVAL}" in refusal(machine, f"kconfig {kmid} {UNLOAD} 999")
    assert f"unloads 0: error {EBUSY}" in refusal(machine, f"kconfig {kmid} {UNLOAD} 0")


def test_what_an_entry_point_asked_for_stays_whatever_it_returns(machine):
    kmid, _ = kload(machine, "/t/unruly.o")
    assert "5 (EIO) [E412]" in refusal(machine, f"kconfig {kmid} 5")
    assert files(machine) == {"/t/unruly.o": 1, "/t/first.o": 1}


# Requests that ask for themselves


def test_a_load_that_asks_for_itself_once_is_refused(machine):
    said = refusal(machine, "kload -s /t/self-once.o")
    assert f"_load loads /t/self-once.o: error {EDEADLK}" in said and "[E402]" in said
    _, said = kload(machine, "-s /t/self-calm.o")
    assert f"error {EDEADLK}" in said and files(machine) == {"/t/self-calm.o": 1}


def test_a_load_that_asks_for_new_instances_of_itself_ends(machine):
    said = refusal(machine, "kload /t/self.o")
    assert f"_load loads /t/self.o: error {ELOOP}, kmid 0" in said
    assert said.count("requests: ") == 8 and files(machine) == {}


def test_a_ring_of_requests_for_new_instances_ends(machine):
    said = refusal(machine, "kload /t/ring-a.o")
    assert f"error {ELOOP}" in said and files(machine) == {}


def test_a_ring_of_single_loads_is_refused_or_works_as_its_members_take_it(machine):
    said = refusal(machine, "kload -s /t/once-a.o")
    assert f"_load loads /t/once-a.o: error {EDEADLK}" in said and files(machine) == {}
    kload(machine, "-s /t/calm-a.o")
    assert files(machine) == {"/t/calm-a.o": 1, "/t/calm-b.o": 1, "/t/calm-c.o": 1}
