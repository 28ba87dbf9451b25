"""Generated files (`derived:`): never merged. Where both sides changed one, the incoming version is taken and the
command that the policy names brings it up to date."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from threading import Event

from agentgrid.config.places import grid_directory
from agentgrid.git.merging import stage_paths
from agentgrid.git.process import Git, clean_environment
from agentgrid.git.repository import Repository
from agentgrid.machine.logged_command import Ended, run_logged
from agentgrid.workspace.desks import Desk

Commands = Mapping[str, tuple[bytes, ...]]


def paths_of(commands: Commands | None) -> tuple[bytes, ...]:
    """Every path that the commands generate."""
    return tuple(sorted({path for paths in (commands or {}).values() for path in paths}))


def regenerate(repository: Repository, desk: Desk, commands: Commands, *, timeout_s: float) -> str | None:
    """Runs the commands in the worktree and stages what they generated; what went wrong, None when all went well.

    Output goes to a log beside the state. Only the generated files are staged, whatever else a command changed.
    """
    git, log = Git(desk.worktree.path), log_file(repository, desk)
    for command, paths in commands.items():
        ended, said = _run(command, desk.worktree.path, log, timeout_s)
        if ended.cut is not None or ended.code != 0:
            why = f"exit code {ended.code}" if ended.cut is None else f"not done after {timeout_s:.0f} s"
            return f"`{command}` failed ({why}{f': {said}' if said else ''}); log: {log}"
        stage_paths(git, _known(git, paths))
    return None


def log_file(repository: Repository, desk: Desk) -> Path:
    return grid_directory(repository) / "logs" / f"sync-{desk.worktree.admin_dir.name}.log"


def _run(command: str, directory: Path, log: Path, timeout_s: float) -> tuple[Ended, str]:
    """How the command ended, with its output appended to `log`, and the last line of that which isn't empty."""
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("a+b") as stream:
        stream.write(os.fsencode(f"$ {command}\n"))
        stream.flush()
        start = stream.tell()
        ended = run_logged(
            ["sh", "-c", command], directory, clean_environment(), stream.fileno(), timeout_s=timeout_s, cancel=Event()
        )
        stream.seek(start)
        lines = [line.strip() for line in os.fsdecode(stream.read()).splitlines() if line.strip()]
    return ended, lines[-1] if lines else ""


def _known(git: Git, paths: Sequence[bytes]) -> list[bytes]:
    """Those that are there, or that the index still has."""
    top = os.fsencode(git.directory)
    tracked = set(git.run("--literal-pathspecs", "ls-files", "-z", "--", *paths).fields)
    return [path for path in paths if path in tracked or os.path.lexists(os.path.join(top, path))]
