"""A git that was killed while it registered a worktree doesn't stop every later look at the worktrees."""

from pathlib import Path

import pytest

from agentgrid.errors import GitError
from agentgrid.git.process import Git
from agentgrid.git.registrations import read_registrations
from support.repositories import Sandbox


def test_a_registration_cut_in_the_middle_is_read_like_any_other(repo: Sandbox, tmp_path: Path) -> None:
    for name in ("whole", "cut"):
        repo.worktree(tmp_path / name, name)
    common = repo.path / ".git"
    before = {path: path.read_bytes() for path in (common / "worktrees").rglob("commondir")}
    fields = read_registrations(Git(repo.path), common)
    (common / "worktrees" / "cut" / "commondir").write_bytes(b"")

    assert read_registrations(Git(repo.path), common) == fields
    assert {path: path.read_bytes() for path in before} == before


def test_any_other_failure_is_told(repo: Sandbox) -> None:
    (repo.path / ".git" / "config").write_text("[broken\n")
    with pytest.raises(GitError, match="bad config"):
        read_registrations(Git(repo.path), repo.path / ".git")
