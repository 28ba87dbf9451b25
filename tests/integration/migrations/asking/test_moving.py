"""Files that get another name, in the index too, or nothing moves."""

import errno

import pytest

from agentgrid.errors import OutsideError, Refused
from agentgrid.git.repository import Repository
from agentgrid.integration.migrations.asking.moving import Move, move_files
from support.repositories import Sandbox

ONE, TWO = b"db/1.sql", b"db/2.sql"


@pytest.fixture
def work(repo: Sandbox) -> Sandbox:
    """db/1.sql is staged, db/2.sql isn't known to git."""
    repo.write("db/1.sql", "SELECT 1;\n")
    repo.git("add", "--all")
    repo.write("db/2.sql", "SELECT 2;\n")
    return repo


def facts(work: Sandbox) -> tuple[str, str, list[tuple[str, bytes]]]:
    files = [(each.name, each.read_bytes()) for each in sorted((work.path / "db").iterdir())]
    return work.status(), work.git("ls-files", "--stage"), files


def move(old: bytes, new: bytes, before: str, after: str | None = None) -> Move:
    return Move(old, new, before.encode(), (after if after is not None else before).encode())


BOTH = [move(ONE, b"db/x.sql", "SELECT 1;\n"), move(TWO, b"db/y.sql", "SELECT 2;\n", "SELECT 22;\n")]


def test_files_move_with_their_content_and_what_undoes_it_brings_all_back(work: Sandbox) -> None:
    before = facts(work)

    undo = move_files(Repository.discover(work.path), BOTH)

    assert work.status() == "A  db/x.sql\n?? db/y.sql"
    assert work.read("db/y.sql") == "SELECT 22;\n"
    undo()
    assert facts(work) == before


def test_what_was_staged_as_it_lay_there_is_staged_with_its_new_content(work: Sandbox) -> None:
    move_files(Repository.discover(work.path), [move(ONE, b"db/x.sql", "SELECT 1;\n", "SELECT 11;\n")])

    assert (work.status(), work.git("show", ":db/x.sql")) == ("A  db/x.sql\n?? db/2.sql", "SELECT 11;")


def test_a_file_may_keep_its_name(work: Sandbox) -> None:
    move_files(Repository.discover(work.path), [move(ONE, ONE, "SELECT 1;\n", "SELECT 11;\n")])

    assert (work.status(), work.read("db/1.sql")) == ("A  db/1.sql\n?? db/2.sql", "SELECT 11;\n")


def test_when_the_second_cannot_move_the_first_is_back(work: Sandbox) -> None:
    before = facts(work)
    stale = move(TWO, b"db/y.sql", "what it no longer says")

    with pytest.raises(Refused, match=r"^db/2.sql is being changed right now$"):
        move_files(Repository.discover(work.path), [BOTH[0], stale])

    assert facts(work) == before


def test_a_name_that_the_index_has_is_taken_too(work: Sandbox) -> None:
    work.git("rm", "--quiet", "--cached", "README.md")
    work.git("update-index", "--add", "--cacheinfo", f"100644,{work.git('rev-parse', ':db/1.sql')},db/x.sql")
    before = facts(work)

    with pytest.raises(Refused, match=r"^there is a file db/x.sql already$"):
        move_files(Repository.discover(work.path), BOTH)

    assert facts(work) == before


def test_a_file_system_without_second_names_will_do(work: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(errno.EPERM, "no hard links here")

    monkeypatch.setattr("os.link", refuse)

    move_files(Repository.discover(work.path), BOTH)

    assert (work.status(), work.read("db/x.sql")) == ("A  db/x.sql\n?? db/y.sql", "SELECT 1;\n")


def test_a_name_that_cannot_be_is_told_and_nothing_has_moved(work: Sandbox) -> None:
    before = facts(work)

    with pytest.raises(OutsideError, match=r"^the migration's file can't be renamed: .*nowhere/y.sql: No such file"):
        move_files(Repository.discover(work.path), [BOTH[0], move(TWO, b"nowhere/y.sql", "SELECT 2;\n")])

    assert facts(work) == before
