"""The whole guard, run by the hook when the fast way could not say yes: the exact verdict, in words.

It fails closed: any error is a refusal of one line.
"""

import os
from pathlib import Path

from agentgrid.errors import AgentGridError
from agentgrid.render.streams import note

COMMIT_HOOKS = {"pre-commit": "commit", "pre-merge-commit": "merge"}


def run_hook(arguments: list[str]) -> int:
    """`agentgrid hook NAME …`, called by git through the dispatcher. Returns 0 (go on) or the code of a refusal."""
    name = arguments[0] if arguments else ""
    if name not in COMMIT_HOOKS:
        accepted = ", ".join(COMMIT_HOOKS)
        note(f"agentgrid: unknown hook {name!r} (accepted: {accepted})")
        return 2
    try:
        return _guard_commit(name)
    except AgentGridError as error:
        note(f"agentgrid: refused: {_one_line(error.message)}")
        if error.hint:
            note(f"hint: {error.hint}")
        return error.exit_code
    except KeyboardInterrupt:
        return 130
    except Exception as error:
        note(f"agentgrid: refused: the guard failed ({type(error).__name__}: {_one_line(str(error))})")
        note(f"hint: this is a bug; {_where_details_are(error)}")
        return 70


def _guard_commit(hook: str) -> int:
    from agentgrid.grid import Grid
    from agentgrid.render.findings import render_refusal, render_warnings

    grid = Grid.open(Path.cwd())
    merging = _commits_being_merged() if hook == "pre-merge-commit" else []
    report = grid.check_staged(index_file=_absolute(os.environ.get("GIT_INDEX_FILE")), merging=merging)
    for notice in report.notices:
        note(f"agentgrid: {notice}")
    if report.errors:
        note(render_refusal(report, COMMIT_HOOKS[hook]))
        return 1
    if report.findings:
        note(render_warnings(report))
    return 0


def _commits_being_merged() -> list[str]:
    """Git merge names the other heads in GITHEAD_<oid> while it runs the hook, before it writes MERGE_HEAD."""
    return [name.removeprefix("GITHEAD_") for name in os.environ if name.startswith("GITHEAD_")]


def _where_details_are(error: Exception) -> str:
    from agentgrid.machine.crash_log import write_crash_log

    try:
        return f"the details are in {write_crash_log(error)}"
    except OSError as reason:
        return f"its details could not be kept ({reason.strerror})"


def _absolute(path: str | None) -> str | None:
    return os.path.abspath(path) if path else None


def _one_line(text: str) -> str:
    return " ".join(text.split())
