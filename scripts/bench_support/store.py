"""The state under many processes that read and then write, against a file under flock and a JSON file under filelock.

All three wait for the disk at each step. Whoever loses an update could not run.
"""

from pathlib import Path

from bench_support.counting import Crowd
from bench_support.harness import Contender, Experiment, Taken, Target
from bench_support.workshop import Workshop

OURS, FLOCK, FILELOCK = "agentgrid, full sync", "flock and fdatasync of a number", "filelock and JSON with fsync"
SLOWEST, FASTEST = "slowest process", "fastest process"


def prepare(workshop: Workshop) -> list[Experiment]:
    found: list[Experiment] = []
    for processes in (3,) if workshop.quick else (8, 32):
        found += [_throughput(workshop, processes), _fairness(workshop, processes)]
    return found


def _throughput(workshop: Workshop, processes: int) -> Experiment:
    steps = 10 if workshop.quick else 800 // processes
    crowds = {
        name: Crowd(kind, _directory(workshop, f"{kind}-{processes}"), processes)
        for name, kind in ((OURS, "store"), (FLOCK, "flock"), (FILELOCK, "filelock"))
    }
    return Experiment(
        f"store: {processes} processes, {steps} steps each, on {workshop.disk.parent}",
        [Contender(name, lambda crowd=crowd: crowd.run_steps(steps)) for name, crowd in crowds.items()],  # type: ignore[misc]
        [Target("#11", OURS, FLOCK, 1 / 0.6), Target("#11", OURS, FILELOCK, 1 / 3)],
        workshop.rounds(7),
        per=(steps * processes, "step"),
    )


def _fairness(workshop: Workshop, processes: int) -> Experiment:
    """Both contenders are of one run; the time of a step is what one process sees."""
    crowd = Crowd("store", _directory(workshop, f"fair-{processes}"), processes)
    seconds = 0.3 if workshop.quick else 3.0
    runs: dict[str, list[float]] = {SLOWEST: [], FASTEST: []}

    def take(name: str) -> Taken:
        if not runs[name]:
            counts = crowd.run_for(seconds)
            runs[SLOWEST].append(seconds / max(1, min(counts)))
            runs[FASTEST].append(seconds / max(counts))
        return Taken(runs[name].pop(0))

    return Experiment(
        f"store: {processes} processes for {seconds:g} s, the time of a step",
        [Contender(SLOWEST, lambda: take(SLOWEST)), Contender(FASTEST, lambda: take(FASTEST))],
        [Target("#11", SLOWEST, FASTEST, 1 / 0.6)],
        workshop.rounds(5),
    )


def _directory(workshop: Workshop, name: str) -> Path:
    directory = workshop.disk / name
    directory.mkdir()
    return directory
