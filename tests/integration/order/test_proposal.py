"""The proposed order on real branches: who came first, what only several together break, nothing left behind."""

from collections.abc import Mapping
from itertools import combinations
from pathlib import Path

import pytest

from agentgrid.git.process import Git
from agentgrid.git.repository import Repository
from agentgrid.git.scratch_objects import scratch_objects
from agentgrid.integration.conflicts.model import AgentWork, Pair
from agentgrid.integration.order.arrival import sort_by_arrival
from agentgrid.integration.order.proposal import propose
from support.repositories import Sandbox, create_repository

BASE_FILES: dict[str, str | bytes] = {f"lib/{name}.py": f"{name} = 1\n" * 20 for name in ("one", "two", "three")}


@pytest.fixture
def shop(tmp_path: Path) -> Sandbox:
    return create_repository(tmp_path / "shop", **BASE_FILES)


def work(shop: Sandbox, agent: str, files: Mapping[str, str | bytes | None], *, at: int = 0) -> AgentWork:
    """A branch off main with one commit of `files`, made `at` seconds after another time."""
    base = shop.oid("main")
    shop.git("switch", "--quiet", "--create", agent, "main")
    shop.commit(f"Work of {agent}", **files)
    date = {"GIT_COMMITTER_DATE": f"@{1_700_000_000 + at} +0000"}
    shop.git("commit", "--quiet", "--amend", "--no-edit", env=date)
    head = shop.oid()
    shop.git("switch", "--quiet", "main")
    changed = shop.git("diff", "--name-only", "-z", base, head).split("\0")[:-1]
    return AgentWork(agent, agent, head, head, changed=tuple(path.encode() for path in changed))


def moved(prefix: str) -> dict[str, str | bytes | None]:
    files: dict[str, str | bytes | None] = dict.fromkeys(BASE_FILES)
    return {**files, **{path.replace("lib/", prefix): text for path, text in BASE_FILES.items()}}


def test_three_that_are_clean_in_pairs_and_conflict_together_are_found(shop: Sandbox) -> None:
    """One renames a directory, one adds a file to it, one adds another file by the name which that will have."""
    works = [
        work(shop, "a1", moved("core/"), at=1),
        work(shop, "a2", {"lib/new.py": "new = 2\n" * 9}, at=2),
        work(shop, "a3", {"core/new.py": "other = 3\n" * 9}, at=3),
    ]
    for a, b in combinations(works, 2):
        assert a.head and b.head
        shop.git("merge-tree", "--write-tree", a.head, b.head)  # each pair merges

    before = shop.git("count-objects", "-v")
    repository = Repository.discover(shop.path)
    with scratch_objects(repository) as git:
        order = propose(git, shop.oid("main"), works, [])

    assert order.agents == ("a1", "a2", "a3")
    assert [agent for agent, _ in order.together] == ["a3"]
    assert b"core/new.py" in order.together[0][1]
    assert shop.git("count-objects", "-v") == before


def test_the_train_of_branches_that_fit_is_built_to_its_end(shop: Sandbox) -> None:
    works = [work(shop, f"a{number}", {f"own/{number}.py": "x = 1\n"}, at=number) for number in range(1, 6)]
    with scratch_objects(Repository.discover(shop.path)) as git:
        order = propose(git, shop.oid("main"), works, [])
    assert (order.agents, order.cost, order.together) == (("a1", "a2", "a3", "a4", "a5"), 0, ())


def test_who_has_nothing_stands_in_no_order(shop: Sandbox) -> None:
    head = shop.oid("main")
    idle = AgentWork("a9", "a9", head, head)
    unknown = AgentWork("a8", "a8", head, None, problem="its files can't be read")
    with scratch_objects(Repository.discover(shop.path)) as git:
        order = propose(git, head, [idle, unknown], [Pair("a8", "a9", "unknown", problem="?")])
    assert order.agents == ("a8",)


def test_first_come_is_whose_newest_commit_is_oldest_and_the_uncommitted_come_last(shop: Sandbox) -> None:
    early = work(shop, "a10", {"x": "1\n"}, at=1)
    late = work(shop, "a2", {"y": "1\n"}, at=9)
    same = work(shop, "a3", {"z": "1\n"}, at=1)
    head = shop.oid("main")
    dirty = AgentWork("a1", "a1", head, head, is_dirty=True, changed=(b"q",))
    found = sort_by_arrival(Git(shop.path), head, [dirty, late, early, same])
    assert [each.agent for each in found] == ["a3", "a10", "a2", "a1"]
