"""The shapes of the two files: defaults, unknown keys with the nearest known one, mistakes with what is accepted."""

from datetime import timedelta

import pytest

from agentgrid.config.documents import parse_document
from agentgrid.config.owner_handles import HANDLE_ACCEPTED
from agentgrid.config.problems import nearest, validate_model
from agentgrid.config.schema import SHIPPED_RULES, AgentConfig, GridConfig
from agentgrid.config.units import DURATION_ACCEPTED, SIZE_ACCEPTED


def problems_of(text: str, model: type[GridConfig | AgentConfig] = GridConfig) -> list[str]:
    found = validate_model(model, parse_document("f.yaml", text.encode()))
    assert isinstance(found, list)
    return [str(problem) for problem in found]


def grid_of(text: str) -> GridConfig:
    found = validate_model(GridConfig, parse_document("f.yaml", text.encode()))
    assert isinstance(found, GridConfig), [str(problem) for problem in found]
    return found


def test_an_empty_file_is_a_grid_of_defaults() -> None:
    grid = grid_of("")
    assert (grid.base, grid.worktree, grid.branch) == ("main", "../{repo}-{agent}", "feat/{area}/{topic}__{agent}")
    assert (grid.unowned, grid.locks.auto, grid.locks.ttl) == ("claim", True, timedelta(minutes=30))
    assert (grid.state, grid.land.via, grid.env.inherit) == ("sqlite", "local", "safe")


@pytest.mark.parametrize(
    ("text", "start", "hint"),
    [
        ("frozn: []", "f.yaml:1: frozn: unknown key (accepted: version, base, ", "did you mean `frozen`?"),
        ("locks:\n  autto: true", "f.yaml:2: locks.autto: unknown key (accepted: auto, until, ttl, grace)",
         "did you mean `auto`?"),
        ("checks:\n  - run: x\n    timout: 3m", "f.yaml:3: checks[0].timout: unknown key (accepted: run, timeout)",
         "did you mean `timeout`?"),
        ("migrations:\n  main:\n    path: db\n    ownr: a1",
         "f.yaml:4: migrations.main.ownr: unknown key (accepted: path,",
         "did you mean `owner`?"),
        ("setup: {coppy: [x]}", "f.yaml:1: setup.coppy: unknown key (accepted: copy, symlink, run, teardown, timeout)",
         "did you mean `copy`?"),
    ],
)  # fmt: skip
def test_an_unknown_key_is_an_error_with_the_nearest_known_one(text: str, start: str, hint: str) -> None:
    (problem,) = problems_of(text)
    assert problem.startswith(start)
    assert problem.endswith(f"; {hint}")


def test_an_unknown_key_far_from_all_gets_no_guess() -> None:
    (problem,) = problems_of("zzzzzz: 1")
    assert problem.endswith("metrics)")
    assert nearest("zzzzzz", ["base", "frozen"]) is None


def test_an_agents_nested_key_is_looked_up_in_its_own_place() -> None:
    assert problems_of("id: a1\nisolation:\n  redis:\n    prefx: x\n", AgentConfig) == [
        "f.yaml:4: isolation.redis.prefx: unknown key (accepted: db, prefix); did you mean `prefix`?"
    ]


