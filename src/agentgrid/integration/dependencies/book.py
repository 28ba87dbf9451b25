"""Dependencies of a grid: compared over all services and agents, and brought to one constraint a package."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from agentgrid.boundaries.derived import DerivedFiles
from agentgrid.boundaries.leases.holders import person_name
from agentgrid.boundaries.leases.notices import notify
from agentgrid.boundaries.policy.territory import Territory
from agentgrid.config.in_force import InForce
from agentgrid.config.places import grid_directory
from agentgrid.errors import InputError, UsageError
from agentgrid.git.paths import show_path
from agentgrid.git.repository import Repository
from agentgrid.integration.dependencies.checking import DepsReport, Progress, Survey, compare, survey
from agentgrid.integration.dependencies.comparing import Ranges, find_differences, find_newest
from agentgrid.integration.dependencies.names import alike
from agentgrid.integration.dependencies.services import Services
from agentgrid.integration.dependencies.sides import Use
from agentgrid.integration.dependencies.standardizing.desk import DeskFiles
from agentgrid.integration.dependencies.standardizing.model import Share, Standardized
from agentgrid.integration.dependencies.standardizing.stale_locks import find_stale
from agentgrid.integration.dependencies.standardizing.standardizing import (
    Judge,
    Site,
    standardize_here,
    standardize_split,
)
from agentgrid.integration.dependencies.standardizing.target import (
    Target,
    Typed,
    ecosystems_of,
    make_target,
    parse_typed,
)
from agentgrid.integration.dependencies.wanted import ECOSYSTEMS
from agentgrid.integration.snapshots.taking import WorkPlace
from agentgrid.store.events import record_event
from agentgrid.store.session import Store
from agentgrid.workspace.desks import find_desks


def _unheard(_what: str, _done: int, _all: int) -> None:
    """Progress that nobody watches."""


@dataclass(frozen=True)
class Wish:
    """What is to be standardised. `names`: as typed; empty with `all_`. `ecosystem`: only there."""

    names: tuple[str, ...] = ()
    all_: bool = False
    ecosystem: str | None = None
    split: bool = False
    dry_run: bool = False


class DependencyBook:
    """The service behind `deps`."""

    def __init__(
        self,
        repository: Repository,
        store: Store,
        in_force: InForce,
        territory: Territory,
        agent: str | None,
        judge_of: Callable[[str | None], Judge],
        places: Callable[[], Sequence[WorkPlace]],
    ) -> None:
        self._repository = repository
        self._store = store
        self._in_force = in_force
        self._territory = territory
        self._agent = agent
        self._judge_of = judge_of
        self._places = places

    @property
    def services(self) -> Services:
        """Which service a manifest belongs to."""
        return Services(self._in_force.policy)

    def packages(self) -> list[str]:
        """Every package that the base's manifests name."""
        base = survey(self._repository, self._in_force.base.oid, (), committed_only=True, progress=_unheard).base
        return sorted({each.package for manifest in base.manifests.values() for each in manifest.wanted})

    def check(
        self, names: Sequence[str] = (), *, base_only: bool = False, committed_only: bool = False, progress: Progress
    ) -> DepsReport:
        """What the base and all agents' work ask for, compared. `names`: only these packages. `base_only`: without
        agents' work. `committed_only`: without what they haven't committed. Raises InputError for a package that
        nobody names."""
        found = self._survey(base_only=base_only, committed_only=committed_only, progress=progress)
        known = {use.wanted.package for use in found.uses}
        for name in names:
            if not any(alike(ecosystem, name) in known for ecosystem in ECOSYSTEMS):
                raise InputError(f"no manifest names {name!r}", hint="agentgrid deps check")
        return compare(found, names)

    def standardize(self, wish: Wish, *, progress: Progress) -> Standardized:
        """Brings packages to one constraint. Raises InputError for a package that nobody names or a constraint that
        means nothing, UsageError where the wish is ambiguous, WouldLoseWork with nothing written."""
        here = self._repository.worktree
        if here is None:
            raise UsageError("this is no work tree: there are no manifests to write",
                             hint="run it in a worktree, or: agentgrid deps check")  # fmt: skip
        found = self._survey(base_only=False, committed_only=False, progress=progress)
        targets = self._targets(found, wish)
        site = Site(
            DeskFiles(here), self._agent, self._territory, self._judge_of(self._agent), find_desks(self._repository),
            grid_directory(self._repository) / "patches",
        )  # fmt: skip
        act = standardize_split if wish.split else standardize_here
        shares, left = act(site, targets, dry_run=wish.dry_run)
        paths = {plan.path for share in shares for plan in share.plans} & set(site.here.contents.manifests)
        stale = find_stale(site.here.contents, sorted(paths), DerivedFiles(self._in_force.policy).command_for)
        if not wish.dry_run:
            self._tell(targets, shares)
        problems = compare(found, [target.package for target in targets]).problems if targets else ()
        return Standardized(tuple(targets), tuple(shares), tuple(left), tuple(stale), problems, wish.dry_run)

    def _survey(self, *, base_only: bool, committed_only: bool, progress: Progress) -> Survey:
        places = () if base_only else self._places()
        base = self._in_force.base.oid
        return survey(self._repository, base, places, committed_only=committed_only, progress=progress)

    def _targets(self, found: Survey, wish: Wish) -> list[Target]:
        uses = found.uses
        if wish.all_:
            differences = find_differences(uses, Ranges())
            wanted = [each for each in differences if wish.ecosystem in {None, each.ecosystem}]
            return [Target(each.ecosystem, each.package, *each.newest) for each in wanted if each.newest]
        targets = [_target(uses, parse_typed(text), wish.ecosystem) for text in wish.names]
        if len({(each.ecosystem, each.package) for each in targets}) < len(targets):
            raise UsageError("a package is named twice")
        return targets

    def _tell(self, targets: Sequence[Target], shares: Sequence[Share]) -> None:
        """Notes what was written, and leaves a message with each owner whose files were."""
        written = [show_path(plan.path) for share in shares if share.state == "written" for plan in share.plans]
        others = [share for share in shares if share.owner and share.state != "told"]
        if not written and not others:
            return
        actor = self._agent or person_name()
        packages = ", ".join(f"{each.package} {each.constraint}" for each in targets)
        with self._store.write() as session:
            now = self._store.now()
            record_event(session, now, "deps.standardized", actor=actor, subject=packages, after={"files": written})
            for share in others:
                assert share.owner is not None
                notify(session, now, share.owner, f"{actor} {_told(share, packages)}")


