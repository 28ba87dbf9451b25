"""Which local files of the main worktree a new one gets: by `setup.copy`, `setup.symlink` and `.worktreeinclude`.

git itself reads the patterns. What it tracks is never among them, nor is a repository inside this one.
`.worktreeinclude` is read as coding agents' clients read it: gitignore patterns, and only what is ignored as well.
"""

import os
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from pathlib import Path

from agentgrid.config.policy import Policy
from agentgrid.errors import ConfigError, ConfigProblem
from agentgrid.git.process import Git, join_nul
from agentgrid.git.repository import Repository

INCLUDE_FILE = ".worktreeinclude"


@dataclass(frozen=True)
class LocalFiles:
    """Paths below the top of the main worktree `main`, sorted: files to copy, files and directories to link to.
    `repositories`: those that a pattern matched and that are left alone."""

    main: Path
    copied: tuple[bytes, ...]
    linked: tuple[bytes, ...]
    repositories: tuple[bytes, ...] = ()


def find_local_files(repository: Repository, policy: Policy) -> LocalFiles | None:
    """What is to be brought; None in a bare repository, which has nothing to bring.

    Raises ConfigError for a pattern that is the path of a file outside.
    """
    main = repository.main_worktree
    if main is None:
        return None
    _refuse_outside(policy, main)
    git = Git(main)
    wanted = _list_matching(git, _as_options(policy.grid.setup.copy_))
    if (main / INCLUDE_FILE).is_file():
        wanted += _keep_ignored(git, _list_matching(git, ["-X", INCLUDE_FILE]))
    wanted += _list_hook_files(repository, git, main)
    links = _list_matching(git, ["--directory", *_as_options(policy.grid.setup.symlink)])
    linked = _outermost([path.rstrip(b"/") for path in links if not _is_repository(main, path)])
    tops = frozenset(linked)
    copied = {path for path in wanted if not path.endswith(b"/") and not _is_below(path, tops)}
    repositories = {path for path in [*wanted, *links] if path.endswith(b"/") and _is_repository(main, path)}
    return LocalFiles(main, tuple(sorted(copied)), tuple(linked), tuple(sorted(repositories)))


def _refuse_outside(policy: Policy, main: Path) -> None:
    """A pattern that begins with `/` starts at the top of the main worktree; who means the machine's is told."""
    problems: list[ConfigProblem] = []
    setup = policy.grid.setup
    for key, patterns in (("copy", setup.copy_), ("symlink", setup.symlink)):
        for index, pattern in enumerate(patterns):
            if _is_outside(pattern) and not os.path.lexists(main / pattern[1:]):
                problems.append(
                    policy.problem(
                        None,
                        ("setup", key, index),
                        f"{pattern} is outside the main worktree {main}",
                        accepted="a gitignore pattern, whose / is the top of the main worktree",
                    )
                )
    if problems:
        raise ConfigError(problems)


def _is_outside(pattern: str) -> bool:
    """A file of this machine, or something in a home. A directory such as /var/log may be meant for the project's."""
    home = os.path.expanduser("~")
    is_there = pattern.startswith("/") and os.path.exists(pattern)
    return is_there and (os.path.isfile(pattern) or os.path.realpath(pattern).startswith(home.rstrip("/") + "/"))


def _as_options(patterns: Sequence[str]) -> list[str]:
    return [f"--exclude={pattern}" for pattern in patterns]


def _list_matching(git: Git, options: Sequence[str]) -> list[bytes]:
    """Untracked files that the patterns match; a repository, or with --directory a whole directory, ends in `/`."""
    if not any(option != "--directory" for option in options):
        return []
    return git.run("ls-files", "-z", "--others", "--ignored", *options).fields


def _keep_ignored(git: Git, paths: Sequence[bytes]) -> list[bytes]:
    if not paths:
        return []
    ignored = set(git.run("check-ignore", "-z", "--stdin", stdin=join_nul(paths), accept=(0, 1)).fields)
    return [path for path in paths if path in ignored]


def _list_hook_files(repository: Repository, git: Git, main: Path) -> list[bytes]:
    """What husky and its like keep untracked in a relative hooks path: with it in the worktree, the hooks that run are
    those of the agent's own branch."""
    hooks = repository.own_hooks
    if hooks.is_absolute() or ".." in hooks.parts or not (main / hooks).is_dir():
        return []
    return git.run("ls-files", "-z", "--others", "--", f":(literal){hooks}").fields


def _outermost(paths: Sequence[bytes]) -> list[bytes]:
    """Sorted, without what lies below another one."""
    found: list[bytes] = []
    for path in sorted(set(paths), key=lambda each: each.split(b"/")):
        if not found or not _is_below(path, {found[-1]}):
            found.append(path)
    return found


def _is_below(path: bytes, tops: AbstractSet[bytes]) -> bool:
    """Whether `path` is one of `tops`, or below one."""
    parts = path.split(b"/")
    return any(b"/".join(parts[:end]) in tops for end in range(1, len(parts) + 1))


def _is_repository(main: Path, path: bytes) -> bool:
    return path.endswith(b"/") and os.path.lexists(os.path.join(os.fsencode(main), path, b".git"))
