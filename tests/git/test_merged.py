"""What counts as merged: commits, a squash, a squash that the base went on from; and what doesn't."""

import pytest

from agentgrid.git.merged import count_unmerged, is_merged
from agentgrid.git.process import Git
from support.repositories import Sandbox

FILE = "services/orders/main.py"


@pytest.fixture
def branch(repo: Sandbox) -> str:
    """A branch `topic` with two commits; its tip."""
    repo.switch("topic")
    repo.commit("One", **{FILE: "ORDERS = [1]\n"})
    tip = repo.commit("Two", **{FILE: "ORDERS = [1, 2]\n", "services/orders/new.py": "NEW = 1\n"})
    repo.switch("main")
    return tip


def merged(repo: Sandbox, head: str) -> bool:
    return is_merged(Git(repo.path), repo.oid("main"), head)


def squash(repo: Sandbox) -> None:
    repo.git("merge", "--quiet", "--squash", "topic")
    repo.commit("Squashed")


def test_a_merge_a_squash_and_a_squash_beside_other_changes_count(repo: Sandbox, branch: str) -> None:
    assert not merged(repo, branch)
    repo.commit("Elsewhere", **{"README.md": "# more\n"})
    squash(repo)
    assert merged(repo, branch)


def test_a_squash_counts_also_when_the_base_has_changed_the_same_lines_since(repo: Sandbox, branch: str) -> None:
    squash(repo)
    repo.commit("On from there", **{FILE: "ORDERS = ['other']\n", "services/orders/new.py": None})
    repo.commit("And elsewhere", **{"README.md": "# more\n"})
    assert merged(repo, branch)


def test_a_branch_that_went_on_after_its_squash_does_not_count(repo: Sandbox, branch: str) -> None:
    squash(repo)
    repo.switch("topic")
    tip = repo.commit("Three", **{FILE: "ORDERS = [1, 2, 3]\n"})
    repo.switch("main")
    repo.commit("On from there", **{FILE: "ORDERS = ['other']\n"})
    assert not merged(repo, tip)
    assert count_unmerged(Git(repo.path), repo.oid("main"), [tip]) == (3, 0)


def test_half_of_a_branch_does_not_count(repo: Sandbox, branch: str) -> None:
    repo.commit("Half", **{FILE: "ORDERS = [1, 2]\n"})
    assert not merged(repo, branch)


def test_a_history_of_its_own_does_not_count(repo: Sandbox) -> None:
    repo.git("checkout", "--quiet", "--orphan", "other")
    tip = repo.commit("Alone", n="x")
    repo.switch("main")
    assert not merged(repo, tip)
