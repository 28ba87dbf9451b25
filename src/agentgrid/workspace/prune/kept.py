"""What is kept of removed worktrees: rescue refs and the trash, how old and how large. Here alone something is really
deleted, and only what is older than a person says."""

import os
import re
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from agentgrid.config.places import grid_directory
from agentgrid.git.process import Git
from agentgrid.git.repository import Repository
from agentgrid.workspace.rescue import RESCUE_PREFIX
from agentgrid.workspace.trash import TRASH, measure

_STAMP = re.compile(r"(?:^|-)(\d{8}T\d{6}Z)(?:-|$)")


@dataclass(frozen=True)
class KeptRef:
    """A rescue ref. `at`: when it was made, None when its name doesn't say. `only_here`: commits that no branch, tag
    or remote has."""

    ref: str
    oid: str
    at: datetime | None
    only_here: int

    @property
    def restore(self) -> str:
        """Brings a deleted ref back until git collects garbage."""
        return f"git update-ref {self.ref} {self.oid}"


@dataclass(frozen=True)
class KeptFiles:
    """One directory of the trash. `at`: when it was put there."""

    path: Path
    at: datetime
    size_bytes: int


@dataclass(frozen=True)
class Kept:
    """All of it. `refs_bytes`: what git keeps for the refs alone."""

    refs: tuple[KeptRef, ...]
    files: tuple[KeptFiles, ...]
    refs_bytes: int

    @property
    def files_bytes(self) -> int:
        return sum(each.size_bytes for each in self.files)

    def before(self, moment: datetime) -> "tuple[list[KeptRef], list[KeptFiles]]":
        """What is older than `moment`; what doesn't say how old it is, isn't."""
        refs = [each for each in self.refs if each.at is not None and each.at <= moment]
        return refs, [each for each in self.files if each.at <= moment]


def find_kept(repository: Repository) -> Kept:
    """Rescue refs and trash, oldest first."""
    git = repository.git
    listed = git.text("for-each-ref", "--format=%(refname) %(objectname)", f"{RESCUE_PREFIX}/").splitlines()
    named = [line.split(" ") for line in listed]
    refs = [KeptRef(ref, oid, _time_in(ref.rpartition("/")[2]), _count_only_here(git, oid)) for ref, oid in named]
    return Kept(
        tuple(sorted(refs, key=lambda each: (each.at or datetime.max.replace(tzinfo=UTC), each.ref))),
        tuple(sorted(_find_files(repository), key=lambda each: (each.at, each.path))),
        measure_refs(git, [each.oid for each in refs]),
    )


def measure_refs(git: Git, oids: Sequence[str]) -> int:
    """Bytes of the objects that these commits reach and no branch, tag or remote does."""
    if not oids:
        return 0
    return int(git.text("rev-list", "--objects", "--disk-usage", "--stdin", "--not", "--branches", "--tags",
                        "--remotes", stdin="\n".join([*oids, ""]).encode()))  # fmt: skip


def delete_ref(repository: Repository, kept: KeptRef) -> None:
    """Only as it was seen. Raises GitError when it has moved."""
    repository.git.run("update-ref", "-d", kept.ref, kept.oid)


def delete_files(repository: Repository, kept: KeptFiles) -> None:
    """First out of the trash in one step, so that no half of it is ever taken for whole. Raises OSError."""
    away = grid_directory(repository) / "discarded" / f"{kept.path.name}-{os.urandom(4).hex()}"
    away.parent.mkdir(parents=True, exist_ok=True)
    os.rename(kept.path, away)
    for place, directories, _ in os.walk(away):  # a module cache may be read-only
        for name in directories:
            inner = os.path.join(place, name)
            if not os.path.islink(inner):
                os.chmod(inner, 0o700)
    shutil.rmtree(away)


def _count_only_here(git: Git, oid: str) -> int:
    return int(git.text("rev-list", "--count", oid, "--not", "--branches", "--tags", "--remotes"))


def _find_files(repository: Repository) -> list[KeptFiles]:
    trash = grid_directory(repository) / TRASH
    found: list[KeptFiles] = []
    for entry in sorted(trash.iterdir()) if trash.is_dir() else ():
        put_there = datetime.fromtimestamp(entry.lstat().st_mtime, UTC)
        found.append(KeptFiles(entry, _time_in(entry.name) or put_there, measure(trash, [os.fsencode(entry.name)])))
    return found


def _time_in(name: str) -> datetime | None:
    stamped = _STAMP.search(name)
    if stamped is None:
        return None
    try:
        return datetime.strptime(stamped[1], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    except ValueError:
        return None
