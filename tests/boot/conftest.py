"""Fixtures of the tests that load extensions."""

import pytest

from harness.groups import Shelf
from harness.initrd import initrd_with
from harness.loading import table
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


@pytest.fixture(scope="module")
def shelf_machine(tmp_path_factory, shared_boot, arch):
    """
    shelf_machine(stock): a machine that the tests of a file share, with what the function stock put
    on its shelf; shelf_machine.shelf is that shelf. Options are those of boot.
    """
    def make(stock, **options):
        folder = tmp_path_factory.mktemp("shelf")
        shelf = Shelf(folder, arch.width)
        stock(shelf)
        make.shelf = shelf
        return shared_boot(initrd=initrd_with(folder / "initrd.tar", shelf.files()), **options)
    return make


@pytest.fixture
def nothing_left(machine):
    """
    Takes back every load request that a test on a shared machine leaves, whereupon the state must be
    what it was before the test.
    """
    before = machine.modstate()
    yield
    for row in reversed(table(machine)):
        for _ in range(row.load):
            machine.run(f"kunload {row.kmid}")
    assert machine.modstate() == before
