"""`prune`: looks at everything, plans, and does what was shown; each step is looked at again when it is done."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from agentgrid.config.policy import Policy
from agentgrid.errors import AgentGridError
from agentgrid.git.base_ref import Base
from agentgrid.git.repository import Repository
from agentgrid.workspace.equipment import Unequip, unequip_desk
from agentgrid.workspace.prune.kept import (
    Kept,
    KeptFiles,
    KeptRef,
    delete_files,
    delete_ref,
    find_kept,
    measure_refs,
)
from agentgrid.workspace.prune.landed import Candidate, find_candidates, remove_landed
from agentgrid.workspace.removal import Removed, Teardown, no_teardown

Report = Callable[[str, str], None]


@dataclass(frozen=True)
class PruneOptions:
    """`merged`: worktrees whose work has landed. `older_than`: also deletes what is kept for longer; None: nothing."""

    merged: bool = True
    older_than: timedelta | None = None


@dataclass(frozen=True)
class PrunePlan:
    """`going`: worktrees to take down; `staying`: the others, with reasons. `refs`, `files`: to be really deleted;
    `refs_bytes`: what the refs alone hold. `kept`: all rescue refs and trash there are."""

    going: tuple[Candidate, ...]
    staying: tuple[Candidate, ...]
    refs: tuple[KeptRef, ...]
    files: tuple[KeptFiles, ...]
    refs_bytes: int
    kept: Kept

    @property
    def is_empty(self) -> bool:
        return not (self.going or self.refs or self.files)


@dataclass(frozen=True)
class Pruned:
    """What was done. `failed`: (what, why) of planned steps that could not be. `freed_bytes`: on the disk; what went to
    the trash (`trashed_bytes`) still is."""

    removed: tuple[Removed, ...]
    refs: tuple[KeptRef, ...]
    files: tuple[KeptFiles, ...]
    failed: tuple[tuple[str, str], ...]
    freed_bytes: int
    trashed_bytes: int


def plan_prune(
    repository: Repository, base: Base, policy: Policy, options: PruneOptions, *, now: datetime
) -> PrunePlan:
    """What would go; changes nothing."""
    candidates = find_candidates(repository, base, policy) if options.merged else []
    kept = find_kept(repository)
    refs, files = kept.before(now - options.older_than) if options.older_than is not None else ([], [])
    return PrunePlan(
        tuple(each for each in candidates if not each.reasons),
        tuple(each for each in candidates if each.reasons),
        tuple(refs),
        tuple(files),
        measure_refs(repository.git, [each.oid for each in refs]),
        kept,
    )


def apply_prune(
    repository: Repository,
    plan: PrunePlan,
    *,
    report: Report,
    unequip: Unequip = unequip_desk,
    teardown: Teardown = no_teardown,
) -> Pruned:
    """Does it. What can't be done is told and stops nothing else."""
    done: list[object] = []
    failed: list[tuple[str, str]] = []

    def attempt(what: str, act: Callable[[], object], answer: object = None) -> None:
        try:
            result = act()
        except (AgentGridError, OSError) as error:
            failed.append((what, str(error)))
            report(what, f"left: {error}")
        else:
            done.append(answer if answer is not None else result)
            report(what, "removed")

    for each in plan.going:
        attempt(str(each.path), partial(remove_landed, repository, each, unequip=unequip, teardown=teardown))
    for ref in plan.refs:
        attempt(ref.ref, partial(delete_ref, repository, ref), ref)
    for files in plan.files:
        attempt(files.path.name, partial(delete_files, repository, files), files)
    return _count(plan, done, failed)


def _count(plan: PrunePlan, done: list[object], failed: list[tuple[str, str]]) -> Pruned:
    removed = tuple(each for each in done if isinstance(each, Removed))
    files = tuple(each for each in done if isinstance(each, KeptFiles))
    gone = {each.path for each in removed}
    trashed = sum(each.plan.ignored_bytes for each in plan.going if each.path in gone)
    taken = sum(each.size_bytes for each in plan.going if each.path in gone)
    refs = tuple(each for each in done if isinstance(each, KeptRef))
    return Pruned(removed, refs, files, tuple(failed), taken - trashed + sum(f.size_bytes for f in files), trashed)
