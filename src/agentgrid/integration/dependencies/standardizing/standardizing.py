"""`deps standardize`: manifests rewritten in the caller's work tree, or split over the work trees of their owners."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from agentgrid.boundaries.ownership import EditVerdict
from agentgrid.boundaries.policy.territory import OWNED, Territory
from agentgrid.errors import WouldLoseWork
from agentgrid.git.operations import find_operation
from agentgrid.git.patches import make_patch
from agentgrid.git.paths import RepoPath, show_path
from agentgrid.integration.dependencies.standardizing.desk import DeskFiles
from agentgrid.integration.dependencies.standardizing.model import Share
from agentgrid.integration.dependencies.standardizing.planning import FilePlan, Left, plan_edits
from agentgrid.integration.dependencies.standardizing.target import Target
from agentgrid.machine.files import write_atomically
from agentgrid.workspace.desks import Desk

Judge = Callable[[Sequence[RepoPath], bool], list[EditVerdict]]


@dataclass(frozen=True)
class Site:
    """What a standardisation takes place at. `here`: the caller's work tree. `agent`: who acts, None for a person.
    `judge`: whether the caller may change paths (the second argument: takes the leases). `desks`: agent → its work
    tree. `patches`: where patches are kept."""

    here: DeskFiles
    agent: str | None
    territory: Territory
    judge: Judge
    desks: Mapping[str, Desk]
    patches: Path


def standardize_here(site: Site, targets: Sequence[Target], *, dry_run: bool) -> tuple[list[Share], list[Left]]:
    """All manifests that the caller may change are rewritten in its work tree; the others are left to their owners.
    Raises WouldLoseWork, with nothing written, where one of them has uncommitted changes."""
    plans, left = plan_edits(site.here.contents.manifests, targets)
    return _own_share(site, plans, dry_run=dry_run), left


def standardize_split(site: Site, targets: Sequence[Target], *, dry_run: bool) -> tuple[list[Share], list[Left]]:
    """Each manifest is rewritten in the work tree of the agent that owns it, on its own branch, where it is as
    committed; else a patch of it is kept for the owner. What no agent owns is the caller's. Only a person writes into
    work trees of agents: an agent's go to the others as patches."""
    plans, left = plan_edits(site.here.contents.manifests, targets)
    mine = [plan for plan in plans if _owner(site, plan.path) in {None, site.agent}]
    left = [each for each in left if _owner(site, each.path) in {None, site.agent}]
    shares = _own_share(site, mine, dry_run=dry_run)
    owners = {_owner(site, path) for path in site.here.contents.manifests} - {None, site.agent}
    owners |= set(site.desks) - {site.agent}
    for owner in sorted(each for each in owners if each):
        share, more = _share_of(site, owner, targets, dry_run=dry_run)
        left += more
        if share.plans:
            shares.append(share)
    return shares, left


def _own_share(site: Site, plans: Sequence[FilePlan], *, dry_run: bool) -> list[Share]:
    """The caller's share, written; and one for each owner of what it may not change."""
    asked = [RepoPath(plan.path, is_directory=False) for plan in plans]
    verdicts = dict(zip((plan.path for plan in plans), site.judge(asked, False), strict=True)) if plans else {}
    mine = [plan for plan in plans if verdicts[plan.path].is_allowed]
    dirty = [plan.path for plan in mine if plan.path in site.here.dirty]
    if dirty:
        shown = ", ".join(map(show_path, dirty))
        raise WouldLoseWork(f"uncommitted changes in {shown}: nothing was written", hint="commit or stash them first")
    if mine and not dry_run:
        _write(site, mine)
    shares = [Share(None, "written", site.here.top, tuple(mine))] if mine else []
    others: dict[tuple[str | None, str], list[FilePlan]] = {}
    for plan in plans:
        if not verdicts[plan.path].is_allowed:
            why = verdicts[plan.path].reasons[0].message
            others.setdefault((verdicts[plan.path].ownership.owner, why), []).append(plan)
    return [*shares, *(Share(owner, "told", None, tuple(each), why=why) for (owner, why), each in others.items())]


def _write(site: Site, plans: Sequence[FilePlan]) -> None:
    rewrites = site.here.rewrites(plans)
    if site.agent is not None:
        again = site.judge([RepoPath(plan.path, is_directory=False) for plan in plans], True)
        refused = next((each for each in again if not each.is_allowed), None)
        if refused is not None:
            raise WouldLoseWork(f"{show_path(refused.path)}: {refused.reasons[0].message}", hint="run it again")
    site.here.write(rewrites)


def _share_of(site: Site, owner: str, targets: Sequence[Target], *, dry_run: bool) -> tuple[Share, list[Left]]:
    """What of an owner's manifests is to be changed, as they are in its own work tree."""
    desk = site.desks.get(owner)
    is_there = desk is not None and desk.worktree.exists and not desk.is_pending
    files = DeskFiles(desk.worktree.path) if desk is not None and is_there else site.here
    own = {path: each for path, each in files.contents.manifests.items() if _owner(site, path) == owner}
    plans, left = plan_edits(own, targets)
    share = Share(owner, "written", files.top, tuple(plans))
    if not plans:
        return share, left
    why = _obstacle(site, desk if is_there else None, files, plans)
    if not why:
        if not dry_run:
            files.write(files.rewrites(plans))
        return share, left
    place = site.patches / f"deps-{owner}.patch"
    if not dry_run:
        rewrites = files.rewrites(plans)
        write_atomically(place, make_patch({each.path: (each.before, each.after) for each in rewrites}))
    return replace(share, state="patch", patch=place, why=why, worktree=files.top if is_there else None), left


def _obstacle(site: Site, desk: Desk | None, files: DeskFiles, plans: Sequence[FilePlan]) -> str:
    """Why nothing is written in an owner's work tree; empty when it may be."""
    if desk is None:
        return "it has no worktree"
    if site.agent is not None:
        return f"{site.agent} doesn't write in another agent's worktree"
    operation = find_operation(desk.worktree.admin_dir)
    if operation is not None:
        return f"a {operation.name} is in progress there"
    dirty = [show_path(plan.path) for plan in plans if plan.path in files.dirty]
    return f"uncommitted changes in {', '.join(dirty)}" if dirty else ""


def _owner(site: Site, path: bytes) -> str | None:
    place = site.territory.place(path)
    return place.owner if place.state == OWNED else None
