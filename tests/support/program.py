"""The real command in a process of its own, and grids that `init` made."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from support.repositories import Sandbox, create_repository

BIN = Path(sys.executable).parent
SERVICES = {
    "README.md": "# shop\n",
    "services/orders/main.py": "ORDERS = []\n",
    "services/billing/main.py": "INVOICES = []\n",
    "services/common/cache.py": "TTL_S = 60\n",
}
ORDERS, BILLING, COMMON = "services/orders/main.py", "services/billing/main.py", "services/common/cache.py"


@dataclass(frozen=True, slots=True)
class Answer:
    """How a command ended: exit code, stdout, stderr."""

    code: int
    out: str
    err: str

    @property
    def data(self) -> Any:
        """What the envelope of a success carries."""
        envelope = json.loads(self.out)
        assert list(envelope) == ["schema", "data"], envelope
        return envelope["data"]

    @property
    def error(self) -> dict[str, Any]:
        """What the envelope of a failure carries."""
        envelope = json.loads(self.out)
        assert envelope["schema"] == "agentgrid.error/1"
        error: dict[str, Any] = envelope["error"]
        assert list(error) == ["code", "message", "hint", "details"]
        return error


@dataclass(frozen=True, slots=True)
class InitialisedGrid:
    """`main`: the main worktree. `desks`: agent → its worktree."""

    main: Sandbox
    desks: Mapping[str, Sandbox]


def agentgrid(where: Sandbox | Path, *arguments: str | Path, env: Mapping[str, str] | None = None) -> Answer:
    """Runs `agentgrid ARGUMENTS` in `where`, without a terminal."""
    return run(where, str(BIN / "agentgrid"), *arguments, env=env)


def run(where: Sandbox | Path, *command: str | Path, env: Mapping[str, str] | None = None) -> Answer:
    """Runs any command there, with this installation first on PATH."""
    place = where.path if isinstance(where, Sandbox) else where
    done = subprocess.run(
        command,
        cwd=place,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        env=with_program(env),
        check=False,
    )
    return Answer(done.returncode, os.fsdecode(done.stdout), os.fsdecode(done.stderr))


def with_program(env: Mapping[str, str] | None = None) -> dict[str, str]:
    """The environment with this installation first on PATH."""
    return {**os.environ, "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}", **(env or {})}


def initialise(path: Path, *, agents: str = "a1,a2", files: Mapping[str, str] = SERVICES) -> InitialisedGrid:
    """A repository at `path` that `init` made a grid of, its configuration committed: a1 owns billing, a2 orders."""
    return initialise_here(create_repository(path, **files), agents=agents)


def initialise_here(main: Sandbox, *, agents: str = "a1,a2") -> InitialisedGrid:
    """As `initialise`, in a repository that is there; the worktrees are brought up to the configuration."""
    made = agentgrid(main, "init", "--agents", agents, "--yes", "--json")
    assert made.code == 0, made.err
    main.commit("Add agentgrid")
    desks = {each["agent"]: Sandbox(Path(each["path"])) for each in made.data["created"]}
    for desk in desks.values():
        desk.git("merge", "--quiet", "--ff-only", main.git("branch", "--show-current"))
    return InitialisedGrid(main, desks)


def put_back(kept: Path, place: Path) -> None:
    """Makes the directory `place` the same as `kept`."""
    for hooks in place.rglob("hooks"):
        hooks.chmod(0o755)
    shutil.rmtree(place, ignore_errors=not place.exists())
    shutil.copytree(kept, place, symlinks=True)


def try_commit(where: Sandbox, *paths: str, message: str = "Work", env: Mapping[str, str] | None = None) -> Answer:
    """Appends to `paths`, stages them and commits with all hooks."""
    for path in paths:
        place = where.path / path
        where.write(path, (place.read_text(encoding="utf-8") if place.exists() else "") + "CHANGED = True\n")
    where.git("add", "--", *paths)
    return run(where, "git", "commit", "--quiet", "-m", message, env=env)


def snapshot(top: Path) -> dict[str, tuple[int, bytes]]:
    """Everything below `top`, the git directory too: path → (mode, content or where a link points)."""
    found: dict[str, tuple[int, bytes]] = {}
    for place in sorted(top.rglob("*")):
        content = os.fsencode(place.readlink()) if place.is_symlink() else b"" if place.is_dir() else place.read_bytes()
        found[place.relative_to(top).as_posix()] = (place.lstat().st_mode, content)
    return found
