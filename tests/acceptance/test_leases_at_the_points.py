"""Leases where they are enforced: two or three agents, real git, every point."""

import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from support.grids import (
    GRID,
    OWNED,
    Attempt,
    GridSandbox,
    admin_dir_of,
    attempt,
    make_grid,
    remove_guard,
    try_commit,
)
from support.program import agentgrid, run
from support.repositories import Sandbox, create_repository

CACHE, README = "services/common/cache.py", "README.md"
ROUNDS = 20


def put_in_force(grid: GridSandbox, more: str) -> None:
    grid.main.commit("Policy", **{"agentgrid.yaml": GRID + more})


def branch_of(desk: Sandbox) -> str:
    return desk.git("branch", "--show-current")


def locks(where: Sandbox) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = agentgrid(where, "locks", "--json").data
    return found


def holders(where: Sandbox) -> list[tuple[str, list[str]]]:
    return [(each["holder"], each["patterns"]) for each in locks(where)]


def made(desk: Sandbox, path: str = CACHE) -> str:
    """A commit on what is checked out that changes `path`, made past all hooks; no branch has it."""
    before = desk.oid()
    oid = desk.commit("Made", **{path: "MADE = 1\n"})
    desk.git("-c", f"core.hooksPath={os.devnull}", "reset", "--quiet", "--hard", before)
    return oid


def rules_of(answer: Any) -> list[str]:
    return [each["rule"] for each in answer.data["findings"]]


@pytest.fixture
def a1(grid: GridSandbox) -> Sandbox:
    return grid.desks["a1"]


def test_the_first_commit_takes_the_lease_without_a_word(grid: GridSandbox, a1: Sandbox) -> None:
    done = try_commit(a1, CACHE)
    [lease] = locks(grid.main)
    assert (done.code, done.said) == (0, "")
    assert {name: lease[name] for name in ("holder", "patterns", "automatic", "token", "state", "until")} == {
        "holder": "a1",
        "patterns": [CACHE],
        "automatic": True,
        "token": 1,
        "state": "unlanded",
        "until": "landed",
    }
    assert try_commit(a1, CACHE).said == ""
    assert len(locks(grid.main)) == 1


def test_the_refusal_names_holder_time_lease_and_the_way_to_wait(a1: Sandbox, a2: Sandbox) -> None:
    assert try_commit(a1, CACHE).code == 0
    refused = try_commit(a2, CACHE)
    assert refused.code == 1
    [told] = [line for line in refused.said.splitlines() if "[lock.held]" in line]
    assert re.match(rf"  error: {CACHE} is locked by a1 \(lease 1\) since \d{{4}}-[\d:TZ-]+, ", told)
    assert f"{a1.oid()[:10]} Work" in told
    assert f"hint: wait for it: agentgrid lock --wait 30m {CACHE}" in refused.said


def by_commit(a2: Sandbox) -> Attempt:
    return try_commit(a2, CACHE)


def without_verifying(a2: Sandbox) -> Attempt:
    a2.write(CACHE, "MADE = 1\n")
    return attempt(a2, "commit", "--quiet", "--no-verify", "-a", "-m", "Work")


def by_cherry_pick(a2: Sandbox) -> Attempt:
    return attempt(a2, "cherry-pick", made(a2))


def by_rebase(a2: Sandbox) -> Attempt:
    oid = made(a2)
    a2.git("-c", f"core.hooksPath={os.devnull}", "reset", "--quiet", "--hard", oid)
    return attempt(a2, "rebase", "main")


def by_am(a2: Sandbox) -> Attempt:
    patch = a2.git("format-patch", "--stdout", "-1", made(a2))
    return attempt(a2, "am", "--quiet", stdin=patch + "\n")


def by_merge(a2: Sandbox) -> Attempt:
    a2.commit("Mine", **{"services/billing/more.py": "MORE = 1\n"})
    return attempt(a2, "merge", "--no-edit", made(a2))


def by_plumbing(a2: Sandbox) -> Attempt:
    return attempt(a2, "update-ref", "HEAD", made(a2))


WAYS = [by_commit, without_verifying, by_cherry_pick, by_rebase, by_am, by_merge, by_plumbing]


@pytest.fixture
def contested(grid: GridSandbox) -> Iterator[GridSandbox]:
    """What git is left in the middle of ends with the test."""
    yield grid
    for name in ("rebase-merge", "rebase-apply", "sequencer"):
        shutil.rmtree(admin_dir_of(grid.desks["a2"]) / name, ignore_errors=True)


@pytest.mark.parametrize("way", WAYS)
def test_nobody_else_gets_it_onto_a_branch(contested: GridSandbox, way: Callable[[Sandbox], Attempt]) -> None:
    grid = contested
    a2, branch = grid.desks["a2"], branch_of(grid.desks["a2"])
    assert try_commit(grid.desks["a1"], CACHE).code == 0
    grid.main.commit("Landed", **{"docs.md": "more\n"})
    refused = way(a2)
    assert refused.code != 0
    assert f"{CACHE} is locked by a1 (lease 1) since " in refused.said
    assert "[lock.held]" in refused.said
    on_branch = a2.git("log", "--format=%s", f"main..{branch}", "--", CACHE)
    assert on_branch == ("Made" if way is by_rebase else "")
    assert holders(grid.main) == [("a1", [CACHE])]


