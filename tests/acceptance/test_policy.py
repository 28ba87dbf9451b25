"""`policy` and `config`: which policy is in force and why, and files checked before anybody depends on them."""

import json
from pathlib import Path

import jsonschema
import pytest
import yaml

from agentgrid.config.presets import list_presets
from support.program import ORDERS, InitialisedGrid, agentgrid, snapshot, try_commit

NEW_RULES = "rules: {ownership.foreign: warn}\n"


@pytest.fixture
def grid(small_grid: InitialisedGrid) -> InitialisedGrid:
    return small_grid


def loosen(grid: InitialisedGrid) -> None:
    """An uncommitted edit of the grid's file in the main worktree."""
    grid.main.write("agentgrid.yaml", grid.main.read("agentgrid.yaml") + NEW_RULES)


def test_show_says_where_the_policy_comes_from(grid: InitialisedGrid) -> None:
    data = agentgrid(grid.main, "policy", "show", "--json").data

    assert (data["source"], data["oid"], data["main_worktree_differs"]) == ("base", grid.main.oid(), False)
    assert data["agents"] == {"a1": "config/agents/a1.yaml", "a2": "config/agents/a2.yaml"}


def test_an_edit_in_the_main_worktree_changes_nothing_and_is_told(grid: InitialisedGrid) -> None:
    loosen(grid)

    answer = agentgrid(grid.main, "policy", "show")

    assert answer.out.splitlines()[-1] == (
        "notice: the main worktree's files differ; `agentgrid policy apply` puts them in force here"
    )
    assert try_commit(grid.desks["a1"], ORDERS).code == 1


def test_an_edit_in_an_agents_worktree_changes_nothing(grid: InitialisedGrid) -> None:
    desk = grid.desks["a1"]
    desk.write("agentgrid.yaml", desk.read("agentgrid.yaml") + NEW_RULES)

    assert try_commit(desk, ORDERS).code == 1


def test_what_is_applied_counts_until_it_is_withdrawn(grid: InitialisedGrid) -> None:
    loosen(grid)
    desk = grid.desks["a1"]

    applied = agentgrid(grid.main, "policy", "apply", "--json")
    let_through = try_commit(desk, ORDERS)
    withdrawn = agentgrid(grid.main, "policy", "apply", "--withdraw", "--json")

    assert (applied.data["source"], applied.data["rules"]) == ("applied", {"ownership.foreign": "warn"})
    assert (let_through.code, "allowed, with warnings" in let_through.err) == (0, True)
    assert (withdrawn.code, withdrawn.data["source"]) == (0, "base")
    assert try_commit(desk, ORDERS).code == 1


def test_what_is_applied_ends_when_it_lands(grid: InitialisedGrid) -> None:
    loosen(grid)
    agentgrid(grid.main, "policy", "apply")
    oid = grid.main.commit("Land it")

    data = agentgrid(grid.main, "policy", "show", "--json").data

    assert (data["source"], data["oid"], data["rules"]) == ("base", oid, {"ownership.foreign": "warn"})
    assert agentgrid(grid.main, "policy", "apply", "--withdraw").code == 2


def test_apply_in_an_agents_worktree_is_refused(grid: InitialisedGrid) -> None:
    loosen(grid)

    answers = [agentgrid(grid.desks["a1"], "policy", "apply", *more) for more in ((), ("--withdraw",), ("--dry-run",))]

    line = "agentgrid: this is the worktree of a1: an agent doesn't choose the policy"
    assert [(answer.code, answer.err.splitlines()[0]) for answer in answers] == [(1, line)] * 3


def test_a_dry_run_of_apply_checks_and_changes_nothing(grid: InitialisedGrid) -> None:
    loosen(grid)
    agentgrid(grid.main, "policy", "show")
    before = sorted(snapshot(grid.main.path))

    assert agentgrid(grid.main, "policy", "apply", "--dry-run", "--json").data["source"] == "base"

    assert sorted(snapshot(grid.main.path)) == before


def test_a_broken_policy_is_not_applied(grid: InitialisedGrid) -> None:
    grid.main.write("agentgrid.yaml", "version: 1\ncomon: [a/**]\n")

    answer = agentgrid(grid.main, "policy", "apply", "--json")

    assert (answer.code, answer.error["code"]) == (2, "bad_config")
    assert agentgrid(grid.main, "policy", "show", "--json").data["source"] == "base"


def test_nothing_to_apply_and_nothing_to_withdraw_are_said(grid: InitialisedGrid) -> None:
    answers = [agentgrid(grid.main, "policy", "apply", *more) for more in ((), ("--withdraw",))]

    assert [(answer.code, answer.err.splitlines()[0]) for answer in answers] == [
        (2, "agentgrid: main has these files already: they are in force"),
        (2, "agentgrid: no policy was applied on this machine"),
    ]


def test_config_check_lists_every_problem_with_its_place(grid: InitialisedGrid) -> None:
    grid.main.write("agentgrid.yaml", "version: 1\ncomon: [a/**]\nlocks: {ttl: 30 parsecs}\n")
    grid.main.write("config/agents/a1.yaml", "id: a1\nowns:\n  critical: ['a**b']\n")

    answer = agentgrid(grid.main, "config", "check", "--json")

    problems = [(each["file"], each["line"], each["key"]) for each in answer.error["details"]["problems"]]
    assert answer.code == 2
    assert {("agentgrid.yaml", 2, "comon"), ("agentgrid.yaml", 3, "locks.ttl")} <= set(problems)


def test_config_check_of_a_directory_that_is_fine(grid: InitialisedGrid) -> None:
    answer = agentgrid(grid.main.path.parent, "config", "check", grid.main.path)

    assert (answer.code, answer.out) == (0, "3 file(s), 2 agents: no problem\n")


def test_config_check_finds_patterns_that_do_not_compile(grid: InitialisedGrid) -> None:
    grid.main.write("config/agents/a1.yaml", "id: a1\nowns:\n  critical: ['a**b']\n")

    answer = agentgrid(grid.main, "config", "check")

    assert (answer.code, answer.err.startswith("agentgrid: config/agents/a1.yaml:3: owns.critical[0]: ")) == (2, True)


@pytest.mark.parametrize("kind", ["grid", "agent"])
def test_the_schema_accepts_what_is_shipped_and_nothing_unknown(kind: str) -> None:
    schema = json.loads(agentgrid(Path("/"), "config", "schema", kind).out)
    jsonschema.Draft202012Validator.check_schema(schema)
    texts = [
        text
        for preset in list_presets()
        for text in ([preset.files.grid] if kind == "grid" else list(preset.files.agents.values()))
    ]

    validator = jsonschema.Draft202012Validator(schema)
    assert [error.message for text in texts for error in validator.iter_errors(yaml.safe_load(text))] == []
    assert len(texts) >= 6
    assert [error.validator for error in validator.iter_errors({"bogus": 1, "id": "a1"})][-1:] == [
        "additionalProperties"
    ]


def test_an_agents_edit_of_its_own_profile_does_not_widen_what_it_may_do(grid: InitialisedGrid) -> None:
    desk = grid.desks["a1"]
    desk.commit("Past the guard", **{"config/agents/a1.yaml": "id: a1\nowns: {critical: ['services/**']}\n"})

    assert try_commit(desk, ORDERS).code == 1
    report = agentgrid(desk, "check", "--json")  # of what is committed
    assert [(each["rule"], each["path"]) for each in report.data["findings"]] == [
        ("ownership.frozen", "config/agents/a1.yaml")
    ]
