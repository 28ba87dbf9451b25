"""Whose a process is: what an agent's run started, what carries an agent's mark, what works in an agent's worktree.

In that order, so that a command of one agent that looks into another's worktree is not the other's. Who looks after a
run (`exec`, `each`) isn't counted as its agent's use, and neither is who asks.
"""

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from agentgrid.machine.process_places import is_within, variable_of, working_directory
from agentgrid.machine.process_table import Entry, Table, trace_ancestors
from agentgrid.workspace.budgets.runs import MARK_VARIABLE, Run


@dataclass(frozen=True, slots=True)
class Places:
    """How one finds out about a process: where it works, and a variable of its environment. Tests put others in."""

    directory: Callable[[int], str | None] = working_directory
    variable: Callable[[int, str], str | None] = variable_of


@dataclass(frozen=True, slots=True)
class Shares:
    """`by_run`: nonce → the run's own processes, without those of runs inside it. `beside`: agent → what is its
    without a live run."""

    by_run: Mapping[str, tuple[Entry, ...]]
    beside: Mapping[str, tuple[Entry, ...]]

    def of_agent(self, agent: str, runs: Sequence[Run]) -> list[Entry]:
        """All processes of `agent`."""
        nonces = [run.nonce for run in runs if run.agent == agent]
        return [entry for nonce in nonces for entry in self.by_run.get(nonce, ())] + list(self.beside.get(agent, ()))


def share_out(
    table: Table,
    runs: Sequence[Run],
    worktrees: Mapping[str, str],
    agent_behind: Callable[[str], str | None],
    places: Places | None = None,
) -> Shares:
    """`worktrees`: agent → its worktree's real path. `agent_behind`: the agent that marks name."""
    watchers: dict[int, list[Run]] = {}
    for each in runs:
        watchers.setdefault(each.watcher, []).append(each)
    asker = {os.getpid(), *watchers}
    by_run: dict[str, list[Entry]] = {}
    beside: dict[str, list[Entry]] = {}
    ask = places or Places()
    for entry in table.values():
        if entry.is_zombie or entry.pid in asker:
            continue
        watcher = next((pid for pid in trace_ancestors(table, entry.pid) if pid in watchers), None)
        run = _run_below([] if watcher is None else watchers[watcher], entry.pid, ask)
        if run is not None:
            by_run.setdefault(run.nonce, []).append(entry)
        elif (agent := _agent_of(entry.pid, worktrees, agent_behind, ask)) is not None:
            beside.setdefault(agent, []).append(entry)
    return Shares(*({key: tuple(found) for key, found in each.items()} for each in (by_run, beside)))


def _run_below(runs: Sequence[Run], pid: int, ask: Places) -> Run | None:
    """Which run of one watcher the process belongs to: `each` looks after several, and the mark tells them apart."""
    if len(runs) <= 1:
        return runs[0] if runs else None
    marks = ask.variable(pid, MARK_VARIABLE) or ""
    return next((run for run in runs if any(mark.endswith(f".{run.nonce}") for mark in marks.split("/"))), None)


def _agent_of(
    pid: int, worktrees: Mapping[str, str], agent_behind: Callable[[str], str | None], ask: Places
) -> str | None:
    marks = ask.variable(pid, MARK_VARIABLE)
    if marks is not None and (agent := agent_behind(marks)) is not None:
        return agent
    directory = ask.directory(pid)
    within = [agent for agent, top in worktrees.items() if is_within(directory, top)]
    return max(within, key=lambda agent: len(worktrees[agent]), default=None)
