"""
Private dependents, as a person at the prompt sees them (AIX reference, section 4): loaded once for a
request, a copy for every extension, their names nobody else's; where they are looked for, and what is
said of those that cannot be had.
"""

import re

import pytest

from harness import BUILD
from harness.groups import actor_source, chain_source, refusal, said_words
from harness.loading import kload, symbols, table

EXT = "/usr/lib/ext"
LIBRARIES = {"/t/lib": 1, "/t/other": 2}


def stock(shelf):
    add = shelf.add
    # shared <- one, two <- diamond
    add("/t/shared.o", chain_source("shared"), exports=["shared"])
    for name in "one", "two":
        add(f"/t/{name}.o", chain_source(name, ["shared"]), exports=[name],
            imports={"/t/shared.o": ["shared"]})
    add("/t/diamond.o", chain_source("diamond", ["one", "two"]), exports=["diamond"],
        imports={"/t/one.o": ["one"], "/t/two.o": ["two"]})
    # Who sees what of whom
    add("/t/outsider.o", "int shared(void); int _load(void) { return shared(); }",
        imports={"/unix": ["shared"]})
    add("/t/asks.o", "int shared(void); int _load(void) { printk(\"shared %d\", shared()); return 0; }",
        imports={"/t/shared.o": ["shared"]})
    add("/t/astray.o", "int shared(void), nosuch(void); int _load(void) { return shared(); }\n"
        "int call(void) { return nosuch(); }",
        imports={"/t/one.o": ["shared"], "/t/shared.o": ["nosuch"]})
    # which() in two folders, and who finds it along a path
    for folder, number in LIBRARIES.items():
        add(f"{folder}/which.o", f"int which(void) {{ return {number}; }}", exports=["which"])
    use = "int which(void); int _load(void) { printk(\"which %d\", which()); return 0; }"
    add("/t/bare.o", use, imports={"which.o": ["which"]})
    add("/t/recorded.o", use, "-blibpath:/t/nowhere:/t/other", imports={"which.o": ["which"]})
    add("/t/slash.o", use, imports={"/t/other/which.o": ["which"]})
    add("/t/unix.o", use, imports={"/unix": ["which"]})
    add("/t/far.o", use, f"-blibpath:/{253 * 'x'}", imports={"which.o": ["which"]})
    # Archives
    other = 96 - shelf.width
    add("/t/both.a(m.o)", "int which(void) { return 64; }", exports=["which"], width=64)
    add("/t/both.a(m.o)", "int which(void) { return 32; }", exports=["which"], width=32)
    add("/t/both.a(foreign.o)", "int which(void) { return 0; }", exports=["which"], width=other)
    add("/t/foreign.o", "int which(void) { return 0; }", exports=["which"], width=other)
    for name, file in {"member": "/t/both.a(m.o)", "nomember": "/t/both.a(none.o)",
                       "unnamed": "/t/both.a", "mode": "/t/both.a(foreign.o)",
                       "objectmode": "/t/foreign.o", "nofile": "/t/none.o",
                       "text": "/etc/motd", "folder": "/t/lib"}.items():
        add(f"/t/wants-{name}.o", use, imports={file: ["which"]})
    shelf.contents["/t/damaged.o"] = shelf.contents["/t/slash.o"][:700]
    add("/t/wants-damaged.o", use, imports={"/t/damaged.o": ["which"]})
    # A ring of three, entered by a fourth
    ring = ["x", "y", "z"]
    for i, name in enumerate(ring):
        following = ring[(i + 1) % 3]
        add(f"/t/ring.a({name}.o)", chain_source(name, [following]), exports=[name],
            imports={f"/t/ring.a({following}.o)": [following]})
    add("/t/ring-user.o", chain_source("user", ring),
        imports={f"/t/ring.a({name}.o)": [name] for name in ring})
    stock_spellings(shelf)
    stock_paths(shelf, use)
    stock_refusers(shelf)
    add("/t/itself.o", chain_source("itself", ["itself2"], "int itself2(void) { return 2; }"),
        exports=["itself", "itself2"])


def listing_source(file):
    """An object that lists a file and imports nothing from it, which modld would leave out."""
    return f'asm(".section .mod.files\\n.asciz \\"{file}\\"\\n.text");'


