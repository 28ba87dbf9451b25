"""The digest of what a commit changes: charged paths with modes and contents on both sides, and nothing else.

A merge of the base, a rebase or a new message that leaves the change as it was leaves the digest as it was; any other
change of a file, also a merge that brought in the base's version of a charged file, makes another one.
"""

import hashlib
from collections.abc import Iterable

from agentgrid.boundaries.charged import ChangeSet
from agentgrid.git.process import Git

_DIFF = ("-r", "--raw", "-z", "--no-renames", "--full-index", "--ignore-submodules=none")


def digest_changes(git: Git, changes: ChangeSet, head: str) -> str:
    """SHA-256, in hex, of the charged entries between the fork and the commit `head`."""
    raw = git.run("diff-tree", *_DIFF, changes.fork, head, "--").fields
    entries = dict(zip(raw[1::2], raw[::2], strict=True))
    return _digest((path, entries[path]) for path in _paths(changes) if path in entries)


def _paths(changes: ChangeSet) -> list[bytes]:
    return sorted({charged.path for charged in changes.charged if charged.via is None})


def _digest(entries: Iterable[tuple[bytes, bytes]]) -> str:
    found = hashlib.sha256()
    for path, facts in entries:
        found.update(b"%d %s %s\0" % (len(path), path, facts))
    return found.hexdigest()
