"""The proposed order on real branches: who came first, what only several together break, nothing left behind."""

from collections.abc import Mapping
from itertools import combinations
from pathlib import Path

import pytest

from agentgrid.git.repository import Repository
from agentgrid.git.scratch_objects import scratch_objects
from agentgrid.integration.conflicts.memory import Memory
from agentgrid.integration.conflicts.model import AgentWork, Pair
from agentgrid.integration.order.train import Queue, propose_order
from support.repositories import Sandbox, create_repository

LINES = "bbacbc"
QUEUE = Queue({f"a{number}": number for number in range(1, 10)})


@pytest.fixture
def shop(tmp_path: Path) -> Sandbox:
    return create_repository(tmp_path / "shop", **{"app.py": lines(LINES)})


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


def lines(letters: str) -> str:
    return "".join(f"{letter}\n" for letter in letters)


def test_three_that_are_clean_in_pairs_and_conflict_together_are_found(shop: Sandbox) -> None:
    """Lines that repeat: two changes together are read as another one than each alone."""
    works = [
        work(shop, agent, {"app.py": lines(letters)}, at=place)
        for place, (agent, letters) in enumerate([("a1", "bbacb"), ("a2", "bbbcbc"), ("a3", "bbacabc")])
    ]
    for a, b in combinations(works, 2):
        shop.git("merge-tree", "--write-tree", str(a.head), str(b.head))  # each pair merges

    before = shop.git("count-objects", "-v")
    repository = Repository.discover(shop.path)
    with scratch_objects(repository) as git:
        order = propose_order(git, works, [], shop.oid("main"), QUEUE, Memory({}, {}))

    assert order.agents == ("a1", "a2", "a3")
    assert order.together == (("a3", (b"app.py",)),)
    assert shop.git("count-objects", "-v") == before


def test_the_train_of_branches_that_fit_is_built_to_its_end(shop: Sandbox) -> None:
    works = [work(shop, f"a{number}", {f"own/{number}.py": "x = 1\n"}, at=number) for number in range(1, 6)]
    with scratch_objects(Repository.discover(shop.path)) as git:
        order = propose_order(git, works, [], shop.oid("main"), QUEUE, Memory({}, {}))
    assert (order.agents, order.cost, order.together) == (("a1", "a2", "a3", "a4", "a5"), 0, ())


def test_who_has_nothing_stands_in_no_order(shop: Sandbox) -> None:
    head = shop.oid("main")
    idle = AgentWork("a9", "a9", head, head)
    unknown = AgentWork("a8", "a8", head, None, problem="its files can't be read")
    with scratch_objects(Repository.discover(shop.path)) as git:
        order = propose_order(
            git, [idle, unknown], [Pair("a8", "a9", "unknown", problem="?")], head, QUEUE, Memory({}, {})
        )
    assert order.agents == ("a8",)
