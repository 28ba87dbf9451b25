"""What `land` would do: the whole train, built and judged, with nothing run and nothing moved."""

from agentgrid.boundaries.derived import DerivedFiles
from agentgrid.git.repository import Repository
from agentgrid.integration.landing.lineup import paths_written
from agentgrid.integration.landing.merging import Builder
from agentgrid.integration.landing.model import Ejected, LandPlan, Step
from agentgrid.integration.landing.place import BasePlace, find_block, find_place
from agentgrid.integration.landing.rules import as_on_base
from agentgrid.integration.landing.site import LandOptions, Site, told_before
from agentgrid.workspace.topics import find_remote


def plan_landing(site: Site, options: LandOptions) -> LandPlan:
    """What `land` would do now, without a fetch and without running anything."""
    view = site.look()
    place = find_place(site.repository, view.in_force.base)
    strategy = options.strategy or view.in_force.policy.grid.land.strategy
    lineup = site.line_up(view, place.tip, options)
    builder = Builder(site.repository.git, strategy, view.rules, DerivedFiles(view.in_force.policy).command_for,
                      numberer=view.numberer)  # fmt: skip
    steps: list[Step] = []
    ejected: list[Ejected] = list(lineup.ejected)
    tip = place.tip
    for candidate in lineup.candidates:
        built = builder.build(tip, candidate)
        if isinstance(built, Ejected):
            ejected.append(as_on_base(view.rules, candidate, place.tip, built))
            continue
        steps.append(built)
        tip = built.commit
    block = find_block(place, paths_written(site.repository.git, place.tip, lineup.candidates))
    checks = tuple((each.run, each.timeout.total_seconds()) for each in view.in_force.policy.grid.checks)
    return LandPlan(
        place.branch, place.tip, strategy, tuple(steps), tuple(ejected), tuple(lineup.untouched), checks,
        _destination(site.repository, place, options) if steps else (), block or (), tuple(told_before(view, lineup)),
    )  # fmt: skip


def _destination(repository: Repository, place: BasePlace, options: LandOptions) -> tuple[str, ...]:
    lines: list[str] = []
    if options.push and place.upstream:
        remote, ref = find_remote(repository, place.branch, place.upstream)
        lines.append(f"pushed to {ref.removeprefix('refs/heads/')} of {remote}, without force")
    where = f"fast-forwarded in {place.worktree.path}" if place.worktree else "moved; it is checked out nowhere"
    return (*lines, f"{place.branch} {where}")
