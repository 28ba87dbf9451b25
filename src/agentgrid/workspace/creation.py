"""Making agents' worktrees: registered one at a time under a lock, checked out in parallel, undone on failure.

Any number of processes may do this at once, and any may be killed: the next one finishes or undoes what it left.
"""

import os
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from pathlib import Path

from agentgrid.errors import AgentGridError, OutsideError
from agentgrid.git.repository import Repository
from agentgrid.git.worktree_list import Worktree, list_worktrees
from agentgrid.workspace.checkout import CheckoutBusy, finish_checkout
from agentgrid.workspace.desks import Desk, find_desks
from agentgrid.workspace.equipment import Equip, Unequip, equip_desk, unequip_desk
from agentgrid.workspace.pending import (
    Journal,
    administrative_git,
    delete_branch,
    find_admin_dir,
    finish_registration,
    hold_worktrees,
    read_journals,
    settle_journals,
    undo_registration,
    write_journal,
)
from agentgrid.workspace.planning import DeskPlan, check_plan, plan_desks
from agentgrid.workspace.takedown import take_down

__all__ = ["CreatedDesk", "DeskPlan", "Resumed", "create_desks", "plan_desks", "resume_pending"]

Report = Callable[[str, str], None]


@dataclass(frozen=True)
class CreatedDesk:
    """A desk that is ready. `is_new` False: another process made it meanwhile."""

    agent: str
    incarnation: str
    path: Path
    admin_dir: Path
    branch: str | None
    is_new: bool
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True)
class Resumed:
    """What a killed command had left for an agent: `action` is finished or undone."""

    agent: str
    path: Path
    action: str
    warnings: tuple[str, ...] = ()


def create_desks(
    repository: Repository,
    plans: Sequence[DeskPlan],
    *,
    report: Report,
    equip: Equip = equip_desk,
    unequip: Unequip = unequip_desk,
) -> list[CreatedDesk]:
    """Makes what `plans` say, in their order; `report(agent, stage)` hears `registered` and `ready`.

    A desk is filled while the next one is registered. When a registration fails, all of this call are undone; when a
    checkout fails, that desk is taken down and the ready ones stay. Raises what went wrong, with a hint.
    """
    resume_pending(repository, equip=equip, unequip=unequip)
    made: dict[str, Journal] = {}
    running: dict[str, Future[list[str]]] = {}
    with ThreadPoolExecutor(max_workers=os.cpu_count() or 1) as pool:

        def fill(desk: Desk) -> None:
            running[desk.agent] = pool.submit(_fill, repository, desk, report, is_resumed=desk.agent not in made)

        try:
            desks = _register_all(repository, plans, made, report, (equip, unequip), fill)
        except BaseException:
            for job in running.values():
                job.cancel()
            wait(running.values())
            _undo_registrations(repository, made, unequip)
            raise
        failures = {agent: error for agent, job in running.items() if (error := job.exception()) is not None}
    _raise_bugs(failures)
    if failures:
        kept = [_undo_checkout(repository, desk, made, unequip) for desk in desks if desk.agent in failures]
        _raise_failures(failures, sorted(running.keys() - failures.keys()), [line for line in kept if line])
    return [_created(desk, running[desk.agent].result(), is_new=desk.agent in made) for desk in desks]


def resume_pending(
    repository: Repository, *, equip: Equip = equip_desk, unequip: Unequip = unequip_desk
) -> list[Resumed]:
    """Finishes or undoes what killed commands left behind; what a live process is making is left to it."""
    done: list[Resumed] = []
    if read_journals(repository):
        with hold_worktrees(repository):
            settled = settle_journals(repository, equip=equip, unequip=unequip)
        done += [Resumed(each.agent, each.path, "undone") for each in settled if not each.is_finished]
    for desk in find_desks(repository).values():
        if not desk.is_pending or not desk.worktree.exists:
            continue
        try:
            warnings = finish_checkout(repository, desk, is_resumed=True, wait_s=0)
        except CheckoutBusy:
            continue
        done.append(Resumed(desk.agent, desk.worktree.path, "finished", tuple(warnings)))
    return done


