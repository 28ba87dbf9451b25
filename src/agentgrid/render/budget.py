"""`budget` for people: a bar for each limit, what is left, and the sum against the machine."""

import sys

from agentgrid.config.units import format_size
from agentgrid.render.live import Picture
from agentgrid.render.tables import Cell, build_table, render_styled, render_table
from agentgrid.workspace.budgets.limits import Resource, Use
from agentgrid.workspace.budgets.report import AgentBudget, BudgetReport
from agentgrid.workspace.budgets.verdicts import NEAR, Level, Standing, format_amount

_HEADERS = ("agent", "", "used", "of", "left", "", "")
_STYLES: dict[Level, str] = {"ok": "green", "near": "yellow", "over": "bold red"}
_WIDTH = 20
_NAMES: dict[Resource, str] = {
    "memory": "memory", "cpu": "CPU", "disk": "disk", "processes": "processes", "wall_time": "time",
}  # fmt: skip


class BudgetScreen(Picture):
    """`budget --watch` on a terminal."""

    def __init__(self, *, is_wanted: bool) -> None:
        super().__init__(sys.stdout, is_wanted=is_wanted)

    def show(self, report: BudgetReport) -> bool:
        """Draws it in its place; False when there is no terminal to draw on."""
        if not self.is_live:
            return False
        from rich.console import Group
        from rich.text import Text

        text, level = _sum_up(report)
        self.draw(Group(build_table(_HEADERS, _rows(report)), Text(), Text(text, style=_STYLES[level])))
        return True


def render_budgets(report: BudgetReport) -> str:
    text, level = _sum_up(report)
    return f"{render_table(_HEADERS, _rows(report))}\n\n{render_styled(text, _STYLES[level])}"


def _rows(report: BudgetReport) -> list[list[Cell]]:
    return [row for agent in report.agents for row in _rows_of(agent)]


def _rows_of(agent: AgentBudget) -> list[list[Cell]]:
    """A row a limit; then what is used without a limit."""
    standings = {each.resource: each for each in agent.standings}
    rows = [_limited(each, agent.use) for each in agent.standings]
    rows += [
        ["", _NAMES[resource], format_amount(resource, amount), "", "", "", ""]
        for resource, amount in _amounts(agent.use)
        if resource not in standings and amount is not None
    ]
    if rows:
        rows[0][0] = (agent.agent, "bold")
    return rows


def _limited(standing: Standing, use: Use) -> list[Cell]:
    resource = standing.resource
    least = "≥ " if resource == "disk" and not use.is_disk_whole else ""
    return [
        "",
        _NAMES[resource],
        least + format_amount(resource, standing.used),
        format_amount(resource, standing.limit),
        format_amount(resource, standing.head_room),
        (_bar(standing.share), _STYLES[standing.level]),
        ("" if standing.level == "ok" else standing.level, _STYLES[standing.level]),
    ]


def _amounts(use: Use) -> list[tuple[Resource, float | None]]:
    return [("memory", use.memory_bytes), ("cpu", use.cpus), ("disk", use.disk_bytes), ("processes", use.processes)]


def _bar(share: float) -> str:
    filled = min(_WIDTH, round(share * _WIDTH))
    return "█" * filled + "░" * (_WIDTH - filled)


def _sum_up(report: BudgetReport) -> tuple[str, Level]:
    total = report.sum
    used = f"agents use {format_size(report.used_bytes)} now"
    if not total.is_limited:
        return f"no agent has a memory budget; {used} of {format_size(total.machine_bytes)}", "ok"
    if total.missing_bytes:
        return f"{total.describe()}: {format_size(total.missing_bytes)} more than this machine has; {used}", "over"
    level: Level = "near" if total.head_room_bytes < (1 - NEAR) * total.machine_bytes else "ok"
    return f"{total.describe()}, {format_size(total.head_room_bytes)} left; {used}", level
