"""
What the shell answers about extensions: genkex, why, binds, plan, and the numbered messages of a load
that fails (AIX reference, sections 3.4 and 8).
"""

import io
import re
from collections import Counter
from typing import NamedTuple

import pytest
from elftools.elf.elffile import ELFFile

from harness.groups import chain_source, refusal, said_words
from harness.loading import ROW, kload, table

EXT = "/usr/lib/ext"
WIDTHS = {64: "R_X86_64_", 32: "R_386_"}
RELOCATION_NAMES = {64: {1: "64", 2: "PC32", 4: "PLT32", 10: "32", 11: "32S", 24: "PC64"},
                    32: {1: "32", 2: "PC32", 4: "PLT32"}}


def stock(shelf):
    add = shelf.add
    # base <- cabin -> hold <-> keel, and hold -> base
    add("/t/base.o",
        chain_source("base", [], "int base_table[40] = {1}; int *base_pointer = base_table;"),
        exports=["base", "base_table"])
    add("/t/ship.a(hold.o)", chain_source("hold", ["keel", "base"], "char hold_room[5000];"),
        exports=["hold", "hold_room"], imports={"keel.o": ["keel"], "/unix": ["base"]})
    add("/t/lib/keel.o", chain_source("keel", ["hold"]), exports=["keel"],
        imports={"/t/ship.a(hold.o)": ["hold"]})
    tables = "extern int base_table[]; int *cabin_map[] = {base_table, base_table + 3};"
    add("/t/cabin.o", chain_source("cabin", ["hold", "base"], tables),
        "-blibpath:/t/lib", exports=["cabin"],
        imports={"/t/ship.a(hold.o)": ["hold"], "/unix": ["base", "base_table"]})
    add("/t/cook.o", chain_source("cook", ["cabin"]), exports=["cook"], imports={"/unix": ["cabin"]})
    add("/t/guest.o", chain_source("guest", ["cook"]), imports={"/unix": ["cook"]})
    add("/t/lost.o", "int aaa(void), printj(void), ccc(void);\nint _load(void) { return aaa(); }\n"
        "int more(void) { return printj() + ccc() + aaa(); }",
        imports={"/unix": ["aaa", "printj", "ccc"]})
    use = "int hold(void); int _load(void) { return hold(); }"
    for name, file in {"nofile": "/t/none.o", "nomember": "/t/ship.a(none.o)",
                       "nopath": "none.o", "noobject": "/etc/motd"}.items():
        add(f"/t/{name}.o", use, imports={file: ["hold"]})
    add("/t/nobyte.o", use, imports={"/t/empty.o": ["hold"]})
    shelf.contents["/t/empty.o"] = b""
    add("/t/noname.o", "int keel_bolt(void); int _load(void) { return keel_bolt(); }",
        "-blibpath:/t/lib", imports={"keel.o": ["keel_bolt"]})
    add("/t/other.o", "int other;", width=96 - shelf.width)
    add("/t/wreck.o", "int a(void), b(void), c(void), more(void), nothing(void);\n"
        "int _load(void) { return a() + b() + c() + more() + nothing(); }",
        imports={"/t/none.o": ["a"], "none.o": ["b"], "/t/ship.a(none.o)": ["c"],
                 "/unix": ["nothing"], "/t/lost.o": ["more"]})


@pytest.fixture(scope="module")
def shared_machine(shelf_machine):
    return shelf_machine(stock)


@pytest.fixture(scope="module")
def objects(shelf_machine, shared_machine):
    """The ELF objects on the machine: file to ELFFile."""
    return {file: ELFFile(io.BytesIO(content))
            for file, content in shelf_machine.shelf.contents.items() if content}


pytestmark = pytest.mark.usefixtures("nothing_left")


# genkex


def test_genkex_has_a_line_for_each_extension_oldest_first(machine):
    assert machine.run("genkex") == \
        " kmid      text address    size      data address    size  load use  file\n"
    kmids = [kload(machine, f"/t/{name}.o")[0] for name in ("base", "cabin", "cook")]
    rows = table(machine)
    assert [row.kmid for row in rows] == sorted(row.kmid for row in rows)
    assert {row.kmid for row in rows} > set(kmids) and len(rows) == 5