def stock_spellings(shelf):
    add = shelf.add
    add("/t/pair.o", "int pair_a(void), pair_b(void); static int calls;\n"
        "int pair_a(void) { return ++calls; } int pair_b(void) { return ++calls; }",
        exports=["pair_a", "pair_b"])
    add("/t/spelling.o", "int pair_a(void), pair_b(void); int _load(void)\n"
        "{ printk(\"pair %d %d\", pair_a(), pair_b()); return 0; }",
        imports={"/t/pair.o": ["pair_a"], "/t/../t/.//pair.o": ["pair_b"]})
    weak = "int maybe(void) __attribute__((weak)), perhaps(void) __attribute__((weak)), shared(void);\n" \
        "int _load(void) { printk(\"maybe %d, perhaps %d, shared %d\", maybe ? maybe() : 0,\n" \
        "perhaps ? perhaps() : 0, shared()); return 0; }"
    add("/t/weak.o", weak, imports={"/t/shared.o": ["maybe", "shared"], "/unix": ["perhaps"]})
    add("/t/perhaps.o", "int maybe(void), perhaps(void); int maybe(void) { return 8; }\n"
        "int perhaps(void) { return 9; }", exports=["maybe", "perhaps"])
    shelf.add_plain("/t/lists.o", listing_source("/t/shared.o"))
    shelf.add_plain("/t/lists-much.o", listing_source("/" + 254 * "x"))
    shelf.add_plain("/t/lists-too-much.o", listing_source("/" + 255 * "x"))
    shelf.add_plain("/t/lists-member.o", listing_source("/t/both.a(" + 255 * "m" + ")"))
    shelf.add_plain("/t/lists-nothing.o", listing_source("/t/both.a()"))
    add("/t/asker.o", "requests.c", "-e", "requests_config")
    add("/t/foreign.a(f.o)", "int f;", width=96 - shelf.width)


def stock_paths(shelf, use):
    add = shelf.add
    add("/t/third/which.o", "int which(void) { return 3; }", exports=["which"])
    shelf.contents["/t/odd/which.o/file"] = b"which.o is a folder here"
    through = "int which(void), mid(void); int mid(void) { return which(); }"
    use_mid = "int mid(void); int _load(void) { printk(\"which %d\", mid()); return 0; }"
    for name, options in {"own": ["-blibpath:/t/other"], "none": [],
                          "lost": ["-blibpath:/t/nowhere"]}.items():
        add(f"/t/mid-{name}.o", through, *options, exports=["mid"], imports={"which.o": ["which"]})
        add(f"/t/via-{name}.o", use_mid, "-blibpath:/t/lib", imports={f"/t/mid-{name}.o": ["mid"]})
    add("/t/along.o", actor_source("along",
        load='error = kmod_load("/t/bare.o", LD_KERNELEX, "/t/nowhere:/t/third", &asked)'))
    for folder, member in ("first", "a"), ("second", "b"):
        add(f"/t/{folder}/lib.a({member}.o)", "int which(void) { return 4; }", exports=["which"])
    add("/t/lib-user.o", use, imports={"lib.a(b.o)": ["which"]})


def stock_refusers(shelf):
    """/t/NAME-x.o imports from -b, and that from -a; one of them refuses something."""
    def three(name, **acts):
        before = []
        for who in "a", "b", "x":
            shelf.add(f"/t/{name}-{who}.o", actor_source(f"{name}_{who}", before, **acts.get(who, {})),
                      exports=[f"{name}_{who}"],
                      imports={f"/t/{name}-{symbol[-1]}.o": [symbol] for symbol in before})
            before = [f"{name}_{who}"]

    three("sick", b={"load": "error = 16"})
    three("torn", x={"load": "error = 16"}, a={"unload": "error = 16"})
    three("proud", x={"unload": "if (stops == 1) error = 16"})
    three("clingy", a={"unload": "if (stops == 1) error = 16"})
    three("tired", a={"unload": "if (stops == 1) error = 16"},
          b={"load": "if (starts == 2) error = 16"})


@pytest.fixture(scope="module")
def shared_machine(shelf_machine):
    return shelf_machine(stock)


pytestmark = pytest.mark.usefixtures("nothing_left")


