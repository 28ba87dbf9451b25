"""What is read from a repository before a split is proposed: sizes, workspace files, the recent history."""

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from agentgrid.git.history import changed_files_per_commit, list_tree
from agentgrid.git.repository import Repository
from agentgrid.git.trees import read_blobs
from agentgrid.onboarding.discovery.folders import is_vendored

COMMITS = 1000
_MOST_MANIFESTS = 500
_MANIFEST_MAX_BYTES = 1_000_000
_DEEPEST_MANIFEST = 3
_MANIFEST = re.compile(
    r"(package\.json|pnpm-workspace\.ya?ml|pyproject\.toml|Cargo\.toml|go\.work"
    r"|(docker-)?compose(\.[\w.-]+)?\.ya?ml)"
)


@dataclass(frozen=True)
class TreeFacts:
    """A tree and its past, as values.

    `sizes`: every tracked path (decoded as `os.fsdecode` does) → bytes. `manifests`: path → text of the workspace
    files. `history`: the paths that each of the last commits changed, newest first.
    """

    sizes: Mapping[str, int]
    manifests: Mapping[str, str] = field(default_factory=dict)
    history: Sequence[frozenset[str]] = ()


def gather_tree_facts(repository: Repository, treeish: str) -> TreeFacts:
    """Reads the facts of `treeish`; a tree that is no commit has no history. Raises GitError for an unknown name."""
    git = repository.git
    sizes = {os.fsdecode(path): size for path, _mode, size in list_tree(git, treeish)}
    blobs = read_blobs(git, treeish, manifest_paths(sizes))
    manifests = {path: content.decode("utf-8-sig", "replace") for path, content in blobs.items()}
    commit = repository.resolve(treeish)
    commits = changed_files_per_commit(git, commit, most=COMMITS) if commit else ()
    history = tuple(frozenset(os.fsdecode(path) for path in changed) for changed in commits)
    return TreeFacts(sizes, manifests, history)


def manifest_paths(sizes: Mapping[str, int]) -> list[str]:
    """The workspace files worth reading: small, near the root, not below vendored folders."""
    found = [
        path
        for path, size in sizes.items()
        if _MANIFEST.fullmatch(path.rpartition("/")[2])
        and size <= _MANIFEST_MAX_BYTES
        and path.count("/") <= _DEEPEST_MANIFEST
        and not is_vendored(path)
    ]
    return sorted(found, key=lambda path: (path.count("/"), path))[:_MOST_MANIFESTS]
