"""`deps check` and `deps standardize`: five FastAPI versions over 22 services, found and made one."""

import re
from pathlib import Path

import pytest

from support.dependency_versions import FIVE, NEWEST, make_services, manifest, write_manifest
from support.grids import GridSandbox
from support.program import agentgrid


@pytest.fixture
def services(tmp_path: Path) -> GridSandbox:
    return make_services(tmp_path / "shop")


def test_five_versions_over_22_services_are_found_with_who_asks_for_which(services: GridSandbox) -> None:
    answer = agentgrid(services.main, "deps", "check", "--json")

    [found] = answer.data["differences"]
    assert (answer.code, found["package"], found["conflict"], found["newest"]) == (1, "fastapi", True, NEWEST)
    assert {each["constraint"] for each in found["constraints"]} == set(FIVE)
    asked = [service for each in found["constraints"] for service in each["services"]]
    assert sorted(asked) == [f"services/s{number:02}" for number in range(22)]
    assert (answer.data["unread"], answer.data["locks"]) == ([], [])


def test_standardising_changes_the_version_strings_and_no_other_byte(services: GridSandbox) -> None:
    main = services.main
    answer = agentgrid(main, "deps", "standardize", "fastapi")

    assert answer.code == 0, answer.out + answer.err
    for number in range(22):
        path, expected = write_manifest(number, NEWEST)
        assert (main.path / path).read_bytes() == expected, path
    words = main.git("diff", "--word-diff=plain", "--word-diff-regex=[=<>~!]=[0-9.*]+|.", "--unified=0")
    changed = set(re.findall(r"\[-(.*?)-\]|\{\+(.*?)\+\}", words))
    assert {old for old, _ in changed} - {""} == set(FIVE) - {NEWEST}
    assert {new for _, new in changed} - {""} == {NEWEST}
    assert len(main.git("diff", "--name-only").splitlines()) == sum(FIVE[n % 5] != NEWEST for n in range(22))


def test_what_it_says_undoes_it(services: GridSandbox) -> None:
    answer = agentgrid(services.main, "deps", "standardize", "fastapi")
    [undo] = [line.removeprefix("  undo: ") for line in answer.out.splitlines() if line.startswith("  undo: ")]

    services.main.git(*undo.split()[3:])

    assert services.main.status() == ""


def test_afterwards_all_ask_for_one_version(services: GridSandbox) -> None:
    agentgrid(services.main, "deps", "standardize", "fastapi")

    assert agentgrid(services.main, "deps", "check").code == 0
    assert agentgrid(services.main, "deps", "check", "--base-only").code == 1
    assert agentgrid(services.main, "deps", "standardize", "--all").out.startswith("nothing to do")


def test_a_dry_run_writes_nothing(services: GridSandbox) -> None:
    answer = agentgrid(services.main, "deps", "standardize", "--all", "--dry-run", "--json")

    assert (answer.code, services.main.status()) == (0, "")
    [share] = answer.data["shares"]
    assert share["files"][0]["edits"] == [{"package": "fastapi", "line": 2, "before": "==0.104.1", "after": NEWEST}]


def test_a_manifest_with_uncommitted_changes_is_refused_and_nothing_is_written(services: GridSandbox) -> None:
    path, content = manifest(0)
    services.main.write(path, b"# mine\n" + content)

    answer = agentgrid(services.main, "deps", "standardize", "fastapi")

    assert (answer.code, answer.err) == (
        1,
        (
            "agentgrid: uncommitted changes in services/s00/requirements.txt: nothing was written\n"
            "hint: commit or stash them first\n"
        ),
    )
    assert services.main.status() == " M services/s00/requirements.txt"


def test_a_person_splits_it_over_the_owners_worktrees(services: GridSandbox) -> None:
    answer = agentgrid(services.main, "deps", "standardize", "fastapi", "--split", "--json")

    assert (answer.code, [(each["owner"], each["state"]) for each in answer.data["shares"]]) == (
        0, [(None, "written"), ("a1", "written"), ("a2", "written")],
    )  # fmt: skip
    places = {range(10): services.desks["a1"], range(10, 20): services.desks["a2"], range(20, 22): services.main}
    for numbers, sandbox in places.items():
        for number in range(22):
            path, expected = write_manifest(number, NEWEST) if number in numbers else manifest(number)
            assert (sandbox.path / path).read_bytes() == expected, (path, sandbox)


