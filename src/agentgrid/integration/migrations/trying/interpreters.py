"""Which Python runs a lineage's tool: the project's own, where it is found."""

import json
import os
import shutil
import sys
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from agentgrid.errors import OutsideError
from agentgrid.integration.migrations.trying.trial import Trial
from agentgrid.machine.logged_command import run_logged

DRIVERS = ("psycopg", "psycopg2")
_ASK = "import importlib.util as u, json, sys; print(json.dumps([n for n in sys.argv[1:] if u.find_spec(n)]))"
_ANSWER_S = 60.0


@dataclass(frozen=True)
class Interpreter:
    """`program`: as it is started. `driver`: what it reaches PostgreSQL with, None when it has nothing for it."""

    program: str
    driver: str | None


def find_interpreter(trial: Trial, module: str, directory: Path) -> Interpreter:
    """The first one that has `module`. `directory`: an empty one to ask in.

    Raises OutsideError, which names those that were asked, when none has.
    """
    tried = []
    for program in dict.fromkeys(_candidates(trial)):
        has = _modules(program, [module, *DRIVERS], directory, environment_of(trial))
        if has is not None and module in has:
            return Interpreter(program, next((each for each in DRIVERS if each in has), None))
        tried.append(f"{program} ({'no ' + module if has is not None else 'not a Python that runs'})")
    raise OutsideError(
        f"no Python that has {module} was found, which the lineage {trial.name} needs: {', '.join(tried)}",
        hint=f"name one in agentgrid.yaml, `migrations.{trial.name}.python`, or: pip install {module}",
    )


def environment_of(trial: Trial) -> dict[str, str]:
    """For programs: nothing is written beside the project's files."""
    return {**(trial.environment or os.environ), "PYTHONDONTWRITEBYTECODE": "1", "PYTHONSAFEPATH": ""}


def _candidates(trial: Trial) -> Iterator[str]:
    places = [trial.tree, *([trial.root] if trial.root else [])]
    if trial.lineage.python:
        yield from (str(place / trial.lineage.python) for place in places)  # an absolute one stands for itself
    yield from (str(place / ".venv/bin/python") for place in reversed(places) if (place / ".venv/bin/python").exists())
    yield sys.executable
    if found := shutil.which("python3", path=environment_of(trial).get("PATH")):
        yield found


def _modules(program: str, names: list[str], directory: Path, environment: Mapping[str, str]) -> list[str] | None:
    """Those of `names` that it can import; None when it doesn't run."""
    answer = directory / "modules"
    try:
        with answer.open("w+b") as stream:
            ended = run_logged([program, "-c", _ASK, *names], directory, environment, stream.fileno(),
                               timeout_s=_ANSWER_S, cancel=threading.Event())  # fmt: skip
        told = json.loads(answer.read_bytes().splitlines()[-1]) if ended.code == 0 else None
    except (OSError, ValueError, IndexError):
        return None
    return told if isinstance(told, list) else None