def _register_all(
    repository: Repository,
    plans: Sequence[DeskPlan],
    made: dict[str, Journal],
    report: Report,
    furniture: tuple[Equip, Unequip],
    fill: Callable[[Desk], None],
) -> list[Desk]:
    """Under the lock: the desks of all plans (some may be another process's), each handed to `fill` at once. What
    this call registers is noted in `made`."""
    desks: list[Desk] = []
    with hold_worktrees(repository):
        settle_journals(repository, equip=furniture[0], unequip=furniture[1])
        present, worktrees = find_desks(repository), list_worktrees(repository)
        for plan in plans:
            if plan.agent in present and present[plan.agent].worktree.exists:
                desks.append(present[plan.agent])
            else:
                check_plan(repository, plan, worktrees)
                made[plan.agent] = _journal_of(plan)
                desks.append(_register(repository, made[plan.agent], furniture[0]))
                report(plan.agent, "registered")
            fill(desks[-1])
    return desks


def _fill(repository: Repository, desk: Desk, report: Report, *, is_resumed: bool) -> list[str]:
    warnings = finish_checkout(repository, desk, is_resumed=is_resumed)
    report(desk.agent, "ready")
    return warnings


def _undo_registrations(repository: Repository, made: dict[str, Journal], unequip: Unequip) -> None:
    """Takes back what a call registered that can't go on: desks with files as any desk, the rest by their journal."""
    present = find_desks(repository)
    for agent, journal in reversed(made.items()):
        desk = present.get(agent)
        if desk is not None and desk.worktree.exists and os.listdir(desk.worktree.path) != [".git"]:
            _undo_checkout(repository, desk, made, unequip)
            continue
        with hold_worktrees(repository):
            write_journal(repository, journal)  # killed in here, the next command goes on undoing
            undo_registration(repository, journal, unequip)


def _register(repository: Repository, journal: Journal, equip: Equip) -> Desk:
    write_journal(repository, journal)
    branch = ("--no-track", "-b", journal.branch) if journal.creates_branch else ()
    start = journal.start_oid if journal.creates_branch else journal.branch
    administrative_git(repository).run("worktree", "add", "--quiet", "--no-checkout", *branch, journal.path, start)
    admin_dir = find_admin_dir(repository, Path(journal.path))
    if admin_dir is None:
        raise OutsideError(f"{journal.path} was taken away while it was being made", hint="run the same command again")
    incarnation = finish_registration(repository, journal, admin_dir, equip)
    worktree = Worktree(Path(journal.path), admin_dir, journal.start_oid, f"refs/heads/{journal.branch}",
                        is_bare=False, locked=None, prunable=None)  # fmt: skip
    return Desk(journal.agent, incarnation, worktree, is_pending=True)


def _journal_of(plan: DeskPlan) -> Journal:
    missing = [str(place) for place in (plan.path, *plan.path.parents) if not os.path.lexists(place)]
    author = (plan.author.name, plan.author.email) if plan.author else None
    return Journal(plan.agent, str(plan.path), plan.branch, plan.start_oid, plan.creates_branch, author, tuple(missing))


def _undo_checkout(repository: Repository, desk: Desk, made: dict[str, Journal], unequip: Unequip) -> str | None:
    """Takes a desk down whose checkout failed, if this call made it; says so when that can't be done safely."""
    journal = made.get(desk.agent)
    if journal is None:
        return None
    try:
        with hold_worktrees(repository):
            take_down(repository, desk.worktree, desk.agent, label="a creation that failed", unequip=unequip,
                      only_changes=True)  # fmt: skip
            for directory in journal.made_directories[1:]:
                os.rmdir(directory)
    except (AgentGridError, OSError) as error:
        if desk.worktree.exists:
            return f"{desk.worktree.path} is left as it is ({error}); finish it: agentgrid agent repair"
    if journal.creates_branch:
        delete_branch(repository, journal.branch, journal.start_oid)
    if not journal.made_directories:
        desk.worktree.path.mkdir(exist_ok=True)  # it was there, empty, before
    return None


def _raise_bugs(failures: dict[str, BaseException]) -> None:
    """What is neither ours nor the machine's to explain goes up as it is."""
    for error in failures.values():
        if not isinstance(error, AgentGridError | OSError):
            raise error


def _raise_failures(failures: dict[str, BaseException], ready: Sequence[str], kept: Sequence[str]) -> None:
    error = failures[min(failures)]
    told = "; ".join(f"{name}: {each}" for name, each in sorted(failures.items()))
    done = f"ready: {', '.join(ready)}; " if ready else ""
    hint = "; ".join(kept) or f"{done}mend the cause, then run the same command again"
    raise OutsideError(f"no worktree for {told}", hint=hint, details={"failed": sorted(failures)}) from error


def _created(desk: Desk, warnings: Sequence[str], *, is_new: bool) -> CreatedDesk:
    return CreatedDesk(
        desk.agent, desk.incarnation, desk.worktree.path, desk.worktree.admin_dir, desk.branch, is_new, tuple(warnings)
    )