def test_an_owner_in_the_middle_of_something_gets_a_patch_that_applies(services: GridSandbox) -> None:
    desk = services.desks["a2"]
    path, content = manifest(12)
    desk.write(path, b"# mine\n" + content)

    answer = agentgrid(services.main, "deps", "standardize", "fastapi", "--split", "--json")
    [share] = [each for each in answer.data["shares"] if each["owner"] == "a2"]

    assert (answer.code, share["state"], share["reason"]) == (1, "patch", f"uncommitted changes in {path}")
    assert desk.status() == f" M {path}"
    desk.git("apply", share["patch"])
    assert (desk.path / path).read_bytes() == b"# mine\n" + write_manifest(12, NEWEST)[1]
    for number in (10, 11, 13, 14, 15, 19):
        other, expected = write_manifest(number, NEWEST)
        assert (desk.path / other).read_bytes() == expected
    assert "notice: @" in agentgrid(desk, "status").err


def test_an_agent_writes_its_own_and_is_told_whose_the_rest_is(services: GridSandbox) -> None:
    desk = services.desks["a1"]

    answer = agentgrid(desk, "deps", "standardize", "fastapi", "--json")

    assert answer.code == 1
    states = {(each["owner"], each["state"]) for each in answer.data["shares"]}
    assert {(None, "written"), ("a2", "told")} <= states
    changed = [line[3:] for line in desk.status().splitlines()]
    assert [path for path in changed if path.startswith("services/s1")] == []
    assert "services/s00/requirements.txt" in changed


def test_an_agent_never_writes_in_another_agents_worktree(services: GridSandbox) -> None:
    answer = agentgrid(services.desks["a1"], "deps", "standardize", "fastapi", "--split", "--json")

    [share] = [each for each in answer.data["shares"] if each["owner"] == "a2"]
    assert (share["state"], services.desks["a2"].status()) == ("patch", "")
    services.desks["a2"].git("apply", share["patch"])
    assert (services.desks["a2"].path / "services/s11/requirements.txt").read_bytes() == write_manifest(11, NEWEST)[1]


def test_a_version_that_an_agent_brings_in_is_told_as_its_own(services: GridSandbox) -> None:
    path, _ = manifest(12)
    services.desks["a2"].write(path, b"fastapi==0.115.0\n")

    answer = agentgrid(services.main, "deps", "check", "fastapi", "--json")

    [found] = answer.data["differences"]
    assert [(each["constraint"], each["agents"]) for each in found["constraints"]][-1] == ("==0.115.0", ["a2"])
    assert found["newest"] == "==0.115.0"
    services.desks["a2"].write(manifest(13)[0], manifest(13)[1] + b"\nfastapi==0.116.0\n")
    again = agentgrid(services.main, "deps", "check", "fastapi", "--json").data["differences"][0]
    assert [each["constraint"] for each in again["constraints"] if each["agents"]] == ["==0.115.0", "==0.116.0"]
    base = agentgrid(services.main, "deps", "check", "--committed-only", "--json")
    assert base.data["differences"][0]["newest"] == NEWEST


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["standardize"], "name packages, or --all"),
        (["standardize", "fastapi", "--all"], "name packages, or --all"),
        (["standardize", "nonesuch"], "no manifest names 'nonesuch'"),
        (["check", "nonesuch"], "no manifest names 'nonesuch'"),
        (["standardize", "fastapi==one"], "fastapi: '==one' is no constraint of PEP 440"),
        (["standardize", "fastapi=="], "'fastapi==' has no version behind =="),
        (["standardize", "fastapi", "FastAPI"], "a package is named twice"),
        (["standardize", "--all", "--ecosystem", "ruby"], "--ecosystem ruby is not known"),
    ],
)
def test_what_makes_no_sense_is_refused(services: GridSandbox, arguments: list[str], message: str) -> None:
    answer = agentgrid(services.main, "deps", *arguments)

    assert (answer.code, answer.err.splitlines()[0]) == (2, f"agentgrid: {message}")
    assert services.main.status() == ""


def test_a_manifest_that_cannot_be_read_is_named_with_its_line(services: GridSandbox) -> None:
    services.main.commit(
        "Break", **{"services/s21/pyproject.toml": "[project]\ndependencies = [\n", "x/go.mod": "what 1\n"}
    )

    answer = agentgrid(services.main, "deps", "check", "uvicorn")

    assert answer.code == 1
    assert "not read: services/s21/pyproject.toml" in answer.out
    assert "not read: x/go.mod:1: 'what' is no directive of go.mod" in answer.out