@pytest.mark.parametrize(
    ("text", "problem", "accepted"),
    [
        (
            "base: [main]",
            "1: base: a list",
            "string",
        ),
        (
            "base: ''",
            "1: base: text ('')",
            "String should have at least 1 character",
        ),
        (
            "base: 1.0",
            "1: base: a number (1.0)",
            "string",
        ),
        (
            "version: 2",
            "1: version: 2 is not known",
            "1",
        ),
        (
            "unowned: maybe",
            "1: unowned: 'maybe' is not known",
            "claim, deny, warn or allow",
        ),
        (
            "common:\n  - a/**\n  - 3",
            "3: common[1]: a number (3)",
            "string",
        ),
        (
            "locks:\n  ttl: 4 gigs",
            "2: locks.ttl: '4 gigs' is not a time",
            DURATION_ACCEPTED,
        ),
        (
            "machine:\n  reserve:\n    memory: 4 gigs",
            "3: machine.reserve.memory: '4 gigs' is not a size",
            SIZE_ACCEPTED,
        ),
        (
            "rules:\n  ownership.foreign: loud",
            "2: rules.ownership.foreign: 'loud' is not known",
            "error, warn or off",
        ),
        (
            "services: {'a/b': x}",
            "1: services.a/b: 'a/b' can't be a service's name",
            "letters, digits, . - and _, no slash, no wildcard",
        ),
        (
            "commits: {pattern: '['}",
            "1: commits.pattern: '[' is not a regular expression: unterminated character set at position 0",
            "Python's syntax",
        ),
        (
            "commits: {pattern: 'a{99999999999}'}",
            "1: commits.pattern: 'a{99999999999}' is not a regular expression: the repetition number is too large",
            "Python's syntax",
        ),
        (
            "agents: [a1]",
            "1: agents: a list",
            "string, or dictionary",
        ),
        (
            "env: {inherit: 3}",
            "1: env.inherit: 3 is not known",
            "safe or all, or tuple",
        ),
        (
            "env: {set: {DEBUG: yes}}",
            "1: env.set.DEBUG: true/false where text is expected",
            "text; put quotes around yes, no, on and off",
        ),
        (
            "requires: '<2'",
            "1: requires: '<2' does not have the right form",
            r"text that matches ^>=\s*\d+(\.\d+)*$",
        ),
        (
            "state: mysql://x",
            "1: state: 'mysql://x' does not have the right form",
            "text that matches ^(sqlite|postgres(ql)?://.+)$",
        ),
        (
            "land: {approvals: -1}",
            "1: land.approvals: a number (-1)",
            "greater than or equal to 0",
        ),
        (
            "[a, b]",
            "1: a list where a mapping is expected",
            "key: value",
        ),
        (
            "just text",
            "1: text where a mapping is expected",
            "key: value",
        ),
    ],
)
def test_a_wrong_value_says_what_is_accepted(text: str, problem: str, accepted: str) -> None:
    assert problems_of(text) == [f"f.yaml:{problem} (accepted: {accepted})"]


def test_a_key_that_must_be_there_is_named() -> None:
    assert problems_of("commits: {}") == ["f.yaml:1: commits.pattern: is required"]


def test_an_unknown_rule_names_every_known_one() -> None:
    (problem,) = problems_of("rules: {ownership.foregn: warn}")
    assert problem.startswith("f.yaml:1: rules.ownership.foregn: 'ownership.foregn' is not known")
    assert all(rule in problem for rule in SHIPPED_RULES)


def test_off_without_quotes_is_a_severity() -> None:
    assert grid_of("rules: {lock.held: off, lock.stale: 'off'}").rules == {"lock.held": "off", "lock.stale": "off"}


@pytest.mark.parametrize("agent", ["", "-a", "a b", "a/b", "a.b", "é", "a" * 41])
def test_an_id_that_can_t_be_one_is_refused(agent: str) -> None:
    (problem,) = problems_of(f"id: '{agent}'", AgentConfig)
    assert problem.startswith(f"f.yaml:1: id: {agent!r} can't be an agent's id (accepted: letters, digits")


def test_every_problem_is_told() -> None:
    assert [line.split(": ")[1] for line in problems_of("frozn: []\nbase: 3\nlocks: {ttl: 1}\n")] == [
        "base", "locks.ttl", "frozn",
    ]  # fmt: skip


def test_one_pattern_may_stand_without_a_list() -> None:
    assert grid_of("common: lib/**").common == ("lib/**",)


def test_a_code_owner_that_can_not_be_one_is_refused_where_it_stands() -> None:
    assert problems_of("id: a1\ncodeowners: ['@org/core', backend]\n", AgentConfig) == [
        f"f.yaml:2: codeowners[1]: 'backend' can't be a code owner (accepted: {HANDLE_ACCEPTED})"
    ]
    assert problems_of("codeowners:\n  frozen: '@@owner'\n") == [
        f"f.yaml:2: codeowners.frozen[0]: '@@owner' can't be a code owner (accepted: {HANDLE_ACCEPTED})"
    ]


def test_code_owners_of_the_grid_are_not_said_or_nobody_or_some() -> None:
    owners = grid_of("codeowners: {common: [], frozen: '@org/security'}").codeowners

    assert (owners.common, owners.frozen) == ((), ("@org/security",))
    assert grid_of("").codeowners.common is None
