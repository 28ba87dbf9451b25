"""What has to be known of a ref before an agent may move it: gathered from git and from the state."""

import os
import time
from functools import cached_property

from agentgrid.boundaries.policy.in_force_file import read_packed_ref
from agentgrid.boundaries.refs.branches import BranchBook
from agentgrid.boundaries.refs.updates import HEADS, RefFacts, RefUpdate
from agentgrid.config.policy import Policy
from agentgrid.git.operations import find_operation
from agentgrid.git.repository import Repository
from agentgrid.git.worktree_list import Worktree, list_worktrees

_PACKING_S = 0.2


class UpdateFacts:
    """Facts of the updates that one git command makes in the worktree of `repository`."""

    def __init__(self, repository: Repository, policy: Policy, base: str, book: BranchBook) -> None:
        self._repository = repository
        self._git = repository.git
        self._policy = policy
        self._base = base
        self._book = book

    def of(self, update: RefUpdate) -> RefFacts:
        """The facts of one update. Costs git calls only for what the ruling may need."""
        current = self._current(update.ref)
        if not update.ref.startswith(HEADS):
            return RefFacts(current, self._base, None, is_packed=self._is_packed(update, current))
        worktree = self._checked_out.get(update.ref)
        is_here = update.ref == self._left_branch or (worktree is not None and self._is_ours(worktree))
        return RefFacts(
            current,
            self._base,
            self._book.owner(self._policy, update.branch),
            is_here=is_here,
            elsewhere=None if is_here or worktree is None else worktree.path,
            is_packed=self._is_packed(update, current),
            deny_unmatched=self._policy.grid.branches.unmatched == "deny",
        )

    def adds_nothing(self, update: RefUpdate, current: str | None) -> bool:
        """True when no commit is new to the branch (a rewind, or what the base has), or, for a branch that is new,
        to the repository: to point at what others made is not to make it."""
        assert update.new is not None
        known = [current, self._base_oid] if current else ["--branches", "--remotes", "--glob=refs/agentgrid/pull/*"]
        found = self._git.run("rev-list", "--max-count=1", update.new, "--not", *(each for each in known if each))
        return not found.stdout

    @cached_property
    def _base_oid(self) -> str | None:
        return self._current(f"{HEADS}{self._base}")

    def _current(self, ref: str) -> str | None:
        """What the ref is now: git holds its lock, and hasn't moved it yet."""
        found = self._git.run("rev-parse", "--verify", "--quiet", ref, accept=(0, 1, 128))
        return found.text if found.code == 0 else None

    def _is_packed(self, update: RefUpdate, current: str | None) -> bool:
        """Whether a deletion takes only the loose copy of a ref that `pack-refs` has just packed.

        A real deletion holds the lock of packed-refs when it asks; another `pack-refs` may hold it for a moment too.
        """
        if update.new is not None or current is None:
            return False
        common = self._repository.common_dir
        if not (common / update.ref).is_file() or read_packed_ref(str(common), update.ref) != current:
            return False
        until = time.monotonic() + _PACKING_S
        while (common / "packed-refs.lock").exists():
            if time.monotonic() > until:
                return False
            time.sleep(0.01)
        return True

    @cached_property
    def _checked_out(self) -> dict[str, Worktree]:
        """Full ref → the worktree that has it."""
        return {each.branch: each for each in list_worktrees(self._repository) if each.branch and each.exists}

    def _is_ours(self, worktree: Worktree) -> bool:
        return os.path.realpath(worktree.admin_dir) == os.path.realpath(self._repository.git_dir)

    @cached_property
    def _left_branch(self) -> str | None:
        """The branch that a rebase here has left, and comes back to."""
        operation = find_operation(self._repository.git_dir)
        return operation.branch if operation else None
