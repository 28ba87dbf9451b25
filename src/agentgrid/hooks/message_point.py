"""prepare-commit-msg and commit-msg: an agent's trailers are stamped on its messages, and their form is checked.

A message that git would take for empty stays as it is, so that it still aborts the commit.
"""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from agentgrid.boundaries.messages.text import clean, cut_at_scissors, is_unwritten
from agentgrid.boundaries.messages.trailer_text import drop_own, stamp
from agentgrid.git.commit_messages import MessageSettings, read_message_settings
from agentgrid.grid import Grid
from agentgrid.hooks.fast_message import TEMPLATE_MARKER
from agentgrid.render.streams import note


@dataclass(frozen=True, slots=True)
class _Text:
    """The message in its file. `below`: what git cuts off. `plain`: as git cleans it, without our trailers."""

    message: bytes
    below: bytes
    plain: bytes
    settings: MessageSettings

    @property
    def keeps_comments(self) -> bool:
        return not self.settings.strips_comments


def run_message_point(name: str, arguments: Sequence[str]) -> int:
    """`arguments`: what the commit is made on (HEAD or HEAD^), then what git gave the hook. Refuses (1) a message of
    another form than the grid asks for, and nothing else."""
    grid = Grid.open(Path.cwd())
    agent = grid.acting_agent()
    if agent is None:
        return 0
    parent, place, *source = arguments
    has_editor = os.environ.get("GIT_EDITOR") != ":"  # git says so when it opens none
    file = Path(place)
    text = _read(grid, file, has_editor=has_editor)
    template = grid.repository.git_dir / TEMPLATE_MARKER
    if source[:1] == ["template"]:
        template.write_bytes(text.plain)
        return 0
    if _is_untouched(text, template) or is_unwritten(text.plain):
        _write(file, text, drop_own(text.message, text.settings.comment, keeps_comments=text.keeps_comments))
        return 0
    trailers = _trailers(grid, agent, parent)
    comment, keeps_comments = text.settings.comment, text.keeps_comments
    _write(file, text, stamp(text.message, trailers, comment, keeps_comments=keeps_comments))
    is_final = name == "commit-msg" and not _is_merging(grid)
    return _judge(grid, agent, text) if is_final else 0


def _read(grid: Grid, file: Path, *, has_editor: bool) -> _Text:
    content = file.read_bytes()
    settings = read_message_settings(grid.repository.git, content, has_editor=has_editor)
    message, below = cut_at_scissors(content, settings.comment)
    keeps_comments = not settings.strips_comments
    own = drop_own(message, settings.comment, keeps_comments=keeps_comments)
    # In an editor comments are git's own words, whatever becomes of them later.
    plain = clean(own, settings.comment if settings.strips_comments or has_editor else None)
    return _Text(message, below, plain, settings)


def _write(file: Path, text: _Text, message: bytes) -> None:
    if message != text.message:
        file.write_bytes(message + text.below)


def _is_untouched(text: _Text, template: Path) -> bool:
    """True when this is the template as it was shown: git refuses that, as long as nobody adds to it."""
    try:
        shown = template.read_bytes()
    except FileNotFoundError:
        return False
    template.unlink()
    return text.plain.startswith(shown) and is_unwritten(text.plain[len(shown) :])


def _trailers(grid: Grid, agent: str, parent: str) -> list[bytes]:
    from agentgrid.boundaries.messages.trailers import Draft, own_trailers

    index_file = os.environ.get("GIT_INDEX_FILE")
    amends_merge = parent == "HEAD^" and grid.repository.resolve("HEAD^2") is not None
    draft = Draft(parent, grid.base_oid, os.path.abspath(index_file) if index_file else None,
                  is_merge=amends_merge or _is_merging(grid))  # fmt: skip
    return own_trailers(grid.repository, grid.territory, grid.store, agent, draft)


def _is_merging(grid: Grid) -> bool:
    return (grid.repository.git_dir / "MERGE_HEAD").exists()


def _judge(grid: Grid, agent: str, text: _Text) -> int:
    from agentgrid.boundaries.findings import CheckReport
    from agentgrid.boundaries.messages.checking import judge_for
    from agentgrid.render.findings import render_verdict

    finding = judge_for(grid.territory, text.plain.decode(text.settings.encoding, "replace"))
    if finding is None:
        return 0
    report = CheckReport(agent, grid.base_oid, None, (finding,))
    note(render_verdict(report, "commit"))
    return 1 if report.errors else 0
