"""The command line: panels of commands, global options, and the one place where an error becomes an exit code."""

import os
import sys
import traceback
from importlib import import_module
from itertools import pairwise
from typing import Annotated, cast

import typer

from agentgrid import __version__
from agentgrid.errors import AgentGridError, InputError, UsageError

# Module → its commands and groups, in the order of the panels. Who names one doesn't wait for the others' import.
_COMMANDS = {
    "init": ("init",),
    "demo": ("demo",),
    "doctor": ("doctor",),
    "policy": ("policy", "config"),
    "uninstall": ("uninstall",),
    "worktrees": ("start", "remove", "path"),
    "sync": ("sync",),
    "prune": ("prune",),
    "join": ("join",),
    "agents": ("agent",),
    "work": ("exec", "each"),
    "as_me": ("as-me",),
    "boundaries": ("owner", "can-edit", "check", "map"),
    "leases": ("lock", "unlock", "locks", "renew"),
    "grants": ("grant", "revoke", "grants"),
    "conflicts": ("conflicts",),
    "common_code": ("common",),
    "land": ("land",),
    "reviews": ("review",),
    "migrations": ("migration",),
    "pr": ("pr",),
    "deps": ("deps",),
    "setup": ("setup",),
    "compose": ("compose",),
    "env": ("env",),
    "status": ("status",),
    "log": ("log",),
    "report": ("report",),
    "budget": ("budget",),
    "state": ("state",),
}

# Typer names only this subclass of it, and older ones have it from another package than newer ones.
_ClickError = cast("type[Exception]", typer.BadParameter.__mro__[2])

app = typer.Typer(
    name="agentgrid",
    no_args_is_help=True,
    add_completion=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    rich_markup_mode="markdown",
)


def _show_version(value: bool) -> None:
    if value:
        from agentgrid.render.streams import answer

        answer(f"agentgrid {__version__}")
        raise typer.Exit


@app.callback()
def global_options(
    directory: Annotated[
        str | None, typer.Option("-C", metavar="DIR", help="Run as if started in DIR, as in git.")
    ] = None,
    _debug: Annotated[bool, typer.Option("--debug", help="Show tracebacks.")] = False,
    _version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """Many coding agents on one git repository, without getting in each other's way."""
    try:
        if directory is not None:
            os.chdir(directory)
    except OSError as error:
        raise InputError(f"can't enter {directory}: {error.strerror}") from error
    try:
        os.getcwd()
    except FileNotFoundError as error:
        raise InputError("the directory you are in doesn't exist any more", hint="cd to one that does") from error


def run() -> int:
    """Runs the command line; returns the exit code of the contract."""
    arguments = sys.argv[1:]
    _register(_command_in(arguments))
    try:
        code = app(args=arguments, prog_name=_program_name(), standalone_mode=False)
    except _ClickError as error:
        message = error.format_message()  # type: ignore[attr-defined]
        if not message:  # a group without a command: its help was shown
            return UsageError.exit_code
        return _fail(UsageError(message, hint=_usage_hint(error)), arguments)
    except (typer.Abort, KeyboardInterrupt):
        return 130
    except AgentGridError as error:
        return _fail(error, arguments)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return 0
    except Exception as error:
        return _report_bug(error, arguments)
    return code if isinstance(code, int) else 0


def _command_in(arguments: list[str]) -> str | None:
    """The command that is typed; None when that isn't sure."""
    words = arguments[2:] if arguments[:1] == ["-C"] else arguments
    return words[0] if words and not words[0].startswith("-") else None


def _register(command: str | None = None) -> None:
    """Imports the module that has `command`, or all of them: each adds its commands to `app`, or a group."""
    wanted = [module for module, commands in _COMMANDS.items() if command in commands]
    for module in wanted or _COMMANDS:
        import_module(f"agentgrid.cli.{module}")


def _fail(error: AgentGridError, arguments: list[str], cause: Exception | None = None) -> int:
    from agentgrid.render.envelope import render_error
    from agentgrid.render.streams import answer, note

    if _wants(arguments, "json"):
        answer(render_error(error))
    elif _wants(arguments, "github"):
        from agentgrid.render.ci.github import render_github_error

        answer(render_github_error(error))
    if "--debug" in arguments:
        note("".join(traceback.format_exception(cause or error)).rstrip())
    note(f"agentgrid: {error.message}")
    if error.hint:
        note(f"hint: {error.hint}")
    return error.exit_code


def _report_bug(error: Exception, arguments: list[str]) -> int:
    from agentgrid.machine.crash_log import write_crash_log

    log = write_crash_log(error)
    message = f"this is a bug: {type(error).__name__}: {error}"
    hint = f"the details are in {log}; `agentgrid --debug …` shows them here"
    return _fail(AgentGridError(message, hint=hint), arguments, error)


def _wants(arguments: list[str], form: str) -> bool:
    if "--" in arguments:
        arguments = arguments[: arguments.index("--")]
    return f"--{form}" in arguments or f"--format={form}" in arguments or ("--format", form) in pairwise(arguments)


def _usage_hint(error: Exception) -> str:
    context = getattr(error, "ctx", None)
    return f"{context.command_path if context else 'agentgrid'} --help"


def _program_name() -> str:
    name = os.path.basename(sys.argv[0])
    return "git agentgrid" if name == "git-agentgrid" else "agentgrid"
