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
    segments: dict   # name to (address, size)
    relocations: Counter
    uses: list


def plan(machine, arguments):
    objects = []
    for line in machine.run(f"plan {arguments}").splitlines():
        if match := re.fullmatch(r"(?:dependent|extension) (\S+): (\d+) exports", line):
            objects.append(Planned(match[1], int(match[2]), {}, Counter(), []))
        elif match := re.fullmatch(r"  would use (.*)", line):
            objects[-1].uses.append(match[1])
        elif match := re.fullmatch(r"  (R_\w+) +(\d+)", line):
            objects[-1].relocations[match[1]] += int(match[2])
        else:
            match = re.fullmatch(r"  (text|constants|data) +([0-9a-f]+) +([0-9a-f]+)", line)
            assert match, line
            objects[-1].segments[match[1]] = int(match[2], 16), int(match[3], 16)
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
    base, _ = kload(machine, "/t/base.o")
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
    pages = sum(-(-size // 4096) for p in planned for _, size in p.segments.values())
    assert int(after[6]) - int(before[6]) == pages
    uses = {p.file: sorted(p.uses) for p in planned}
    hold, unix = "/t/ship.a(hold.o)", f"/t/base.o kmid {base}"
    assert uses == {"/t/lib/keel.o": [hold], hold: sorted(["/t/lib/keel.o", unix]),
                    "/t/cabin.o": sorted([hold, unix])}


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


@pytest.mark.parametrize("name", ["lost", "nofile", "nomember", "nopath", "noobject", "nobyte",
                                  "noname", "other", "absent", "cabin", "ship.a(hold"])
def test_a_plan_of_what_would_be_refused_gives_the_same_reasons(machine, name):
    planned = refusal(machine, f"plan '/t/{name}.o'")
    assert planned.replace("plan: ", "kload: ", 1) == refusal(machine, f"kload '/t/{name}.o'")


# Numbered messages


@pytest.mark.parametrize("path, number", [
    ("/t/absent.o", "0509-026"), ("/t", "0509-026"), ("/t/nofile.o", "0509-026"),
    ("/t/nopath.o", "0509-150"), ("/t/nomember.o", "0509-152"), ("/t/noobject.o", "0509-103"),
    ("/t/nobyte.o", "0509-103"), ("/etc/motd", "0509-103"), ("/t/other.o", "0509-103"),
    ("/t/lost.o", "0509-130"), ("/t/noname.o", "0509-130")])
def test_the_message_that_an_aix_administrator_knows_stands_under_our_sentence(machine, path, number):
    ours, theirs, *rest = refusal(machine, f"kload {path}").splitlines()
    assert re.fullmatch(r"kload: /\S+: .* \[E\d+\]", ours)
    assert theirs.startswith(f"  {number} ")
    assert rest[-1].startswith("  try: ")


def test_every_name_that_is_missing_is_told_with_its_number(machine, objects):
    said = refusal(machine, "kload /t/lost.o")
    symbols = objects["/t/lost.o"].get_section_by_name(".symtab")
    numbers = {symbol.name: i for i, symbol in enumerate(symbols.iter_symbols())}
    told = re.findall(r"^  0509-136 symbol (\w+) \(number (\d+)\) is not exported from (\S+)$", said,
                      re.M)
    assert sorted(told) == sorted((name, str(numbers[name]), "/unix")
                                  for name in ("aaa", "printj", "ccc"))
    assert "printk" in said, "the nearest name is suggested"
