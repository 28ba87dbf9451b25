"""Charged paths: what a change set is answerable for, the same at every enforcement point.

The paths that differ between the merge base and the head *and* between the base and the head. The net difference, not
commit by commit: a merge of the base, a cherry-picked base fix, a branch continued after its squash landed and a
touch that was reverted charge nothing; evil merges and octopus merges hide nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from agentgrid.git.history import GITLINK_MODE, merge_base_tree, parse_raw
from agentgrid.git.paths import link_target
from agentgrid.git.process import Git
from agentgrid.git.repository import Repository

SYMLINK_MODE = b"120000"
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
    """`fork`: the tree or commit that both sides started from. `charged`: sorted by path."""

    fork: str
    charged: tuple[ChargedPath, ...]


def charge_commit(repository: Repository, base: str, head: str) -> ChangeSet:
    """The change set of the commit `head` against the commit `base`."""
    fork, unclear = merge_base_tree(repository, base, [head])
    git = repository.git
    from_fork = _entries(git, "diff-tree", "-r", *_DIFF, fork, head)
    from_base = _entries(git, "diff-tree", "-r", *_DIFF, base, head)
    return ChangeSet(fork, _charged(git, head, from_fork, from_base, unclear))


def charge_index(repository: Repository, base: str, *, index_file: str | None, merging: Sequence[str]) -> ChangeSet:
    """As `charge_commit` with the index as head.

    `index_file`: the index git uses for this commit, None for the worktree's own. `merging`: commits that are
    being merged into HEAD right now. An unborn HEAD started from nothing.
    """
    heads = [oid for oid in ["HEAD", *merging] if repository.resolve(oid)]
    fork, unclear = merge_base_tree(repository, base, heads) if heads else (repository.empty_tree, frozenset())
    git = Git(repository.worktree or repository.git_dir, env={"GIT_INDEX_FILE": index_file} if index_file else None)
    from_fork = _entries(git, "diff-index", "--cached", *_DIFF, fork)
    from_base = _entries(git, "diff-index", "--cached", *_DIFF, base)
    return ChangeSet(fork, _charged(git, None, from_fork, from_base, unclear))


def _entries(git: Git, *command: str) -> dict[bytes, tuple[bytes, bytes, bytes]]:
    """Path → (old mode, new mode, new object)."""
    output = git.run(*command, "--").stdout
    return {path: facts for path, *facts in parse_raw(output)}  # type: ignore[misc]


def _charged(
    git: Git,
    head: str | None,
    from_fork: dict[bytes, tuple[bytes, bytes, bytes]],
    from_base: dict[bytes, tuple[bytes, bytes, bytes]],
    unclear: frozenset[bytes],
) -> tuple[ChargedPath, ...]:
    paths = sorted((from_fork.keys() | unclear) & from_base.keys())
    charged = [ChargedPath(path, GITLINK_MODE in from_base[path][:2]) for path in paths]
    links = [path for path in paths if from_base[path][1] == SYMLINK_MODE]
    known = set(paths)
    for link in links:
        target = link_target(link, _link_content(git, from_base[link][2], link))
        if target is not None and target not in known:
            charged.append(ChargedPath(target, via=link, is_folder=_is_folder(git, head, target)))
    return tuple(charged)


def _is_folder(git: Git, head: str | None, path: bytes) -> bool:
    """Whether `path` has files below it in the commit `head` (None: in the index)."""
    listing = ("ls-files", "-z") if head is None else ("ls-tree", "-z", "--full-tree", head)
    return bool(git.run("--literal-pathspecs", *listing, "--", path + b"/").stdout)


def _link_content(git: Git, oid: bytes, link: bytes) -> bytes:
    if oid.strip(b"0"):
        return git.run("cat-file", "blob", oid).stdout
    return git.run("cat-file", "blob", b":" + link).stdout  # an index entry whose object git did not name
