"""The text of an agent's hooks: one shell script under every name that git calls, and one for its client, with this
installation written into them."""

import shlex
import sys
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from agentgrid import __version__
from agentgrid.config.places import grid_directory
from agentgrid.git.repository import Repository
from agentgrid.machine.shipped import shipped_directory
from agentgrid.workspace.guard_bundle import EDITS, render_loader

if TYPE_CHECKING:
    from jinja2 import Template

# What the hook gives the interpreter. A program that can't be imported is exit code 75, told in words by the hook.
_SLOW = """\
import sys
sys.path[:0] = {places!r}
try:
    from agentgrid.__main__ import main
    code = main()
except Exception:
    code = 75
sys.exit(code)"""


def render_dispatcher(repository: Repository, agent: str, admin_dir: Path, *, remove: str) -> bytes:
    """The script for the worktree whose git directory is `admin_dir`. `remove`: the command that takes the hooks
    out, for the day this installation is gone."""
    package = Path(__file__).resolve().parents[1]
    place = str(package.parent)
    text = _template("dispatcher").render(
        agent=agent,
        version=__version__,
        common_dir=str(repository.common_dir),
        admin_dir=str(admin_dir),
        main_worktree=str(repository.main_worktree or ""),
        python=interpreter(),
        package=str(package),
        remove=remove,
        fast=render_loader(place),
        slow=_slow(),
    )
    return text.encode("utf-8", "surrogateescape")


def render_edit_hook(repository: Repository, agent: str, admin_dir: Path) -> bytes:
    """The script that the agent's client runs before an edit in the worktree whose git directory is `admin_dir`."""
    place = str(Path(__file__).resolve().parents[2])
    text = _template("edit-hook").render(
        agent=agent,
        version=__version__,
        common_dir=str(repository.common_dir),
        admin_dir=str(admin_dir),
        python=interpreter(),
        fast=render_loader(place, EDITS),
        slow=_slow(),
    )
    return text.encode("utf-8", "surrogateescape")


def render_shared_edit_hook(repository: Repository) -> bytes:
    """The script for clients that read one settings file for every worktree: it finds the agent's own."""
    agents = str(grid_directory(repository) / "agents")
    text = _template("shared-edit-hook").render(version=__version__, agents=agents)
    return text.encode("utf-8", "surrogateescape")


def interpreter() -> str:
    """This interpreter under one name: an environment calls it python, python3 and python3.11 alike."""
    plain = Path(sys.executable).with_name("python3")
    return str(plain) if plain.exists() and plain.samefile(sys.executable) else sys.executable


def _slow() -> str:
    return _SLOW.format(places=program_places())


def program_places() -> list[str]:
    """The directories that the hooks import this program and what it needs from."""
    place = str(Path(__file__).resolve().parents[2])
    return [place, *_dependency_places(place)]


@cache
def _template(name: str) -> "Template":
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(  # noqa: S701 - a shell script, every value goes through `quote`
        loader=FileSystemLoader(shipped_directory("templates")), undefined=StrictUndefined, keep_trailing_newline=True
    )
    environment.filters["quote"] = shlex.quote
    return environment.get_template(f"hooks/{name}.sh.j2")


@cache
def _dependency_places(package: str) -> list[str]:
    """Where our dependencies are when an isolated interpreter would not look there (user installs, PYTHONPATH)."""
    found = find_spec("typer")
    assert found is not None
    assert found.origin is not None
    place = str(Path(found.origin).resolve().parents[1])
    return [] if place == package else [place]
