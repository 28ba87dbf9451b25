"""Where agents' work comes together in a grid: conflicts, landing, reviews, pull requests, reports."""

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

from agentgrid.config.in_force import InForce
from agentgrid.git.repository import Repository
from agentgrid.store.session import Store

if TYPE_CHECKING:
    from agentgrid.boundaries.others_work import OthersWork
    from agentgrid.boundaries.ownership import EditVerdict
    from agentgrid.boundaries.policy.territory import Territory
    from agentgrid.git.paths import RepoPath


class Surrounding(Protocol):
    """What is needed of the grid around."""

    repository: Repository

    @property
    def in_force(self) -> InForce: ...

    @property
    def store(self) -> Store: ...

    @property
    def territory(self) -> "Territory": ...

    @property
    def base_oid(self) -> str: ...

    def acting_agent(self, named: str | None = None) -> str | None: ...


class GridIntegration:
    """Wires the integration room to `grid`."""

    def __init__(self, grid: Surrounding) -> None:
        self._grid = grid

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
