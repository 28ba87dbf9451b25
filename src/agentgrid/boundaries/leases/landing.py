"""Whether the base has, or once had, what a branch did to certain paths.

By commits it is git's own question. By content: a commit of the base gave a path exactly what the branch gave it, or
merging the branch into that commit would change nothing there. So squashes and rebases count, also when the base has
changed the path again since.
"""

from collections.abc import Sequence

from agentgrid.git.history import parse_raw
from agentgrid.git.process import Git

_MOST_NAMED = 200  # beyond that, paths don't go on a command line
_MOST_MERGES = 24  # trial merges, newest commits first


def find_unlanded(git: Git, base: str, tip: str, paths: Sequence[bytes]) -> list[bytes]:
    """Those of `paths` (which differ between `base` and `tip`) whose state at `tip` never was the base's."""
    if not paths:
        return []
    named = ["--", *paths] if len(paths) <= _MOST_NAMED else ["--"]
    commits = git.run("--literal-pathspecs", "rev-list", "--full-history", base, "--not", tip, *named).text.split()
    if not commits:
        return list(paths)
    landed = _had_content(git, commits, tip, paths)
    rest = [path for path in paths if path not in landed]
    for commit in commits[:_MOST_MERGES]:
        if not rest:
            break
        rest = _changed_by_merging(git, commit, tip, rest)
    return rest


def _had_content(git: Git, commits: Sequence[str], tip: str, paths: Sequence[bytes]) -> set[bytes]:
    """Paths that one of `commits` gave the mode and content that they have at `tip`."""
    wanted = _entries(git, tip, paths)
    raw = git.run("diff-tree", "--stdin", "-r", "-m", "--root", "--raw", "-z", "--no-renames", "--no-abbrev",
                  "--no-commit-id", stdin="\n".join([*commits, ""]).encode()).stdout  # fmt: skip
    nothing = (b"000000", b"")
    found: set[bytes] = set()
    for path, _, mode, oid in parse_raw(raw):
        if path in wanted and wanted[path] == (nothing if mode == nothing[0] else (mode, oid)):
            found.add(path)
    return found


def _changed_by_merging(git: Git, commit: str, tip: str, paths: Sequence[bytes]) -> list[bytes]:
    """Those of `paths` that a merge of `tip` would change in `commit`, or in conflict there."""
    merged = git.run("merge-tree", "--write-tree", "--no-messages", "--name-only", "-z", "--allow-unrelated-histories",
                     commit, tip, accept=(0, 1)).fields  # fmt: skip
    before, after = _entries(git, commit, paths), _entries(git, merged[0].decode(), paths)
    in_conflict = set(merged[1:])
    return [path for path in paths if before[path] != after[path] or path in in_conflict]


def _entries(git: Git, treeish: str, paths: Sequence[bytes]) -> dict[bytes, tuple[bytes, bytes]]:
    """Path → (mode, object id) in a tree; (000000, nothing) where it isn't."""
    found = dict.fromkeys(paths, (b"000000", b""))
    named = paths if len(paths) <= _MOST_NAMED else ()
    for field in git.run("--literal-pathspecs", "ls-tree", "-r", "-z", "--full-tree", treeish, "--", *named).fields:
        facts, _, path = field.partition(b"\t")
        if path in found:
            mode, _, oid = facts.split(b" ")
            found[path] = (mode, oid)
    return found
