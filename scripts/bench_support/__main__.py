"""Command line of the benchmarks: runs the subjects one after the other, prints as it goes, writes JSON at the end.

A missed target is a line in the table, never an exit code: 1 only when a benchmark could not run.
"""

import argparse
import importlib
import json
import sys
import traceback
from pathlib import Path

from bench_support.harness import CouldNotRun, Result, measure
from bench_support.report import as_document, render_result
from bench_support.workshop import open_workshop

# Name → module. Imported one by one, so that a subject whose part of the program is broken spoils no other.
SUBJECTS = {
    "start-up": "start_up",
    "guard": "guard",
    "points": "points",
    "edits": "edits",
    "other-hooks": "other_hooks",
    "matching": "matching",
    "worktrees": "worktrees",
    "status": "status",
    "conflicts": "conflicts",
    "store": "store",
}


def main() -> int:
    options = _parse()
    results: list[Result] = []
    failures: dict[str, str] = {}
    for name in options.only or SUBJECTS:
        print(f"building: {name}", file=sys.stderr)
        try:
            with open_workshop(quick=options.quick) as workshop:
                subject = importlib.import_module(f"bench_support.{SUBJECTS[name]}")
                for experiment in subject.prepare(workshop):
                    results.append(measure(experiment))
                    print(render_result(results[-1]), flush=True)
        except CouldNotRun as error:
            failures[name] = str(error)
        except Exception as error:
            traceback.print_exc()  # a mistake in the benchmark itself, or in what it calls
            failures[name] = f"{type(error).__name__}: {error}"
        if name in failures:
            print(f"{name}: could not run: {failures[name]}", file=sys.stderr)
    if options.json:
        document = as_document(results, failures, quick=options.quick)
        options.json.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
    _print_summary(results, failures)
    return 1 if failures else 0


def _print_summary(results: list[Result], failures: dict[str, str]) -> None:
    verdicts = [comparison.is_met for result in results for comparison in result.comparisons]
    print(
        f"targets: {verdicts.count(True)} met, {verdicts.count(False)} missed, {verdicts.count(None)} not measured; "
        f"benchmarks that could not run: {len(failures)}"
    )


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="scripts/bench", description="agentgrid against floors and peers")
    parser.add_argument("--quick", action="store_true", help="few rounds: shows that everything runs")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all numbers to FILE")
    parser.add_argument("--only", action="append", choices=list(SUBJECTS), metavar="NAME", help=", ".join(SUBJECTS))
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
