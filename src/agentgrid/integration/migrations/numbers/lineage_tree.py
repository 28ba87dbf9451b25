"""A lineage's files in a tree of git: read, and written into another tree. No work tree is touched."""

import tarfile
from collections.abc import Mapping, Sequence
from io import BytesIO
from pathlib import Path

from agentgrid.boundaries.migrations.lineages import NEWEST_FILE
from agentgrid.boundaries.policy.compiled import lineage_prefix
from agentgrid.errors import InputError
from agentgrid.git.commit_objects import replace_files
from agentgrid.git.content import read_blobs_by_id
from agentgrid.git.paths import show_path
from agentgrid.git.process import Git
from agentgrid.integration.migrations.sql.text import LARGEST_BYTES
from agentgrid.integration.migrations.styles.chain import Placement, Style

_FILE_MODES = (b"100644", b"100755")


def read_lineage(git: Git, treeish: str, lineage_path: str, style: Style) -> dict[bytes, bytes]:
    """Name relative to the lineage's directory → content of its migrations and support files; empty where the tree has
    no such directory. Raises InputError for a migration that is a link, or larger than 1 MiB."""
    folder = lineage_prefix(lineage_path)
    below = [folder] if folder else []
    listed = git.run("--literal-pathspecs", "ls-tree", "-r", "-l", "-z", "--full-tree", treeish, "--", *below).fields
    wanted: dict[bytes, bytes] = {}
    for field in listed:
        facts, _, path = field.partition(b"\t")
        mode, _kind, oid, size = facts.split()
        name = path.removeprefix(folder)
        if name != NEWEST_FILE and not style.is_migration(name):
            continue
        if mode not in _FILE_MODES:
            raise InputError(f"{show_path(path)} is no plain file", hint="migrations are plain files")
        if int(size) > LARGEST_BYTES:
            raise InputError(f"{show_path(path)} has {size.decode()} bytes; a migration has at most {LARGEST_BYTES}",
                             hint="load data by a program of its own, not by a migration")  # fmt: skip
        wanted[name] = oid
    contents = dict(read_blobs_by_id(git, wanted.values()))
    return {name: contents[oid] for name, oid in wanted.items()}


def write_lineage(git: Git, tree: str, lineage_path: str, placement: Placement) -> str:
    """`tree` with what the placement writes and removes."""
    folder = lineage_prefix(lineage_path)
    changes: dict[bytes, bytes | None] = {folder + name: None for name in placement.remove}
    changes |= {folder + name: content for name, content in placement.write.items()}
    return replace_files(git, tree, changes)


def unpack_tree(git: Git, tree: str, directory: Path, only: Sequence[str] = ()) -> None:
    """Writes the files of `tree` (below `only`, repository paths; all when empty) into `directory`."""
    archive = git.run("--literal-pathspecs", "archive", "--format=tar", tree, "--", *only).stdout
    with tarfile.open(fileobj=BytesIO(archive)) as packed:
        packed.extractall(directory, filter="data")


def same_files(one: Mapping[bytes, bytes], other: Mapping[bytes, bytes]) -> bool:
    """Whether `other` has all files of `one`, with the same content."""
    return all(other.get(name) == content for name, content in one.items())
