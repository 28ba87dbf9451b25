"""The four-agent grid on a repository of 22 services: what the presets promise, as a person and CI would see it."""

import json
from pathlib import Path

import pytest

from support.program import Answer, agentgrid, run, try_commit
from support.repositories import Sandbox
from support.sample_repository import build_sample_repository
from support.sample_tree import SERVICES

WORKTREES = {
    "a1": ("wt-a1-core", "feat/core/mlflow__a1"),
    "a2": ("wt-a2-ai", "feat/ai/vllm__a2"),
    "a3": ("wt-a3-analytics", "feat/analytics/portfolio__a3"),
    "a4": ("wt-a4-platform", "feat/platform/revenue__a4"),
}
RULE = "`orchestrator` at config/agents/a1.yaml:10"


@pytest.fixture(scope="module")
def grid(tmp_path_factory: pytest.TempPathFactory) -> Sandbox:
    """The sample with the preset, its configuration committed, its worktrees brought up to it."""
    place = tmp_path_factory.mktemp("four services")
    main = Sandbox(build_sample_repository(place / "shop"))
    made = agentgrid(main, "init", "--preset", "four-services", "--yes", "--json")
    assert made.code == 0, made.err
    (place / "init.json").write_text(made.out, encoding="utf-8")
    main.commit("Add agentgrid")
    for name, _ in WORKTREES.values():
        Sandbox(place / name).git("merge", "--quiet", "--ff-only", "main")
    return main


def desk(grid: Sandbox, agent: str) -> Sandbox:
    return Sandbox(grid.path.parent / WORKTREES[agent][0])


def test_the_repository_is_as_large_as_real_ones(grid: Sandbox) -> None:
    assert len(grid.files("main~1")) >= 5000
    assert len(SERVICES) == 22


def test_each_agent_gets_a_worktree_and_a_branch(grid: Sandbox) -> None:
    said = json.loads((grid.path.parent / "init.json").read_text(encoding="utf-8"))["data"]

    made = {each["agent"]: (each["path"], each["branch"]) for each in said["created"]}

    assert made == {agent: (str(grid.path.parent / name), branch) for agent, (name, branch) in WORKTREES.items()}
    assert {agent: desk(grid, agent).git("branch", "--show-current") for agent in WORKTREES} == {
        agent: branch for agent, (_, branch) in WORKTREES.items()
    }
    assert [desk(grid, agent).status() for agent in WORKTREES] == [""] * 4


def test_a_commit_of_another_agents_file_is_refused_with_its_owner_and_the_rule(grid: Sandbox) -> None:
    a2, path = desk(grid, "a2"), "services/orchestrator/main.py"
    before = a2.oid()

    refused = try_commit(a2, path)

    assert refused.code == 1
    assert f"  error: {path} belongs to a1 (Core Pipeline) by {RULE} [ownership.foreign]\n" in refused.err
    assert a2.oid() == before
    a2.git("reset", "--quiet", "--hard")


def test_a_commit_of_the_agents_own_file_passes(grid: Sandbox) -> None:
    a2 = desk(grid, "a2")

    assert try_commit(a2, "services/rag_pipeline/main.py") == Answer(0, "", "")
    a2.git("reset", "--quiet", "--hard", "HEAD~1")


def test_a_person_in_the_main_worktree_is_not_hindered(grid: Sandbox) -> None:
    answer = try_commit(grid, "services/orchestrator/main.py", "agentgrid.yaml", "services/common/cache.py")

    assert answer == Answer(0, "", "")
    grid.git("reset", "--quiet", "--hard", "HEAD~1")


def test_status_has_the_shape_of_the_contract(grid: Sandbox) -> None:
    data = agentgrid(desk(grid, "a3"), "status", "--json").data

    oid = grid.oid("main")
    assert (data["base"]["branch"], data["base"]["oid"]) == ("main", oid)
    assert data["policy"] == {"source": "base", "oid": oid}
    assert data["warnings"] == []
    assert data["agents"][0] == {
        "id": "a1",
        "name": "Core Pipeline",
        "branch": "feat/core/mlflow__a1",
        "worktree": str(grid.path.parent / "wt-a1-core"),
        "state": "ready",
        "head": oid,
        "ahead": 0,
        "behind": 0,
        "dirty": {"staged": 0, "unstaged": 0, "untracked": 0},
        "locks": [],
        "findings": 0,
        "last_commit_at": data["agents"][0]["last_commit_at"],
    }
    assert [agent["id"] for agent in data["agents"]] == list(WORKTREES)


