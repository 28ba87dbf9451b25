"""What has to be known before something is brought into an agent's branch: gathered from git, nothing changed."""

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from agentgrid.git.history import added_on_the_way, ahead_behind, changed_between, merge_bases
from agentgrid.git.merging import changed_on_both_sides, foresee_merge
from agentgrid.git.operations import Operation, find_operation
from agentgrid.git.process import Git, join_nul
from agentgrid.git.repository import Repository
from agentgrid.git.status import WorktreeStatus, read_status
from agentgrid.git.submodules import list_gitlinks
from agentgrid.git.worktree_link import is_connected
from agentgrid.workspace.desks import Desk

CommandFor = Callable[[bytes], str | None]


@dataclass(frozen=True)
class Source:
    """What is brought in: the commit `oid`, which people call `label`."""

    oid: str
    label: str


@dataclass(frozen=True)
class Divergence:
    """Two commits with a common past. `writes`: paths that bringing the source in writes or deletes, conflicts' too.
    `conflicts`: as a merge has them, without those that are generated anew. `regenerate`: command → generated files
    that both sides changed."""

    ahead: int
    behind: int
    writes: tuple[bytes, ...] = ()
    conflicts: tuple[bytes, ...] = ()
    regenerate: Mapping[str, tuple[bytes, ...]] | None = None
    is_related: bool = True


@dataclass(frozen=True)
class SyncFacts:
    """One worktree before a sync. `head` None: no commit yet. `owner`: whose the branch is. `in_the_way`: changed,
    untracked or ignored paths that would be overwritten."""

    is_there: bool
    is_pending: bool = False
    head: str | None = None
    branch: str | None = None
    owner: str | None = None
    operation: Operation | None = None
    status: WorktreeStatus | None = None
    divergence: Divergence | None = None
    in_the_way: tuple[bytes, ...] = ()


def gather_facts(
    repository: Repository,
    desk: Desk,
    source: Source,
    *,
    rebase: bool,
    owner_of: Callable[[str], str | None],
    command_for: CommandFor,
) -> SyncFacts:
    """The facts of `desk` against `source`. `command_for`: what generates a path anew, None for ordinary ones."""
    path, admin_dir = desk.worktree.path, desk.worktree.admin_dir
    if not desk.worktree.exists or not is_connected(path, admin_dir):
        return SyncFacts(is_there=False)
    git = Git(path)
    status = read_status(git, untracked="all")
    operation = find_operation(admin_dir)
    divergence = None
    if status.oid is not None and operation is None:
        divergence = compare(repository, status.oid, source.oid, rebase=rebase, command_for=command_for)
    return SyncFacts(
        is_there=True,
        is_pending=desk.is_pending,
        head=status.oid,
        branch=status.branch,
        owner=owner_of(status.branch) if status.branch else None,
        operation=operation,
        status=status,
        divergence=divergence,
        in_the_way=find_in_the_way(git, status.paths, divergence.writes) if divergence else (),
    )


def compare(repository: Repository, head: str, source: str, *, rebase: bool, command_for: CommandFor) -> Divergence:
    """What bringing the commit `source` into `head` comes to."""
    git = repository.git
    forks = merge_bases(git, source, [head])
    if not forks:
        return Divergence(0, 0, is_related=False)
    ahead, behind = ahead_behind(git, source, head)
    if behind == 0 or ahead == 0:
        return Divergence(ahead, behind, tuple(changed_between(git, head, source)) if behind else ())
    foreseen = foresee_merge(git, head, source)
    writes = {*changed_between(git, head, foreseen.tree), *foreseen.conflicts}
    if rebase:  # it goes through the source and each commit on the way
        writes |= {*changed_between(git, head, source), *added_on_the_way(git, source, head)}
    regenerate = group_by_command(changed_on_both_sides(git, forks[0], head, source), command_for)
    derived = {path for paths in regenerate.values() for path in paths}
    conflicts = tuple(path for path in foreseen.conflicts if path not in derived)
    return Divergence(ahead, behind, tuple(sorted(writes)), conflicts, regenerate)


def group_by_command(paths: Iterable[bytes], command_for: CommandFor) -> dict[str, tuple[bytes, ...]]:
    """Command → those of `paths` that it generates."""
    grouped: dict[str, tuple[bytes, ...]] = {}
    for path in paths:
        command = command_for(path)
        if command:
            grouped[command] = (*grouped.get(command, ()), path)
    return grouped


def find_in_the_way(git: Git, dirty: Sequence[bytes], writes: Sequence[bytes]) -> tuple[bytes, ...]:
    """Uncommitted paths that writing `writes` would overwrite; ignored files too, which git would not ask about."""
    wanted, above = set(writes), {parent for path in writes for parent in _parents(path)}
    found = {
        path for path in (each.rstrip(b"/") for each in dirty)
        if path in wanted or path in above or any(parent in wanted for parent in _parents(path))
    }  # fmt: skip
    return tuple(sorted(found | _unseen_in_the_way(git, writes)))


def _unseen_in_the_way(git: Git, writes: Sequence[bytes]) -> set[bytes]:
    """What `git status` doesn't tell of: ignored files, and submodules where something else is to be."""
    files, directories = _find_there(git, writes)
    links = set(list_gitlinks(git)) if files or directories else set()
    taken = {link for path in (*files, *directories) for link in _parents(path) if link in links}
    top = os.fsencode(git.directory)
    files += [below for path in directories if path not in links | taken for below in _files_below(top, path)]
    asked = [path for path in files if not taken.intersection(_parents(path))]
    tracked = set(_among_tracked(git, asked)) if asked else set()
    untracked = [path for path in asked if path not in tracked]
    if not untracked:
        return taken
    return taken | set(git.run("check-ignore", "-z", "--stdin", stdin=join_nul(untracked), accept=(0, 1)).fields)


def _find_there(git: Git, writes: Sequence[bytes]) -> tuple[list[bytes], list[bytes]]:
    """Where `writes` are to be, or a directory above them: (files that are there, directories at their very place)."""
    top = os.fsencode(git.directory)
    kinds: dict[bytes, str] = {}
    files: dict[bytes, None] = {}
    directories: list[bytes] = []
    for path in writes:
        for place in (*reversed(_parents(path)), path):
            if place not in kinds:
                kinds[place] = _kind(os.path.join(top, place))
            if kinds[place] == "file":
                files[place] = None
            if kinds[place] != "directory":
                break
        else:
            directories.append(path)
    return list(files), directories


def _among_tracked(git: Git, paths: Sequence[bytes]) -> Sequence[bytes]:
    if len(paths) <= 200:
        return git.run("--literal-pathspecs", "ls-files", "-z", "--", *paths).fields
    return git.run("ls-files", "-z").fields


def _kind(place: bytes) -> str:
    if not os.path.lexists(place):
        return "nothing"
    return "directory" if os.path.isdir(place) and not os.path.islink(place) else "file"


def _files_below(top: bytes, path: bytes) -> list[bytes]:
    found = []
    for where, directories, names in os.walk(os.path.join(top, path)):
        links = [name for name in directories if os.path.islink(os.path.join(where, name))]
        found += [os.path.relpath(os.path.join(where, name), top) for name in (*names, *links)]
    return found


def _parents(path: bytes) -> list[bytes]:
    """The directories above, nearest first."""
    parts = path.split(b"/")
    return [b"/".join(parts[:count]) for count in range(len(parts) - 1, 0, -1)]