def test_a_dependent_is_loaded_once_however_many_want_it(machine):
    kmid, said = kload(machine, "/t/diamond.o")
    assert said_words(said).count("shared starts") == 1
    rows = {row.file.split()[0]: row for row in table(machine)}
    assert len(rows) == 4
    assert (rows["/t/shared.o"].load, rows["/t/shared.o"].use) == (0, 2)


def test_dependents_start_before_and_stop_after_whoever_imports_from_them(machine):
    kmid, said = kload(machine, "/t/diamond.o")
    started = [word.removesuffix(" starts") for word in said_words(said)]
    assert (started[0], started[3]) == ("shared", "diamond") and set(started[1:3]) == {"one", "two"}
    stopped = [word.removesuffix(" stops") for word in said_words(machine.run(f"kunload {kmid}"))]
    assert stopped == started[::-1]


def test_a_second_extension_gets_its_own_copy_with_its_own_data(machine):
    first, said = kload(machine, "/t/diamond.o")
    second, said = kload(machine, "/t/asks.o")
    assert said_words(said)[-1] == "shared 1", "two calls by the diamond went to its own copy"
    copies = [row.file for row in table(machine) if row.file.startswith("/t/shared.o")]
    assert copies == [f"/t/shared.o private to {first}", f"/t/shared.o private to {second}"]
    machine.run(f"kunload {first}")
    assert [row.file for row in table(machine)] == [f"/t/shared.o private to {second}", "/t/asks.o"]


def test_two_loads_of_one_extension_give_two_sets(machine):
    kmids = [kload(machine, "/t/asks.o") for _ in range(2)]
    assert [said_words(said)[-1] for _, said in kmids] == ["shared 1", "shared 1"]
    assert len(table(machine)) == 4


def test_a_dependent_loaded_by_hand_is_another_copy(machine):
    by_hand, _ = kload(machine, "-s /t/shared.o")
    kmid, said = kload(machine, "/t/asks.o")
    assert said_words(said) == ["shared starts", "shared 1"]
    rows = table(machine)
    assert [(row.file, row.load, row.use) for row in rows] == [
        ("/t/shared.o", 1, 0), (f"/t/shared.o private to {kmid}", 0, 1), ("/t/asks.o", 1, 0)]


def test_a_private_dependent_does_not_answer_queries_or_single_loads(machine):
    kmid, _ = kload(machine, "/t/asks.o")
    assert machine.run("kquery /t/shared.o") == "kmid 0\n"
    again, _ = kload(machine, "-s /t/shared.o")
    assert len(table(machine)) == 3


def test_names_of_dependents_are_private(machine):
    kmid, _ = kload(machine, "/t/diamond.o")
    assert set(symbols(machine)) & {"shared", "one", "two", "diamond"} == {"diamond"}
    said = refusal(machine, "kload /t/outsider.o")
    assert "symbols are not exported by /unix" in said and "[E301]" in said


def test_a_name_is_looked_up_in_its_own_file_only(machine):
    newest = kload(machine, "/t/lib/which.o")[0]
    kmids = [newest]
    for path, number in {"/t/slash.o": 2, "/t/unix.o": 1}.items():
        kmid, said = kload(machine, path)
        kmids.append(kmid)
        assert said_words(said) == [f"which {number}"]


def test_a_name_that_its_file_lacks_is_refused_whoever_else_has_it(machine):
    kmid, _ = kload(machine, "/t/shared.o")
    said = refusal(machine, "kload /t/astray.o")
    assert "symbols are not exported by the dependents that they are imported from" in said
    assert "[E305]" in said
    assert "0509-130 symbol resolution failed for /t/astray.o because:" in said
    for name, file in {"shared": "/t/one.o", "nosuch": "/t/shared.o"}.items():
        assert re.search(rf"0509-136   symbol {name} \(number \d+\) is not exported from "
                         rf"dependent module {file}\n", said)


# Circles


