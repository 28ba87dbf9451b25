"""Committing the first configuration to the base of a bare repository, where there is no work tree to put it in."""

import shutil
from collections.abc import Mapping

from agentgrid.config.places import grid_directory
from agentgrid.errors import Refused
from agentgrid.git.base_ref import Base
from agentgrid.git.process import Git
from agentgrid.git.repository import Repository
from agentgrid.git.stale_locks import is_git_at_work, remove_stale_locks
from agentgrid.git.worktree_list import list_worktrees


def commit_to_base(repository: Repository, base: Base, files: Mapping[str, bytes]) -> str | None:
    """Adds `files` (path → content) to the base branch in one commit; its id, None when there is nothing to add.
    The caller holds the lock of `init`.

    Raises Refused when the base is checked out somewhere (its files would seem changed), or when the base is a
    remote's branch.
    """
    if not files:
        return None
    ref = f"refs/heads/{base.branch}"
    if base.ref != ref:
        raise Refused(f"{base.branch} of the remote is ahead of this repository's", hint="update it first: git fetch")
    for worktree in list_worktrees(repository):
        if worktree.branch == ref and not worktree.is_bare:
            raise Refused(
                f"{base.branch} is checked out in {worktree.path}",
                hint=f"run init there with the main worktree's rules, or: git -C {worktree.path} switch --detach",
            )
    common_dir = repository.common_dir
    commit = _write_commit(repository, base.oid, files)
    # Of an `init` that was killed here; git locks HEAD as well when it names the branch.
    locks = [common_dir / f"{ref}.lock", common_dir / "HEAD.lock"]
    remove_stale_locks(locks, is_busy=lambda: is_git_at_work(common_dir))
    repository.git.run("update-ref", "-m", "agentgrid init", ref, commit, base.oid)
    return commit


def _write_commit(repository: Repository, parent: str, files: Mapping[str, bytes]) -> str:
    scratch = grid_directory(repository) / "first-commit"
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir(parents=True)
    git = Git(repository.common_dir, env={"GIT_INDEX_FILE": str(scratch / "index")})
    git.run("read-tree", parent)
    lines = b""
    for path, content in files.items():
        oid = git.text("hash-object", "-w", "--stdin", stdin=content)
        lines += f"100644 {oid}\t{path}\n".encode()
    git.run("update-index", "--add", "--index-info", stdin=lines)
    commit = git.text("commit-tree", git.text("write-tree"), "-p", parent, "-m", "Add agentgrid")
    shutil.rmtree(scratch)
    return commit
