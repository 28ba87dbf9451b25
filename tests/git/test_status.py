"""Reading `git status`."""

from pathlib import Path

from agentgrid.git.process import Git
from agentgrid.git.status import WorktreeStatus, read_status
from support.repositories import Sandbox


def test_a_clean_work_tree_has_no_paths(repo: Sandbox) -> None:
    assert read_status(Git(repo.path)) == WorktreeStatus(repo.oid(), "main", None)


def test_staged_changed_and_untracked_files_are_counted_apart(repo: Sandbox) -> None:
    repo.write("README.md", "staged\n")
    repo.git("add", "README.md")
    repo.write("README.md", "and changed\n")
    repo.write("services/common/cache.py", "changed\n")
    repo.write("new\nline.txt", "untracked\n")
    repo.write("intended", "")
    repo.git("add", "-N", "intended")
    status = read_status(Git(repo.path))
    assert (status.staged, status.unstaged, status.untracked, status.unmerged) == (1, 3, 1, 0)
    assert status.paths == (b"README.md", b"intended", b"services/common/cache.py", b"new\nline.txt")
    assert status.intended == (b"intended",)


def test_a_renamed_file_is_one_deleted_and_one_added(repo: Sandbox) -> None:
    repo.git("mv", "README.md", "READ ME.md")
    status = read_status(Git(repo.path))
    assert (status.staged, status.paths) == (2, (b"READ ME.md", b"README.md"))


def test_conflicts_are_unmerged_paths(repo: Sandbox) -> None:
    repo.branch("other")
    repo.commit("Ours", **{"README.md": "ours\n"})
    repo.git("switch", "--quiet", "other")
    repo.commit("Theirs", **{"README.md": "theirs\n"})
    repo.git("merge", "main", accept=(1,))
    status = read_status(Git(repo.path))
    assert (status.unmerged, status.paths) == (1, (b"README.md",))


def test_the_distance_to_the_upstream_is_told(repo: Sandbox, tmp_path: Path) -> None:
    repo.serve(tmp_path / "server.git")
    repo.commit("One")
    repo.commit("Two")
    status = read_status(Git(repo.path))
    assert (status.upstream, status.ahead, status.behind) == ("origin/main", 2, 0)


def test_a_detached_head_has_no_branch(repo: Sandbox) -> None:
    repo.git("switch", "--quiet", "--detach")
    assert read_status(Git(repo.path)).branch is None


def test_the_index_is_not_rewritten(repo: Sandbox) -> None:
    repo.write("README.md", repo.read("README.md"))  # a new time, the same content
    before = (repo.path / ".git" / "index").read_bytes()
    read_status(Git(repo.path))
    assert (repo.path / ".git" / "index").read_bytes() == before
