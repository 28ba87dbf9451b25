"""Charged paths: what a change set is answerable for, the same at every enforcement point.

The paths that differ between the merge base and the head *and* between the base and the head. The net difference, not
commit by commit: a merge of the base, a cherry-picked base fix, a branch continued after its squash landed and a
touch that was reverted charge nothing; evil merges and octopus merges hide nothing.
"""

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field

from agentgrid.boundaries.paths.links import SYMLINK_MODE, TreeLinks
from agentgrid.git.history import GITLINK_MODE, merge_base_tree, parse_raw
from agentgrid.git.process import Git
from agentgrid.git.repository import Repository

_ABSENT = b"000000"
_DIFF = ("--raw", "-z", "--no-renames", "--ignore-submodules=none")


@dataclass(frozen=True, slots=True)
class ChargedPath:
    """`path`: bytes below the root. `is_submodule`: the entry is a submodule link, before or after. `via`: the
    symbolic link that leads here, when this is what a changed link points to; `is_folder`: and it is a folder."""

    path: bytes
    is_submodule: bool = False
    via: bytes | None = None
    is_folder: bool = False


@dataclass(frozen=True)
class ChangeSet:
    """`fork`: the tree or commit that both sides started from. `charged`: sorted by path, what links lead to behind
    them. `added`: those that the base doesn't have. `entries`: path → (mode in the base, mode in the change set, its
    object there), of those that changed themselves."""

    fork: str
    charged: tuple[ChargedPath, ...]
    added: tuple[bytes, ...] = ()
    entries: Mapping[bytes, tuple[bytes, bytes, bytes]] = field(default_factory=dict)


def charge_commit(repository: Repository, base: str, head: str) -> ChangeSet:
    """The change set of the commit `head` against the commit `base`."""
    fork, unclear = merge_base_tree(repository, base, [head])
    git = repository.git
    from_fork = _entries(git, "diff-tree", "-r", *_DIFF, fork, head)
    from_base = _entries(git, "diff-tree", "-r", *_DIFF, base, head)
    return _change_set(repository, git, head, fork, (from_fork.keys() | unclear) & from_base.keys(), from_base)


def charge_index(repository: Repository, base: str, *, index_file: str | None, merging: Sequence[str]) -> ChangeSet:
    """As `charge_commit` with the index as head.

    `index_file`: the index git uses for this commit, None for the worktree's own. `merging`: commits that are
    being merged into HEAD right now. An unborn HEAD started from nothing.
    """
    heads = [oid for oid in ["HEAD", *merging] if repository.resolve(oid)]
    fork, unclear = merge_base_tree(repository, base, heads) if heads else (repository.empty_tree, frozenset())
    git = index_git(repository, index_file)
    from_fork = _entries(git, "diff-index", "--cached", *_DIFF, fork)
    from_base = _entries(git, "diff-index", "--cached", *_DIFF, base)
    return _change_set(repository, git, None, fork, (from_fork.keys() | unclear) & from_base.keys(), from_base)


def index_git(repository: Repository, index_file: str | None) -> Git:
    """Git in the worktree, with the index that it uses for this commit (None: the worktree's own)."""
    return Git(repository.worktree or repository.git_dir, env={"GIT_INDEX_FILE": index_file} if index_file else None)


def _entries(git: Git, *command: str) -> dict[bytes, tuple[bytes, bytes, bytes]]:
    """Path → (old mode, new mode, new object)."""
    output = git.run(*command, "--").stdout
    return {path: facts for path, *facts in parse_raw(output)}  # type: ignore[misc]


def _change_set(
    repository: Repository,
    git: Git,
    head: str | None,
    fork: str,
    differing: AbstractSet[bytes],
    from_base: Mapping[bytes, tuple[bytes, bytes, bytes]],
) -> ChangeSet:
    paths = sorted(differing)
    charged = [ChargedPath(path, GITLINK_MODE in from_base[path][:2]) for path in paths]
    changed_links = [path for path in paths if from_base[path][1] == SYMLINK_MODE]
    if changed_links:  # to know where they lead takes the whole tree
        links = TreeLinks(repository, git, head)
        charged += [
            ChargedPath(target, links.is_submodule(target), link, links.is_folder(target))
            for link in changed_links
            for target in links.follow(link)
            if target not in differing
        ]
    added = tuple(path for path in paths if from_base[path][0] == _ABSENT and from_base[path][1] != _ABSENT)
    return ChangeSet(fork, tuple(charged), added, {path: from_base[path] for path in paths})
