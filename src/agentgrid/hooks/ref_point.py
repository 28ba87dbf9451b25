"""reference-transaction (`prepared`): git has locked the refs and moves them next. Not skipped by `--no-verify`."""

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from agentgrid.render.streams import note

if TYPE_CHECKING:
    from agentgrid.boundaries.refs.updates import RefUpdate
    from agentgrid.git.repository import Repository


def guard_updates(_hook: str, _arguments: Sequence[str]) -> int:
    """Refuses (1) updates that the agent may not make; records branches that it makes. stdin: git's lines."""
    from agentgrid.boundaries.refs.updates import parse_updates
    from agentgrid.grid import Grid
    from agentgrid.render.findings import render_verdict

    updates = parse_updates(os.fsdecode(sys.stdin.buffer.read()))
    grid = Grid.open(Path.cwd())
    agent = grid.acting_agent()
    if agent is None:
        return 0
    report = grid.points(agent).judge_updates(updates)
    for ref, check in report.checks:
        note(render_verdict(check, f"update of {ref}"))
    if not report.is_refused:
        return 0
    for line in _ways_back(grid.repository, agent, updates):
        note(f"hint: {line}")
    return 1


def _ways_back(repository: "Repository", agent: str, updates: "Sequence[RefUpdate]") -> list[str]:
    """What the refusal leaves behind, and how to undo it; what would be lost is kept."""
    from agentgrid.boundaries.refs.undoing import find_subcommand, undo_hint, undo_stash_hint
    from agentgrid.boundaries.refs.updates import STASH
    from agentgrid.git.half_renames import put_back_half_rename
    from agentgrid.git.operations import find_operation
    from agentgrid.machine.ancestry import calling_git
    from agentgrid.workspace.rescue import keep_commit

    command, lines = calling_git(), []
    for update in updates:
        # What git has not taken in yet (a self-test's) can't be kept.
        if update.ref == STASH and update.new is not None and repository.resolve(update.new) is not None:
            kept = keep_commit(repository, agent, update.new, "a refused stash")
            lines.append(f"what was to be stashed is kept in {kept}; to bring it back: git stash apply {kept}")
        elif update.new is None:
            put_back_half_rename(repository, find_subcommand(command), update.ref)
    if any(update.ref == STASH for update in updates):  # of a rebase: it is about to end, its autostash alone is left
        undo = undo_stash_hint(command)
    else:
        operation = find_operation(repository.git_dir)
        # The apply backend of a rebase has forgotten the branch by the time it moves it.
        is_forgotten = operation is not None and operation.name == "rebase" and operation.branch is None
        undo = undo_hint(operation.name if operation else None, command,
                         left=updates[0].branch if is_forgotten else None)  # fmt: skip
    return [*lines, *([undo] if undo else [])]
