"""The demo's repository: 22 small services, common code, documentation, a lock file and a little history."""

import os
from collections.abc import Mapping
from pathlib import Path

from agentgrid.config.policy import parse_policy
from agentgrid.config.presets import load_preset
from agentgrid.errors import InputError
from agentgrid.git.process import HOOK_VARIABLES

_UNOWNED_SERVICES = ("notification_hub", "media_store")
_COMMON = (
    "database_config",
    "celery_app",
    "openai_wrapper",
    "ai_metrics",
    "metrics",
    "business_metrics",
    "cache",
    "alerts",
)
WHO = {"user.name": "agentgrid demo", "user.email": "demo@localhost"}


def build_repository(directory: Path) -> None:
    """Makes and commits the sample in `directory`, which must be new or empty. Raises InputError when it isn't."""
    if directory.exists() and (not directory.is_dir() or any(directory.iterdir())):
        raise InputError(f"{directory} is not empty", hint="name a new directory, or none")
    from git import Actor, Repo

    directory.mkdir(parents=True, exist_ok=True)
    with _without_hook_variables(), Repo.init(directory, initial_branch="main") as repo:
        with repo.config_writer() as settings:
            for name, value in {**WHO, "commit.gpgsign": "false"}.items():
                section, _, key = name.partition(".")
                settings.set_value(section, key, value)
        author = Actor(WHO["user.name"], WHO["user.email"])
        for message, files in _history():
            for path, text in files.items():
                (directory / path).parent.mkdir(parents=True, exist_ok=True)
                (directory / path).write_text(text)
            repo.index.add(sorted(files))
            repo.index.commit(message, author=author, committer=author)


def _history() -> list[tuple[str, Mapping[str, str]]]:
    services = [*parse_policy(load_preset("four-services").files).grid.services, *_UNOWNED_SERVICES]
    start = {"README.md": "# Sample\n", "docs/overview.md": "# Overview\n", "uv.lock": "version = 1\n",
             ".github/workflows/ci.yml": "on: push\n", "requirements.txt": ""}  # fmt: skip
    code = {f"services/{name}/app.py": f'"""{name}"""\n\nNAME = "{name}"\n' for name in services}
    tests = {f"services/{name}/tests/test_app.py": f'def test_{name}():\n    assert "{name}"\n' for name in services}
    common = {f"services/common/{name}.py": f'"""Shared: {name}."""\n' for name in _COMMON}
    models = {"services/common/models/user.py": "class User: ...\n"}
    schema = {"services/orchestrator/db/migrations/0001_start.sql": "create table users (id integer);\n"}
    wiring = {
        "services/common/cache.py": '"""Shared: cache."""\n\nTTL = 60\n',
        "services/revenue/app.py": "import cache\n",
        "services/event_bus/app.py": "import cache\n",
    }
    return [("Start", start), ("Add services", {**code, **common, **models}), ("Add tests", tests),
            ("Add the schema", schema), ("Cache revenue and events", wiring)]  # fmt: skip


class _without_hook_variables:  # noqa: N801 - a context manager reads as a verb
    """GitPython hands the environment on: a demo started from a git hook must not land in that repository."""

    def __enter__(self) -> None:
        self._kept = {name: os.environ.pop(name) for name in HOOK_VARIABLES if name in os.environ}

    def __exit__(self, *_: object) -> None:
        os.environ.update(self._kept)
