"""The report of a landing as JSON, also kept as a file beside the logs of its checks."""

import json
import shutil
from collections.abc import Sequence
from pathlib import Path

from agentgrid.config.places import grid_directory
from agentgrid.git.paths import json_path
from agentgrid.git.repository import Repository
from agentgrid.integration.landing.model import CheckRun, Ejected, Landed, LandPlan, LandReport, Step, Untouched
from agentgrid.integration.migrations.numbers.placed import PlacedRequest
from agentgrid.machine.files import write_atomically

REPORT_FILE = "report.json"
_MOST_KEPT = 50


def runs_directory(repository: Repository) -> Path:
    """Where each landing has a directory of its own: logs and report."""
    return grid_directory(repository) / "landing" / "runs"


def keep_report(report: LandReport) -> Path:
    """Writes the report into its directory; the file."""
    file = report.directory / REPORT_FILE
    write_atomically(file, json.dumps(report_as_json(report), indent=2).encode())
    return file


def forget_old_runs(repository: Repository) -> None:
    """Keeps the logs of the newest landings alone."""
    runs = sorted(path for path in runs_directory(repository).glob("*") if path.is_dir())
    for path in runs[:-_MOST_KEPT]:
        shutil.rmtree(path, ignore_errors=True)


def report_as_json(report: LandReport) -> dict[str, object]:
    return {
        "base": report.base_branch,
        "base_before": report.base_before,
        "base_after": report.base_after,
        "strategy": report.strategy,
        "landed": [_landed(each) for each in report.landed],
        "ejected": [ejected_as_json(each) for each in report.ejected],
        "untouched": [untouched_as_json(each) for each in report.untouched],
        "checks": _runs(report.runs),
        "trouble": report.trouble or None,
        "pushed_to": report.pushed_to,
        "moved_in": str(report.moved_in) if report.moved_in else None,
        "rebuilt": report.rebuilt,
        "started_at": report.started_at,
        "seconds": report.seconds,
        "run": report.run,
        "report": str(report.directory / REPORT_FILE),
        "warnings": list(report.warnings),
    }


def plan_as_json(plan: LandPlan) -> dict[str, object]:
    return {
        "base": plan.base_branch,
        "base_before": plan.base,
        "strategy": plan.strategy,
        "order": [step.candidate.agent for step in plan.steps],
        "steps": [_step(step) for step in plan.steps],
        "ejected": [ejected_as_json(each) for each in plan.ejected],
        "untouched": [untouched_as_json(each) for each in plan.untouched],
        "checks": [{"run": run, "timeout": timeout_s} for run, timeout_s in plan.checks],
        "moves": list(plan.destination),
        "blocked": list(plan.blocked),
        "warnings": list(plan.warnings),
    }


def ejected_as_json(each: Ejected) -> dict[str, object]:
    return {
        "agent": each.agent,
        "stage": each.stage,
        "reason": each.reason,
        "hint": each.hint or None,
        "paths": [json_path(path) for path in each.paths],
        **({"pair": [each.pair, each.agent]} if each.pair else {}),
        **({"log": str(each.log)} if each.log else {}),
    }


def untouched_as_json(each: Untouched) -> dict[str, object]:
    return {"agent": each.agent, "reason": each.reason, **({"hint": each.hint} if each.hint else {})}


def _landed(each: Landed) -> dict[str, object]:
    return {**_step(each.step), "checks": _runs(each.tested.runs), "flaky": list(each.tested.flaky)}


def _step(step: Step) -> dict[str, object]:
    return {
        "agent": step.candidate.agent,
        "commit": step.commit,
        "tree": step.tree,
        "branch": step.candidate.branch,
        "head": step.candidate.head,
        "onto": step.tip,
        "uncommitted": step.candidate.uncommitted,
        **({"regenerated": [json_path(path) for path in step.regenerated]} if step.regenerated else {}),
        **({"would_run": list(step.pending)} if step.pending else {}),
        **({"migrations": [_placed(each) for each in step.placed]} if step.placed else {}),
    }


def _placed(each: PlacedRequest) -> dict[str, object]:
    return {"id": each.id, "lineage": each.lineage, "number": each.number, "file": json_path(each.path)}


def _runs(runs: Sequence[CheckRun]) -> list[dict[str, object]]:
    return [
        {
            "run": each.command,
            "commit": each.commit,
            "tree": each.tree,
            "seconds": each.seconds,
            "code": each.code,
            "passed": each.is_passed,
            "log": str(each.log),
            **({"changed": [json_path(path) for path in each.changed]} if each.changed else {}),
        }
        for each in runs
    ]