def test_map_counts_every_file_once_and_names_each_agents_risk(grid: Sandbox) -> None:
    data = agentgrid(grid, "map", "--json").data

    counted = [*data["agents"], *data["rest"]]
    assert sum(each["files"] for each in counted) == len(grid.files("main"))
    assert sum(each["share"] for each in counted) == pytest.approx(1, abs=0.001)
    shares = {each["name"]: each["share"] for each in data["agents"]}
    assert shares == pytest.approx({"a1": 0.26, "a2": 0.30, "a3": 0.21, "a4": 0.19}, abs=0.015)
    assert data["overlaps"] == []
    assert {agent: risk["level"] for agent, risk in data["risk"].items()}["a1"] == "HIGH"


def test_owner_names_state_and_rule_of_each_path(grid: Sandbox) -> None:
    paths = ("services/orchestrator/main.py", "services/common/cache.py", "agentgrid.yaml", "docs/new.md")

    data = agentgrid(grid, "owner", "--json", *paths).data

    assert [(each["path"], each["state"], each["owner"], each["tier"]) for each in data] == [
        (paths[0], "owned", "a1", "critical"),
        (paths[1], "common", "a4", "common"),
        (paths[2], "frozen", None, None),
        (paths[3], "unowned", None, None),
    ]
    assert data[0]["rule"] == {"pattern": "orchestrator", "file": "config/agents/a1.yaml", "line": 10}
    assert data[3]["rule"] is None


def test_can_edit_gives_the_reasons_and_exit_code_1(grid: Sandbox) -> None:
    answer = agentgrid(grid, "can-edit", "--agent", "a2", "--json", "services/orchestrator/main.py", "docs/new.md")

    assert answer.code == 1
    assert [(each["path"], each["allowed"]) for each in answer.data] == [
        ("services/orchestrator/main.py", False),
        ("docs/new.md", True),
    ]
    [reason] = answer.data[0]["reasons"]
    assert (reason["rule"], reason["message"]) == ("ownership.foreign", f"belongs to a1 (Core Pipeline) by {RULE}")
    assert reason["hint"]
    assert answer.data[0]["owner"] == "a1"


def test_check_finds_what_got_past_the_hooks(grid: Sandbox) -> None:
    a2 = desk(grid, "a2")
    a2.commit("Past the guard", **{"services/orchestrator/main.py": "EVIL = True\n"})

    here, as_ci = agentgrid(a2, "check", "--json"), agentgrid(grid, "check", "--json", "--head", WORKTREES["a2"][1])

    assert (here.code, as_ci.code) == (1, 1)
    assert here.data == as_ci.data
    data = here.data
    assert {key: data[key] for key in ("agent", "base", "head", "summary")} == {
        "agent": "a2",
        "base": grid.oid("main"),
        "head": a2.oid(),
        "summary": {"errors": 1, "warnings": 0},
    }
    [finding] = data["findings"]
    assert {"rule", "severity", "path", "message", "hint", "owner", "commit"} <= finding.keys()
    assert (finding["rule"], finding["severity"], finding["path"], finding["owner"]) == (
        "ownership.foreign",
        "error",
        "services/orchestrator/main.py",
        "a1",
    )
    assert agentgrid(grid, "status", "--json").data["agents"][1]["findings"] == 1
    a2.git("reset", "--quiet", "--hard", "HEAD~1")


@pytest.mark.parametrize(
    ("arguments", "code", "word"),
    [
        (("can-edit", "--agent", "a9", "README.md"), 2, "bad_input"),
        (("status", "--bogus"), 2, "usage"),
        (("remove", "a9"), 2, "bad_input"),
        (("-C", "/nowhere", "status"), 2, "bad_input"),
        (("policy", "apply"), 2, "bad_input"),
    ],
)
def test_every_failure_is_an_envelope_with_its_exit_code(
    grid: Sandbox, arguments: tuple[str, ...], code: int, word: str
) -> None:
    answer = agentgrid(grid, *arguments, "--json")

    assert (answer.code, answer.error["code"]) == (code, word)
    assert answer.err.startswith(f"agentgrid: {answer.error['message']}\n")


def test_what_fails_outside_is_exit_code_3(grid: Sandbox, tmp_path: Path) -> None:
    fake = tmp_path / "git"
    fake.write_text("#!/bin/sh\necho 'fatal: disk on fire' >&2\nexit 128\n", encoding="utf-8")
    fake.chmod(0o755)

    answer = agentgrid(grid, "status", "--json", env={"PATH": str(tmp_path)})

    assert (answer.code, answer.error["code"]) == (3, "git")
    assert "disk on fire" in answer.error["message"]


def test_git_runs_it_as_its_own_command(grid: Sandbox) -> None:
    answer = run(grid.path.parent, "git", "-C", str(grid.path), "agentgrid", "path", "a1")

    assert answer == Answer(0, f"{desk(grid, 'a1').path}\n", "")