def _target(uses: Sequence[Use], typed: Typed, only: str | None) -> Target:
    """The constraint that is typed, or the newest that somebody asks for."""
    known = {(use.wanted.ecosystem, use.wanted.package) for use in uses}
    ecosystems = ecosystems_of(typed, known, only)
    if not ecosystems:
        raise InputError(f"no manifest names {typed.name!r}", hint="agentgrid deps check")
    if len(ecosystems) > 1:
        raise UsageError(f"{typed.name} is a package of {' and of '.join(ecosystems)}",
                         hint=f"say which: --ecosystem {ecosystems[0]}")  # fmt: skip
    if typed.spec is not None:
        return make_target(typed, ecosystems[0])
    package, ranges = (ecosystems[0], alike(ecosystems[0], typed.name)), Ranges()
    own = [use for use in uses if (use.wanted.ecosystem, use.wanted.package) == package and use.wanted.constraint]
    newest = find_newest([(use, each) for use in own if (each := ranges.of(use)) is not None])
    if newest is None:
        raise InputError(f"nobody asks for a version of {typed.name}",
                         hint=f"name one: agentgrid deps standardize {typed.name}==VERSION")  # fmt: skip
    return Target(*package, *newest)


def _told(share: Share, packages: str) -> str:
    files = ", ".join(show_path(plan.path) for plan in share.plans)
    if share.state == "written":
        return f"wrote {packages} into {files} of your worktree; it is not committed"
    return f"wants {packages} in {files}: git apply {share.patch}"