def test_genkex_shows_whom_a_dependent_is_private_to(machine):
    kload(machine, "/t/base.o")
    first, _ = kload(machine, "/t/cabin.o")
    second, _ = kload(machine, "/t/cabin.o")
    private = [row.file for row in table(machine) if "private" in row.file]
    assert sorted(private) == sorted(f"{file} private to {kmid}" for kmid in (first, second)
                                     for file in ("/t/ship.a(hold.o)", "/t/lib/keel.o"))


def test_genkex_shows_where_text_and_data_are(machine):
    kload(machine, "/t/base.o")
    match = ROW.fullmatch(machine.run("genkex").splitlines()[1])
    text, text_size, data, data_size = (int(match[i], 16) for i in range(2, 6))
    addresses = {line.split()[1]: int(line.split()[0], 16)
                 for line in machine.run("syms base*").splitlines()}
    assert text <= addresses["base"] < text + text_size
    assert data <= addresses["base_table"] < data + data_size
    assert data_size >= 160 and text % 4096 == 0 and data % 4096 == 0


def test_genkex_d_has_the_columns_of_aix(machine):
    kload(machine, "/t/base.o")
    kload(machine, "/t/cabin.o")
    rows = [ROW.fullmatch(line) for line in machine.run("genkex").splitlines()[1:]]
    head, *lines = machine.run("genkex -d").splitlines()
    assert re.split(r"  +| (?=File)", head.strip()) == \
        ["Text address", "Size", "Data address", "Size", "File"]
    assert [line.split() for line in lines] == \
        [[*(row[i] for i in range(2, 6)), row[8].split()[0]] for row in rows]
    assert machine.status("genkex -h") == 2 and machine.status("genkex 1") == 2


# why


def test_why_shows_load_requests(machine):
    kmid, _ = kload(machine, "/t/base.o")
    assert machine.run(f"why {kmid}") == (f"kmid {kmid}  /t/base.o: load count 1, use count 0\n"
                                          f"  held by 1 load request: kunload {kmid}\n")
    kload(machine, "-s /t/base.o")
    assert f"  held by 2 load requests: kunload {kmid}\n" in machine.run(f"why {kmid}")


def test_why_follows_users_up_to_one_that_is_asked_for(machine):
    base, cabin, cook, guest = (kload(machine, f"/t/{name}.o")[0]
                                for name in ("base", "cabin", "cook", "guest"))
    hold = next(row.kmid for row in table(machine) if "hold" in row.file)
    for kmid in base, cabin, cook:
        machine.run(f"kunload {kmid}")
    assert machine.run(f"why {cabin}") == (
        f"kmid {cabin}  /t/cabin.o: load count 0, use count 1\n"
        f"  used by kmid {cook}  /t/cook.o\n"
        f"kmid {cook}  /t/cook.o: load count 0, use count 1\n"
        f"  used by kmid {guest}  /t/guest.o\n"
        f"kmid {guest}  /t/guest.o: load count 1, use count 0\n"
        f"  held by 1 load request: kunload {guest}\n")
    said = machine.run(f"why {base}")
    assert f"  used by kmid {hold}  /t/ship.a(hold.o)\n" in said
    assert f"  used by kmid {cabin}  /t/cabin.o\n" in said


def test_why_of_a_circle_ends(machine):
    kload(machine, "/t/base.o")
    cabin, _ = kload(machine, "/t/cabin.o")
    hold, keel = (next(row.kmid for row in table(machine) if name in row.file)
                  for name in ("hold", "keel"))
    said = machine.run(f"why {keel}")
    assert said.startswith(f"kmid {keel}  /t/lib/keel.o: load count 0, use count 1\n"
                           f"  used by kmid {hold}  /t/ship.a(hold.o)\n"
                           f"kmid {hold}  /t/ship.a(hold.o): load count 0, use count 2\n")
    assert said.endswith(f"  held by 1 load request: kunload {cabin}\n")


def test_why_of_nobody_is_refused(machine):
    assert "why: 999: no such kmid: see genkex" in refusal(machine, "why 999")
    assert "why: base: not a kmid" in refusal(machine, "why base")
    assert "why: 0: it is the kernel" in refusal(machine, "why 0")
    assert machine.status("why") == 2


# binds


