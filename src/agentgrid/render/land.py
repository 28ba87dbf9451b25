"""land: what landed, what was ejected and why, what to type next; and the plan of a train."""

from agentgrid.integration.landing.model import Ejected, Landed, LandPlan, LandReport, Step, Untouched
from agentgrid.integration.landing.report import REPORT_FILE
from agentgrid.integration.pull_requests.landing import PrLanding
from agentgrid.render.tables import render_table

_SHORT = 10


def render_landing(report: LandReport) -> str:
    """The run for a person: the train first, then those that stayed, then where the base is."""
    parts: list[str] = []
    if report.landed:
        parts.append(
            render_table(("landed", "branch", "commit", "checks"), [_landed_row(each) for each in report.landed])
        )
    parts += [line for each in report.ejected for line in _ejected(each)]
    parts += [_untouched(each) for each in report.untouched]
    parts += [f"stopped: {report.trouble}"] if report.trouble else []
    parts.append(_ending(report))
    parts.append(f"report and logs: {report.directory / REPORT_FILE}")
    return "\n".join(parts)


def render_server_landing(done: PrLanding) -> str:
    """What the server merged, for a person."""
    parts: list[str] = []
    if done.landed:
        rows = [(each.agent, f"#{each.request.number}", each.commit[:_SHORT], each.request.url) for each in done.landed]
        parts.append(render_table(("landed", "pull request", "commit", "where"), rows))
    parts += [f"ejected: {each.agent} at {each.stage}: {each.reason}" for each in done.ejected]
    parts += [f"in the server's queue: {', '.join(done.queued)}"] if done.queued else []
    alone = [agent for agent in done.untouched if agent not in done.queued]
    parts += [f"untouched: {', '.join(alone)}"] if alone else []
    before, after = done.base_before[:_SHORT], done.base_after[:_SHORT]
    parts.append(f"base: {before} to {after}" if done.landed else f"nothing landed; the base is at {before}")
    return "\n".join(parts)


def render_land_plan(plan: LandPlan) -> str:
    lines = [f"base: {plan.base_branch} at {plan.base[:_SHORT]}, strategy: {plan.strategy}"]
    if plan.steps:
        lines.append(render_table(("order", "agent", "branch", "would land", "notes"),
                                  [_step_row(number, step) for number, step in enumerate(plan.steps, 1)]))  # fmt: skip
    lines += [line for each in plan.ejected for line in _ejected(each, word="would be ejected")]
    lines += [_untouched(each) for each in plan.untouched]
    if plan.steps:
        lines += [f"would check each: {run} (at most {_time(timeout)})" for run, timeout in plan.checks]
        lines += [f"would be {each}" if each.startswith("pushed") else f"then: {each}" for each in plan.destination]
    lines += [f"warning: {each}" for each in plan.warnings]
    if plan.blocked:
        lines += [f"blocked: {plan.blocked[0]}", f"  {plan.blocked[1]}"]
    if not plan.steps:
        lines.append("nothing would land")
    return "\n".join(lines)


def _landed_row(each: Landed) -> tuple[str, str, str, str]:
    return each.agent, each.step.candidate.branch, each.step.commit[:_SHORT], _checks(each)


def _checks(each: Landed) -> str:
    if not each.tested.runs:
        return "none"
    told = f"passed in {_time(sum(run.seconds for run in each.tested.runs))}"
    return told + "".join(f"; flaky: {command}" for command in each.tested.flaky)


def _step_row(number: int, step: Step) -> tuple[str, str, str, str, str]:
    notes = [f"would run: {command}" for command in step.pending]
    notes += [f"{each.id} becomes {each.lineage} {each.number}" for each in step.placed]
    notes += [f"{step.candidate.uncommitted} uncommitted stay"] if step.candidate.uncommitted else []
    shown = "as built then" if step.pending else step.commit[:_SHORT]
    return str(number), step.candidate.agent, step.candidate.branch, shown, "; ".join(notes)


def _ejected(each: Ejected, word: str = "ejected") -> list[str]:
    pair = f" (with {each.pair})" if each.pair else ""
    lines = [f"{word}: {each.agent}{pair} at {each.stage}: {each.reason}"]
    return [*lines, *([f"  next: {each.hint}"] if each.hint else []), *([f"  log: {each.log}"] if each.log else [])]


def _untouched(each: Untouched) -> str:
    return f"untouched: {each.agent}: {each.reason}" + (f"; next: {each.hint}" if each.hint else "")


def _ending(report: LandReport) -> str:
    before, after = report.base_before[:_SHORT], report.base_after[:_SHORT]
    if not report.landed:
        return f"nothing landed; {report.base_branch} is at {before} ({_time(report.seconds)})"
    pushed = f", pushed to {report.pushed_to}" if report.pushed_to else ""
    where = f", fast-forwarded in {report.moved_in}" if report.moved_in else ""
    again = f", begun again {report.rebuilt} times as the base moved" if report.rebuilt else ""
    return f"{report.base_branch}: {before} to {after}{pushed}{where} ({_time(report.seconds)}{again})"


def _time(seconds: float) -> str:
    return f"{seconds:.1f} s" if seconds < 60 else f"{seconds / 60:.1f} min"
