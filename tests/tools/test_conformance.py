"""docs/conformance.md: each rule has its tests, each test exists, and each conformance test is named."""

import re

import pytest

from harness import TREE

HOST_TEST = re.compile(r"^static void (\w+)\(void \*\*state\)$", re.M)
PYTHON_TEST = re.compile(r"^def (test_\w+)\(", re.M)
SELFTEST = re.compile(r"^SELFTEST\((\w+), (\w+)\)$", re.M)


def rows():
    """(rule, host cell, boot cell) of every row that names tests."""
    for line in (TREE / "docs/conformance.md").read_text().splitlines():
        cells = [cell.strip() for cell in line.strip("|").split(" | ")]
        if line.startswith("| ") and len(cells) == 4 and cells[0] not in ("§", "---"):
            yield cells[1:]


def named(cell):
    return re.findall(r"`([\w.]+)`", cell)


def found(folder, pattern, expression):
    """What an expression finds in the files of a folder, as texts."""
    return [match if isinstance(match, str) else ".".join(match)
            for file in sorted((TREE / folder).rglob(pattern))
            for match in expression.findall(file.read_text())]


@pytest.fixture(scope="module")
def host_tests():
    return {*found("tests/host", "test_*.c", HOST_TEST), *found("tests/tools", "*.py", PYTHON_TEST)}


@pytest.fixture(scope="module")
def boot_tests():
    return {*found("tests/boot", "*.py", PYTHON_TEST), *found("kernel", "*.c", SELFTEST)}


def test_every_rule_has_a_test_on_the_host_and_by_boot_or_a_reason():
    assert len(list(rows())) > 100
    for rule, *cells in rows():
        for cell in cells:
            assert named(cell) or re.match("— [a-z]+", cell), rule


def test_every_test_that_a_rule_names_exists(host_tests, boot_tests):
    for rule, host, boot in rows():
        assert not host.startswith("`") or set(named(host)) <= host_tests, rule
        assert not boot.startswith("`") or set(named(boot)) <= boot_tests, rule


def test_every_conformance_test_of_the_host_is_named():
    tests = found("tests/host", "test_conformance_*.c", HOST_TEST)
    assert len(tests) > 100
    everything = {name for _, host, _ in rows() for name in named(host)}
    assert set(tests) <= everything, sorted(set(tests) - everything)


def test_names_of_the_boot_tests_are_used_once():
    names = found("tests/boot", "*.py", PYTHON_TEST)
    doubled = {name for name in names if names.count(name) > 1}
    assert not doubled & {name for *_, boot in rows() for name in named(boot)}
