"""One worktree's sync: real git in it, so that every guard has its say; stopped with the work intact on a conflict,
taken back when a guard refuses."""

import os
import shlex
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from agentgrid.git.merging import (
    abort_operation,
    amend_commit,
    conclude_merge,
    continue_rebase,
    foresee_merge,
    list_unmerged,
    merge_commit,
    rebase_onto,
    take_version,
)
from agentgrid.git.operations import find_operation
from agentgrid.git.process import Git, Output
from agentgrid.git.repository import Repository
from agentgrid.git.submodules import update_followers
from agentgrid.workspace.desks import Desk
from agentgrid.workspace.rescue import Rescue, rescue_work
from agentgrid.workspace.sync.decision import Decision, name_paths
from agentgrid.workspace.sync.derived import Commands, paths_of, regenerate
from agentgrid.workspace.sync.facts import Source
from agentgrid.workspace.sync.journal import Note, drop_note, take_back, write_note

State = Literal["up-to-date", "fast-forwarded", "merged", "rebased", "conflict", "stopped", "refused", "failed"]
_MOST_STOPS = 10_000


@dataclass(frozen=True)
class Synced:
    """How one worktree's sync ended. `before`, `after`: the branch's commits. `commits`: how many came in.
    `go_on`, `go_back`: commands for a person or agent who finds it stopped. `regenerated`: generated files."""

    agent: str
    path: Path
    branch: str | None
    state: State
    before: str | None = None
    after: str | None = None
    commits: int = 0
    conflicts: tuple[bytes, ...] = ()
    regenerated: tuple[bytes, ...] = ()
    message: str = ""
    hint: str = ""
    go_on: tuple[str, ...] = ()
    go_back: str | None = None
    warnings: tuple[str, ...] = ()

    @property
    def is_done(self) -> bool:
        return self.state in {"up-to-date", "fast-forwarded", "merged", "rebased"}


@dataclass(frozen=True)
class _Act:
    """What is being done, with all that each step needs."""

    repository: Repository
    desk: Desk
    source: Source
    branch: str
    before: str
    commits: int
    commands: Commands
    timeout_s: float

    @property
    def git(self) -> Git:
        return Git(self.desk.worktree.path)

    @property
    def note(self) -> Note:
        return Note(self.branch, self.before, self.source.oid)

    def ended(self, state: State) -> Synced:
        after = self.git.text("rev-parse", "HEAD")
        return Synced(self.desk.agent, self.desk.worktree.path, self.branch, state, self.before, after, self.commits)


def bring_in(
    repository: Repository,
    desk: Desk,
    source: Source,
    decision: Decision,
    *,
    branch: str,
    before: str,
    commands: Commands,
    timeout_s: float,
) -> Synced:
    """Does what was decided (no refusal) for `branch` at the commit `before`; the caller holds the desk's lock.

    `commands`: command → generated files to bring up to date with it. Raises GitError, OutsideError.
    """
    act = _Act(repository, desk, source, branch, before, decision.commits, commands, timeout_s)
    ways: dict[str, Callable[[_Act], Synced]] = {"fast-forward": _merge, "merge": _merge, "rebase": _rebase}
    write_note(repository, desk, act.note)
    done = ways[decision.kind](act)
    drop_note(repository, desk)
    return replace(done, warnings=(*done.warnings, *_afterwards(act))) if done.is_done else done


def _merge(act: _Act) -> Synced:
    message = f"Merge {act.source.label} into {act.branch}"
    said = merge_commit(act.git, act.source.oid, message, commit=not act.commands)
    unmerged = list_unmerged(act.git)
    if not act.commands:
        if unmerged:
            return _conflict(act, "merge", unmerged)
        return _finished(act) or _taken_back(act, said)
    if find_operation(act.desk.worktree.admin_dir) is None:
        return _taken_back(act, said)  # git would not begin
    take_version(act.git, act.source.oid, paths_of(act.commands))
    unmerged = list_unmerged(act.git)
    if unmerged:
        return _conflict(act, "merge", unmerged)
    failure = regenerate(act.repository, act.desk, act.commands, timeout_s=act.timeout_s)
    if failure:
        return _stopped(act, "merge", failure)
    said = conclude_merge(act.git, message)
    return _finished(act) or _taken_back(act, said)


def _rebase(act: _Act) -> Synced:
    derived = set(paths_of(act.commands))
    said = rebase_onto(act.git, act.source.oid)
    for _ in range(_MOST_STOPS):
        if find_operation(act.desk.worktree.admin_dir) is None:
            break
        unmerged = list_unmerged(act.git)
        if not unmerged or not derived.issuperset(unmerged):
            return _conflict(act, "rebase", unmerged) if unmerged else _taken_back(act, said)
        take_version(act.git, "HEAD", unmerged)
        said = continue_rebase(act.git)
    if said.code != 0:
        return _taken_back(act, said)
    failure = _regenerate_at_the_end(act) if act.commands else None
    done = act.ended("rebased")
    return replace(done, state="stopped", message=failure, go_on=_mend_by_hand(act)) if failure else replace(
        done, regenerated=paths_of(act.commands))  # fmt: skip


