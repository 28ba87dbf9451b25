"""A written env file: readable by its owner alone, out of git's sight, replaced as a whole.

Only a file that agentgrid wrote is replaced. Where it lies in a worktree is remembered: it stays hidden, and goes when
agentgrid or the worktree does, as it has keys in it and can be made again.
"""

import os
from dataclasses import dataclass
from pathlib import Path

from agentgrid.config.in_force import staging_directory
from agentgrid.errors import InputError, Refused
from agentgrid.git.process import Git
from agentgrid.git.repository import Repository
from agentgrid.machine.files import write_if_changed
from agentgrid.workspace.desks import Desk
from agentgrid.workspace.hidden import hidden_paths, hide_local_files

DEFAULT_NAME = ".env"
MODE = 0o600
_MARKER = b"# written by agentgrid for "


@dataclass(frozen=True)
class EnvFilePlan:
    """`inside`: the path below the worktree's top, None when it lies elsewhere. `replaces`: an older one of ours is
    there."""

    agent: str
    path: Path
    inside: str | None
    replaces: bool


def plan_env_file(desk: Desk, output: Path | None) -> EnvFilePlan:
    """Where the file goes: `output`, or `.env` in the agent's worktree.

    Raises Refused for a file that git tracks or that something else wrote, InputError for a directory.
    """
    named = output if output is not None else desk.worktree.path / DEFAULT_NAME
    path = Path(os.path.realpath(named.parent)) / named.name
    if path.is_dir():
        raise InputError(f"{path} is a directory", hint="--output FILE names the file itself")
    elsewhere = f"agentgrid env write {desk.agent} --output {path}.agentgrid"
    if _is_tracked(path):
        raise Refused(f"git tracks {path}: keys don't go there", hint=elsewhere)
    if not _is_ours_or_absent(path):
        raise Refused(f"{path} is there already, and agentgrid didn't write it", hint=elsewhere)
    top = Path(os.path.realpath(desk.worktree.path))
    inside = path.relative_to(top).as_posix() if path.is_relative_to(top) else None
    return EnvFilePlan(desk.agent, path, inside, path.exists())


def write_env_file(repository: Repository, plan: EnvFilePlan, text: str) -> bool:
    """Writes `text` there; True when it changed something. Raises Refused when git would see the file all the same."""
    if plan.inside is not None:
        hide_local_files(repository, plan.inside)
    if _is_seen(plan.path):
        raise Refused(
            f"git would see {plan.path}: it lies in a work tree and isn't ignored there",
            hint="--output FILE names another place: outside of work trees, or what no .gitignore takes out again",
        )
    head = _MARKER + f"{plan.agent}: local to this machine, never in git; `agentgrid env write` renews it\n".encode()
    content = head + text.encode("utf-8", "surrogateescape")
    return write_if_changed(plan.path, content, mode=MODE, staging=staging_directory(repository))


def drop_env_files(repository: Repository, worktree: Path) -> list[Path]:
    """Deletes the env files that were written into the worktree; what something else has put in their place stays."""
    gone: list[Path] = []
    for inside in hidden_paths(repository):
        path = worktree / inside
        if path.is_file() and _is_ours_or_absent(path):
            path.unlink()
            gone.append(path)
    return gone


def _is_ours_or_absent(path: Path) -> bool:
    if path.is_symlink():
        return False
    try:
        with path.open("rb") as stream:
            return stream.read(len(_MARKER)) == _MARKER
    except FileNotFoundError:
        return True
    except OSError:
        return False


def _is_tracked(path: Path) -> bool:
    git = _git_at(path)
    found = git.run("--literal-pathspecs", "ls-files", "-z", "--", str(path), accept=(0, 128)) if git else None
    return bool(found and found.code == 0 and found.stdout)


def _is_seen(path: Path) -> bool:
    """Whether git would list the file as untracked in some work tree."""
    git = _git_at(path)
    if git is None or git.run("rev-parse", "--is-inside-work-tree", accept=(0, 128)).text != "true":
        return False
    return git.run("check-ignore", "-q", "--", str(path), accept=(0, 1, 128)).code == 1


def _git_at(path: Path) -> Git | None:
    """Git in the nearest directory above `path` that exists."""
    place = path.parent
    while not place.is_dir():
        if place == place.parent:
            return None
        place = place.parent
    return Git(place)
