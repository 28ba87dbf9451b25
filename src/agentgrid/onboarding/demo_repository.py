"""The demo's repository: 22 small services, common code, documentation, a lock file and a little history."""

from collections.abc import Mapping
from pathlib import Path

from agentgrid.config.policy import parse_policy
from agentgrid.config.presets import load_preset
from agentgrid.git.authoring import create_repository

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


def build_repository(directory: Path) -> None:
    """Makes and commits the sample in the new directory `directory`."""
    create_repository(directory, _history(), name="agentgrid demo", email="demo@localhost")


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
