"""Reading a few small files out of a commit, by name, without a work tree."""

import os
from collections.abc import Sequence

from agentgrid.git.process import Git


def list_directory(git: Git, treeish: str, directory: str) -> list[str]:
    """Names of the files directly in `directory` of a tree; empty when there is no such directory."""
    prefix = directory.strip("/") + "/"
    listed = git.run("--literal-pathspecs", "ls-tree", "-z", "--full-tree", treeish, "--", prefix).fields
    names: list[str] = []
    for field in listed:
        facts, _, path = field.partition(b"\t")
        if b" blob " in facts:
            names.append(os.fsdecode(path).removeprefix(prefix))
    return names


def list_blobs(git: Git, treeish: str, *, suffix: bytes) -> dict[bytes, bytes]:
    """Path → object id of the files of a tree whose names end so; symbolic links and submodules are none."""
    found: dict[bytes, bytes] = {}
    for field in git.run("ls-tree", "-r", "-z", "--full-tree", treeish).fields:
        facts, _, path = field.partition(b"\t")
        if path.endswith(suffix) and facts.startswith(b"100"):
            found[path] = facts.split()[2]
    return found


def read_blobs(git: Git, treeish: str, paths: Sequence[str]) -> dict[str, bytes]:
    """Content of those of `paths` that are files in the tree."""
    wanted = {os.fsencode(path): path for path in paths}
    oids: dict[str, bytes] = {}
    listing = ("--literal-pathspecs", "ls-tree", "-z", "--full-tree", treeish, "--", *paths)
    for field in git.run(*listing).fields if paths else []:
        facts, _, path = field.partition(b"\t")
        if path in wanted and b" blob " in facts:
            oids[wanted[path]] = facts.split()[2]
    if not oids:
        return {}
    stream = git.run("cat-file", "--batch", stdin=b"".join(oid + b"\n" for oid in oids.values())).stdout
    return dict(zip(oids, _split_batch(stream), strict=True))


def _split_batch(stream: bytes) -> list[bytes]:
    contents: list[bytes] = []
    while stream:
        header, _, rest = stream.partition(b"\n")
        size = int(header.rsplit(b" ", 1)[1])
        contents.append(rest[:size])
        stream = rest[size + 1 :]
    return contents


def read_objects(git: Git, names: Sequence[str]) -> dict[str, bytes]:
    """Content of those of `names` (as in `REF:path`) that are files. One process for all of them."""
    if not names:
        return {}
    stream = git.run("cat-file", "--batch", stdin=b"".join(os.fsencode(name) + b"\n" for name in names)).stdout
    found: dict[str, bytes] = {}
    for name in names:
        header, _, stream = stream.partition(b"\n")
        facts = header.rsplit(b" ", 2)
        if len(facts) != 3 or not facts[2].isdigit():  # `NAME missing`, or ambiguous
            continue
        size = int(facts[2])
        if facts[1] == b"blob":
            found[name] = stream[:size]
        stream = stream[size + 1 :]
    return found
