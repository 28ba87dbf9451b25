"""The submodules of one work tree, and the work in them that is nowhere else."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from agentgrid.errors import GitError
from agentgrid.git.history import GITLINK_MODE
from agentgrid.git.process import Git
from agentgrid.git.status import read_status


@dataclass(frozen=True)
class SubmoduleWork:
    """`path` below the work tree. `changed`: files changed or untracked. `unpushed`: commits on no remote."""

    path: str
    changed: int
    unpushed: int


def list_gitlinks(git: Git) -> tuple[bytes, ...]:
    """Paths that the index links to other repositories."""
    listed = git.run("ls-files", "--stage", "-z").fields
    return tuple(field.partition(b"\t")[2] for field in listed if field.startswith(GITLINK_MODE))


def find_initialised(git: Git) -> tuple[bytes, ...]:
    """Those of them that have a repository of their own in this work tree."""
    top = os.fsencode(git.directory)
    return tuple(path for path in list_gitlinks(git) if os.path.lexists(os.path.join(top, path, b".git")))


def find_submodule_work(git: Git, prefix: str = "") -> Iterator[SubmoduleWork]:
    """Submodules, and theirs, with work that would be lost with the work tree."""
    for path in find_initialised(git):
        name = prefix + os.fsdecode(path)
        inner = Git(Path(os.fsdecode(os.path.join(os.fsencode(git.directory), path))))
        work = SubmoduleWork(name, len(read_status(inner, untracked="all").paths), _count_unpushed(inner))
        if work.changed or work.unpushed:
            yield work
        yield from find_submodule_work(inner, name + "/")


def _count_unpushed(git: Git) -> int:
    stash = (
        ("refs/stash",) if git.run("rev-parse", "--verify", "--quiet", "refs/stash", accept=(0, 1)).code == 0 else ()
    )
    try:
        return int(git.text("rev-list", "--count", "HEAD", *stash, "--branches", "--not", "--remotes"))
    except GitError:
        return 1  # no readable HEAD: count it as work


def update_followers(git: Git, before: str) -> list[str]:
    """After HEAD moved from the commit `before`: checks out what its links name now in the submodules that stood at
    the old link with nothing changed in them. What could not follow, a line each with the command.

    Left alone, `git add` would put the old link back.
    """
    moved = dict(_moved_links(git, before))
    told: list[str] = []
    for path in find_initialised(git):
        if path not in moved:
            continue
        name = os.fsdecode(path)
        inner = Git(git.directory / name)
        status = read_status(inner, untracked="no")
        if status.oid != moved[path] or not status.is_clean:
            told.append(f"submodule {name} has work of its own and stays where it is")
            continue
        done = git.run("--literal-pathspecs", "submodule", "--quiet", "update", "--checkout", "--", path,
                       accept=range(256))  # fmt: skip
        if done.code != 0:
            told.append(f"submodule {name} could not follow: git -C {git.directory} submodule update -- {name}")
    return told


def _moved_links(git: Git, before: str) -> Iterator[tuple[bytes, str]]:
    """(path, the commit it was linked to) of links that differ between `before` and HEAD."""
    raw = git.run("diff-tree", "-r", "--raw", "-z", "--no-renames", "--ignore-submodules=none", before, "HEAD").fields
    for facts, path in zip(raw[::2], raw[1::2], strict=True):
        old_mode, new_mode, old, _, _ = facts.lstrip(b":").split(b" ")
        if old_mode == new_mode == GITLINK_MODE:
            yield path, old.decode()
