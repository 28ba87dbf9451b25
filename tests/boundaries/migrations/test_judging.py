"""Which changes of a lineage's files the queue knows: asked about values alone."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import pytest

from agentgrid.boundaries.migrations.evidence import Evidence, digest_of
from agentgrid.boundaries.migrations.judging import ChangedFile, object_to_change
from agentgrid.boundaries.migrations.lineages import LineagePlace
from agentgrid.boundaries.migrations.registry import Known
from agentgrid.boundaries.migrations.request import MigrationRequest
from support.queues import make_request

LINEAGE = LineagePlace("main", b"db/", "sql")
WAITING, NUMBERED = b"db/900000001_users.sql", b"db/0007_users.sql"
SQL, DOWN = b"CREATE TABLE users (id INT);\n", b"DROP TABLE users;\n"
REQUEST = replace(make_request("m1"), file=WAITING, branch="work", content=SQL, digest=digest_of(SQL), down=DOWN)
EVIDENCE = Evidence("m1", "main", 7, digest_of(SQL), NUMBERED)


def new(path: bytes = WAITING, content: bytes | None = SQL) -> ChangedFile:
    return ChangedFile(path, is_new=True, oid=b"1", content=content)


def said(
    file: ChangedFile,
    *requests: MigrationRequest,
    evidence: Sequence[Evidence] = (),
    agent: str = "a2",
    has_state: bool = True,
    integrated: Mapping[bytes, bytes] | None = None,
) -> tuple[str, str]:
    known = Known(tuple(requests), tuple(evidence), integrated or {}, has_state)
    words = object_to_change(LINEAGE, file, agent, known)
    return ("", "") if words is None else (words.message, words.hint or "")


def test_the_provisional_file_of_ones_own_open_request_is_known() -> None:
    assert said(new(), REQUEST) == ("", "")
    assert said(new(), replace(REQUEST, status="approved")) == ("", "")
    assert said(new(b"db/900000001_users.down.sql", DOWN), REQUEST) == ("", "")


def test_a_file_that_nobody_submitted_is_to_be_submitted() -> None:
    message, hint = said(new(b"db/0008_it's.sql"))
    assert message == "is a migration that the queue of the lineage main doesn't know"
    assert hint == "submit it: agentgrid migration submit 'db/0008_it'\"'\"'s.sql'"


@pytest.mark.parametrize(
    "file", [new(content=b"DROP TABLE users;"), new(b"db/900000001_users.down.sql", b"x"), new(content=None)]
)
def test_what_was_changed_since_it_was_submitted_is_to_be_submitted_again(file: ChangedFile) -> None:
    assert said(file, REQUEST) == (
        "was changed since m1 was submitted",
        "submit it again: agentgrid migration submit db/900000001_users.sql",
    )


def test_a_request_of_another_lineage_or_agent_lets_nobody_in() -> None:
    assert "doesn't know" in said(new(), replace(REQUEST, lineage="mart"))[0]
    assert said(new(), REQUEST, agent="a3")[0] == "is the migration m1 of a2, which hasn't landed"


def test_one_that_was_rejected_says_why() -> None:
    message, hint = said(new(), replace(REQUEST, status="rejected", reason="too wide"))
    assert message == "is the migration m1, which was rejected (too wide)"
    assert hint.startswith("take it out, or change it and submit it again: ")


def test_what_the_queue_integrated_is_known_by_its_commit_or_by_its_evidence() -> None:
    done = replace(REQUEST, status="integrated", file=NUMBERED, number=7, commit="c1")
    assert said(new(NUMBERED, b"rewritten"), done, integrated={NUMBERED: b"1"}) == ("", "")
    assert said(new(NUMBERED), evidence=[EVIDENCE], has_state=False) == ("", "")
    assert said(new(b"db/0007_users.down.sql", DOWN), evidence=[EVIDENCE], has_state=False) == ("", "")


def test_a_change_after_integration_is_a_finding() -> None:
    done = replace(REQUEST, status="integrated", file=NUMBERED, number=7, commit="c1")
    message = "was changed after the queue had integrated it"
    assert said(new(NUMBERED, b"other"), done, integrated={NUMBERED: b"2"})[0] == message
    assert said(new(NUMBERED, b"other"), evidence=[EVIDENCE], has_state=False)[0] == message


def test_evidence_of_another_lineage_says_nothing_here() -> None:
    assert "doesn't know" in said(new(NUMBERED), evidence=[replace(EVIDENCE, lineage="mart")])[0]


def test_where_there_is_no_state_a_provisional_file_needs_its_number_first() -> None:
    assert said(new(), has_state=False) == (
        "still has its provisional number", "give it its number: agentgrid migration integrate --on BRANCH",
    )  # fmt: skip


def test_a_waiting_file_whose_request_has_landed_is_left_to_landing() -> None:
    done = replace(REQUEST, status="integrated", file=NUMBERED, number=7, commit="c1")
    assert said(new(), done) == ("", "")
    assert said(new(content=b"other"), done)[0] == "waits no more: m1 was integrated as db/0007_users.sql"


@pytest.mark.parametrize(("oid", "deed"), [(b"2", "changed"), (None, "taken away")])
def test_a_migration_of_the_base_stays_as_it_is(oid: bytes | None, deed: str) -> None:
    message, hint = said(ChangedFile(NUMBERED, is_new=False, oid=oid, content=b"x"), REQUEST)
    assert message == f"is a migration that the base has: databases may have run it, so it isn't {deed}"
    assert hint == "write another migration of main, and submit that: agentgrid migration submit FILE"


def test_a_provisional_file_that_landed_may_be_taken_away_once_it_has_its_number() -> None:
    gone = ChangedFile(WAITING, is_new=False, oid=None, content=None)
    assert "taken away" in said(gone)[0]
    assert said(gone, evidence=[EVIDENCE]) == ("", "")


@pytest.mark.parametrize(
    ("style", "name", "is_one"),
    [
        ("sql", b"0007_a.sql", True), ("sql", b"add_users.up.sql", True), ("sql", b"README.md", False),
        ("sql", b"R__views.sql", False), ("sql", b"old/0001_a.sql", False), ("sql", b"v2/V1__a.sql", True),
        ("sql-timestamp", b"20261126101500_a.SQL", True), ("alembic", b"ab12_a.py", True),
        ("alembic", b"__init__.py", False), ("alembic", b"env.py", False), ("alembic", b"script.py.mako", False),
        ("alembic", b"deep/ab12_a.py", True), ("alembic", b"__pycache__/ab12_a.py", False),
        ("django", b"0007_a.py", True), ("django", b"__init__.py", False), ("django", b"max_migration.txt", False),
        ("django", b"deep/0007_a.py", False),
    ],
)  # fmt: skip
def test_what_counts_as_a_migration(style: str, name: bytes, is_one: bool) -> None:
    assert LineagePlace("main", b"db/", style).is_migration(b"db/" + name) is is_one
