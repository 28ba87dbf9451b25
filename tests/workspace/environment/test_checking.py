"""What is wrong with keys: missing, shared, tracked, exposed, too short."""

from collections.abc import Mapping

import pytest

from agentgrid.workspace.environment.checking import KeyCheck, check_keys
from agentgrid.workspace.environment.keys import Keys
from support.desks import make_policy, open_repository
from support.grids import GridSandbox
from support.repositories import Sandbox

AGENTS = {"a1": "id: a1\nkeys: {ONE: env:K1}\n", "a2": "id: a2\nkeys: {TWO: env:K2, PEM: file:pem}\n"}
FINE = {"K1": "sk-one-0123456789", "K2": "sk-two-0123456789"}
PEM = "-----BEGIN-----\nlong line of the file pem\n-----END-----\n"


def check(main: Sandbox, environ: Mapping[str, str] = FINE, *agents: str) -> KeyCheck:
    repository = open_repository(main)
    keys = Keys(make_policy(agents=AGENTS), environ=environ, root=repository.root)
    return check_keys(repository, keys, agents or ("a1", "a2"), environ=environ)


def found(report: KeyCheck) -> list[tuple[str, str, str]]:
    return [(each.kind, each.agent, each.key) for each in report.problems]


@pytest.fixture(autouse=True)
def pem(grid: GridSandbox) -> None:
    grid.main.write("pem", PEM).chmod(0o600)


def test_keys_in_order_are_no_problem(grid: GridSandbox) -> None:
    report = check(grid.main)

    assert (report.problems, report.keys, report.agents) == ((), 3, ("a1", "a2"))


def test_a_missing_key_is_told_with_its_reference(grid: GridSandbox) -> None:
    report = check(grid.main, {"K2": FINE["K2"]})

    assert found(report) == [("missing", "a1", "ONE")]
    assert report.problems[0].message == "env:K1 (config/agents/a1.yaml:2): K1 is not set"


def test_two_agents_with_one_key_are_told(grid: GridSandbox) -> None:
    report = check(grid.main, {"K1": FINE["K1"], "K2": FINE["K1"]})

    assert found(report) == [("shared", "a2", "TWO")]
    assert "a1's ONE" in report.problems[0].message


def test_a_key_in_a_tracked_file_is_told_wherever_it_is(grid: GridSandbox, a2: Sandbox) -> None:
    grid.main.write("docs/old.md", f"key: {FINE['K1']}\n")
    grid.main.git("add", "docs")
    a2.write("services/billing/main.py", PEM)

    report = check(grid.main)

    assert found(report) == [("tracked", "a1", "ONE"), ("tracked", "a2", "PEM")]
    assert [each.message for each in report.problems] == [
        f"is in a file that git tracks in {grid.main.path}: docs/old.md",
        f"is in a file that git tracks in {a2.path}: services/billing/main.py",
    ]


def test_a_key_file_that_others_may_read_is_told(grid: GridSandbox) -> None:
    (grid.main.path / "pem").chmod(0o644)

    assert found(check(grid.main)) == [("exposed", "a2", "PEM")]


def test_a_key_that_is_too_short_to_be_looked_for_is_told(grid: GridSandbox) -> None:
    assert found(check(grid.main, {**FINE, "K1": "1234567"})) == [("short", "a1", "ONE")]


def test_only_the_agents_asked_for_are_looked_at(grid: GridSandbox) -> None:
    assert check(grid.main, {}, "a1").agents == ("a1",)


def test_no_problem_shows_a_value(grid: GridSandbox) -> None:
    grid.main.write("LICENSE", f"{FINE['K1']} 1234567 {PEM}")
    (grid.main.path / "pem").chmod(0o644)

    report = check(grid.main, {"K1": FINE["K1"], "K2": FINE["K1"]})

    assert len(report.problems) == 5
    assert not any(value in str(report.as_json()) for value in ("sk-one", "long line"))
