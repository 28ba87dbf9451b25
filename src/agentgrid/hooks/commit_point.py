"""pre-commit, pre-merge-commit and post-commit: the index as the commit that it is about to become."""

import os
from collections.abc import Sequence
from pathlib import Path

from agentgrid.render.streams import note

_ACTS = {"pre-commit": "commit", "pre-merge-commit": "merge"}


def guard_commit(hook: str, _arguments: Sequence[str]) -> int:
    """Refuses (1) what the agent may not commit; takes free leases on common code."""
    from agentgrid.grid import Grid
    from agentgrid.render.findings import render_refusal, render_warnings

    grid = Grid.open(Path.cwd())
    for notice in grid.attend():
        note(f"agentgrid: {notice}")
    merging = _commits_being_merged() if hook == "pre-merge-commit" else []
    report = grid.check_staged(index_file=_absolute(os.environ.get("GIT_INDEX_FILE")), merging=merging, take=True)
    for notice in report.notices:
        note(f"agentgrid: {notice}")
    if report.errors:
        note(render_refusal(report, _ACTS[hook]))
        if hook == "pre-merge-commit":
            note("hint: to get back to where you were: git merge --abort")
        return 1
    if report.findings:
        note(render_warnings(report))
    return 0


def end_leases(_hook: str, _arguments: Sequence[str]) -> int:
    """post-commit under `until: commit`: gives back the leases that the commit was made under. Refuses nothing: the
    commit is made."""
    from agentgrid.errors import AgentGridError
    from agentgrid.grid import Grid

    try:
        grid = Grid.open(Path.cwd())
        agent = grid.acting_agent()
        if agent is not None:
            grid.points(agent).end_leases_at_commit()
    except AgentGridError as error:
        note(f"agentgrid: the commit is made, but its leases could not be given back: {error.message}")
        note("hint: when that is mended: agentgrid unlock --all")
    return 0


def _commits_being_merged() -> list[str]:
    """Git merge names the other heads in GITHEAD_<oid> while it runs the hook, before it writes MERGE_HEAD."""
    return [name.removeprefix("GITHEAD_") for name in os.environ if name.startswith("GITHEAD_")]


def _absolute(path: str | None) -> str | None:
    return os.path.abspath(path) if path else None
