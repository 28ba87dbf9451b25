"""Who a linked worktree belongs to: one line in its own git directory.

A worktree that was made inside an agent's is that agent's too, but isn't its desk: it says `sub` in the third place.

A light module: the hook path imports it, so it uses nothing but `os`.
"""

import os

IDENTITY_FILE = "agentgrid-identity"
_INCARNATION_DIGITS = 32
_SUB = "sub"


def new_incarnation() -> str:
    """32 random hex digits: a new one at each start, so that what an earlier start left is told apart."""
    return os.urandom(_INCARNATION_DIGITS // 2).hex()


def read_identity(git_dir: str | os.PathLike[str]) -> tuple[str, str] | None:
    """(agent, incarnation) of the worktree whose git directory this is; None when it has no valid identity."""
    try:
        with open(os.path.join(git_dir, IDENTITY_FILE), encoding="ascii") as stream:
            words = stream.read(256).split()
    except (OSError, UnicodeDecodeError):
        return None
    if words[2:] not in ([], [_SUB]) or len(words) < 2:
        return None
    if len(words[1]) != _INCARNATION_DIGITS or words[1].strip("0123456789abcdef"):
        return None
    return words[0], words[1]


def is_sub_worktree(git_dir: str | os.PathLike[str]) -> bool:
    """True when the identity there is one of a worktree beside the agent's desk."""
    if read_identity(git_dir) is None:
        return False
    with open(os.path.join(git_dir, IDENTITY_FILE), encoding="ascii") as stream:
        return stream.read(256).split()[2:] == [_SUB]


def write_identity(git_dir: str | os.PathLike[str], agent: str, incarnation: str, *, is_sub: bool = False) -> None:
    """Replaces the identity: a reader sees the old one or the new one, also after a crash."""
    path = os.path.join(git_dir, IDENTITY_FILE)
    temporary = f"{path}.{os.getpid()}-{os.urandom(4).hex()}"
    handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644)
    try:
        try:
            os.write(handle, f"{agent} {incarnation}{f' {_SUB}' if is_sub else ''}\n".encode("ascii"))
            os.fsync(handle)
        finally:
            os.close(handle)
        os.replace(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise
