"""Fixtures of the tests that load extensions."""

import pytest

from harness.objects import Workbench


@pytest.fixture
def machine(request, shared_machine):
    """
    The machine that tests of a file share, as the file's own fixture shared_machine starts it. For
    tests that leave it as they found it.
    """
    request.node.machines = [shared_machine]
    return shared_machine


@pytest.fixture
def workbench(tmp_path, arch):
    """Makes objects and archives: compile("plain"), link({...}), archive({...})."""
    folder = tmp_path / "workbench"
    folder.mkdir()
    return Workbench(folder, arch)
