"""Setting worktrees up from a command: asks a person to approve what the repository wants to run, then does it."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from agentgrid.grid import Grid
    from agentgrid.workspace.setup.outcome import SetupReport
    from agentgrid.workspace.setup.planning import SetupPlan


def set_up(grid: "Grid", plan: "SetupPlan", *, trust: bool = False, ask: bool = True,
           jobs: int | None = None) -> "SetupReport":  # fmt: skip
    """Carries `plan` out. `trust`: approves its commands; `ask`: a person at a terminal is asked to.

    Raises NotPermitted when an agent would approve.
    """
    from threading import Lock

    from agentgrid.boundaries.leases.holders import person_name
    from agentgrid.cli.answers import report_step
    from agentgrid.workspace.setup.approval import approve

    if plan.unapproved and (trust or (ask and _is_let(grid, plan))):
        approve(grid.repository, grid.store, plan.unapproved, person=person_name())
    lock = Lock()

    def report(agent: str, what: str) -> None:
        with lock:  # several agents' steps end at the same moment
            report_step(agent, what)

    return grid.desks.set_up(plan, report=report, jobs=jobs)


def set_up_new(grid: "Grid", agents: Sequence[str], *, ask: bool) -> "SetupReport | None":
    """For worktrees that a command has just made: what went wrong is a warning. None when there was nothing to do."""
    from agentgrid.errors import AgentGridError
    from agentgrid.render.setup import render_warnings
    from agentgrid.render.streams import note

    try:
        report = set_up(grid, grid.desks.plan_setup(agents), ask=ask)
    except AgentGridError as error:
        note(f"warning: the worktree is made, and not set up: {error.message}")
        return None
    for line in render_warnings(report):
        note(line)
    return report if report.changed else None


def _is_let(grid: "Grid", plan: "SetupPlan") -> bool:
    """Shows a person the commands and asks. Nobody is asked in an agent's worktree, or without a terminal."""
    import typer

    from agentgrid.machine.foreground import has_terminal
    from agentgrid.render.setup import render_question
    from agentgrid.render.streams import note
    from agentgrid.workspace.acting import worktree_agent

    if worktree_agent(grid.repository) is not None or not has_terminal():
        return False
    note(render_question(plan.unapproved))
    return typer.confirm("Run these in the agents' worktrees, now and later?", err=True)
