"""Filling a registered worktree with its files, once: whoever holds the checkout lock does it or finishes it."""

import os
from contextlib import ExitStack
from pathlib import Path

from agentgrid.config.places import grid_directory
from agentgrid.errors import OutsideError
from agentgrid.git.process import Git
from agentgrid.git.repository import Repository
from agentgrid.machine.activity import wait_for_git
from agentgrid.machine.locks import hold_lock
from agentgrid.workspace.desks import CHECKOUT_MARKER, Desk, has_marker
from agentgrid.workspace.pending import clear_locks
from agentgrid.workspace.rescue import Rescue, rescue_work

WAIT_S = 3600.0
_MOST_HALF_WRITTEN = 64  # git writes one file at a time, or one for each checkout worker


class CheckoutBusy(OutsideError):
    """A live process is checking this desk out."""


def finish_checkout(repository: Repository, desk: Desk, *, is_resumed: bool, wait_s: float = WAIT_S) -> list[str]:
    """Checks HEAD out into the desk's directory unless that was done already; returns warnings.

    `is_resumed`: another process began it and may have been killed. Work that is found there goes to a rescue ref
    first. Raises GitError; CheckoutBusy when another process held the lock longer than `wait_s`; OutsideError when the
    one that was making it gave up.
    """
    # Outside the admin directory: waiting for the lock must not bring a directory back that was removed meanwhile.
    lock = grid_directory(repository) / "checkouts" / f"{desk.agent}.lock"
    with ExitStack() as stack:
        try:
            stack.enter_context(hold_lock(lock, timeout_s=wait_s))
        except OutsideError as error:
            raise CheckoutBusy(error.message, hint=error.hint) from error
        return _finish_locked(repository, desk, is_resumed=is_resumed)


def _finish_locked(repository: Repository, desk: Desk, *, is_resumed: bool) -> list[str]:
    worktree = desk.worktree
    if not worktree.exists:
        raise OutsideError(f"{worktree.path} was taken away while it was being made", hint="run the same command again")
    if not has_marker(worktree.admin_dir):
        return []
    if is_resumed:
        wait_for_git(worktree.path)
        clear_locks(repository, desk.branch, worktree.admin_dir)
    warnings = _check_out(repository, desk) + _run_post_checkout(repository, worktree.path, worktree.head or "")
    (worktree.admin_dir / CHECKOUT_MARKER).unlink()
    return warnings


def _check_out(repository: Repository, desk: Desk) -> list[str]:
    worktree = desk.worktree
    if (worktree.admin_dir / "index").exists():
        return []  # git writes the index last: the files are there
    rescue = _rescue_strangers(repository, desk)
    # As git itself does it. Without hooks: the agent's guard has nothing to say on what HEAD has already.
    Git(worktree.path).run("-c", f"core.hooksPath={os.devnull}", "reset", "--hard", "--quiet",
                           "--no-recurse-submodules", "HEAD")  # fmt: skip
    return [f"files found in {worktree.path} are kept in {rescue.ref}"] if rescue else []


def _rescue_strangers(repository: Repository, desk: Desk) -> Rescue | None:
    """Files that aren't HEAD's would be overwritten: somebody put them there."""
    if os.listdir(desk.worktree.path) == [".git"]:
        return None
    label = "files found before the checkout"
    rescue = rescue_work(repository, desk.worktree, agent=desk.agent, label=label, only_changes=True)
    if rescue and _is_half_written(Git(desk.worktree.path), rescue.oid):
        repository.git.run("update-ref", "-d", rescue.ref, rescue.oid)
        return None
    return rescue


def _is_half_written(git: Git, work: str) -> bool:
    """True when each file that differs is the beginning of HEAD's: what a killed checkout leaves."""
    if git.run("rev-parse", "--verify", "--quiet", f"{work}^3", accept=(0, 1)).code == 0:
        return False  # untracked files
    changed = git.run("diff-tree", "-r", "--raw", "-z", "--no-renames", "--diff-filter=AMT", f"{work}^1", work).fields
    if len(changed) > 2 * _MOST_HALF_WRITTEN:
        return False
    for facts in changed[::2]:
        _, _, old, new, status = facts.split(b" ")
        if status != b"M":
            return False
        whole = git.run("cat-file", "blob", old).stdout
        if not whole.startswith(git.run("cat-file", "blob", new).stdout):
            return False
    return True


def _run_post_checkout(repository: Repository, path: Path, head: str) -> list[str]:
    """What `git worktree add` runs after its checkout; a failing hook is told, as git goes on as well."""
    if not _has_hook(repository, path, "post-checkout"):
        return []  # the agent's own hooks would only look for it, once for each worktree
    done = Git(path).run("hook", "run", "--ignore-missing", "post-checkout", "--", "0" * len(head), head, "1",
                   accept=range(256))  # fmt: skip
    if done.code == 0:
        return []
    said = os.fsdecode(done.stderr).strip().splitlines() or [f"exit code {done.code}"]
    return [f"the post-checkout hook failed in {path}: {said[-1]}"]


def _has_hook(repository: Repository, path: Path, name: str) -> bool:
    """Whether the repository has such a hook, also where a relative hooks path leads from one of its work trees."""
    hooks = repository.own_hooks
    places = [path / hooks, (repository.main_worktree or path) / hooks]
    return any((place / name).exists() for place in places)
