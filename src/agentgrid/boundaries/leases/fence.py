"""The fence: a common path may land only on the version that it started from.

Judged from history alone: no commit of `head..base` may touch a common path that the change set charges. Whoever lost a
lease, forged one or never had one can't overwrite what landed in between without bringing it in first. It proves
order, not possession.
"""

import re
from collections.abc import Iterable, Iterator, Sequence

from agentgrid.git.process import Git

_MOST_BYTES_PER_CALL = 60_000


def find_stale(git: Git, base: str, heads: Sequence[str], paths: Sequence[bytes]) -> dict[bytes, str]:
    """Path → the newest commit that is in `base` but in none of `heads` and touches it, or something below it.

    `heads`: commit ids, one for a commit, several for one that is about to merge them. Paths that nothing touched are
    left out. Git: `git rev-list HEAD..BASE -- PATH` is empty for each of those.
    """
    stale: dict[bytes, str] = {}
    for part in _in_parts(paths):
        output = git.run("--literal-pathspecs", "log", "-m", "--format=%x00%x00%x00%H", "--name-only", "-z",
                         "--no-renames", base, "--not", *heads, "--", *part).stdout  # fmt: skip
        for commit in re.split(rb"\0{3,}", output)[1:]:
            oid, _, listed = commit.partition(b"\0")
            touched = _with_folders(listed.removeprefix(b"\n").split(b"\0"))
            for path in part:
                if path in touched:
                    stale.setdefault(path, oid.decode("ascii"))
    return stale


def _with_folders(paths: Iterable[bytes]) -> set[bytes]:
    """The paths and every folder above them: where a charged file stood, the base may have a folder now."""
    found: set[bytes] = set()
    for path in paths:
        while path and path not in found:
            found.add(path)
            path = path.rpartition(b"/")[0]  # noqa: PLW2901
    return found


def _in_parts(paths: Sequence[bytes]) -> Iterator[list[bytes]]:
    """Paths in lists that a command line can hold."""
    part: list[bytes] = []
    size = 0
    for path in paths:
        if part and size + len(path) > _MOST_BYTES_PER_CALL:
            yield part
            part, size = [], 0
        part.append(path)
        size += len(path) + 1
    if part:
        yield part
