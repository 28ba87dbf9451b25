"""What an agent is told beside a yes: that another agent has unlanded changes to the file. It never stops an edit."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from agentgrid.boundaries.edited_paths import forget_edits, note_edits, others_noted

if TYPE_CHECKING:
    from agentgrid.grid import Grid

_MOST_PATHS = 3


def warn_of_others(grid: "Grid", agent: str, paths: Sequence[str]) -> str | None:
    """Notes the edits of `paths` (absolute), and says who else has unlanded changes there. None when nobody is known
    to, or anything goes wrong."""
    try:
        return _warn(grid, agent, paths)
    except Exception:  # a warning that can't be had is none: the verdict stands
        return None


def _warn(grid: "Grid", agent: str, paths: Sequence[str]) -> str | None:
    from agentgrid.workspace.edit_places import find_edit_places

    common_dir = str(grid.repository.common_dir)
    places = [ends[0] for ends in find_edit_places(grid.repository, paths)]
    inside = [place.inside for place in places if place.worktree is not None]
    note_edits(common_dir, agent, inside)
    said = []
    for path in inside:
        noted = others_noted(common_dir, agent, path)
        found = grid.integration.others_work(path, noted) if noted else ()
        still = {each.agent for each in found}
        forget_edits(common_dir, [each for each in noted if each not in still], path)
        said += [_say(each.agent, path, each.words) for each in found]
    return " ".join(["agentgrid:", *said[:_MOST_PATHS], _ADVICE]) if said else None


_ADVICE = "Your edit is allowed; keep it small there, and see: agentgrid conflicts."


def _say(agent: str, path: bytes, words: str) -> str:
    from agentgrid.git.paths import show_path

    return f"{agent} has unlanded changes to {show_path(path)}: {words}."