def test_dependents_may_need_each_other(machine, arch):
    left, said = kload(machine, f"{EXT}/left.a")
    assert said_words(said) == ["left: ping had the ball 3 times, pong 2 times"]
    right, said = kload(machine, f"{EXT}/right.a")
    assert said_words(said) == ["right: ping had the ball 1 times, pong 1 times"]
    assert [row.file for row in table(machine)] == [
        f"{EXT}/pong.a(pong.o) private to {left}", f"{EXT}/ping.a(ping.o) private to {left}",
        f"{EXT}/left.a(left{arch.width}.o)",
        f"{EXT}/ping.a(ping.o) private to {right}", f"{EXT}/pong.a(pong.o) private to {right}",
        f"{EXT}/right.a(right{arch.width}.o)"]
    assert said_words(machine.run(f"kconfig {left} init")) == [
        "left: ping had the ball 6 times, pong 4 times"]


def test_the_examples_of_the_other_compiler_do_the_same(boot, initrd_with):
    names = ["left", "right", "ping", "pong", "topdrv", "bottom"]
    other = boot(toolchain="clang", initrd=initrd_with({
        f"{EXT}/{name}.a": (BUILD / "modules-clang" / f"{name}.a").read_bytes() for name in names}))
    before = other.modstate()
    said = [kload(other, f"{EXT}/{name}.a") for name in ("left", "right", "topdrv")]
    assert said_words("".join(words for _, words in said)) == [
        "left: ping had the ball 3 times, pong 2 times",
        "right: ping had the ball 1 times, pong 1 times"]
    assert other.status(f"kconfig {said[2][0]} init paper; kconfig {said[2][0]} term") == 0
    for kmid, _ in said:
        other.run(f"kunload {kmid}")
    assert other.modstate() == before


def test_a_circular_group_is_freed_as_a_unit(machine):
    kmid, said = kload(machine, "/t/ring-user.o")
    assert len(table(machine)) == 4
    assert [row.use for row in table(machine)] == [2, 2, 2, 0]
    assert sorted(said_words(machine.run(f"kunload {kmid}"))) == [
        "user stops", "x stops", "y stops", "z stops"]
    assert table(machine) == []


def test_a_member_of_a_circle_can_be_the_one_that_is_loaded(machine):
    kmid, _ = kload(machine, "/t/ring.a")
    assert [row.file for row in table(machine)][-1] == "/t/ring.a(x.o)"
    assert len(table(machine)) == 3 and set(symbols(machine, "?")) == {"x"}
    assert machine.run(f"kunload {kmid}").endswith(f"kmid {kmid} unloaded\n")


def test_a_cycle_is_started_as_it_was_met_and_stopped_in_reverse(machine):
    kmid, said = kload(machine, "/t/ring.a")
    assert said_words(said) == ["z starts", "y starts", "x starts"]
    assert said_words(machine.run(f"kunload {kmid}")) == ["x stops", "y stops", "z stops"]


# Which file it is, and which name


def test_the_same_file_by_two_spellings_is_one_dependent(machine):
    kmid, said = kload(machine, "/t/spelling.o")
    assert sorted(said_words(said)[0].split()) == ["1", "2", "pair"], "it counts both calls"
    assert {row.file for row in table(machine)} == {f"/t/../t/.//pair.o private to {kmid}",
                                                    "/t/spelling.o"}, "as it was called first"


def test_a_request_names_a_file_not_a_member(machine):
    assert "/t/ring.a(x.o): no such file [E101]" in refusal(machine, "kload '/t/ring.a(x.o)'")
    kload(machine, "/t/ring.a")
    assert machine.run("kquery '/t/ring.a(x.o)'") == "kmid 0\n"


def test_a_listed_file_is_loaded_though_nothing_is_imported_from_it(machine):
    kmid, said = kload(machine, "/t/lists.o")
    assert said_words(said) == ["shared starts"]
    assert [(row.file, row.load, row.use) for row in table(machine)] == [
        (f"/t/shared.o private to {kmid}", 0, 0), ("/t/lists.o", 1, 0)]
    assert said_words(machine.run(f"kunload {kmid}")) == ["shared stops"]


@pytest.mark.parametrize("name, number", [("much", 101), ("too-much", 302), ("member", 302),
                                          ("nothing", 302)])
def test_overlong_names_of_import_files_are_refused(machine, name, number):
    assert f"[E{number}]" in refusal(machine, f"kload /t/lists-{name}.o")


