"""Contenders, rounds and ratios.

Each round runs every contender once, in an order that turns from round to round, so that what slows the machine down
slows all of them. A ratio is the median of the rounds' own ratios; a first round warms up and isn't counted.
"""

import gc
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median


class CouldNotRun(Exception):
    """A benchmark, or a program in it, failed: the number would mean nothing."""


def nothing() -> None:
    """What most contenders have to put back between two acts."""


class Taken(float):
    """What an act answers that knows better than the clock how many seconds count: those of one of its processes."""


@dataclass(frozen=True, slots=True)
class Contender:
    """`act` is measured, unless it answers what it has Taken; `reset` runs before it and is not."""

    name: str
    act: Callable[[], object]
    reset: Callable[[], object] = nothing


@dataclass(frozen=True, slots=True)
class Absence:
    """A contender that isn't here, and why."""

    name: str
    reason: str


@dataclass(frozen=True, slots=True)
class Target:
    """The time of `ours` is to be at most `at_most` times that of `against`. `row`: its number in the targets."""

    row: str
    ours: str
    against: str
    at_most: float


@dataclass(frozen=True, slots=True)
class Experiment:
    """One table of the report. `per`: how many units one act does, when the time of one unit is what matters."""

    title: str
    contenders: Sequence[Contender]
    targets: Sequence[Target]
    rounds: int
    absent: Sequence[Absence] = ()
    per: tuple[int, str] = (1, "")


@dataclass(frozen=True, slots=True)
class Times:
    """What one contender took, in seconds, round by round."""

    name: str
    seconds: tuple[float, ...]

    @property
    def median_s(self) -> float:
        return median(self.seconds)


@dataclass(frozen=True, slots=True)
class Comparison:
    """A target and the ratio that was measured; None where one of the two is absent."""

    target: Target
    ratio: float | None

    @property
    def is_met(self) -> bool | None:
        return None if self.ratio is None else self.ratio <= self.target.at_most


@dataclass(frozen=True, slots=True)
class Result:
    experiment: Experiment
    times: tuple[Times, ...]
    comparisons: tuple[Comparison, ...]


def measure(experiment: Experiment, clock: Callable[[], float] = time.perf_counter) -> Result:
    """Runs the experiment. Raises what its contenders raise."""
    contenders = list(experiment.contenders)
    taken: dict[str, list[float]] = {contender.name: [] for contender in contenders}
    gc.collect()
    gc.disable()  # a collection in the middle of one contender's act would be charged to it
    try:
        for round_number in range(experiment.rounds + 1):
            turn = round_number % len(contenders)
            for contender in contenders[turn:] + contenders[:turn]:
                seconds = _time(contender, clock)
                if round_number > 0:
                    taken[contender.name].append(seconds)
    finally:
        gc.enable()
    times = {name: Times(name, tuple(seconds)) for name, seconds in taken.items()}
    comparisons = tuple(Comparison(target, _ratio(target, times)) for target in experiment.targets)
    return Result(experiment, tuple(times.values()), comparisons)


def _time(contender: Contender, clock: Callable[[], float]) -> float:
    contender.reset()
    started = clock()
    answer = contender.act()
    return float(answer) if isinstance(answer, Taken) else clock() - started


def _ratio(target: Target, times: dict[str, Times]) -> float | None:
    ours, against = times.get(target.ours), times.get(target.against)
    if ours is None or against is None:
        return None
    return median(one / other for one, other in zip(ours.seconds, against.seconds, strict=True))
