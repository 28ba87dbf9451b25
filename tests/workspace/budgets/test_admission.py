"""What may start, and why something has to wait."""

from dataclasses import replace

import pytest

from agentgrid.workspace.budgets.admission import Asked, MustWait, decide_admission
from agentgrid.workspace.budgets.limits import Limits, Use

GB = 10**9
ASKED = Asked(
    agent="a2",
    limits=Limits(memory_bytes=12 * GB),
    use=Use(),
    is_running=False,
    promised={"a1": 4 * GB},
    machine_bytes=24 * GB,
    reserved_bytes=8 * GB,
)


def test_what_fits_beside_the_others_and_the_reserve_may_start() -> None:
    assert decide_admission(ASKED) is None


def test_what_does_not_fit_waits_and_says_beside_whom() -> None:
    refused = decide_admission(replace(ASKED, promised={"a1": 4 * GB, "a3": 3 * GB}))

    assert refused == MustWait(
        "a2 may use 12 GB of memory, which doesn't fit beside a1 4.0 GB, a3 3.0 GB and a reserve of 8.0 GB into 24 GB",
        is_for_machine=True,
    )


def test_what_never_fits_does_not_wait_for_ever() -> None:
    """It is a finding of `doctor`; alone on the machine it may run."""
    assert decide_admission(replace(ASKED, machine_bytes=16 * GB, promised={})) is None
    assert decide_admission(replace(ASKED, machine_bytes=16 * GB)) is not None


def test_who_runs_already_has_its_memory_promised() -> None:
    assert decide_admission(replace(ASKED, machine_bytes=16 * GB, is_running=True)) is None


def test_who_has_no_memory_limit_asks_for_none() -> None:
    assert decide_admission(replace(ASKED, limits=Limits(cpus=1), machine_bytes=GB)) is None


@pytest.mark.parametrize(
    ("limits", "use", "reason"),
    [
        (Limits(memory_bytes=GB), Use(memory_bytes=2 * GB), "a2 already uses 2.0 GB of 1.0 GB memory"),
        (Limits(disk_bytes=GB), Use(disk_bytes=2 * GB), "a2 already uses 2.0 GB of 1.0 GB disk"),
        (Limits(processes=5), Use(processes=5), "a2 already uses 5 of 5 processes"),
    ],
)
def test_an_agent_at_its_limit_waits_for_itself_alone(limits: Limits, use: Use, reason: str) -> None:
    asked = replace(ASKED, limits=limits, use=use, promised={})

    assert decide_admission(asked) == MustWait(reason, is_for_machine=False)


@pytest.mark.parametrize(
    ("limits", "use"),
    [
        (Limits(processes=5), Use(processes=4)),
        (Limits(wall_s=60), Use(wall_s=3600)),
        (Limits(cpus=1), Use(cpus=8)),
        (Limits(disk_bytes=GB), Use(disk_bytes=None)),
    ],
)
def test_what_waiting_would_not_help_is_no_reason(limits: Limits, use: Use) -> None:
    assert decide_admission(replace(ASKED, limits=limits, use=use, promised={})) is None