def _regenerate_at_the_end(act: _Act) -> str | None:
    """Into the last commit of the branch: one of its own, if any is left, under a message that was allowed before."""
    failure = regenerate(act.repository, act.desk, act.commands, timeout_s=act.timeout_s)
    if failure or act.git.succeeds("diff-index", "--cached", "--quiet", "HEAD"):
        return failure
    if act.git.succeeds("merge-base", "--is-ancestor", "HEAD", act.source.oid):
        return f"{name_paths(paths_of(act.commands))} came out different, and no commit of {act.branch} is left"
    said = amend_commit(act.git)
    return None if said.code == 0 else f"generated files could not be committed: {_last_words(said)}"


def _finished(act: _Act) -> Synced | None:
    """What was done, when HEAD has the source now; None when git or a guard would not."""
    if find_operation(act.desk.worktree.admin_dir) is not None:
        return None
    if not act.git.succeeds("merge-base", "--is-ancestor", act.source.oid, "HEAD"):
        return None
    done = act.ended("merged")
    is_moved_only = done.after == act.source.oid
    return replace(done, state="fast-forwarded" if is_moved_only else "merged", regenerated=paths_of(act.commands))


def _taken_back(act: _Act, said: Output) -> Synced:
    """A refusal leaves nothing for anybody to finish: everything goes back to what it was."""
    operation = find_operation(act.desk.worktree.admin_dir)
    refused = replace(act.ended("refused"), message=_all_words(said))
    if operation is None:
        return replace(refused, warnings=tuple(take_back(act.repository, act.desk, act.note)))
    kept = None if _is_only_the_merge(act, operation.name) else _keep(act)
    is_back = abort_operation(act.git, operation.name)
    warnings = (f"what was in the worktree then is kept in {kept.ref}",) if kept else ()
    return replace(refused, go_back=None if is_back else f"{_git(act)} {operation.name} --abort", warnings=warnings)


def _keep(act: _Act) -> Rescue | None:
    label = "a sync that was refused"
    return rescue_work(act.repository, act.desk.worktree, agent=act.desk.agent, label=label, only_changes=True)


def _is_only_the_merge(act: _Act, operation: str) -> bool:
    """Nothing is staged but what git merged: somebody may be at work there at this very moment."""
    if operation != "merge" or act.commands:
        return False
    foreseen = foresee_merge(act.git, act.before, act.source.oid)
    return not foreseen.conflicts and act.git.text("write-tree") == foreseen.tree


def _conflict(act: _Act, operation: str, unmerged: Sequence[bytes]) -> Synced:
    names = " ".join(shlex.quote(os.fsdecode(path)) for path in unmerged)
    steps = [f"{_git(act)} add -- {names}", _go_on(act, operation)]
    if act.commands:  # a merge takes them in, a rebase is followed by them
        place = 1 if operation == "merge" else 2
        steps[place:place] = _mend_by_hand(act)
    message = f"conflict in {name_paths(unmerged)}"
    return replace(act.ended("conflict"), conflicts=tuple(unmerged), message=message, go_on=tuple(steps),
                   go_back=f"{_git(act)} {operation} --abort")  # fmt: skip


def _stopped(act: _Act, operation: str, failure: str) -> Synced:
    steps = (*_mend_by_hand(act), _go_on(act, operation))
    return replace(act.ended("stopped"), message=failure, go_on=steps, go_back=f"{_git(act)} {operation} --abort")


def _go_on(act: _Act, operation: str) -> str:
    """Without an editor: an agent has none."""
    return (
        f"{_git(act)} commit --no-edit"
        if operation == "merge"
        else f"{_git(act)} -c core.editor=true rebase --continue"
    )


def _mend_by_hand(act: _Act) -> tuple[str, ...]:
    place = shlex.quote(str(act.desk.worktree.path))
    runs = [f"(cd {place} && {command})" for command in act.commands]
    return (*runs, f"{_git(act)} add -- {' '.join(shlex.quote(os.fsdecode(path)) for path in paths_of(act.commands))}")


def _afterwards(act: _Act) -> list[str]:
    """Submodules follow their links where nothing is lost by it; a branch that was pushed has to be pushed by force."""
    warnings = update_followers(act.git, act.before)
    for remote in act.repository.git.text("remote").split():
        pushed = act.repository.resolve(f"refs/remotes/{remote}/{act.branch}")
        if pushed and not act.git.succeeds("merge-base", "--is-ancestor", pushed, "HEAD"):
            warnings.append(f"{remote} has {act.branch} as it was: git push --force-with-lease {remote} {act.branch}")
    return warnings


def _git(act: _Act) -> str:
    return f"git -C {shlex.quote(str(act.desk.worktree.path))}"


def _all_words(said: Output) -> str:
    return (os.fsdecode(said.stderr).strip() or os.fsdecode(said.stdout).strip()) or f"git ended with {said.code}"


def _last_words(said: Output) -> str:
    return _all_words(said).splitlines()[-1]
