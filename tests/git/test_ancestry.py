"""Merge bases of many heads at once are those that git finds for each two."""

import random
from itertools import combinations
from pathlib import Path

import pytest

from agentgrid.git.ancestry import find_ancestry
from agentgrid.git.process import Git
from support.repositories import Sandbox, create_repository


def build_history(path: Path, seed: int) -> dict[str, str]:
    """Fifty commits, some with two or three parents, some without any; ten of them are heads."""
    chance = random.Random(seed)
    repo = create_repository(path)
    tree = repo.git("mktree")
    commits: list[str] = []
    for number in range(50):
        parents = chance.sample(commits[-8:], min(len(commits[-8:]), chance.choice([1, 1, 1, 2, 2, 3])))
        if chance.random() < 0.04:
            parents = []
        named = [part for parent in parents for part in ("-p", parent)]
        date = f"@{1_700_000_000 + number * 60} +0000"
        env = {"GIT_COMMITTER_DATE": date, "GIT_AUTHOR_DATE": date}
        commits.append(repo.git("commit-tree", tree, *named, "-m", str(number), env=env))
    chosen = chance.sample(commits, 9) + [commits[-1]]
    return {f"h{number}": oid for number, oid in enumerate(chosen)}


@pytest.mark.parametrize("seed", range(6))
def test_every_pair_has_the_merge_bases_that_git_finds(tmp_path: Path, seed: int) -> None:
    heads = build_history(tmp_path / "history", seed)
    repo = Sandbox(tmp_path / "history")

    found = find_ancestry(Git(repo.path), heads).merge_bases

    for one, other in combinations(heads, 2):
        expected = repo.git("merge-base", "--all", heads[one], heads[other], accept=(0, 1)).split()
        assert found[one, other] == tuple(sorted(expected)), (one, other)


def test_work_began_with_its_oldest_commit_that_the_first_head_does_not_have(repo: Sandbox) -> None:
    base = repo.oid()
    repo.switch("topic")
    dates = [{"GIT_COMMITTER_DATE": f"@{seconds} +0000"} for seconds in (1_800_000_000, 1_800_000_060)]
    for env in dates:
        repo.git("commit", "--quiet", "--allow-empty", "-m", "Work", env=env)

    ancestry = find_ancestry(Git(repo.path), {"base": base, "a1": repo.oid(), "a2": base}, undated=[])

    assert ancestry.started_at == {"a1": 1_800_000_000}
