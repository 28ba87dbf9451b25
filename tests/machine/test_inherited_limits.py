"""Limits that a program inherits from the process that starts it."""

import os
import subprocess
import sys

import pytest

from agentgrid.machine.capacity import read_capacity, usable_cpus
from agentgrid.machine.inherited_limits import choose_processors, inheriting


@pytest.mark.parametrize(
    ("cpus", "first", "chosen"),
    [(1, 0, {0}), (0.5, 1, {1}), (2, 0, {0, 1}), (1.5, 3, {0, 5}), (2, 4, {0, 1}), (9, 2, {0, 1, 3, 5})],
)
def test_processors_are_rounded_up_and_counted_around_the_end(cpus: float, first: int, chosen: set[int]) -> None:
    assert choose_processors([0, 1, 3, 5], cpus, first) == chosen


@pytest.mark.skipif(len(usable_cpus()) < 2, reason="there is only one to be had")
def test_a_child_has_the_processors_that_it_may_use_and_its_parent_keeps_all() -> None:
    before = usable_cpus()
    with inheriting(cpus=1, first_cpu=1, processes=None):
        said = subprocess.check_output([sys.executable, "-c", "import os; print(len(os.sched_getaffinity(0)))"])

    assert int(said) == 1
    assert usable_cpus() == before


@pytest.mark.skipif(os.geteuid() == 0, reason="the superuser has no such ceiling")
def test_a_child_has_a_ceiling_of_processes() -> None:
    import resource

    before = resource.getrlimit(resource.RLIMIT_NPROC)
    with inheriting(cpus=None, first_cpu=0, processes=10):
        said = subprocess.check_output(["sh", "-c", "ulimit -u 2>/dev/null || ulimit -p"])

    assert said.strip() != b"unlimited"
    assert resource.getrlimit(resource.RLIMIT_NPROC) == before


def test_the_machine_has_something() -> None:
    capacity = read_capacity()

    assert capacity.memory_bytes > 100_000_000
    assert capacity.cpus >= 1
