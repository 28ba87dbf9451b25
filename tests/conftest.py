"""Each test runs in an environment of its own: real git, temporary directories, nothing of the owner's."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from support.grids import GridSandbox, SharedGrid, share_grid
from support.hermetic import PINNED_DATE, hermetic_environment
from support.postgres import TestServer, serve_postgres
from support.program import InitialisedGrid, initialise, put_back
from support.repositories import Sandbox, create_repository


@pytest.fixture(scope="session", autouse=True)
def hermetic_session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """The same for fixtures that live longer than a test: they are set up before its own environment."""
    with _entered(tmp_path_factory.mktemp("session-home")):
        yield


@pytest.fixture(autouse=True)
def hermetic(tmp_path_factory: pytest.TempPathFactory, hermetic_session: None) -> Iterator[Path]:
    """The test's HOME; every variable that could reach the person's own git or agentgrid is gone."""
    home = tmp_path_factory.mktemp("home")
    with _entered(home):
        yield home


@pytest.fixture
def pinned_dates(monkeypatch: pytest.MonkeyPatch) -> str:
    """Commits of this test all carry one date, so that their ids are the same in every run."""
    monkeypatch.setenv("GIT_AUTHOR_DATE", PINNED_DATE)
    monkeypatch.setenv("GIT_COMMITTER_DATE", PINNED_DATE)
    return PINNED_DATE


@pytest.fixture
def repo(tmp_path: Path) -> Sandbox:
    """A small repository with one commit on `main`: two services and common code."""
    return create_repository(
        tmp_path / "shop",
        **{
            "README.md": "# shop\n",
            "services/orders/main.py": "ORDERS = []\n",
            "services/orders/tests/test_orders.py": "def test_orders(): ...\n",
            "services/billing/main.py": "INVOICES = []\n",
            "services/common/cache.py": "TTL_S = 60\n",
        },
    )


@pytest.fixture(scope="session")
def grid_as_made(hermetic_session: None, tmp_path_factory: pytest.TempPathFactory) -> tuple[InitialisedGrid, Path]:
    """A grid that `init` made, and a copy of its whole directory."""
    place = tmp_path_factory.mktemp("grid")
    grid = initialise(place / "live" / "shop")
    put_back(place / "live", place / "kept")
    return grid, place / "kept"


@pytest.fixture
def small_grid(grid_as_made: tuple[InitialisedGrid, Path]) -> InitialisedGrid:
    """A grid as `init` makes it, for the test to do with as it likes: a1 owns billing, a2 orders. It always has the
    same path (paths are written into hooks), and nothing of an earlier test in it."""
    grid, kept = grid_as_made
    put_back(kept, grid.main.path.parent)
    return grid


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> SharedGrid:
    """One grid for all tests of a file: making it takes longer than most of them."""
    return share_grid(tmp_path_factory.mktemp("grid") / "shop")


@pytest.fixture
def grid(shared: SharedGrid) -> GridSandbox:
    return shared.fresh()


@pytest.fixture
def a2(grid: GridSandbox) -> Sandbox:
    return grid.desks["a2"]


@pytest.fixture(scope="session")
def postgres(hermetic_session: None) -> Iterator[TestServer]:
    """A PostgreSQL server; each test leaves it without databases of its own."""
    with serve_postgres() as server:
        yield server


@contextmanager
def _entered(home: Path) -> Iterator[None]:
    wanted = hermetic_environment(home)
    with pytest.MonkeyPatch.context() as patch:
        for name in set(os.environ) - set(wanted) - {"PYTEST_CURRENT_TEST"}:
            patch.delenv(name)
        for name, value in wanted.items():
            patch.setenv(name, value)
        time.tzset()
        yield
    time.tzset()
