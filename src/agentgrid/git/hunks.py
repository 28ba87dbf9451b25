"""Which lines changed between two versions of a file, for many files from one comparison.

As a merge sees them: the same algorithm, no settings or attributes of anybody's.
"""

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass

from agentgrid.git.process import Git
from agentgrid.git.scratch_objects import QUICK

_HEADER = re.compile(rb"@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@")
_OPTIONS = ("-r", "-p", "-U0", "--inter-hunk-context=0", "--no-renames", "--full-index", "--no-color", "--no-ext-diff",
            "--no-textconv", "--diff-algorithm=histogram", "--no-indent-heuristic", "--src-prefix=a/",
            "--dst-prefix=b/")  # fmt: skip


@dataclass(frozen=True, slots=True)
class LineChange:
    """Lines of the old version and what stands there in the new one; `count` 0: a place after the line `start`."""

    old_start: int
    old_count: int
    new_start: int
    new_count: int


BlobPair = tuple[bytes, bytes]
"""Object ids of the old and the new version."""


def find_line_changes(git: Git, pairs: Sequence[BlobPair]) -> dict[BlobPair, tuple[LineChange, ...] | None]:
    """(old blob, new blob) → the lines that changed, in order; None for content that isn't text.

    `git` writes two trees, so it should be one with scratch objects.
    """
    wanted = [pair for pair in dict.fromkeys(pairs) if pair[0] != pair[1]]
    found: dict[BlobPair, tuple[LineChange, ...] | None] = dict.fromkeys(pairs, ())
    if not wanted:
        return found
    trees = [_make_tree(git, [pair[side] for pair in wanted]) for side in (0, 1)]
    patch = git.run("-c", f"core.attributesFile={os.devnull}", "diff-tree", *_OPTIONS, *trees).stdout
    current: list[LineChange] = []
    gathered: dict[int, list[LineChange] | None] = {}
    number = -1
    for line in patch.split(b"\n"):
        if line.startswith(b"diff --git a/"):
            number = int(line.rsplit(b"/", 1)[1])
            current = []
            gathered[number] = current
        elif line.startswith(b"@@ ") and (header := _HEADER.match(line)):
            old, olds, new, news = header.groups()
            current.append(LineChange(int(old), _count(olds), int(new), _count(news)))
        elif line.startswith(b"Binary files "):
            gathered[number] = None
    for position, changes in gathered.items():
        found[wanted[position]] = None if changes is None else tuple(changes)
    return found


def _make_tree(git: Git, blobs: Sequence[bytes]) -> str:
    """A tree whose files are called by their number: no attribute is meant for such a name."""
    lines = b"".join(b"100644 blob %s\t%d\n" % (blob, number) for number, blob in enumerate(blobs))
    return git.text(*QUICK, "mktree", stdin=lines)


def _count(text: bytes | None) -> int:
    return 1 if text is None else int(text)
