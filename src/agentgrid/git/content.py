"""Content of blobs, and which files have a text in them. What is looked for never stands on a command line."""

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from agentgrid.errors import OutsideError
from agentgrid.git.process import Git

_BATCH_BYTES = 64 << 20


def read_blobs_by_id(git: Git, oids: Iterable[bytes]) -> Iterator[tuple[bytes, bytes]]:
    """(object id, content) of each blob, read in portions of 64 MB (or one larger blob); other objects are left out.
    Raises OutsideError for one that isn't here."""
    wanted = list(dict.fromkeys(oids))
    if not wanted:
        return
    listed = git.run("cat-file", "--batch-check=%(objectname) %(objecttype) %(objectsize)", stdin=_lines(wanted)).stdout
    portion: list[bytes] = []
    total = 0
    for line in listed.splitlines():
        oid, kind, *size = line.split(b" ")
        if kind == b"missing":
            raise OutsideError(f"git has no object {oid.decode()}", hint="git fsck tells what else is missing")
        if kind != b"blob":
            continue
        if portion and total + int(size[0]) > _BATCH_BYTES:
            yield from _read_portion(git, portion)
            portion, total = [], 0
        portion.append(oid)
        total += int(size[0])
    yield from _read_portion(git, portion)


def tracked_files_with(top: Path, value: bytes) -> list[str]:
    """Files of the work tree `top` that git tracks and that have `value` in them, in the index or on disk. Of a value
    with several lines the longest is looked for."""
    line = max(value.splitlines() or [b""], key=len)
    if not line:
        return []
    git, found = Git(top), set[bytes]()
    for place in ((), ("--cached",)):
        options = ("grep", "-z", "-l", "-a", "-F", *place, "-f", "-")
        found.update(git.run(*options, stdin=line + b"\n", accept=(0, 1)).fields)
    return sorted(map(os.fsdecode, found))


def modules_with(git: Git, treeish: str, words: Iterable[str]) -> list[bytes]:
    """Python files of a tree that have one of `words` in them, in the order of the tree."""
    lines = "".join(f"{word}\n" for word in words).encode("utf-8", "surrogateescape")
    if not lines:
        return []
    options = ("grep", "-z", "-l", "-a", "-F", "-w", "--full-name", "-f", "-")
    found = git.run(*options, treeish, "--", ":/*.py", stdin=lines, accept=(0, 1)).fields
    return [field.removeprefix(treeish.encode() + b":") for field in found]


def _read_portion(git: Git, oids: list[bytes]) -> Iterator[tuple[bytes, bytes]]:
    if not oids:
        return
    stream = git.run("cat-file", "--batch", stdin=_lines(oids)).stdout
    place = 0
    for oid in oids:
        end = stream.index(b"\n", place)
        size = int(stream[place:end].rsplit(b" ", 1)[1])
        yield oid, stream[end + 1 : end + 1 + size]
        place = end + 2 + size


def _lines(oids: Iterable[bytes]) -> bytes:
    return b"".join(oid + b"\n" for oid in oids)