@pytest.mark.parametrize("way", WAYS)
def test_without_the_guards_each_way_is_open(contested: GridSandbox, way: Callable[[Sandbox], Attempt]) -> None:
    grid = contested
    assert try_commit(grid.desks["a1"], CACHE).code == 0
    grid.main.commit("Landed", **{"docs.md": "more\n"})
    remove_guard(grid.desks["a2"])
    assert way(grid.desks["a2"]).code == 0


def test_can_edit_and_check_say_the_same(grid: GridSandbox, a1: Sandbox, a2: Sandbox) -> None:
    assert try_commit(a1, CACHE).code == 0
    oid = made(a2)
    verdict = agentgrid(a2, "can-edit", CACHE, "--json")
    check = agentgrid(a2, "check", "--head", oid, "--json")
    assert (verdict.code, check.code, rules_of(check)) == (1, 1, ["lock.held"])
    assert verdict.data[0]["lease"]["holder"] == "a1"
    [finding] = check.data["findings"]
    assert finding["message"] in agentgrid(a2, "can-edit", CACHE).out
    assert agentgrid(a1, "can-edit", CACHE).code == agentgrid(a1, "check").code == 0
    assert agentgrid(grid.main, "can-edit", CACHE).code == 0


def test_without_automatic_leases_one_has_to_be_asked_for(tmp_path: Path) -> None:
    grid = make_grid(tmp_path / "shop", grid=GRID + "locks: {auto: false}\n")
    a1, branch = grid.desks["a1"], branch_of(grid.desks["a1"])
    grid.main.serve(tmp_path / "server.git")
    forged = made(a1)
    for refused in (
        try_commit(a1, CACHE),
        attempt(a1, "commit", "--quiet", "--no-verify", "-m", "Work"),
        attempt(a1, "push", "--quiet", "origin", f"{forged}:refs/heads/{branch}"),
    ):
        assert refused.code != 0
        assert "[lock.missing]" in refused.said
        assert f"hint: agentgrid lock {CACHE}" in refused.said
    check = agentgrid(a1, "check", "--head", forged, "--json")
    assert (check.code, rules_of(check)) == (1, ["lock.missing"])
    a1.git("push", "--quiet", "--no-verify", "origin", f"{forged}:refs/heads/{branch}")
    assert _checked_in_clone(tmp_path / "first", branch) == (1, ["lock.missing"])

    assert agentgrid(a1, "lock", CACHE).code == 0
    assert attempt(a1, "commit", "--quiet", "-m", "Work").said == ""
    assert f'Agentgrid-Lock: 1 a1 "{CACHE}"' in a1.git("log", "-1", "--format=%B")
    assert agentgrid(a1, "check").code == 0
    assert attempt(a1, "push", "--quiet", "--force", "origin", branch).code == 0
    assert _checked_in_clone(tmp_path / "second", branch) == (0, [])


def _checked_in_clone(place: Path, branch: str) -> tuple[int, list[str]]:
    """What CI says, which has no state."""
    clone = Sandbox(place.parent / "server.git").clone(place)
    answer = agentgrid(clone, "check", "--base", "origin/main", "--head", f"origin/{branch}", "--json")
    return answer.code, rules_of(answer)


def test_a_lease_until_the_commit_ends_with_it(grid: GridSandbox, a1: Sandbox, a2: Sandbox) -> None:
    put_in_force(grid, "locks: {until: commit}\n")
    assert agentgrid(a1, "lock", CACHE).code == 0
    refused = try_commit(a2, CACHE)
    assert (refused.code, "[lock.held]" in refused.said) == (1, True)
    assert try_commit(a1, CACHE).said == ""
    assert holders(grid.main) == []
    assert attempt(a2, "commit", "--quiet", "-m", "Work").said == ""
    assert holders(grid.main) == []


def test_an_unowned_path_is_the_first_ones_to_touch_it_and_has_no_fence(
    grid: GridSandbox, a1: Sandbox, a2: Sandbox
) -> None:
    assert try_commit(a1, README).said == ""
    refused = try_commit(a2, README)
    assert (refused.code, f"{README} is locked by a1" in refused.said) == (1, True)
    grid.main.git("merge", "--quiet", "--no-edit", branch_of(a1))
    landed = attempt(a2, "commit", "--quiet", "-m", "Work")
    assert (landed.code, landed.said) == (0, "")  # on an older version: for common code alone that is refused
    assert holders(grid.main) == [("a2", [f"/{README}"])]


def test_a_persons_lease_holds_agents_off(grid: GridSandbox, a2: Sandbox) -> None:
    assert agentgrid(grid.main, "lock", "--reason", "release", CACHE).code == 0
    refused = try_commit(a2, CACHE)
    assert refused.code == 1
    assert re.search(rf"{CACHE} is locked by @\S+ \(lease 1, release\) since ", refused.said)
    assert agentgrid(grid.main, "unlock", "--all").code == 0
    assert attempt(a2, "commit", "--quiet", "-m", "Work").code == 0


