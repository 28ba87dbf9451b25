"""How a use stands to its limits."""

import pytest

from agentgrid.config.units import parse_size
from agentgrid.workspace.budgets.limits import Limits, Use
from agentgrid.workspace.budgets.machine_sum import add_up
from agentgrid.workspace.budgets.verdicts import (
    choose_to_end,
    find_breach,
    format_amount,
    format_seconds,
    judge_use,
    worst_level,
)

LIMITS = Limits(memory_bytes=1000, cpus=2.0, disk_bytes=5000, processes=10, wall_s=60.0)


@pytest.mark.parametrize(
    ("used", "level"), [(0, "ok"), (799, "ok"), (800, "near"), (1000, "near"), (1001, "over"), (5000, "over")]
)
def test_a_limit_is_near_from_four_fifths_and_over_above_itself(used: int, level: str) -> None:
    [standing] = judge_use(Limits(memory_bytes=1000), Use(memory_bytes=used))

    assert (standing.level, standing.head_room) == (level, max(0, 1000 - used))


def test_what_has_no_limit_or_is_not_known_has_no_standing() -> None:
    assert judge_use(Limits(), Use(memory_bytes=10**12, cpus=64, processes=9000)) == ()
    assert [each.resource for each in judge_use(LIMITS, Use(memory_bytes=1))] == ["memory", "processes"]


def test_the_worst_level_is_the_verdict() -> None:
    assert worst_level(judge_use(LIMITS, Use(memory_bytes=900, cpus=0.1, processes=11))) == "over"
    assert worst_level(()) == "ok"


def test_too_much_processor_time_is_no_reason_to_end_anything() -> None:
    standings = judge_use(LIMITS, Use(cpus=8.0))

    assert worst_level(standings) == "over"
    assert find_breach(standings) is None


def test_a_measuring_error_of_processor_time_is_forgiven() -> None:
    assert worst_level(judge_use(LIMITS, Use(cpus=2.1))) == "near"


@pytest.mark.parametrize(
    ("use", "words"),
    [
        (Use(memory_bytes=312_000_000), "its memory budget: 312 MB used, 256 MB allowed"),
        (Use(processes=31), "its process budget: 31 used, 30 allowed"),
        (Use(disk_bytes=6_000_000_000), "its disk budget: 6.0 GB used, 5.0 GB allowed"),
        (Use(wall_s=3605), "its time budget: 1 h 0 min used, 1 h 0 min allowed"),
    ],
)
def test_a_breach_is_told_in_amounts_for_people(use: Use, words: str) -> None:
    limits = Limits(memory_bytes=256_000_000, processes=30, disk_bytes=5_000_000_000, wall_s=3600)

    breach = find_breach(judge_use(limits, use))

    assert breach is not None
    assert breach.describe() == words


@pytest.mark.parametrize(("used", "is_runaway"), [(1001, False), (1999, False), (2000, True)])
def test_twice_the_limit_runs_away(used: int, is_runaway: bool) -> None:
    breach = find_breach(judge_use(Limits(memory_bytes=1000), Use(memory_bytes=used)))

    assert breach is not None
    assert breach.is_runaway is is_runaway


def test_twice_the_time_does_not() -> None:
    breach = find_breach(judge_use(Limits(wall_s=1), Use(wall_s=10)))

    assert breach is not None
    assert not breach.is_runaway


def test_the_run_that_takes_most_is_ended() -> None:
    uses = {"n1": Use(memory_bytes=10, processes=9), "n2": Use(memory_bytes=90, processes=2)}
    [memory] = judge_use(Limits(memory_bytes=50), Use(memory_bytes=100))
    [processes] = judge_use(Limits(processes=5), Use(processes=11))
    [disk] = judge_use(Limits(disk_bytes=5), Use(disk_bytes=11))

    assert choose_to_end(memory, "n1", uses) == "n2"
    assert choose_to_end(processes, "n2", uses) == "n1"
    assert choose_to_end(disk, "n2", uses) == "n2"


def test_of_equal_runs_everybody_chooses_the_same() -> None:
    [breach] = judge_use(Limits(memory_bytes=50), Use(memory_bytes=100))
    uses = {"n1": Use(memory_bytes=50), "n2": Use(memory_bytes=50)}

    assert choose_to_end(breach, "n1", uses) == choose_to_end(breach, "n2", dict(reversed(uses.items())))


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.04, "0.0 s"), (4.25, "4.2 s"), (59.97, "60.0 s"), (185, "3 min 5 s"), (7500, "2 h 5 min")]
)
def test_times_are_for_people(seconds: float, text: str) -> None:
    assert format_seconds(seconds) == text


def test_processor_time_is_a_percentage_of_one() -> None:
    assert format_amount("cpu", 1.5) == "150%"


# Seed 003: the memory of four agents, a reserve for Docker, and the machine that it was made for.
SEED = {"a1": "4GB", "a2": "12GB", "a3": "3GB", "a4": "3GB"}


@pytest.mark.parametrize(("machine", "missing"), [("36GB", 0), ("30GB", 0), ("24GB", 6_000_000_000)])
def test_the_seeds_limits_and_reserve_need_30_gb(machine: str, missing: int) -> None:
    limits = {agent: Limits(memory_bytes=parse_size(size)) for agent, size in SEED.items()}

    total = add_up(limits, parse_size(machine), parse_size("8GB"))

    assert (total.promised_bytes + total.reserved_bytes, total.missing_bytes) == (30_000_000_000, missing)
    assert total.describe() == f"budgets 22 GB + reserve 8.0 GB of {machine[:2]} GB"


def test_a_reserve_alone_promises_nothing() -> None:
    total = add_up({"a1": Limits(cpus=2)}, 1000, 5000)

    assert (total.is_limited, total.missing_bytes) == (False, 0)
