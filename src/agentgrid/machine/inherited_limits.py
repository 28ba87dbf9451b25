"""Limits that a program and all its children inherit, without anybody's leave: processors, and how many processes.

They are set on this process for the moment of the start. Both are ceilings for accidents: a program can undo the
first, and the second counts everything that its user runs, so it stands far above the budget, where only what
multiplies without end meets it. The superuser has no such ceiling.
"""

import math
import os
from collections.abc import Iterator
from contextlib import contextmanager

from agentgrid.machine.capacity import usable_cpus
from agentgrid.machine.process_table import read_table

_FACTOR = 16  # tasks for each process of the budget: programs have threads
_LEAST = 512


@contextmanager
def inheriting(*, cpus: float | None, first_cpu: int, processes: int | None) -> Iterator[None]:
    """For what is started in the block. `cpus`: rounded up to whole processors, counted from the one with the place
    `first_cpu` on, so that several agents don't crowd the same."""
    with _on_processors(cpus, first_cpu), _below(processes):
        yield


def choose_processors(usable: list[int], cpus: float, first: int) -> set[int]:
    """As many of `usable` as `cpus` rounded up, from place `first` on, around the end."""
    count = min(math.ceil(cpus), len(usable))
    return {usable[(first + each) % len(usable)] for each in range(count)}


@contextmanager
def _on_processors(cpus: float | None, first: int) -> Iterator[None]:
    usable = usable_cpus()
    if cpus is None or cpus >= len(usable):  # also where the system has no such thing
        yield
        return
    os.sched_setaffinity(0, choose_processors(usable, cpus, first))
    try:
        yield
    finally:
        os.sched_setaffinity(0, usable)


@contextmanager
def _below(processes: int | None) -> Iterator[None]:
    import resource

    if processes is None or os.geteuid() == 0:
        yield
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_NPROC)
    wanted = _count_own_tasks() + max(_FACTOR * processes, _LEAST)
    ceilings = [each for each in (soft, hard) if each != resource.RLIM_INFINITY]
    resource.setrlimit(resource.RLIMIT_NPROC, (min([wanted, *ceilings]), hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NPROC, (soft, hard))


def _count_own_tasks() -> int:
    """Those of all users: more than counts, which is the safe side."""
    return sum(entry.tasks for entry in read_table().values())