def test_a_merge_by_a_person_frees_it_for_who_brings_it_in(grid: GridSandbox, a1: Sandbox, a2: Sandbox) -> None:
    assert try_commit(a1, CACHE).code == 0
    grid.main.git("merge", "--quiet", "--no-edit", branch_of(a1))
    stale = try_commit(a2, CACHE)
    assert (stale.code, "[lock.stale]" in stale.said, "[lock.held]" in stale.said) == (1, True, False)
    a2.git("reset", "--quiet", "--hard")
    a2.git("merge", "--quiet", "--no-edit", "main")
    done = try_commit(a2, CACHE)
    assert (done.code, done.said) == (0, "")
    assert holders(grid.main) == [("a2", [CACHE])]


def test_a_lease_survives_the_next_topic_while_its_work_has_not_landed(tmp_path: Path) -> None:
    grid = make_grid(tmp_path / "shop")
    a1, a2 = grid.desks["a1"], grid.desks["a2"]
    assert try_commit(a1, CACHE).code == 0
    first = branch_of(a1)
    started = agentgrid(grid.main, "start", "a1", "next", "--no-fetch")
    assert started.code == 0, started.err
    assert branch_of(a1) != first
    assert f"{CACHE} is locked by a1" in try_commit(a2, CACHE).said
    grid.main.git("merge", "--quiet", "--no-edit", first)
    a2.git("reset", "--quiet", "--hard")
    a2.git("merge", "--quiet", "--no-edit", "main")
    assert try_commit(a2, CACHE).code == 0


def test_a_rule_that_warns_lets_it_through_with_a_warning(grid: GridSandbox, a1: Sandbox, a2: Sandbox) -> None:
    put_in_force(grid, "rules: {lock.held: warn}\n")
    assert try_commit(a1, CACHE).code == 0
    done = try_commit(a2, CACHE)
    assert done.code == 0
    assert f"  warn: {CACHE} is locked by a1" in done.said
    assert "refused" not in done.said


def test_a_grid_that_observes_refuses_nothing(tmp_path: Path) -> None:
    main = create_repository(tmp_path / "shop", **{CACHE: "TTL_S = 60\n", "services/orders/main.py": "ORDERS = []\n"})
    grid = _observe(main)
    a1, a2 = grid["a1"], grid["a2"]
    lock = agentgrid(a1, "lock", "services/**")
    assert lock.code == 0, lock.err
    done = try_commit(a2, CACHE)
    assert (done.code, "refused" in done.said) == (0, False)
    assert f"  warn: {CACHE} is locked by a1" in done.said


def _observe(main: Sandbox) -> Mapping[str, Sandbox]:
    made_by = run(main, "agentgrid", "init", "--agents", "a1,a2", "--observe", "--yes", "--json")
    assert made_by.code == 0, made_by.err
    main.commit("Add agentgrid")
    desks = {each["agent"]: Sandbox(Path(each["path"])) for each in made_by.data["created"]}
    for desk in desks.values():
        desk.git("merge", "--quiet", "--ff-only", "main")
    return desks


def test_of_three_that_want_it_each_gets_it_in_turn(tmp_path: Path) -> None:
    grid = make_grid(tmp_path / "shop", owned={**OWNED, "a3": "services/search/**"})
    waiting = list(grid.desks.values())
    while waiting:
        first, *waiting = waiting
        first.git("merge", "--quiet", "--no-edit", "main")
        assert try_commit(first, CACHE).code == 0
        for other in waiting:
            assert "is locked by" in try_commit(other, CACHE).said
            other.git("reset", "--quiet", "--hard")
        grid.main.git("merge", "--quiet", "--no-edit", branch_of(first))
    assert holders(grid.main) == []


def test_of_two_at_the_very_same_moment_exactly_one_gets_through(grid: GridSandbox) -> None:
    won = []
    for number in range(ROUNDS):
        path = f"services/common/round{number}.py"
        for agent, desk in grid.desks.items():
            desk.write(path, f"WHO = {agent!r}\n")
            desk.git("add", path)
        ready = {agent: _ready_to_commit(desk) for agent, desk in grid.desks.items()}
        for process in ready.values():
            assert process.stdin is not None
            process.stdin.write("now\n")
            process.stdin.flush()
        said = {agent: process.communicate()[1] for agent, process in ready.items()}
        through = [agent for agent, process in ready.items() if process.returncode == 0]
        assert len(through) == 1, said
        [other] = ready.keys() - set(through)
        assert f"{path} is locked by {through[0]}" in said[other]
        grid.desks[other].git("reset", "--quiet", "--hard")
        won += through
    assert len(holders(grid.main)) == ROUNDS
    for agent, desk in grid.desks.items():
        assert len(desk.git("rev-list", "main..HEAD").split()) == won.count(agent)


def _ready_to_commit(desk: Sandbox) -> subprocess.Popen[str]:
    """Commits as soon as it reads a line."""
    return subprocess.Popen(
        ["sh", "-c", "read _ && exec git commit --quiet -m Work"],
        cwd=desk.path,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
