"""What set-up would do, what a person is asked, what it came to."""

from collections.abc import Iterator, Sequence

from agentgrid.git.paths import short_path, show_path
from agentgrid.workspace.setup.commands import SetupCommand
from agentgrid.workspace.setup.outcome import DeskSetup, SetupReport
from agentgrid.workspace.setup.planning import SetupPlan
from agentgrid.workspace.setup.running import tell_step

_MOST_PATHS = 8
NOT_APPROVED = (
    "its commands are not approved on this machine: `agentgrid setup --dry-run` shows them, "
    "`agentgrid setup` asks at a terminal, `agentgrid setup --trust` approves them"
)


def render_question(commands: Sequence[SetupCommand]) -> str:
    """Everything that is to be approved, as it is: nothing is cut, and nothing can hide from the terminal."""
    lines = ["This repository has commands to run on your machine:"]
    for each in commands:
        lines.append(f"  {show_text(each.source)}")
        lines += [f"    {line}" for line in _show_lines(each.text)]
        if each.script is not None:
            lines += [f"    | {line}" for line in _show_lines(each.script_content)]
    return "\n".join(lines)


def render_plan(plan: SetupPlan) -> str:
    local = plan.local
    lines = [f"would copy {_list_paths(local.copied)}"] if local and local.copied else []
    lines += [f"would link {_list_paths(local.linked)}"] if local and local.linked else []
    lines += [f"leaves {_list_paths(local.repositories)} alone: repositories"] if local and local.repositories else []
    unapproved = {each.fingerprint for each in plan.unapproved}
    for desk in plan.desks:
        lines.append(f"{desk.agent} in {short_path(desk.worktree.path)}")
        for number, command in enumerate(plan.commands[desk.agent]):
            state = "done before" if number < plan.done[desk.agent] else "would run"
            if command.fingerprint in unapproved:
                state = "not approved"
            lines += [f"  {state}: {line}" for line in _show_lines(command.text)[:1]]
            lines += [f"    {line}" for line in _show_lines(command.text)[1:]]
    lines = [] if plan.is_empty else lines
    for command in plan.teardown:
        state = "not approved, " if command.fingerprint in unapproved else ""
        lines.append(f"{state}before a worktree is taken down: {_first_line(command.text)}")
    return "\n".join(lines) or "nothing to set up"


def render_report(report: SetupReport) -> str:
    lines = [line for desk in report.desks for line in _render_desk(desk)]
    lines += [f"note: {note}" for note in report.notes]
    if any(desk.is_unapproved for desk in report.desks):
        lines.append(f"not set up to the end: {NOT_APPROVED}")
    return "\n".join(lines) or "nothing to set up"


def render_warnings(report: SetupReport) -> list[str]:
    """What a command that made worktrees has to say of their set-up."""
    lines = [f"warning: {note}" for note in report.notes]
    for desk in report.desks:
        lines += [f"warning: {desk.agent}: {line}" for line in _troubles(desk)]
    if any(desk.is_unapproved for desk in report.desks):
        lines.append(f"warning: the worktrees are made, and not set up to the end: {NOT_APPROVED}")
    elif not report.is_good:
        lines.append("hint: the worktrees can be worked in; mend the cause, then go on with `agentgrid setup`")
    return lines


def _render_desk(desk: DeskSetup) -> Iterator[str]:
    steps = [step for step in desk.steps if step.state != "already"]
    before = len(desk.steps) - len(steps)
    brought = desk.brought
    told = [f"{len(brought.copied)} copied"] if brought.copied else []
    told += [f"{len(brought.linked)} linked"] if brought.linked else []
    told += [f"{sum(step.state == 'done' for step in steps)} of {len(steps)} command(s) done"] if steps else []
    told += [f"{before} done before"] if before else []
    state = "ready" if desk.is_good else "not ready"
    yield f"{desk.agent}: {state}{': ' if told else ''}{', '.join(told)}"
    yield from (f"  {line}" for line in _troubles(desk))


def _troubles(desk: DeskSetup) -> Iterator[str]:
    if desk.error:
        yield desk.error
    yield from (f"{show_path(path)} is not brought: {why}" for path, why in desk.brought.refused.items())
    for step in desk.steps:
        if step.state == "missing" or (not step.is_good and step.state not in {"not-reached", "unapproved"}):
            yield f"{_first_line(step.command)}: {tell_step(step)}"
    if desk.last_lines:
        yield f"the end of {desk.log}:"
        yield from (f"  {line}" for line in desk.last_lines)
    yield from desk.guard
    yield from desk.notes


def show_text(text: str) -> str:
    """One line for a terminal, control characters spelt out."""
    return show_path(text.encode("utf-8", "surrogateescape"))


def _show_lines(text: str) -> list[str]:
    return [show_text(line.replace("\t", "    ")) for line in text.rstrip("\n").split("\n")]


def _first_line(text: str) -> str:
    lines = _show_lines(text)
    return lines[0] if len(lines) == 1 else f"{lines[0]} …"


def _list_paths(paths: Sequence[bytes]) -> str:
    shown = ", ".join(show_path(path) for path in paths[:_MOST_PATHS])
    return shown if len(paths) <= _MOST_PATHS else f"{shown} and {len(paths) - _MOST_PATHS} more"
