"""`agentgrid init` killed at any moment, and many commands at once: the next one completes, nothing is left over."""

import os
import random
import signal
import subprocess
import time
from pathlib import Path

import pytest

from agentgrid.machine.files import TEMPORARY_PREFIX
from support.program import BIN, SERVICES, agentgrid, with_program
from support.repositories import Sandbox, create_repository

AGENTS = ("a1", "a2", "a3", "a4")
INIT = ("init", "--preset", "four-services", "--yes")


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> tuple[object, float]:
    """What an init that nobody disturbs leaves, and how long it takes here (s)."""
    main = make_repository(tmp_path_factory.mktemp("undisturbed"))
    before = time.monotonic()
    assert agentgrid(main, *INIT).code == 0
    return state_of(main), time.monotonic() - before


def make_repository(place: Path) -> Sandbox:
    bulk = {f"services/bulk_{kind}/{number}.txt": f"{number}\n" * 20 for kind in "xyz" for number in range(100)}
    return create_repository(place / "shop", **SERVICES, **bulk)


def start(where: Sandbox, *arguments: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen([BIN / "agentgrid", *arguments], cwd=where.path, stdin=subprocess.DEVNULL,
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=with_program(),
                            start_new_session=True)  # fmt: skip


def state_of(main: Sandbox) -> dict[str, object]:
    """All that people and later commands see, without what is random or timed."""
    top, common = main.path.parent, main.path / ".git"
    worktrees = [Sandbox(path) for path in sorted(top.iterdir()) if path != main.path]
    untracked = main.git("ls-files", "--others", "-z").split("\0")[:-1]
    return {
        "directories": sorted(os.listdir(top)),
        "refs": main.git("for-each-ref", "--format=%(refname)").splitlines(),
        "settings": sorted(main.git("config", "--local", "--list", "--name-only").splitlines()),
        "files": {path: main.read(path).replace(str(top), "TOP") for path in untracked},
        "registered": sorted(path.name for path in (common / "worktrees").iterdir()),
        "journals": sorted(os.listdir(common / "agentgrid" / "pending")),
        "hooks": {
            path.name: sorted(os.listdir(path / "hooks")) for path in sorted((common / "agentgrid/agents").iterdir())
        },
        "work trees": {desk.path.name: (desk.status(), len(desk.files())) for desk in worktrees},
        "focus": [(desk.path / "AGENT_FOCUS.md").is_file() for desk in worktrees],
        "locks": sorted(str(path.relative_to(common)) for path in common.rglob("*.lock")
                        if "agentgrid" not in path.parts),
        "temporary": sorted(path.name for path in main.path.rglob(".agentgrid-tmp-*")),
    }  # fmt: skip


@pytest.mark.parametrize("moment", range(8))
def test_an_init_killed_at_any_moment_is_completed_by_the_next_one(
    tmp_path: Path, undisturbed: tuple[object, float], moment: int
) -> None:
    whole, duration_s = undisturbed
    main = make_repository(tmp_path)
    process = start(main, *INIT)
    time.sleep(duration_s * (0.25 + 0.09 * moment + random.Random(moment).uniform(0, 0.09)))
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()

    again = agentgrid(main, *INIT)

    assert again.code == 0, again.err
    assert state_of(main) == whole


def test_what_killed_writers_leave_where_no_journal_tells_of_it_is_gone_after_the_next_init(
    tmp_path: Path, undisturbed: tuple[object, float]
) -> None:
    main = make_repository(tmp_path)
    common = main.path / ".git"
    (common / "config.lock").touch()
    for place in ("agentgrid", "agentgrid/staging", "agentgrid/policy", "agentgrid/agents/a1/hooks",
                  "agentgrid/agents/a1/displaced", "info"):  # fmt: skip
        main.write(f".git/{place}/{TEMPORARY_PREFIX}left", "half a file")

    assert agentgrid(main, *INIT).code == 0

    assert state_of(main) == undisturbed[0]


def test_an_init_killed_while_it_committed_to_the_base_of_a_bare_repository_is_completed(tmp_path: Path) -> None:
    bare = create_repository(tmp_path / "shop", **SERVICES).clone(tmp_path / "shop.git", "--bare")
    for left in ("refs/heads/main.lock", "HEAD.lock", "agentgrid/first-commit/index.lock"):
        bare.write(left, "")

    again = agentgrid(bare, *INIT)

    assert again.code == 0, again.err
    assert "agentgrid.yaml" in bare.files("main")
    assert [path for path in bare.path.rglob("*.lock") if "agentgrid" not in path.parts] == []
    assert not (bare.path / "agentgrid/first-commit").exists()


def test_eight_inits_at_once_all_succeed_and_make_one_grid(tmp_path: Path, undisturbed: tuple[object, float]) -> None:
    main = make_repository(tmp_path)

    running = [start(main, *INIT) for _ in range(8)]
    ended = [(process.communicate()[1].decode(), process.returncode) for process in running]

    assert [each for each in ended if each[1]] == []
    assert state_of(main) == undisturbed[0]


def test_eight_agents_added_at_once_are_all_in_force(tmp_path: Path) -> None:
    main = create_repository(tmp_path / "shop", **SERVICES)
    assert agentgrid(main, "init", "--agents", "1", "--yes").code == 0
    main.commit("Add agentgrid")
    new = [f"b{number}" for number in range(8)]

    running = [start(main, "agent", "add", agent, "--owns", f"services/{agent}/**") for agent in new]
    ended = [(process.communicate()[1].decode(), process.returncode) for process in running]

    assert [each for each in ended if each[1]] == []
    listed = agentgrid(main, "agent", "list", "--json").data
    assert {each["profile"]["id"]: each["worktree"] for each in listed} == {
        agent: str(tmp_path / f"shop-{agent}") for agent in ("a1", *new)
    }
    assert main.status().splitlines() == [f"?? config/agents/{agent}.yaml" for agent in new]
    assert agentgrid(main, "status", "--json").data["warnings"] == [
        "a policy that is not on the base is in force on this machine (`agentgrid policy show`)"
    ]
    assert os.listdir(main.path / ".git/agentgrid/pending") == []
    owner = agentgrid(main, "owner", "--json", *(f"services/{agent}/x" for agent in new)).data
    assert [each["owner"] for each in owner] == new


def test_of_eight_that_add_the_same_agent_at_once_the_others_get_a_clean_answer(tmp_path: Path) -> None:
    main = create_repository(tmp_path / "shop", **SERVICES)
    assert agentgrid(main, "init", "--agents", "1", "--yes").code == 0
    main.commit("Add agentgrid")

    running = [start(main, "agent", "add", "b1") for _ in range(8)]
    ended = [(process.communicate()[1].decode(), process.returncode) for process in running]

    assert 0 in {code for _, code in ended}
    assert {code for _, code in ended} <= {0, 1, 2}, ended
    assert not [said for said, _ in ended if "bug" in said or "Traceback" in said]
    assert [each["state"] for each in agentgrid(main, "status", "--json").data["agents"]] == ["ready", "ready"]
    branches = main.git("for-each-ref", "--format=%(refname:short)", "refs/heads").splitlines()
    assert [name.rpartition("/")[2] for name in branches] == ["work__b1", "work__a1", "main"]
    assert sorted(os.listdir(tmp_path)) == ["shop", "shop-a1", "shop-b1"]
    assert os.listdir(main.path / ".git/agentgrid/pending") == []
