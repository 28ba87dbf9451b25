"""Setting desks up, several at a time: local files first, then commands, then the guard is looked at.

Whatever fails for one agent, the others are finished, and its worktree is there to be worked in. The next run goes on
where this one stopped.
"""

import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace

from agentgrid.config.in_force import staging_directory
from agentgrid.config.places import grid_directory
from agentgrid.errors import AgentGridError, OutsideError, Refused
from agentgrid.git.repository import Repository
from agentgrid.machine.locks import hold_lock
from agentgrid.workspace.desks import Desk
from agentgrid.workspace.hidden import hide_local_files
from agentgrid.workspace.setup.bringing import Brought, bring_files
from agentgrid.workspace.setup.commands import SetupCommand
from agentgrid.workspace.setup.guarding import mend_guard, read_own_hooks
from agentgrid.workspace.setup.husky import find_husky_fault
from agentgrid.workspace.setup.ledger import Ledger, write_ledger
from agentgrid.workspace.setup.outcome import DeskSetup, SetupReport
from agentgrid.workspace.setup.planning import SetupPlan
from agentgrid.workspace.setup.running import Conditions, run_commands


def apply_setup(
    repository: Repository, plan: SetupPlan, conditions: Conditions, *, jobs: int | None = None
) -> SetupReport:
    """Does what `plan` says for each desk, `jobs` at a time (default: one a core). Never raises for one desk's trouble.

    KeyboardInterrupt ends what runs, and is raised again.
    """
    if plan.is_empty:
        return SetupReport(tuple(_finish(repository, desk) for desk in plan.desks))
    before = read_own_hooks(repository)
    workers = max(1, min(jobs or os.cpu_count() or 1, len(plan.desks)))
    with ThreadPoolExecutor(max_workers=workers) as pool:
        running = [pool.submit(_set_up, repository, desk, plan, conditions) for desk in plan.desks]
        try:
            done = tuple(job.result() for job in running)
        except BaseException:
            conditions.cancel.set()
            for job in running:
                job.cancel()
            raise
    after = read_own_hooks(repository)
    notes = [] if before == after else [_tell_hooks_path(before, after)]
    return SetupReport(done, tuple(notes))


def _finish(repository: Repository, desk: Desk) -> DeskSetup:
    """There is nothing to do for it."""
    write_ledger(desk.worktree.admin_dir, Ledger(is_finished=True))
    fault = find_husky_fault(repository, desk.worktree.path)
    return DeskSetup(desk.agent, desk.worktree.path, notes=(fault,) if fault else ())


def _set_up(repository: Repository, desk: Desk, plan: SetupPlan, conditions: Conditions) -> DeskSetup:
    try:
        with _hold_desk(repository, desk):
            return _set_up_locked(repository, desk, plan, conditions)
    except AgentGridError as error:
        return DeskSetup(desk.agent, desk.worktree.path, error=error.message)
    except OSError as error:
        return DeskSetup(desk.agent, desk.worktree.path, error=str(error))


@contextmanager
def _hold_desk(repository: Repository, desk: Desk) -> Iterator[None]:
    """One set-up at a time in a worktree."""
    lock = grid_directory(repository) / "setup" / f"{desk.agent}.lock"
    is_held = False
    try:
        with hold_lock(lock, timeout_s=0):
            is_held = True
            yield
    except OutsideError as error:
        if is_held:
            raise
        raise Refused(f"{desk.agent} is being set up by another command") from error


def _set_up_locked(repository: Repository, desk: Desk, plan: SetupPlan, conditions: Conditions) -> DeskSetup:
    commands, done = plan.commands[desk.agent], plan.done[desk.agent]
    brought, notes = _bring(repository, desk, plan)
    if brought.copied or brought.linked:
        counted = ((len(brought.copied), "copied"), (len(brought.linked), "linked"))
        conditions.report(desk.agent, ", ".join(f"{count} {word}" for count, word in counted if count))
    succeeded = [each.fingerprint for each in commands[:done]]
    write_ledger(desk.worktree.admin_dir, Ledger(tuple(succeeded)))

    def note_success(command: SetupCommand) -> None:
        succeeded.append(command.fingerprint)
        write_ledger(desk.worktree.admin_dir, Ledger(tuple(succeeded)))

    ran = run_commands(repository, desk, commands, conditions, done=done, on_success=note_success)
    guard, has_guard = mend_guard(repository, desk)
    fault = find_husky_fault(repository, desk.worktree.path)
    result = DeskSetup(desk.agent, desk.worktree.path, brought, ran.steps, ran.log, ran.last_lines, tuple(guard),
                       has_guard, (*notes, *([fault] if fault else [])))  # fmt: skip
    if result.is_good:
        write_ledger(desk.worktree.admin_dir, Ledger(tuple(succeeded), is_finished=True))
    return result


def _bring(repository: Repository, desk: Desk, plan: SetupPlan) -> tuple[Brought, Sequence[str]]:
    if plan.local is None:
        return Brought(), ()
    brought = bring_files(plan.local, desk.worktree.path, staging=staging_directory(repository))
    if not brought.unhidden:
        return brought, ()
    paths = [os.fsdecode(path) for path in brought.unhidden]
    hide_local_files(repository, *paths)
    return replace(brought, unhidden=()), [f"hidden from git by info/exclude: {', '.join(paths)}"]


def _tell_hooks_path(before: str, after: str) -> str:
    was, now = before or "not set", after or "not set"
    return (
        f"a set-up command has changed core.hooksPath of the repository (was {was}, is {now}): it counts in the main "
        f"worktree too"
    )
