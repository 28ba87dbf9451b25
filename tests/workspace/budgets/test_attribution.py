"""Whose a process is."""

import os

import pytest

from agentgrid.machine.process_table import Entry, ProcessId, Table
from agentgrid.workspace.budgets.attribution import Places, share_out
from agentgrid.workspace.budgets.runs import Run

WORKTREES = {"a1": "/code/wt-a1", "a2": "/code/wt-a2", "a3": "/code/wt-a2/nested"}


def make_table(**parents: int) -> Table:
    """`p10=1`: process 10 was started by process 1."""
    pids = {int(name[1:]): parent for name, parent in parents.items()}
    return {pid: Entry(ProcessId(pid, 0), parent, pid, 1, 0.0, 1, is_zombie=False) for pid, parent in pids.items()}


def make_run(nonce: str, agent: str, watcher: int) -> Run:
    return Run(nonce, agent, watcher, 0.0, is_waiting=False, promised_bytes=None)


def share(
    table: Table,
    *runs: Run,
    directories: dict[int, str] | None = None,
    marks: dict[int, str] | None = None,
) -> tuple[dict[str, list[int]], dict[str, list[int]]]:
    """Nonce → processes, agent → processes beside its runs."""
    places = Places((directories or {}).get, lambda pid, _name: (marks or {}).get(pid))
    shares = share_out(table, runs, WORKTREES, lambda text: text.split(".")[1], places)
    by_run, beside = (
        {key: sorted(entry.pid for entry in found) for key, found in each.items()}
        for each in (shares.by_run, shares.beside)
    )
    return by_run, beside


def test_what_a_run_started_is_its_agents_wherever_it_works() -> None:
    table = make_table(p10=1, p11=10, p12=11)

    assert share(table, make_run("n1", "a1", 10), directories={12: "/code/wt-a2"}) == ({"n1": [11, 12]}, {})


def test_who_looks_after_a_run_is_not_counted() -> None:
    by_run, beside = share(make_table(p10=1), make_run("n1", "a1", 10), directories={10: "/code/wt-a1"})

    assert (by_run, beside) == ({}, {})


def test_a_run_inside_a_run_counts_by_itself() -> None:
    table = make_table(p10=1, p11=10, p20=11, p21=20)

    by_run, _ = share(table, make_run("n1", "a1", 10), make_run("n2", "a1", 20))

    assert by_run == {"n1": [11], "n2": [21]}


def test_runs_of_one_watcher_are_told_apart_by_their_marks() -> None:
    table = make_table(p10=1, p11=10, p12=10, p13=12)
    marks = {11: "g.a1.n1", 12: "g.a2.n2", 13: "g.a0.n0/g.a2.n2"}

    by_run, _ = share(table, make_run("n1", "a1", 10), make_run("n2", "a2", 10), marks=marks)

    assert by_run == {"n1": [11], "n2": [12, 13]}


@pytest.mark.parametrize(
    ("directory", "beside"),
    [
        ("/code/wt-a1", {"a1": [30]}),
        ("/code/wt-a1/services/api", {"a1": [30]}),
        ("/code/wt-a2/nested/deep", {"a3": [30]}),
        ("/code/wt-a10", {}),
        ("/code", {}),
    ],
)
def test_what_works_in_a_worktree_is_its_agents(directory: str, beside: dict[str, list[int]]) -> None:
    assert share(make_table(p30=1), directories={30: directory}) == ({}, beside)


def test_a_mark_outlives_its_run_and_says_more_than_a_directory() -> None:
    found = share(make_table(p30=1), directories={30: "/code/wt-a2"}, marks={30: "g.a1.n1"})

    assert found == ({}, {"a1": [30]})


def test_zombies_strangers_and_who_asks_are_nobodys() -> None:
    table = dict(make_table(p30=1, p31=1, **{f"p{os.getpid()}": 1}))
    table[31] = Entry(ProcessId(31, 0), 1, 31, 0, 0.0, 1, is_zombie=True)

    assert share(table, directories={31: "/code/wt-a1", os.getpid(): "/code/wt-a1"}) == ({}, {})