def test_binds_shows_each_definition_and_its_users(machine):
    first, cabin, second, late = (kload(machine, f"/t/{name}.o")[0]
                                  for name in ("base", "cabin", "base", "cabin"))
    holds = [row.kmid for row in table(machine) if "hold" in row.file]
    said = re.sub(r"^ *[0-9a-f]+ base \[", "base [", machine.run("binds base"), flags=re.M)
    parts = sorted(re.split(r"(?m)^(?=base \[)", said)[1:])
    expected = []
    for owner, hidden, hold, user in ((first, ", hidden by a newer one", holds[0], cabin),
                                      (second, "", holds[1], late)):
        expected.append(f"base [base {owner}{hidden}]\n"
                        f"  kmid {hold}  /t/ship.a(hold.o) at 1 place\n"
                        f"  kmid {user}  /t/cabin.o at 1 place\n")
    assert parts == sorted(expected)


def test_binds_counts_the_places_that_refer_to_a_name(machine, objects):
    kload(machine, "/t/base.o")
    cabin, _ = kload(machine, "/t/cabin.o")
    elf = objects["/t/cabin.o"]
    count = sum(1 for _, symbol, _ in relocations(elf) if symbol == "base_table")
    assert count == 2
    assert f"  kmid {cabin}  /t/cabin.o at {count} places\n" in machine.run("binds base_table")


def test_binds_shows_private_names_and_the_kernels(machine):
    kload(machine, "/t/base.o")
    kload(machine, "/t/cabin.o")
    keel = next(row.kmid for row in table(machine) if "keel" in row.file)
    assert f" keel [keel {keel}, private]\n" in machine.run("binds keel")
    assert " printk [unix]\n" in machine.run("binds printk")


def test_binds_of_a_name_that_nobody_defines_is_refused(machine):
    assert "binds: base: nobody defines it" in refusal(machine, "binds base")


# plan


class Planned(NamedTuple):
    """What plan says of one object."""
    file: str
    exports: int
    bytes: int
    memory: int
    segments: dict   # name to (address, size)
    relocations: Counter
    names: dict      # name to (address, whose)


TOTAL = re.compile(r"in all (\d+) objects, (\d+) exports, (\d+) bytes in (\d+) of memory, "
                   r"(\d+) relocations, (\d+) names")


def plan(machine, arguments):
    objects = []
    *lines, total = machine.run(f"plan {arguments}").splitlines()
    for line in lines:
        if match := re.fullmatch(r"(?:dependent|extension) (\S+): (\d+) exports, (\d+) bytes in "
                                 r"(\d+) of memory", line):
            objects.append(Planned(match[1], *map(int, match.groups()[1:]), {}, Counter(), {}))
        elif match := re.fullmatch(r"  would bind (\S+) at ([0-9a-f]+) of (.*)", line):
            objects[-1].names[match[1]] = int(match[2], 16), match[3]
        elif match := re.fullmatch(r"  (R_\w+) +(\d+)", line):
            objects[-1].relocations[match[1]] += int(match[2])
        else:
            match = re.fullmatch(r"  (text|constants|data) +([0-9a-f]+) +([0-9a-f]+)", line)
            assert match, line
            objects[-1].segments[match[1]] = int(match[2], 16), int(match[3], 16)
    assert [int(number) for number in TOTAL.fullmatch(total).groups()] == [
        len(objects), sum(o.exports for o in objects),
        sum(size for o in objects for _, size in o.segments.values()),
        sum(o.memory for o in objects), sum(o.relocations.total() for o in objects),
        sum(len(o.names) for o in objects)]
    return objects


def relocations(elf):
    """(type, symbol, section) of everything that has to be relocated in memory."""
    for section in elf.iter_sections():
        if section["sh_type"] not in ("SHT_REL", "SHT_RELA") or \
                not elf.get_section(section["sh_info"])["sh_flags"] & 2:
            continue
        symbols = elf.get_section(section["sh_link"])
        for entry in section.iter_relocations():
            yield (entry["r_info_type"], symbols.get_symbol(entry["r_info_sym"]).name,
                   section["sh_info"])


def placed(machine):
    """genkex: file to its text and data, (0, 0) where there is none."""
    rows = [ROW.fullmatch(line) for line in machine.run("genkex").splitlines()[1:]]
    return {row[8].split()[0]: tuple(int(row[i], 16) for i in range(2, 6)) for row in rows}


