"""Twelve agents submit chains in three styles at random, integrations race and are killed: the base has one head a
lineage, numbers without a gap, and everything that was submitted. See also `scripts/chaos-migrations`."""

from dataclasses import replace
from pathlib import Path

import pytest

from agentgrid.boundaries.migrations.queries import read_requests, update_request
from agentgrid.grid import Grid
from agentgrid.integration.migrations.numbers.lineage_tree import read_lineage
from agentgrid.integration.migrations.styles.registry import style_for
from support import alembic_lineages, django_lineages
from support.migration_chaos import PATHS, Outcome, find_faults, require_one_schema, run_chaos


@pytest.fixture(scope="module")
def outcome(tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    return run_chaos(tmp_path_factory.mktemp("chaos"), agents=12, seed=3)


def _files(outcome: Outcome, name: str) -> dict[bytes, bytes]:
    return read_lineage(outcome.grid.repository.git, "main", PATHS[name], style_for(name))


def test_nothing_is_lost_nothing_is_double_and_each_lineage_has_one_head(outcome: Outcome) -> None:
    assert find_faults(outcome) == []
    assert sum(len(ids) for ids in outcome.told.values()) >= 12
    assert {style for _, style in outcome.told} == set(PATHS)
    assert outcome.kills >= 3


def test_blank_and_head_databases_end_with_the_same_schema(outcome: Outcome, tmp_path: Path) -> None:
    schemas = require_one_schema(outcome, tmp_path / "tree")

    for style, tables in outcome.tables.items():
        for table in tables:
            assert f"{'shop_' if style == 'django' else ''}{table}".lower() in schemas[style].lower()


def test_alembic_itself_sees_one_head_and_upgrades_to_it(outcome: Outcome, tmp_path: Path) -> None:
    place = alembic_lineages.make_environment(tmp_path / "env", _files(outcome, "alembic"), outcome.tables["alembic"])

    assert len(alembic_lineages.alembic(place, "heads").split("(head)")) == 2
    alembic_lineages.alembic(place, "upgrade", "head")
    alembic_lineages.alembic(place, "check")
    alembic_lineages.alembic(place, "downgrade", "base")


def test_django_itself_migrates_and_finds_nothing_to_make(outcome: Outcome, tmp_path: Path) -> None:
    place = tmp_path / "project"
    django_lineages.make_project(place, {"shop": (_files(outcome, "django"), outcome.tables["django"])})

    django_lineages.django(place, "migrate")
    assert "No changes detected" in django_lineages.django(place, "makemigrations", "--check", "--dry-run")


def test_the_judge_sees_a_request_that_was_lost_and_a_number_given_twice(outcome: Outcome) -> None:
    store = Grid.open(outcome.grid.main.path).store
    with store.read() as session:
        [first, second, *_] = [each for each in read_requests(session) if each.lineage == "sql"]
    with store.write() as session:
        update_request(session, store.now(), first, replace(first, number=second.number), "migration.test", actor="x")
    try:
        assert any(each.startswith("sql: numbers") for each in find_faults(outcome))
    finally:
        with store.write() as session:
            update_request(session, store.now(), first, first, "migration.test", actor="x")
    lost = replace_told(outcome, "m999")
    assert "m999 was submitted and is None" in find_faults(lost)


def replace_told(outcome: Outcome, id_: str) -> Outcome:
    return Outcome(outcome.grid, {**outcome.told, ("a1", "none"): [id_]}, outcome.tables)
