"""What a trial merge says, in short: the paths that git leaves in conflict, each with its kind."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from agentgrid.git.history import GITLINK_MODE
from agentgrid.git.tree_changes import SYMLINK_MODE
from agentgrid.git.trial_merges import Sides, Stage, TrialMerge

# git's short words → ours. `contents` is refined by what the versions are.
_KINDS = {
    "binary": "binary",
    "file/directory": "file/directory",
    "distinct modes": "mode",
    "distinct types": "mode",
    "modify/delete": "modify/delete",
    "rename/rename": "rename/rename",
    "rename/delete": "rename/delete",
    "rename involved in collision": "rename/add",
    "directory rename suggested": "directory rename",
    "file location": "directory rename",
    "directory rename unclear split": "directory rename",
    "submodule": "submodule",
}
_CONFLICT = re.compile(r"CONFLICT \((.*)\)")


@dataclass(frozen=True)
class GitVerdict:
    """`conflicts`: (path, kind), sorted; none where git merges by itself. `problem`: git could not tell."""

    conflicts: tuple[tuple[bytes, str], ...] = ()
    problem: str | None = None


def judge_trial(outcome: TrialMerge, sides: Sides) -> GitVerdict:
    """The verdict on the merge of `sides`. A path that git would set aside under a side's name counts under its own."""
    if outcome.problem is not None:
        return GitVerdict(problem=outcome.problem)
    if outcome.is_clean:
        return GitVerdict()
    stages: dict[bytes, list[Stage]] = {}
    for stage in outcome.stages:
        stages.setdefault(stage.path, []).append(stage)
    words = _words(outcome)
    paths: Mapping[bytes, Sequence[Stage]] = stages or dict.fromkeys(words, ())
    found = {own_name(path, sides): _kind(words.get(path, ()), versions) for path, versions in paths.items()}
    return GitVerdict(tuple(sorted(found.items())) or ((b"", "content"),))


def own_name(path: bytes, sides: Sides) -> bytes:
    """A path without the `~BRANCH` that git puts behind a file where a directory is."""
    for side in sides:
        start, mark, rest = path.rpartition(b"~" + side.encode())
        if mark and (not rest or re.fullmatch(rb"_\d+", rest)):
            return start
    return path


def _words(outcome: TrialMerge) -> dict[bytes, list[str]]:
    """Path → what git calls its conflicts."""
    found: dict[bytes, list[str]] = {}
    for note in outcome.notes:
        word = _CONFLICT.match(note.kind)
        if word:
            for path in note.paths:
                found.setdefault(path, []).append(word[1])
    return found


def _kind(words: Sequence[str], versions: Sequence[Stage]) -> str:
    modes = {stage.mode for stage in versions}
    if GITLINK_MODE in modes:
        return "submodule"
    named = [word for word in words if word != "contents"]
    for word in named:
        if word in _KINDS:
            return _KINDS[word]
    if any("submodule" in word for word in named):
        return "submodule"
    if SYMLINK_MODE in modes:
        return "symlink"
    if versions and all(stage.number != 1 for stage in versions):
        return "add/add"
    return named[0] if named else "content"
