"""Making agents' worktrees: registered one at a time under a lock, checked out in parallel, undone on failure.

Any number of processes may do this at once, and any may be killed: the next one finishes or undoes what it left.
"""

import os
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path

from agentgrid.errors import AgentGridError, OutsideError
from agentgrid.git.repository import Repository
from agentgrid.git.worktree_list import list_worktrees
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

    When a registration fails, all of this call are undone; when a checkout fails, that desk is taken down and the
    ready ones stay. Raises what went wrong, with a hint.
    """
    resume_pending(repository, equip=equip, unequip=unequip)
    made, desks = _register_all(repository, plans, report, equip, unequip)
    failures: dict[str, Exception] = {}
    warnings: dict[str, list[str]] = {}
    with ThreadPoolExecutor(max_workers=os.cpu_count() or 1) as pool:
        running: dict[Future[list[str]], str] = {
            pool.submit(finish_checkout, repository, desk, is_resumed=desk.agent not in made): desk.agent
            for desk in desks
        }
        for future in as_completed(running):
            agent = running[future]
            try:
                warnings[agent] = future.result()
                report(agent, "ready")
            except (AgentGridError, OSError) as error:
                failures[agent] = error
    if failures:
        kept = [_undo_checkout(repository, desk, made, unequip) for desk in desks if desk.agent in failures]
        _raise_failures(failures, sorted(warnings), [line for line in kept if line])
    return [_created(desk, warnings[desk.agent], is_new=desk.agent in made) for desk in desks]


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
    repository: Repository, plans: Sequence[DeskPlan], report: Report, equip: Equip, unequip: Unequip
) -> tuple[dict[str, Journal], list[Desk]]:
    """Under the lock: what this call registered, and the desks of all plans (some may be another process's)."""
    made: dict[str, Journal] = {}
    with hold_worktrees(repository):
        settle_journals(repository, equip=equip, unequip=unequip)
        present, worktrees = find_desks(repository), list_worktrees(repository)
        try:
            for plan in plans:
                if plan.agent in present and present[plan.agent].worktree.exists:
                    continue
                check_plan(repository, plan, worktrees)
                made[plan.agent] = _journal_of(plan)
                _register(repository, made[plan.agent], equip)
                report(plan.agent, "registered")
        except BaseException:
            for journal in reversed(made.values()):
                write_journal(repository, journal)  # killed in here, the next command goes on undoing
                undo_registration(repository, journal, unequip)
            raise
        present = find_desks(repository)
    return made, [present[plan.agent] for plan in plans]


def _register(repository: Repository, journal: Journal, equip: Equip) -> None:
    write_journal(repository, journal)
    branch = ("--no-track", "-b", journal.branch) if journal.creates_branch else ()
    start = journal.start_oid if journal.creates_branch else journal.branch
    administrative_git(repository).run("worktree", "add", "--quiet", "--no-checkout", *branch, journal.path, start)
    admin_dir = find_admin_dir(repository, Path(journal.path))
    if admin_dir is None:
        raise OutsideError(f"{journal.path} was taken away while it was being made", hint="run the same command again")
    finish_registration(repository, journal, admin_dir, equip)


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
            take_down(repository, desk.worktree, desk.agent, label="a checkout that failed", unequip=unequip)
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


def _raise_failures(failures: dict[str, Exception], ready: Sequence[str], kept: Sequence[str]) -> None:
    error = failures[min(failures)]
    told = "; ".join(f"{name}: {each}" for name, each in sorted(failures.items()))
    done = f"ready: {', '.join(ready)}; " if ready else ""
    hint = "; ".join(kept) or f"{done}mend the cause, then run the same command again"
    raise OutsideError(f"no worktree for {told}", hint=hint, details={"failed": sorted(failures)}) from error


def _created(desk: Desk, warnings: Sequence[str], *, is_new: bool) -> CreatedDesk:
    return CreatedDesk(
        desk.agent, desk.incarnation, desk.worktree.path, desk.worktree.admin_dir, desk.branch, is_new, tuple(warnings)
    )
