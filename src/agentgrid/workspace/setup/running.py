"""Running commands for one desk, one after the other, until one of them doesn't succeed."""

import os
import shutil
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from agentgrid.config.places import grid_directory
from agentgrid.git.repository import Repository
from agentgrid.machine.logged_command import Ended, run_logged
from agentgrid.workspace.desks import Desk
from agentgrid.workspace.setup.approval import is_approved
from agentgrid.workspace.setup.commands import SetupCommand
from agentgrid.workspace.setup.hook_tools import find_program, invoke_aside, take_over
from agentgrid.workspace.setup.logs import open_log, read_last_lines
from agentgrid.workspace.setup.outcome import Step, StepState

Report = Callable[[str, str], None]
EnvironmentOf = Callable[[Desk], Mapping[str, str]]
_LONGEST_TOLD = 60


@dataclass(frozen=True)
class Conditions:
    """`timeout_s`: of each command. `environment_of`: of a desk's commands. `report(agent, what)` hears of each step,
    from several threads. `cancel`: ends everything when it is set."""

    timeout_s: float
    environment_of: EnvironmentOf
    report: Report
    cancel: threading.Event = field(default_factory=threading.Event)


@dataclass(frozen=True)
class Ran:
    """What became of the commands, and where their output is; `last_lines`: of the one that failed."""

    steps: tuple[Step, ...]
    log: Path | None = None
    last_lines: tuple[str, ...] = ()


def run_commands(
    repository: Repository,
    desk: Desk,
    commands: Sequence[SetupCommand],
    conditions: Conditions,
    *,
    done: int = 0,
    on_success: Callable[[SetupCommand], None] = lambda _command: None,
) -> Ran:
    """Runs `commands` in the desk's worktree. The first `done` succeeded before; nothing runs that isn't approved.

    `on_success` hears of each that succeeded, before the next begins.
    """
    steps = [Step(each.text, each.source, "already") for each in commands[:done]]
    pending = list(commands[done:])
    if pending and not is_approved(repository, pending[0]):
        return Ran((*steps, *_unreached(pending, "unapproved")))
    if not pending:
        return Ran(tuple(steps))
    environment = {**conditions.environment_of(desk), "ROOT_WORKTREE_PATH": str(repository.root)}
    log, output = open_log(repository, desk.agent)
    try:
        while pending:
            command = pending[0]
            if not is_approved(repository, command):
                return Ran((*steps, *_unreached(pending, "unapproved")), log)
            conditions.report(desk.agent, f"{len(steps) + 1}/{len(commands)} {_short(command.text)}")
            os.write(output, os.fsencode(f"$ {command.text}\n"))
            step = _run_one(repository, desk, command, environment, output, conditions)
            conditions.report(desk.agent, f"{len(steps) + 1}/{len(commands)} {tell_step(step)}")
            steps.append(step)
            pending.pop(0)
            if not step.is_good:
                return Ran((*steps, *_unreached(pending)), log, read_last_lines(log))
            on_success(command)
    finally:
        os.close(output)
    return Ran(tuple(steps), log)


def tell_step(step: Step) -> str:
    """How a step ended, in a few words."""
    told = {
        "done": f"done in {step.seconds or 0:.1f} s",
        "already": "done before",
        "failed": f"failed with exit code {step.code}" if step.code is not None else "failed",
        "timeout": f"ended: it took longer than {step.seconds or 0:.0f} s",
        "cancelled": "ended: interrupted",
        "unapproved": "not run: not approved on this machine",
        "changed": "not run: the script is not what was approved",
        "missing": "left out",
        "not-reached": "not reached",
    }[step.state]
    return f"{told}: {step.note}" if step.note else told


def _run_one(
    repository: Repository,
    desk: Desk,
    command: SetupCommand,
    environment: Mapping[str, str],
    output: int,
    conditions: Conditions,
) -> Step:
    if command.act != "shell":
        return _run_tool(repository, desk, command, environment, output, conditions)
    if not command.is_as_read:
        return Step(command.text, command.source, "changed")
    return _run(command, ["sh", "-c", command.text], desk, environment, output, conditions)


def _run_tool(
    repository: Repository,
    desk: Desk,
    command: SetupCommand,
    environment: Mapping[str, str],
    output: int,
    conditions: Conditions,
) -> Step:
    """The tool writes its hooks into a directory of their own, and they are taken from there."""
    program = find_program(command, repository, desk.worktree.path, environment.get("PATH"))
    if program is None:
        return Step(command.text, command.source, "missing", note=f"{command.act} is not installed")
    scratch = grid_directory(repository) / "setup" / f"hooks-of-{desk.agent}"
    shutil.rmtree(scratch, ignore_errors=True)  # of one that was killed: only one at a time is in this worktree
    try:
        arguments, told = invoke_aside(command, program, scratch, environment)
        step = _run(command, arguments, desk, told, output, conditions)
        fault = take_over(repository, desk.agent, command, scratch) if step.is_good else None
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    return replace(step, state="failed", note=fault) if fault else step


def _run(
    command: SetupCommand,
    arguments: Sequence[str],
    desk: Desk,
    environment: Mapping[str, str],
    output: int,
    conditions: Conditions,
) -> Step:
    try:
        ended = run_logged(arguments, desk.worktree.path, environment, output, timeout_s=conditions.timeout_s,
                           cancel=conditions.cancel)  # fmt: skip
    except OSError as error:
        return Step(command.text, command.source, "failed", note=error.strerror or str(error))
    return _as_step(command, ended, conditions.timeout_s)


def _as_step(command: SetupCommand, ended: Ended, timeout_s: float) -> Step:
    if ended.cut == "timeout":
        return Step(command.text, command.source, "timeout", ended.code, timeout_s)
    state: StepState = "cancelled" if ended.cut else "done" if ended.code == 0 else "failed"
    return Step(command.text, command.source, state, ended.code, round(ended.seconds, 3))


def _unreached(pending: Sequence[SetupCommand], first: StepState = "not-reached") -> list[Step]:
    """The steps that don't run; the first of them for a reason of its own."""
    steps = [Step(each.text, each.source, "not-reached") for each in pending]
    return [replace(steps[0], state=first), *steps[1:]] if steps else steps


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST_TOLD else f"{line[:_LONGEST_TOLD]}…"
