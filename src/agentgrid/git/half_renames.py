"""What `git branch -m` leaves behind when a hook refuses it half-way, and putting that back.

git moves the old branch's log aside, deletes the old branch and then one that is in the way, each in a transaction of
its own, and dies where a hook refuses: without the log, and in the second case without the branch. Source:
`files_copy_or_rename_ref` in refs/files-backend.c of git 2.39.
"""

import os
from collections.abc import Sequence

from agentgrid.git.repository import Repository

_HEADS = "refs/heads/"
_MOVES = frozenset({"-m", "-M", "--move"})
_ASIDE = "logs/refs/.tmp-renamed-log"


def put_back_half_rename(repository: Repository, command: tuple[str, Sequence[str]], refused: str) -> None:
    """Called while git waits for the refusal. `command`: git's subcommand and its arguments. `refused`: the full ref
    that was to be deleted."""
    name, arguments = command
    aside = repository.common_dir / _ASIDE
    if name != "branch" or not _MOVES & set(arguments) or not aside.is_file():
        return
    old = refused
    named = [argument for argument in arguments if not argument.startswith("-")]
    if named and refused == _HEADS + named[-1]:  # the one in the way: the old one is gone already
        old = _HEADS + named[0] if len(named) > 1 else repository.git.text("symbolic-ref", "HEAD")
        last = aside.read_bytes().splitlines()[-1].split(b" ", 2)[1].decode("ascii")
        if repository.resolve(old) is None:
            repository.git.run("-c", f"core.hooksPath={os.devnull}", "update-ref", old, last, "")
    log = repository.common_dir / "logs" / old
    log.parent.mkdir(parents=True, exist_ok=True)
    aside.replace(log)