def test_what_is_planned_is_what_the_load_does(machine):
    kload(machine, "/t/base.o")
    before = machine.modstate().split()
    planned = plan(machine, "/t/cabin.o")
    kload(machine, "/t/cabin.o")
    after = machine.modstate().split()
    rows = placed(machine)
    rows.pop("/t/base.o")
    assert {p.file: p.segments.get("text", (0, 0)) + p.segments.get("data", (0, 0))
            for p in planned} == rows
    assert int(after[4]) - int(before[4]) == sum(p.exports for p in planned), "symbols"
    assert int(after[2]) - int(before[2]) == len(planned) == 3, "instances"
    assert (int(after[6]) - int(before[6])) * 4096 == sum(p.memory for p in planned), "pages"
    for p in planned:
        assert p.memory == sum(-(-size // 4096) * 4096 for _, size in p.segments.values())
        assert p.bytes == sum(size for _, size in p.segments.values())


def test_a_plan_tells_every_name_that_the_load_binds_and_whose_it_is(machine, objects):
    base, _ = kload(machine, "/t/base.o")
    planned = {p.file: p.names for p in plan(machine, "/t/cabin.o")}
    kload(machine, "/t/cabin.o")
    defined = {}
    for name in {name for names in planned.values() for name in names}:
        for line in machine.run(f"binds {name}").splitlines():
            if match := re.match(r" *([0-9a-f]+) (\w+) \[", line):
                defined[match[2]] = int(match[1], 16)
    hold, of_base = "/t/ship.a(hold.o)", f"/t/base.o kmid {base}"
    whose = {"/t/lib/keel.o": {"hold": hold, "printk": "/unix"},
             hold: {"keel": "/t/lib/keel.o", "base": of_base, "printk": "/unix"},
             "/t/cabin.o": {"hold": hold, "base": of_base, "base_table": of_base,
                            "printk": "/unix"}}
    assert {file: {name: owner for name, (_, owner) in names.items()}
            for file, names in planned.items()} == whose
    for names in planned.values():
        assert {name: address for name, (address, _) in names.items()} == \
            {name: defined[name] for name in names}


def test_planned_relocations_are_those_of_the_objects(machine, objects, arch):
    kload(machine, "/t/base.o")
    planned = {p.file: p.relocations for p in plan(machine, "/t/cabin.o")}
    for file in "/t/cabin.o", "/t/lib/keel.o":
        kinds = Counter(WIDTHS[arch.width] + RELOCATION_NAMES[arch.width][kind]
                        for kind, _, _ in relocations(objects[file]))
        assert planned[file] == kinds


def test_a_plan_does_nothing(machine):
    base, _ = kload(machine, "/t/base.o")
    before = machine.modstate()
    for _ in range(2):
        said = machine.run("plan /t/cabin.o")
        assert said_words(said) == [], "no _load runs"
        assert machine.modstate() == before
    kload(machine, "/t/cabin.o")
    assert [row.kmid for row in table(machine)] == list(range(base, base + 4)), "no kmid is used up"


def test_a_plan_takes_a_libpath(machine):
    kload(machine, "/t/base.o")
    assert "[E118]" in refusal(machine, "plan -L /t/none /t/cabin.o")
    assert len(plan(machine, "-L /t/lib /t/cabin.o")) == 3


def test_a_plan_of_a_single_load_tells_what_would_be_counted(machine):
    kload(machine, "/t/base.o")
    assert len(plan(machine, "-s -L /t/lib /t/cabin.o")) == 3, "there is none of that name yet"
    kmid, _ = kload(machine, "/t/cabin.o")
    assert machine.run("plan -s /t/cabin.o") == (
        f"kmid {kmid}  /t/cabin.o is loaded under this name: only its load count would grow, "
        "from 1 to 2\n")
    assert len(plan(machine, "/t/cabin.o")) == 3, "a new instance"


def test_a_plan_gives_every_reason(machine):
    said = refusal(machine, "plan /t/wreck.o")
    assert sorted(re.findall(r"^plan: .*$", said, re.M)) == sorted([
        "plan: /t/none.o: no such file [E101]",
        "plan: /t/wreck.o: no folder of the library path has this file: none.o along "
        "no library path [E118]",
        "plan: /t/ship.a(none.o): the archive has no member of this name [E115]",
        "plan: /t/lost.o: symbols are not exported by /unix: 3 of 3 imports [E301]",
        "plan: /t/wreck.o: symbols are not exported by /unix: 2 of 5 imports [E301]",
        "plan: 5 reasons"])
    assert said.splitlines()[0] == refusal(machine, "kload /t/wreck.o").splitlines()[0].replace(
        "kload", "plan")
    assert sorted(re.findall(r"0509-136   symbol (\w+) ", said)) == \
        ["aaa", "ccc", "more", "nothing", "printj"]


def test_a_plan_can_be_made_to_fail_at_every_point(machine):
    kload(machine, "/t/base.o")
    before = machine.modstate()
    for option in "--fail-at", "--fail-from":
        number = 1
        while machine.run(f"plan {option} {number} /t/cabin.o").startswith("plan: "):
            assert machine.modstate() == before
            number += 7
        assert number > 30 and machine.modstate() == before


@pytest.mark.parametrize("name", ["lost", "nofile", "nomember", "nopath", "noobject", "nobyte",
                                  "noname", "other", "absent", "cabin", "ship.a(hold"])
def test_a_plan_of_what_would_be_refused_gives_the_same_reasons(machine, name):
    first, *others = re.split(r"^plan: ", refusal(machine, f"plan '/t/{name}.o'"), flags=re.M)[1:]
    assert "kload: " + first == refusal(machine, f"kload '/t/{name}.o'")
    assert bool(others) == (name in ("cabin", "noname")), "the base that they all need is not there"


# Numbered messages


LOAD = "0509-022 cannot load module {}"
DEPENDENT = "0509-150 dependent module {} could not be loaded"
FORMAT = "0509-103 the module has an invalid magic number"
MISSING = "0509-026 system error: a part of the path does not exist"


def messages(said):
    return re.findall(r"^  (0509-.*)$", said, re.M)


@pytest.mark.parametrize("path, expected", [
    ("/t/absent.o", [LOAD.format("/t/absent.o"), MISSING]),
    ("/t", [LOAD.format("/t"), "0509-026 system error: the path is a directory"]),
    ("/t/nofile.o", [DEPENDENT.format("/t/none.o"), LOAD.format("/t/none.o"), MISSING]),
    ("/t/nopath.o", ["0509-150 a dependent module of /t/nopath.o could not be loaded",
                     LOAD.format("/t/nopath.o"),
                     "0509-026 system error: no folder of the library path has the file"]),
    ("/t/nomember.o", [DEPENDENT.format("/t/ship.a(none.o)"), LOAD.format("/t/ship.a(none.o)"),
                       "0509-152 the member is not found in the archive"]),
    ("/t/noobject.o", [DEPENDENT.format("/etc/motd"), LOAD.format("/etc/motd"), FORMAT]),
    ("/t/nobyte.o", [DEPENDENT.format("/t/empty.o"), LOAD.format("/t/empty.o"), FORMAT]),
    ("/etc/motd", [LOAD.format("/etc/motd"), FORMAT]),
    ("/t/other.o", [LOAD.format("/t/other.o"), FORMAT])])
def test_messages_that_an_aix_administrator_knows_stand_under_our_sentence(machine, path, expected):
    said = refusal(machine, f"kload {path}")
    ours, *lines = said.splitlines()
    assert re.fullmatch(r"kload: /\S+: .* \[E\d+\]", ours)
    assert lines[:len(expected)] == [f"  {line}" for line in expected] and \
        messages(said) == expected
    assert lines[-1].startswith("  try: ")


@pytest.mark.parametrize("path, file, names, provider", [
    ("/t/lost.o", "/t/lost.o", ["aaa", "printj", "ccc"], "/unix"),
    ("/t/noname.o", "/t/noname.o", ["keel_bolt"], "/t/lib/keel.o")])
def test_symbols_that_are_missing_are_told_as_aix_does(machine, objects, path, file, names,
                                                       provider):
    if provider != "/unix":
        kload(machine, "/t/base.o")
    said = refusal(machine, f"kload {path}")
    symbols = objects[path].get_section_by_name(".symtab")
    numbers = {symbol.name: i for i, symbol in enumerate(symbols.iter_symbols())}
    head, *middle, advice = messages(said)
    assert head == f"0509-130 symbol resolution failed for {file} because:"
    assert sorted(middle) == sorted(
        f"0509-136   symbol {name} (number {numbers[name]}) is not exported from dependent module "
        f"{provider}" for name in names)
    assert advice.startswith("0509-192 ")
    for name in names:
        assert re.search(rf"^  {name}: .*needed by ", said, re.M), "our explanation beneath"
    assert provider != "/unix" or "printk" in said, "the nearest name is suggested"


def test_messages_are_of_loads_only(machine):
    for command in "kunload 999", "kconfig 999 init", "kbench /t/absent.o":
        assert messages(refusal(machine, command)) == []
