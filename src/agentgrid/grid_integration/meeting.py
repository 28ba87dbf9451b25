"""Where agents' work meets, and the report of it all."""

from collections.abc import Callable
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING

from agentgrid.grid_integration.surrounding import Surrounding

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from collections.abc import Set as AbstractSet

    from agentgrid.boundaries.others_work import OthersWork
    from agentgrid.boundaries.ownership import EditVerdict
    from agentgrid.git.paths import RepoPath
    from agentgrid.insight.report import GridReport
    from agentgrid.integration.conflicts.finding import Progress
    from agentgrid.integration.conflicts.looking_beyond import LookingBeyond
    from agentgrid.integration.conflicts.model import AgentWork, ConflictReport, Pair
    from agentgrid.store.events import Event


class GridMeeting:
    """Wires conflicts and the report to `grid`."""

    _grid: Surrounding

    def conflicts(
        self,
        agents: "Sequence[str]" = (),
        *,
        committed_only: bool = False,
        with_order: bool = True,
        progress: "Progress | None" = None,
        after: "Mapping[str, AbstractSet[str]] | None" = None,
    ) -> "ConflictReport":
        """Where the work of `agents` (of all that have any) meets, with each other and with the base, and the order to
        land in. `committed_only`: what isn't committed doesn't count. `after`: agent → whom it must land after; by
        default as the migrations that they carry depend on one another.

        `progress` hears what is being done, how much of it, of how much; from several threads.
        """
        from agentgrid.integration.conflicts.finding import Options, find_conflicts, unheard
        from agentgrid.integration.snapshots.places import find_places

        grid = self._grid
        base = grid.in_force.base
        edges = after if after is not None else grid.integration.land_after() if with_order else {}
        options = Options(committed_only, with_order, edges, self._beyond, progress or unheard)
        places = find_places(grid.repository, grid.in_force.policy, agents)
        return find_conflicts(grid.repository, places, (base.branch, base.oid), options)

    @cached_property
    def _beyond(self) -> "LookingBeyond":
        from agentgrid.boundaries.migrations.lineages import list_lineages
        from agentgrid.config.places import grid_directory
        from agentgrid.integration.conflicts.looking_beyond import LookingBeyond

        file = grid_directory(self._grid.repository) / "cache" / "beyond.json"
        return LookingBeyond(file, list_lineages(self._grid.territory.compiled))

    def pairs(self, agents: "Sequence[str]" = (), *, committed_only: bool = False) -> "tuple[Pair, ...]":
        """As `conflicts`, without an order."""
        return self.conflicts(agents, committed_only=committed_only, with_order=False).pairs

    def works(self, agents: "Sequence[str]" = (), *, committed_only: bool = False) -> "tuple[AgentWork, ...]":
        """What each of `agents` (of all that have any) has and the base doesn't."""
        from agentgrid.integration.conflicts.finding import Options, find_works
        from agentgrid.integration.snapshots.places import find_places

        places = find_places(self._grid.repository, self._grid.in_force.policy, agents)
        return find_works(self._grid.repository, places, self._grid.in_force.base.oid, Options(committed_only))

    def count_conflicts(self) -> "dict[str, int]":
        """Agent → with how many others its work conflicts or can't be compared, the base among them."""
        from agentgrid.insight.conflict_view import count_conflicts, view_conflicts

        return count_conflicts(view_conflicts(self.conflicts(with_order=False)))

    def others_work(self, path: bytes, agents: "Sequence[str]") -> "tuple[OthersWork, ...]":
        """What these agents have done to a path that hasn't landed."""
        from agentgrid.integration.others_work import find_others_work

        return find_others_work(self._grid.repository, self._grid.base_oid, [path], but=None, among=agents)[path]

    def warn_of_others(
        self, verdicts: "Sequence[EditVerdict]", paths: "Sequence[RepoPath]", agent: str | None
    ) -> "list[EditVerdict]":
        """The verdicts on `paths`, each with what other agents than `agent` have done there, or where it leads."""
        from agentgrid.integration.others_work import find_others_work

        ends = {path.path: [end for end in (path.path, path.target) if end] or [b""] for path in paths}
        asked = sorted({end for each in ends.values() for end in each})
        found = find_others_work(self._grid.repository, self._grid.base_oid, asked, but=agent)
        return [
            replace(each, conflicts=tuple(dict.fromkeys(work for end in ends[each.path] for work in found[end])))
            for each in verdicts
        ]

    def report(
        self, *, since: str | None = None, progress: Callable[[str, int, int], None] | None = None
    ) -> "GridReport":
        """Where everything stands, and what happened since `since` (RFC 3339 in UTC; seven days ago by default)."""
        from agentgrid.insight.report import Sources, gather_report

        grid = self._grid
        sources = Sources(
            status=grid.status,
            conflicts=lambda: self.conflicts(progress=progress),
            ownership=grid.map,
            leases=grid.list_leases,
            budgets=grid.desks.budgets.report,
            list_events=self._events_since,
        )
        return gather_report(grid.repository.name, sources, now=grid.store.now().wall, since=since)

    def _events_since(self, since: str) -> "list[Event]":
        from agentgrid.store.events import EventFilter, read_last_events

        with self._grid.store.read() as session:
            return read_last_events(session, EventFilter(since))