def test_a_weak_import_that_its_file_does_not_export_is_0(machine):
    kmid, said = kload(machine, "/t/weak.o")
    assert said_words(said)[-1] == "maybe 0, perhaps 0, shared 1"
    kload(machine, "/t/perhaps.o")
    again, said = kload(machine, "/t/weak.o")
    assert said_words(said)[-1] == "maybe 0, perhaps 9, shared 1", "maybe is not /unix's to give"


# Where dependents are looked for


def test_a_bare_name_is_searched_along_the_libpath_given(machine):
    for path, number in {"/t/lib": 1, "/t/none:/t/other:/t/lib": 2, "/t/lib:/t/other": 1}.items():
        kmid, said = kload(machine, f"-L {path} /t/bare.o")
        assert said_words(said) == [f"which {number}"]
    

def test_a_bare_name_without_a_libpath_is_found_nowhere(machine):
    said = refusal(machine, "kload /t/bare.o")
    assert "no folder of the library path has this file: which.o along no library path [E118]" in said
    assert "0509-150 a dependent module of /t/bare.o could not be loaded" in said
    assert "which.o along /t/nowhere [E118]" in refusal(machine, "kload -L /t/nowhere /t/bare.o")


def test_the_recorded_libpath_serves_where_none_is_given(machine):
    kmid, said = kload(machine, "/t/recorded.o")
    assert said_words(said) == ["which 2"]


def test_the_libpath_given_replaces_the_recorded_one(machine):
    kmid, said = kload(machine, "-L /t/lib /t/recorded.o")
    assert said_words(said) == ["which 1"]
    machine.run(f"kunload {kmid}")
    assert "[E118]" in refusal(machine, "kload -L /t/nowhere /t/recorded.o")


def test_kmod_load_takes_a_library_path(machine):
    _, said = kload(machine, "-L /t/lib /t/along.o")
    assert said_words(said) == ["along starts", "which 3"]


def test_a_name_with_a_slash_is_not_searched_for(machine):
    kmid, said = kload(machine, "-L /t/lib /t/slash.o")
    assert said_words(said) == ["which 2"]


@pytest.mark.parametrize("arguments, number", [
    ("-L /t/third /t/via-own.o", 3), ("/t/via-own.o", 2), ("/t/via-none.o", 1)],
    ids=["the request's", "else the importing object's", "else the primary's"])
def test_whose_library_path_finds_a_bare_name(machine, arguments, number):
    _, said = kload(machine, arguments)
    assert said_words(said) == [f"which {number}"]


def test_library_paths_are_not_added_up(machine):
    assert "which.o along /t/nowhere [E118]" in refusal(machine, "kload /t/via-lost.o")
    assert "which.o along /t/none [E118]" in refusal(machine, "kload -L /t/none /t/via-lost.o")


def test_folders_of_the_library_path_are_tried_in_order(machine):
    for path, number in {"/t/none:/t/odd:/t/other:/t/third": 2, "/t/third:/t/other": 3}.items():
        _, said = kload(machine, f"-L {path} /t/bare.o")
        assert said_words(said) == [f"which {number}"], "a folder of that name is passed by"


def test_the_first_file_of_the_name_is_the_one(machine):
    said = refusal(machine, "kload -L /t/first:/t/second /t/lib-user.o")
    assert "/t/first/lib.a(b.o): the archive has no member of this name" in said and "[E115]" in said
    _, said = kload(machine, "-L /t/second:/t/first /t/lib-user.o")
    assert said_words(said) == ["which 4"]


@pytest.mark.parametrize("path", ["''", "/t/none:", ":/t/lib", "/t/none::/t/lib"],
                         ids=["empty", "last", "first", "middle"])
def test_a_libpath_with_an_empty_part_is_refused(machine, path):
    said = refusal(machine, f"kload -L {path} /t/bare.o")
    assert "a part of the library path is empty or too long" in said and "[E117]" in said


def test_a_folder_that_makes_a_path_too_long_is_refused(machine):
    assert "[E117]" in refusal(machine, "kload /t/far.o")


# What cannot be had


def test_the_member_of_the_kernels_mode_is_taken(machine, arch):
    kmid, said = kload(machine, "/t/wants-member.o")
    assert said_words(said) == [f"which {arch.width}"]


