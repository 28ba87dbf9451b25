"""Versions of common code, and what the rule about them needs of the grid."""

from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING

from agentgrid.grid_integration.surrounding import Surrounding

if TYPE_CHECKING:
    from agentgrid.boundaries.findings import CheckReport
    from agentgrid.integration.common_code.checking import CommonCheck
    from agentgrid.integration.common_code.model import CommonReport
    from agentgrid.integration.common_code.usage import Branch


class GridVersioning:
    """Wires the versions of common code to `grid`."""

    _grid: Surrounding

    def check_common(self, agent: str | None, head: str, *, base: str | None = None) -> "CommonReport":
        """What the commit `head` breaks of common code's public API, as `agent` (None: a person), and who uses it.
        `base`: another commit than the base's."""
        from agentgrid.integration.common_code.checking import Case

        return self._common_check.check(Case(agent, base or self._grid.base_oid, head))

    def with_common_code(self, report: "CheckReport") -> "CheckReport":
        """The report with `common.breaking`. It costs something only where an agent changes Python of common code."""
        from agentgrid.integration.common_code.asking import is_asked

        if report.head is None or report.head == report.base or not is_asked(self._grid.territory, report):
            return report
        from agentgrid.integration.common_code.checking import Case

        case = Case(report.agent, report.base, report.head)
        found = self._common_check.check(case, with_all_users=False)
        return replace(report, findings=(*report.findings, *found.findings))

    def head_of_work(self, agent: str) -> str | None:
        """The commit of the agent's branch; None where it has none."""
        return next((each.head for each in self._find_branches() if each.agent == agent), None)

    @cached_property
    def _common_check(self) -> "CommonCheck":
        from agentgrid.integration.common_code.checking import CommonCheck

        grid = self._grid
        return CommonCheck(grid.repository, grid.territory, grid.in_force.policy.grid.common_code, self._find_branches)

    def _find_branches(self) -> "list[Branch]":
        from agentgrid.integration.common_code.usage import Branch
        from agentgrid.integration.snapshots.places import find_places

        places = find_places(self._grid.repository, self._grid.in_force.policy)
        return [Branch(each.agent, each.head) for each in places if each.head is not None]
