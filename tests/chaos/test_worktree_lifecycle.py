"""Any sequence of starts, commits, syncs, removals, prunes, moves and deletions loses nothing; a short run of what
`scripts/chaos-worktrees` does for long."""

from pathlib import Path

import pytest

from agentgrid.workspace import takedown
from agentgrid.workspace.sync import facts
from support.worktree_chaos import Lifecycle, prepare, run_chaos


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> type[Lifecycle]:
    return prepare(tmp_path_factory.mktemp("lifecycle"))


def test_no_commit_and_no_content_is_lost(machine: type[Lifecycle]) -> None:
    run_chaos(machine, examples=15, steps=12)


def test_without_the_rescue_a_forced_removal_is_seen_to_lose(
    machine: type[Lifecycle], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(takedown, "rescue_work", lambda *_, **__: None)
    live = machine()
    live.leave_uncommitted("a1", "notes.txt", staged=False)
    with pytest.raises(AssertionError, match="lost in step 2"):
        live.remove("a1", force=True)


def test_without_the_stray_commits_a_forced_removal_is_seen_to_lose(
    machine: type[Lifecycle], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(takedown, "keep_stray_commits", lambda *_, **__: None)
    live = machine()
    live.commit("a1", "main.py")
    live.amend("a1")
    with pytest.raises(AssertionError, match="lost in step 3"):
        live.remove("a1", force=True)


def test_without_the_look_at_ignored_files_a_sync_is_seen_to_lose(
    machine: type[Lifecycle], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(facts, "find_in_the_way", lambda *_: ())
    live = machine()
    live.commit("a1", "main.py")
    live.leave_uncommitted("a1", "run.log", staged=False)
    live.change_base("services/orders/run.log")
    with pytest.raises(AssertionError, match="lost in step 4"):
        live.sync("a1", rebase=False)


def test_the_checker_counts_what_it_should(machine: type[Lifecycle], tmp_path: Path) -> None:
    live = machine()
    live.leave_uncommitted("a1", "run.log", staged=False)
    before = live.before
    live.delete("a1")
    assert len(before.at_hand - live.before.at_hand) == 1
    assert before.safe <= live.before.safe
