"""Joining commits so that one ref keeps them all."""

from pathlib import Path

from agentgrid.git.process import Git
from agentgrid.git.stray_commits import find_stray_commits, join_commits
from support.repositories import Sandbox


def test_many_commits_are_joined_in_one(repo: Sandbox) -> None:
    git = Git(repo.path)
    tree = repo.git("rev-parse", "HEAD^{tree}")
    tips = tuple(repo.git("commit-tree", tree, "-p", "HEAD", "-m", f"{number}") for number in range(203))
    joined = join_commits(git, tips, "Kept")
    assert set(tips) <= set(repo.git("rev-list", joined).split())
    assert join_commits(git, tips[:1], "Kept") == tips[0]


def test_commits_that_git_has_thrown_away_are_passed_over(repo: Sandbox, tmp_path: Path) -> None:
    work = repo.worktree(tmp_path / "work", "topic")
    work.git("switch", "--quiet", "--detach")
    gone, kept = work.commit("Gone", n="1"), work.commit("Kept", n="2")
    work.git("commit", "--quiet", "--amend", "-m", "Amended")
    work.git("switch", "--quiet", "topic")
    admin_dir = Path(work.git("rev-parse", "--absolute-git-dir"))
    whole = find_stray_commits(Git(repo.path), admin_dir)
    assert (whole.count, kept in whole.tips, gone in whole.tips) == (3, True, False)
    lost = kept
    (repo.path / ".git" / "objects" / lost[:2] / lost[2:]).unlink()
    assert find_stray_commits(Git(repo.path), admin_dir).count == 2


def test_a_worktree_without_a_commit_has_none(repo: Sandbox, tmp_path: Path) -> None:
    work = repo.worktree(tmp_path / "work", "topic")
    work.git("switch", "--quiet", "--orphan", "new")
    admin_dir = Path(work.git("rev-parse", "--absolute-git-dir"))
    assert find_stray_commits(Git(repo.path), admin_dir).tips == ()
