"""Rescue refs: everything comes back, and nothing is touched while it is saved."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from agentgrid.git.worktree_list import list_worktrees
from agentgrid.workspace.rescue import Rescue, rescue_work, restore_command
from support.desks import open_repository, tree_of
from support.repositories import Sandbox


@pytest.fixture
def work(repo: Sandbox, tmp_path: Path) -> Sandbox:
    return repo.worktree(tmp_path / "it's a1", "feat/a1")


def save(repo: Sandbox, work: Sandbox) -> Rescue:
    repository = open_repository(repo)
    worktree = next(each for each in list_worktrees(repository) if each.path.name == work.path.name)
    rescue = rescue_work(repository, worktree, agent="a1", label="test")
    assert rescue is not None
    return rescue


def restore(repo: Sandbox, work: Sandbox, rescue: Rescue) -> None:
    """Takes the worktree away and runs the printed line, with a stand-in for agentgrid."""
    repo.git("worktree", "remove", "--force", "--force", work.path)
    repo.git("branch", "-D", "feat/a1", accept=(0, 1))
    line = restore_command(rescue, "feat/a1", work.path, "a1")
    stand_in = 'agentgrid() { test "$*" = "agent add a1 --adopt $WORK"; }'
    environment = {**os.environ, "WORK": str(work.path)}
    subprocess.run(["sh", "-ec", f"{stand_in}; {line}"], cwd=repo.path, check=True, capture_output=True,
                   env=environment)  # fmt: skip


def make_a_mess(work: Sandbox) -> None:
    work.write("README.md", "staged\n")
    work.git("add", "README.md")
    work.write("README.md", "staged, then changed\n")
    work.write("services/common/cache.py", "changed\n")
    work.git("rm", "--quiet", "--cached", "services/billing/main.py")
    (work.path / "services/orders/main.py").unlink()
    work.write("added.sh", "#!/bin/sh\n").chmod(0o755)
    work.git("add", "added.sh")
    work.write("new/untracked.txt", "untracked\n")
    work.write(os.fsdecode(b"odd\nname-\xff"), b"\0\xff")
    (work.path / "link").symlink_to("nowhere")


def test_staged_changed_deleted_and_untracked_work_comes_back_exactly(repo: Sandbox, work: Sandbox) -> None:
    make_a_mess(work)
    before = (work.status(), tree_of(work.path), work.git("diff", "--cached"), work.git("diff"), work.oid())
    rescue = save(repo, work)
    assert rescue.has_changes
    restore(repo, work, rescue)
    after = (work.status(), tree_of(work.path), work.git("diff", "--cached"), work.git("diff"), work.oid())
    assert after == before


def test_saving_touches_neither_files_nor_index_nor_stash(repo: Sandbox, work: Sandbox) -> None:
    make_a_mess(work)
    index = next((repo.path / ".git" / "worktrees").glob("*/index"))
    before = (index.read_bytes(), index.stat().st_mtime_ns, tree_of(work.path), repo.git("stash", "list"))
    save(repo, work)
    assert (index.read_bytes(), index.stat().st_mtime_ns, tree_of(work.path), repo.git("stash", "list")) == before


def test_a_clean_worktree_is_saved_as_its_head(repo: Sandbox, work: Sandbox) -> None:
    oid = work.commit("Work", **{"new.txt": "x\n"})
    rescue = save(repo, work)
    assert (rescue.oid, rescue.has_changes) == (oid, False)
    assert repo.oid(rescue.ref) == oid
    restore(repo, work, rescue)
    assert (work.oid(), work.status()) == (oid, "")


def test_two_rescues_in_one_second_are_two_refs(repo: Sandbox, work: Sandbox) -> None:
    assert save(repo, work).ref != save(repo, work).ref


def test_a_change_of_the_same_size_in_the_same_instant_is_seen(repo: Sandbox, work: Sandbox) -> None:
    long_ago = 1_700_000_000
    work.git("config", "core.trustctime", "false")
    file = work.write("race.txt", "one\n")
    os.utime(file, (long_ago, long_ago))
    work.git("add", "race.txt")
    file.write_text("two\n")
    os.utime(file, (long_ago, long_ago))
    os.utime(next((repo.path / ".git" / "worktrees").glob("*/index")), (long_ago, long_ago))
    rescue = save(repo, work)
    assert repo.git("show", f"{rescue.ref}:race.txt") == "two"


def test_work_under_assume_unchanged_and_skip_worktree_is_saved(repo: Sandbox, work: Sandbox) -> None:
    work.git("update-index", "--assume-unchanged", "README.md")
    work.git("update-index", "--skip-worktree", "services/common/cache.py")
    work.write("README.md", "hidden\n")
    work.write("services/common/cache.py", "hidden too\n")
    rescue = save(repo, work)
    assert [repo.git("show", f"{rescue.ref}:{path}") for path in ("README.md", "services/common/cache.py")] == [
        "hidden", "hidden too",
    ]  # fmt: skip


def test_a_conflict_is_saved_with_its_markers(repo: Sandbox, work: Sandbox) -> None:
    repo.commit("Theirs", **{"README.md": "theirs\n"})
    work.commit("Ours", **{"README.md": "ours\n"})
    work.git("merge", "main", accept=(1,))
    rescue = save(repo, work)
    assert repo.git("show", f"{rescue.ref}:README.md") == work.read("README.md").removesuffix("\n")
    assert "<<<<<<<" in work.read("README.md")
    assert repo.git("show", f"{rescue.ref}^2:README.md") == "ours"
    restore(repo, work, rescue)


def test_a_file_that_is_only_intended_comes_back_untracked(repo: Sandbox, work: Sandbox) -> None:
    work.write("soon.txt", "soon\n")
    work.git("add", "-N", "soon.txt")
    restore(repo, work, save(repo, work))
    assert (work.status(), work.read("soon.txt")) == ("?? soon.txt", "soon\n")


def test_a_missing_index_is_read_as_heads(repo: Sandbox, work: Sandbox) -> None:
    work.write("README.md", "changed\n")
    next((repo.path / ".git" / "worktrees").glob("*/index")).unlink()
    restore(repo, work, save(repo, work))
    assert work.status() == " M README.md"


def test_a_rebase_in_progress_keeps_the_branch_itself_too(repo: Sandbox, work: Sandbox) -> None:
    tip = work.commit("Ours", **{"README.md": "ours\n"})
    repo.commit("Theirs", **{"README.md": "theirs\n"})
    work.git("rebase", "main", accept=(1,))
    rescue = save(repo, work)
    assert rescue.tip_ref is not None
    assert repo.oid(rescue.tip_ref) == tip
    restore(repo, work, rescue)
    assert repo.oid("feat/a1") == tip
    assert "<<<<<<<" in work.read("README.md")


def test_a_detached_head_is_saved(repo: Sandbox, work: Sandbox) -> None:
    work.git("switch", "--quiet", "--detach")
    oid = work.commit("On no branch", **{"new.txt": "x\n"})
    assert save(repo, work).oid == oid


def test_what_is_staged_survives_a_directory_that_was_deleted_by_hand(repo: Sandbox, work: Sandbox) -> None:
    work.write("added.txt", "staged\n")
    work.git("add", "added.txt")
    shutil.rmtree(work.path)
    rescue = save(repo, work)
    assert repo.git("show", f"{rescue.ref}:added.txt") == "staged"


def test_an_untracked_repository_is_named_because_no_commit_can_hold_it(repo: Sandbox, work: Sandbox) -> None:
    work.git("init", "--quiet", "inner")
    Sandbox(work.path / "inner").commit("Inner")
    assert save(repo, work).nested == (b"inner/",)