@pytest.mark.parametrize("wants, reason, number", [
    ("nomember", r"/t/both.a\(none.o\): the archive has no member of this name.*\[E115\]", "0509-152"),
    ("unnamed", r"/t/both.a: a dependency on an archive must name its member.*\[E116\]", None),
    ("mode", r"/t/both.a\(foreign.o\): the object is not of this kernel's mode.*\[E207\]", "0509-103"),
    ("objectmode", r"/t/foreign.o: the object is not of this kernel's mode.*\[E207\]", "0509-103"),
    ("nofile", r"/t/none.o: no such file.*\[E101\]", "0509-026"),
    ("folder", r"/t/lib: is a directory.*\[E102\]", "0509-026"),
    ("text", r"/etc/motd: neither an ELF object nor an ar archive.*\[E104\]", "0509-103"),
    ("damaged", r"/t/damaged.o: the section table lies outside the file.*\[E210\]", None),
])
def test_a_dependent_that_cannot_be_had_is_named_with_the_reason(machine, wants, reason, number):
    said = refusal(machine, f"kload /t/wants-{wants}.o")
    assert re.match(f"kload: {reason}\n", said), said
    assert re.findall(r"^  (0509-\d+) ", said, re.M) == \
        ["0509-150", "0509-022", *([number] if number else [])]
    assert f"/t/wants-{wants}.o" in said, "it is told who needs it"


@pytest.mark.parametrize("path, error", [
    ("/t/outsider.o", "ENOEXEC"), ("/t/astray.o", "ENOEXEC"), ("/t/wants-nofile.o", "ENOENT"),
    ("/t/bare.o", "ENOENT"), ("/t/wants-nomember.o", "ENOENT"), ("/t/wants-mode.o", "ENOEXEC"),
    ("/t/wants-unnamed.o", "EINVAL"), ("/t/foreign.a", "ENOEXEC")])
def test_refusals_have_an_errno(machine, path, error):
    number = {"ENOENT": 2, "ENOEXEC": 8, "EINVAL": 22}[error]
    kmid, _ = kload(machine, "/t/asker.o")
    said = refusal(machine, f"kconfig {kmid} 102 {path}")
    assert f"entry loads {path}: error {number}, kmid 0" in said


# Who refuses


def test_a_dependent_whose_load_refuses_fails_the_whole_load(machine):
    said = refusal(machine, "kload /t/sick-x.o")
    assert "/t/sick-b.o: _load returned an error: 16 (EBUSY) [E402]" in said
    assert said_words(said) == ["sick_a starts", "sick_b starts", "sick_a stops"]
    assert table(machine) == []


def test_an_unload_that_refuses_in_a_roll_back_is_not_honoured(machine):
    said = refusal(machine, "kload /t/torn-x.o")
    assert "/t/torn-x.o: _load returned an error: 16 (EBUSY) [E402]" in said
    assert said_words(said)[3:] == ["torn_b stops", "torn_a stops"]
    assert table(machine) == []


def test_an_unload_that_the_primary_refuses_stops_nobody(machine):
    kmid, _ = kload(machine, "/t/proud-x.o")
    before = machine.modstate()
    assert said_words(refusal(machine, f"kunload {kmid}")) == ["proud_x stops"]
    assert machine.modstate() == before


def test_an_unload_that_a_dependent_refuses_starts_the_others_again(machine):
    kmid, _ = kload(machine, "/t/clingy-x.o")
    before = machine.modstate()
    assert said_words(refusal(machine, f"kunload {kmid}")) == [
        "clingy_x stops", "clingy_b stops", "clingy_a stops", "clingy_b starts", "clingy_x starts"]
    assert machine.modstate() == before
    assert said_words(machine.run(f"kunload {kmid}")) == [
        "clingy_x stops", "clingy_b stops", "clingy_a stops"]


def test_what_could_not_be_started_again_is_not_stopped_again(machine):
    kmid, _ = kload(machine, "/t/tired-x.o")
    assert said_words(refusal(machine, f"kunload {kmid}")) == [
        "tired_x stops", "tired_b stops", "tired_a stops", "tired_b starts"]
    assert said_words(machine.run(f"kunload {kmid}")) == ["tired_a stops"]
