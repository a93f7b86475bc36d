"""Fixtures of the tests that load extensions."""

import pytest

from harness.objects import Workbench


@pytest.fixture
def workbench(tmp_path, arch):
    """Makes objects and archives: compile("plain"), link({...}), archive({...})."""
    folder = tmp_path / "workbench"
    folder.mkdir()
    return Workbench(folder, arch)
