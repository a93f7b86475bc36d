"""
kconfig and the configuration entry point (AIX reference, sections 1.5 and 3.3): what is called, with
what, and what its answer becomes. Most of it asks fixtures/configured.c.
"""

import pytest

from harness.groups import refusal, said_words
from harness.loading import kload, symbols, table

EXT = "/usr/lib/ext"


def stock(shelf):
    shelf.add("/t/configured.o", "configured.c", "-e", "configured")
    shelf.add("/t/without.o", "int without(void); int without(void) { return 1; }")
    shelf.add("/t/dependent.o", "int used(void) { return 1; } int entry(int c, void *u)\n"
              "{ printk(\"dependent: %d\", c); return u != 0; }", "-e", "entry", exports=["used"])
    shelf.add("/t/primary.o", "int used(void); int _load(void) { return used() - 1; }",
              imports={"/t/dependent.o": ["used"]})


@pytest.fixture(scope="module")
def shared_machine(shelf_machine):
    return shelf_machine(stock)


@pytest.fixture
def configure(machine, nothing_left):
    """configure("arguments"): runs kconfig of a fresh extension; what the extension said, as lines."""
    kmid, said = kload(machine, "/t/configured.o")
    assert said == "", "loading does not call the entry point"
    prefix = "configured: "

    def run(arguments):
        output = machine.run(f"kconfig {kmid} {arguments}")
        assert machine.last_status() == 0, output
        return [line.removeprefix(prefix) for line in said_words(output)]

    run.kmid = kmid
    return run


@pytest.mark.parametrize("word, number", [("init", 1), ("term", 2), ("qvpd", 3), ("ucode", 4),
                                          ("0", 0), ("1", 1), ("99", 99), ("0x20", 32)])
def test_the_command_is_passed_uninterpreted(configure, word, number):
    assert configure(word) == [f"call 1, command {number}, -1 bytes"]


def test_without_data_there_is_no_uio(configure):
    assert configure("init") == ["call 1, command 1, -1 bytes"]


def test_empty_data_is_a_uio_without_bytes(configure):
    assert configure("init ''") == ["call 1, command 1, 0 bytes", '"" in 0 moves']


def test_data_is_moved_piece_by_piece(configure):
    assert configure("init 'nine byte'") == ["call 1, command 1, 9 bytes", '"nine byte" in 3 moves']


def test_no_more_is_moved_than_there_is(configure):
    assert configure("term 'nine byte'") == ["call 1, command 2, 9 bytes", '"nine byte" in 1 moves']


def test_the_extension_can_write_into_the_data(configure):
    assert configure("qvpd 'room for it'") == ["call 1, command 3, 11 bytes", "5 bytes left"]


def test_any_number_of_calls_in_any_order(configure):
    for i, word in enumerate(["term", "init", "init", "ucode", "term"], 1):
        assert configure(word)[0].startswith(f"call {i}, ")


def test_an_error_of_the_entry_point_is_the_commands_error(machine, configure):
    for number, name in (1, "EPERM"), (5, "EIO"), (12, "ENOMEM"), (16, "EBUSY"), (999, "errno"):
        said = refusal(machine, f"kconfig {configure.kmid} {100 + number}")
        assert f"kconfig: kmid {configure.kmid}: the entry point returned an error: " \
               f"{number} ({name}) [E412]\n" in said


def test_after_an_error_the_extension_stays_as_it_is(machine, configure):
    before = machine.modstate()
    refusal(machine, f"kconfig {configure.kmid} 105")
    assert machine.modstate() == before
    assert configure("init") == ["call 2, command 1, -1 bytes"]


def test_each_instance_is_configured_by_its_own_kmid(machine, configure):
    other, _ = kload(machine, "/t/configured.o")
    configure("init")
    assert "call 1, " in machine.run(f"kconfig {other} init")
    assert configure("init") == ["call 2, command 1, -1 bytes"]


def test_neither_load_nor_unload_calls_the_entry_point(machine):
    kmid, said = kload(machine, "/t/configured.o")
    assert said == ""
    assert machine.run(f"kunload {kmid}") == f"kmid {kmid} unloaded\n"


def test_the_entry_point_need_not_be_exported(machine, configure):
    assert "configured" not in symbols(machine)


def test_a_dependent_has_an_entry_point_of_its_own(machine, nothing_left):
    kmid, _ = kload(machine, "/t/primary.o")
    dependent = table(machine)[0].kmid
    assert said_words(machine.run(f"kconfig {dependent} init")) == ["dependent: 1"]
    assert "[E411]" in refusal(machine, f"kconfig {kmid} init")


def test_what_has_no_entry_point_cannot_be_configured(machine, nothing_left):
    kmid, _ = kload(machine, "/t/without.o")
    assert f"kmid {kmid}: the extension has no entry point for configuration [E411]" in \
        refusal(machine, f"kconfig {kmid} init")


def test_a_kmid_that_is_not_loaded_is_refused(machine):
    assert "kmid 999: no such kmid [E404]" in refusal(machine, "kconfig 999 init")
    assert refusal(machine, "kconfig 0 init") == (
        "kconfig: kmid 0: the kernel itself cannot be configured: it is /unix [E414]\n"
        "  try: give the kmid of an extension: see them with `genkex`\n")
    assert "not a kmid" in refusal(machine, "kconfig one init")


@pytest.mark.parametrize("word", ["start", "-1", "4000000000", "''"])
def test_a_command_that_is_none_is_refused(machine, word):
    assert "not a command: give init, term, qvpd, ucode or a number" in \
        refusal(machine, f"kconfig 1 {word}")


@pytest.mark.parametrize("arguments", ["", "1", "1 init data more"])
def test_wrong_usage_is_told(machine, arguments):
    assert machine.status(f"kconfig {arguments}") == 2


# The example


def test_the_two_part_driver_is_configured_and_brings_its_lower_half(machine, nothing_left, arch):
    kmid, _ = kload(machine, f"{EXT}/topdrv.a")
    assert [(row.load, row.use, row.file) for row in table(machine)] == [
        (0, 1, f"{EXT}/bottom.a(bottom.o) private to {kmid}"),
        (1, 0, f"{EXT}/topdrv.a(topdrv{arch.width}.o)")]
    assert set(symbols(machine, "topdrv_*")) == {"topdrv_print", "topdrv_count"}
    assert symbols(machine, "bottom_*") == {}
    assert said_words(machine.run(f"kconfig {kmid} init paper")) == [
        "bottom: printer paper is on", "paper: configured"]
    assert "so the extension stays: 16 (EBUSY)" in refusal(machine, f"kunload {kmid}")
    assert said_words(machine.run(f"kconfig {kmid} term")) == [
        "bottom: printer paper is off after 1 lines"]


@pytest.mark.parametrize("arguments, error", [
    ("init", "EINVAL"), ("init ''", "EINVAL"), ("init a-name-of-16-byte", "EINVAL"),
    ("term", "ENXIO"), ("qvpd", "EINVAL")])
def test_the_two_part_driver_refuses_what_it_cannot_use(machine, nothing_left, arguments, error):
    kmid, _ = kload(machine, f"{EXT}/topdrv.a")
    assert f"({error}) [E412]" in refusal(machine, f"kconfig {kmid} {arguments}")
