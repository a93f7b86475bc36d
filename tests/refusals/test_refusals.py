"""Every status has a file that provokes exactly it, or a test of its own; docs/refusals.md is true."""

import re
import subprocess
import time

import pytest

from harness import BUILD, TREE
from harness.big_objects import ALLOC, EXECINSTR, GLOBAL_FUNC, R_DISTANCE, BigObject
from harness.initrd import initrd_with
from refusals import document
from refusals.fixtures import ELSEWHERE, FIXTURES, FOLDER, ONLY_64, OTHERS, files
from refusals.object_writer import ABSOLUTE_32, Object
from refusals.statuses import statuses

STATUSES = {status.name: status for status in statuses()}
SOUND = "sound.o"
BOOTED_MIN = 60
SECONDS_MAX = 5  # of a busy machine; less than one of an idle one


def of_width(width):
    return [name for name in FIXTURES if width == 64 or name not in ONLY_64]


def bits_only(name):
    """A 32-bit object can be tried on the host when its own bytes are what is wrong."""
    return STATUSES[name].number // 100 in (2, 5) and name not in ("ELF_MODE", "SYMBOL_DUPLICATE")


@pytest.fixture(scope="module", params=[64, 32])
def tried(request, tmp_path_factory):
    """By file: the number that it ended with on the host, and what was said."""
    folder = tmp_path_factory.mktemp("refusals")
    for name, content in files(request.param).items():
        (folder / name).write_bytes(content)
    names = [f"{name}.o" for name in of_width(request.param)
             if request.param == 64 or bits_only(name)]
    done = subprocess.run([BUILD / "host" / "refusals_try", folder, SOUND, *names],
                          capture_output=True, text=True, errors="replace", timeout=120, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return {name: (int(number), detail) for name, number, detail in
            (line.split(" ", 2) for line in done.stdout.splitlines())}


def test_every_status_is_provoked_somewhere():
    assert set(FIXTURES) | set(ELSEWHERE) == set(STATUSES)
    assert not set(FIXTURES) & set(ELSEWHERE)


def test_numbers_are_given_once():
    assert len({status.number for status in STATUSES.values()}) == len(STATUSES)


@pytest.mark.parametrize("name", ELSEWHERE)
def test_what_no_file_provokes_has_a_test_that_names_it(name):
    path, test = ELSEWHERE[name].split(": ")
    text = (TREE / path).read_text()
    body = re.search(rf"^(static void|def) {test}\(.*?(?=^(static|def|@|int main)|\Z)", text, re.M | re.S)
    assert body, ELSEWHERE[name]
    assert re.search(rf"STATUS_{name}\b|\bE{STATUSES[name].number}\b", body[0]), ELSEWHERE[name]


def test_the_sound_object_loads(tried):
    """So what a fixture spoils is all that is wrong with it."""
    assert tried[SOUND] == (0, "")


def test_each_fixture_provokes_its_status_and_no_other(tried):
    wrong = {name: said for name, said in tried.items()
             if name != SOUND and said[0] != STATUSES[name.removesuffix(".o")].number}
    assert wrong == {}


# What modplan cannot know, by what docs/modplan.md says that it supposes; it says that these are ok.
NO_DEPENDENTS = "dependents are not looked for; what they export is taken on trust"
OWN_MODE = "an object is planned for the kernel of its own mode"
NOTHING_RUNS = "nothing is run"
MEMORY = "whether memory suffices is seen in a kernel only"
UNKNOWN_TO_MODPLAN = {
    "FILE_MISSING": NO_DEPENDENTS,
    "FILE_DIRECTORY": NO_DEPENDENTS,
    "MEMBER_MISSING": NO_DEPENDENTS,
    "MEMBER_UNNAMED": NO_DEPENDENTS,
    "LIBPATH": NO_DEPENDENTS,
    "LIBPATH_MISSING": NO_DEPENDENTS,
    "LIBPATH_LIMIT": NO_DEPENDENTS,
    "LIBPATH_SEARCHES": NO_DEPENDENTS,
    "UNRESOLVED_DEPENDENT": NO_DEPENDENTS,
    "ARCHIVE_NO_MEMBER": OWN_MODE,
    "ELF_MODE": OWN_MODE,
    "INDIRECT_TARGET": NOTHING_RUNS,
    "LOAD_REFUSED": NOTHING_RUNS,
}
UNKNOWN_OF_64_BITS = {"OUT_OF_REACH": MEMORY}  # 32-bit extensions have 256 MiB of addresses at most


def planned(path):
    """The number that modplan refuses a file with; 0 when it says that all in it is ok."""
    done = subprocess.run([BUILD / "tools" / "modplan", "-k", TREE / "kernel" / "kernex.exp", path],
                          capture_output=True, text=True, errors="replace", timeout=60, check=False)
    refused = re.findall(r"^refused .*?: E(\d+) ", done.stdout, re.M)
    assert done.returncode == len(refused) and done.stderr == "", done.stdout + done.stderr
    return int(refused[0]) if refused else 0


@pytest.mark.parametrize("width", [64, 32])
def test_modplan_says_the_kernels_number(width, tmp_path):
    contents = files(width)
    unknown = UNKNOWN_TO_MODPLAN if width == 32 else UNKNOWN_TO_MODPLAN | UNKNOWN_OF_64_BITS
    said, expected = {}, {}
    for name in of_width(width):
        path = tmp_path / f"{name}.o"
        path.write_bytes(contents[path.name])
        said[name] = planned(path)
        expected[name] = 0 if name in unknown else STATUSES[name].number
    assert said == expected


@pytest.mark.parametrize("width", [64, 32])
def test_fixtures_are_the_same_bytes_each_time(width):
    assert files(width) == files(width)


@pytest.fixture(scope="module")
def machine(shared_boot, arch, tmp_path_factory):
    folder = tmp_path_factory.mktemp("refusals")
    made = {f"{FOLDER}/{name}": content for name, content in files(arch.width).items()}
    return shared_boot(initrd=initrd_with(folder / "initrd.tar", made))


def test_a_kernel_refuses_each_with_its_number_and_nothing_changes(machine, arch):
    before = machine.modstate()
    wrong = []
    for name in of_width(arch.width):
        said = machine.run(f"kload {FOLDER}/{name}.o")
        status = STATUSES[name]
        if f": {status.sentence}" not in said or f" [E{status.number}]\n" not in said:
            wrong.append(said)
        if machine.modstate() != before:
            wrong.append(f"{name} has changed something")
    assert wrong == []
    assert len(of_width(arch.width)) >= BOOTED_MIN


def test_a_kernel_loads_the_sound_ones(machine):
    for name in (SOUND, *OTHERS):
        before = machine.modstate()
        kmid = re.fullmatch(r"kmid (\d+)\n", machine.run(f"kload {FOLDER}/{name}"))[1]
        machine.run(f"kunload {kmid}")
        assert machine.modstate() == before


def test_the_page_says_what_the_table_says():
    page = (TREE / "docs" / "refusals.md").read_text()
    assert page == document.text(), "make it again: make refusals"


NAME_MAX = 1 << 14  # IMAGE_NAME_MAX


def sharing(name_size, count):
    """An object with that many imports that have one name, of that many bytes; one of them is needed."""
    o = Object(64)
    first = o.add_symbol("x" * name_size, 0)
    o.symbols += [o.symbols[first]] * (count - 1)
    o.add_relocation(0, ABSOLUTE_32[64], first)
    return o.build()


@pytest.mark.parametrize("size, count, number", [
    (500_000, 20_000, 228),  # 1 MB in all, and 10 GB when each looks at all of its name
    (NAME_MAX + 1, 1, 228),
    (NAME_MAX, 40_000, 505),
    (NAME_MAX, 250, 301),  # the most that is allowed
], ids=["1 MB", "too long", "too long together", "the limit"])
def test_many_symbols_that_share_a_long_name_are_decided_at_once(tmp_path, size, count, number):
    (tmp_path / "long.o").write_bytes(sharing(size, count))
    started = time.monotonic()
    done = subprocess.run([BUILD / "tools" / "modplan", "-q", tmp_path / "long.o"],
                          capture_output=True, text=True, timeout=60, check=False)
    assert f" E{number} " in done.stdout
    assert time.monotonic() - started < SECONDS_MAX


def with_many_unresolved_names(names, symbols, relocations):
    o = BigObject()
    text = o.section(".text", flags=ALLOC | EXECINSTR, contents=bytes(16 * symbols))
    for number in range(symbols):
        o.symbol(f"function_{number}", text, 16 * number, GLOBAL_FUNC)
    missing = [o.symbol(f"missing_{number}") for number in range(names)]
    o.relocations(text, [(4 * i, R_DISTANCE, missing[i % names], -4) for i in range(relocations)])
    return o.bytes()


@pytest.mark.parametrize("program", ["modplan", "loader"])
def test_thousands_of_unresolved_names_in_a_large_object_are_told_at_once(tmp_path, program):
    """Were each told by the function that it is used in, that were 1,000,000,000 looks at a symbol."""
    (tmp_path / "many.o").write_bytes(with_many_unresolved_names(10_000, 100_000, 300_000))
    command = [BUILD / "tools" / "modplan", tmp_path / "many.o"] if program == "modplan" else \
              [BUILD / "host" / "refusals_try", tmp_path, "many.o"]
    started = time.monotonic()
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert "10000 of 10000 imports" in done.stdout
    if program == "modplan":
        assert done.stdout.count(": not exported by /unix; needed by .text+") == 10_000
    assert time.monotonic() - started < SECONDS_MAX
