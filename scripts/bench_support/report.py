"""The answer of a run: a plain table for people, one JSON document for programs."""

import os
import platform
import subprocess
from collections.abc import Iterator, Sequence

from bench_support.harness import Comparison, Result

SCHEMA = "agentgrid.bench/1"


def render_result(result: Result) -> str:
    """The table of one experiment, then a line for each target."""
    return "\n".join([result.experiment.title, *_times(result), *map(_target, result.comparisons), ""])


def as_document(results: Sequence[Result], failures: dict[str, str], *, quick: bool) -> dict[str, object]:
    """What `--json` writes; times are seconds."""
    return {
        "schema": SCHEMA,
        "quick": quick,
        "machine": _machine(),
        "experiments": [_as_dict(result) for result in results],
        "failures": failures,
    }


def _times(result: Result) -> Iterator[str]:
    count, unit = result.experiment.per
    names = [times.name for times in result.times] + [absence.name for absence in result.experiment.absent]
    width = max(map(len, names))
    for times in result.times:
        fastest, slowest = (_duration(bound / count) for bound in (min(times.seconds), max(times.seconds)))
        spread = f"({fastest} .. {slowest})"
        suffix = f" a {unit}" if unit else ""
        yield f"  {times.name:<{width}}  {_duration(times.median_s / count):>10}{suffix}  {spread}"
    for absence in result.experiment.absent:
        yield f"  {absence.name:<{width}}  {'absent':>10}  {absence.reason}"


def _target(comparison: Comparison) -> str:
    target = comparison.target
    question = f"  {target.row} {target.ours} / {target.against}"
    if comparison.ratio is None:
        return f"{question}: not measured (target <= {target.at_most:.2f})"
    answer = "met" if comparison.is_met else "MISSED"
    return f"{question} = {comparison.ratio:.2f} (target <= {target.at_most:.2f}): {answer}"


def _duration(seconds: float) -> str:
    if seconds >= 1:
        return f"{seconds:.2f} s"
    if seconds >= 0.001:
        return f"{seconds * 1000:.1f} ms"
    return f"{seconds * 1_000_000:.2f} us"


def _as_dict(result: Result) -> dict[str, object]:
    return {
        "title": result.experiment.title,
        "rounds": result.experiment.rounds,
        "contenders": [
            {"name": times.name, "median_s": times.median_s, "seconds": list(times.seconds)} for times in result.times
        ],
        "absent": [{"name": absence.name, "reason": absence.reason} for absence in result.experiment.absent],
        "targets": [
            {
                "row": comparison.target.row,
                "ours": comparison.target.ours,
                "against": comparison.target.against,
                "at_most": comparison.target.at_most,
                "ratio": comparison.ratio,
                "met": comparison.is_met,
            }
            for comparison in result.comparisons
        ],
    }


def _machine() -> dict[str, object]:
    git = subprocess.run(["git", "--version"], capture_output=True, text=True, check=True).stdout.split()[2]
    return {
        "system": platform.system(),
        "architecture": platform.machine(),
        "cpus": os.cpu_count(),
        "python": platform.python_version(),
        "git": git,
    }
