"""What differs in one work tree: `git status` read from its porcelain format, without taking locks."""

import os
from dataclasses import dataclass
from typing import Literal

from agentgrid.git.process import Git

Untracked = Literal["no", "normal", "all"]


@dataclass(frozen=True)
class WorktreeStatus:
    """`oid`: HEAD's commit, None before the first one. `branch`: short name, None when detached. `upstream`: short
    name, with `ahead` and `behind` of it (None without one). `paths`: every changed or untracked path (an untracked
    directory ends in `/`). `intended`: added with `add -N`. `submodules`: those with changes of any kind."""

    oid: str | None
    branch: str | None
    upstream: str | None
    staged: int = 0
    unstaged: int = 0
    untracked: int = 0
    unmerged: int = 0
    paths: tuple[bytes, ...] = ()
    ahead: int | None = None
    behind: int | None = None
    intended: tuple[bytes, ...] = ()
    submodules: tuple[bytes, ...] = ()

    @property
    def is_clean(self) -> bool:
        return not self.paths


def read_status(git: Git, *, untracked: Untracked = "normal") -> WorktreeStatus:
    """The state of the work tree that `git` runs in. A renamed file counts as one deleted and one added."""
    output = git.run("status", "--porcelain=v2", "-z", "--branch", "--no-renames", "--ignore-submodules=none",
                     f"--untracked-files={untracked}", env={"GIT_OPTIONAL_LOCKS": "0"})  # fmt: skip
    return parse_status(output.fields)


def parse_status(fields: list[bytes]) -> WorktreeStatus:
    """Reads the NUL-separated fields of `git status --porcelain=v2 -z --branch --no-renames`."""
    headers: dict[str, str] = {}
    entries: list[tuple[bytes, bytes, bytes]] = []
    for field in fields:
        if field.startswith(b"# "):
            key, _, value = os.fsdecode(field[2:]).partition(" ")
            headers[key] = value
        else:
            entries.append(_parse_entry(field))
    ahead, behind = _parse_distance(headers.get("branch.ab"))
    return WorktreeStatus(
        oid=_known(headers.get("branch.oid"), "(initial)"),
        branch=_known(headers.get("branch.head"), "(detached)"),
        upstream=headers.get("branch.upstream"),
        staged=sum(1 for code, _, _ in entries if len(code) == 2 and code[:1] != b"."),
        unstaged=sum(1 for code, _, _ in entries if len(code) == 2 and code[1:] != b"."),
        untracked=sum(1 for code, _, _ in entries if code == b"?"),
        unmerged=sum(1 for code, _, _ in entries if code == b"u"),
        paths=tuple(path for _, _, path in entries),
        ahead=ahead,
        behind=behind,
        intended=tuple(path for code, _, path in entries if code == b".A"),
        submodules=tuple(path for _, kind, path in entries if kind.startswith(b"S")),
    )


def _parse_entry(field: bytes) -> tuple[bytes, bytes, bytes]:
    """(code, submodule state, path); the code is XY for tracked files, `u` for unmerged, `?` for untracked ones."""
    if field.startswith(b"1 "):
        _, code, submodule, *_, path = field.split(b" ", 8)
        return code, submodule, path
    if field.startswith(b"u "):
        parts = field.split(b" ", 10)
        return b"u", parts[2], parts[10]
    return field[:1], b"N...", field[2:]


def _parse_distance(text: str | None) -> tuple[int | None, int | None]:
    if text is None:
        return None, None
    ahead, behind = text.split()
    return int(ahead), -int(behind)


def _known(value: str | None, absent: str) -> str | None:
    return None if value == absent else value
