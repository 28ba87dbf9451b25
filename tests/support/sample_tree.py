"""The files of the sample repository: services by area, common code, migrations, the root; a path → text mapping."""

import random
from collections.abc import Iterator
from dataclasses import dataclass

# Area → (share of the services' code in per cent, its services). The shares are those the preset speaks of.
AREAS: dict[str, tuple[int, tuple[str, ...]]] = {
    "core": (27, ("orchestrator", "celery_worker", "persona_runtime", "fake_threads")),
    "ai": (
        31,
        ("viral_engine", "viral_pattern_engine", "rag_pipeline", "pattern_analyzer", "viral_metrics"),
    ),
    "analytics": (
        22,
        (
            "achievement_collector",
            "dashboard_api",
            "finops_engine",
            "performance_monitor",
            "tech_doc_generator",
        ),
    ),
    "platform": (
        20,
        (
            "revenue",
            "event_bus",
            "ab_testing_framework",
            "threads_adaptor",
            "conversation_engine",
            "chaos_engineering",
        ),
    ),
}
UNCLAIMED_SERVICES = ("notification_hub", "media_store")
SERVICES = tuple(name for _, names in AREAS.values() for name in names) + UNCLAIMED_SERVICES

# Common file → the area that works on it most.
COMMON_FILES = {
    "__init__.py": "core",
    "database_config.py": "core",
    "celery_app.py": "core",
    "models/__init__.py": "core",
    "models/account.py": "core",
    "models/content.py": "core",
    "models/experiment.py": "core",
    "openai_wrapper.py": "ai",
    "ai_metrics.py": "ai",
    "mlflow_tracking.py": "ai",
    "mlflow_registry.py": "ai",
    "metrics.py": "analytics",
    "business_metrics.py": "analytics",
    "cache.py": "platform",
    "alerts.py": "platform",
}
FASTAPI_REQUIREMENTS = (
    "fastapi==0.104.1",
    "fastapi==0.105.0",
    "fastapi>=0.109.0",
    "fastapi==0.110.2",
    "fastapi==0.111.*",
)
MIGRATIONS = "services/orchestrator/db/migrations"

_PACKAGES = (
    "api",
    "domain",
    "clients",
    "jobs",
    "storage",
    "schemas",
    "policies",
    "reports",
    "adapters",
    "views",
)
_NOUNS = (
    "account", "batch", "budget", "campaign", "channel", "cohort", "draft", "event", "feature", "goal", "index",
    "invoice", "job", "label", "limit", "metric", "model", "offer", "order", "page", "persona", "plan", "post",
    "profile", "prompt", "quota", "reply", "report", "result", "review", "rule", "sample", "score", "segment",
    "session", "signal", "source", "task", "thread", "token", "topic", "trend", "trial", "user", "value", "variant",
    "vector", "window",
)  # fmt: skip
_VERBS = (
    "apply",
    "build",
    "check",
    "close",
    "collect",
    "count",
    "draft",
    "fetch",
    "group",
    "list",
    "merge",
    "rank",
)
_FILES_PER_FOLDER = 12


@dataclass(frozen=True, slots=True)
class Service:
    """One service: its area (None: nobody's), and its files (path → text)."""

    name: str
    area: str | None
    files: dict[str, str]


@dataclass(frozen=True, slots=True)
class Tree:
    """The whole work tree in three parts, each path → text."""

    services: tuple[Service, ...]
    common: dict[str, str]
    rest: dict[str, str]

    def all_files(self) -> dict[str, str]:
        merged = {**self.rest, **self.common}
        for service in self.services:
            merged.update(service.files)
        return merged


def plan_tree(files: int, seed: int) -> Tree:
    """A tree of at least `files` files; services get the share of their area, the two unclaimed ones 4 %."""
    dice = random.Random(seed)
    common = {f"services/common/{name}": _common_text(name, dice) for name in COMMON_FILES}
    rest = dict(_root_files(dice))
    wanted = max(files - len(common) - len(rest), 0)
    claimed = [
        _service(name, area, -(-wanted * share * 96 // (10_000 * len(names))), dice)
        for area, (share, names) in AREAS.items()
        for name in names
    ]
    unclaimed = [_service(name, None, -(-wanted * 2 // 100), dice) for name in UNCLAIMED_SERVICES]
    return Tree((*claimed, *unclaimed), common, rest)


def module_text(title: str, dice: random.Random) -> str:
    """A small Python module that compiles; no two are alike."""
    lines = [f'"""{title.replace("_", " ").capitalize()}."""', ""]
    for _ in range(dice.randint(2, 6)):
        verb, noun, other = dice.choice(_VERBS), dice.choice(_NOUNS), dice.choice(_NOUNS)
        lines += [
            "",
            f"def {verb}_{noun}({noun}s: list[dict[str, int]]) -> int:",
            f"    known = [{noun} for {noun} in {noun}s if {noun}.get('{other}', 0) > {dice.randrange(100)}]",
            f"    return len(known) * {dice.randint(2, 99)}",
            "",
        ]
    return "\n".join(lines)


def migration_text(number: int, dice: random.Random) -> tuple[str, str]:
    """File name and SQL of one migration."""
    noun = dice.choice(_NOUNS)
    table, column = f"{noun}s", dice.choice(_NOUNS)
    sql = f"CREATE TABLE IF NOT EXISTS {table} (id BIGINT PRIMARY KEY, {column} TEXT);\n"
    return f"{MIGRATIONS}/{number:04d}_add_{table}.sql", sql


def _service(name: str, area: str | None, files: int, dice: random.Random) -> Service:
    root = f"services/{name}"
    content = {
        f"{root}/__init__.py": "",
        f"{root}/main.py": _main_text(name),
        f"{root}/requirements.txt": _requirements(name),
        f"{root}/Dockerfile": f"FROM python:3.12-slim\nCOPY . /app/{name}\nCMD python -m {name}.main\n",
        f"{root}/README.md": f"# {name}\n\n{name.replace('_', ' ').capitalize()} service.\n",
        f"{root}/tests/__init__.py": "",
        f"{root}/tests/test_main.py": _test_text(name),
    }
    if name == "orchestrator":
        content[f"{root}/db/__init__.py"] = ""
        content.update(migration_text(number, dice) for number in range(1, 9))
    modules = _module_names(root, dice)
    while len(content) < files:
        path = next(modules)
        content[path] = module_text(path.rsplit("/", 1)[1].removesuffix(".py"), dice)
    return Service(name, area, content)


def _module_names(root: str, dice: random.Random) -> Iterator[str]:
    """Endless new paths: folder after folder of a dozen modules, every fourth folder one of tests."""
    folder = 0
    while True:
        package = _PACKAGES[folder % len(_PACKAGES)]
        parent = f"{root}/tests/{package}" if folder % 4 == 3 else f"{root}/{package}"
        if folder >= len(_PACKAGES):
            parent += f"/{dice.choice(_NOUNS)}_{folder}"
        prefix = "test_" if folder % 4 == 3 else ""
        for position in range(_FILES_PER_FOLDER):
            yield f"{parent}/{prefix}{dice.choice(_VERBS)}_{dice.choice(_NOUNS)}_{position}.py"
        folder += 1


def _main_text(name: str) -> str:
    return (
        "from fastapi import FastAPI\n\nfrom services.common import cache, metrics\n\n"
        f"NAME = '{name}'\napp = FastAPI(title=NAME)\n\n\n"
        "@app.get('/health')\ndef health() -> dict[str, str]:\n"
        "    metrics.count(NAME)\n    return {'service': NAME, 'cache': cache.state()}\n"
    )


def _test_text(name: str) -> str:
    return (
        f"from services.{name} import main\n\n\n"
        f"def test_its_health_names_it() -> None:\n    assert main.health()['service'] == '{name}'\n"
    )


def _requirements(name: str) -> str:
    fastapi = FASTAPI_REQUIREMENTS[SERVICES.index(name) % len(FASTAPI_REQUIREMENTS)]
    return f"{fastapi}\nuvicorn>=0.29\nsqlalchemy>=2.0\nredis>=5.0\n"


def _common_text(name: str, dice: random.Random) -> str:
    if name == "__init__.py":
        return '"""Code that all services share. Breaking changes need a new version."""\n\n__version__ = "2.0.0"\n'
    text = module_text(name.removesuffix(".py").replace("/", " "), dice)
    extra = {
        "cache.py": "\n\ndef state() -> str:\n    return 'warm'\n",
        "metrics.py": "\n\ndef count(service: str) -> None:\n    print(service)\n",
    }
    return text + extra.get(name, "")


def _root_files(dice: random.Random) -> Iterator[tuple[str, str]]:
    yield "README.md", "# sample\n\nTwenty-two services that work on one product.\n"
    yield ".gitignore", ".venv/\n__pycache__/\n.env\n.env.*\n*.log\n"
    yield "pyproject.toml", '[project]\nname = "sample"\nversion = "1.0.0"\nrequires-python = ">=3.11"\n'
    yield "requirements.txt", "pytest>=8.0\nruff>=0.8\n"
    yield "package.json", '{"name": "sample", "private": true, "dependencies": {"chart.js": "^4.4.0"}}\n'
    yield (
        "pnpm-lock.yaml",
        "lockfileVersion: '9.0'\nimporters:\n  .:\n    dependencies: {chart.js: {version: 4.4.9}}\n",
    )
    yield "docker-compose.yml", _compose()
    yield ".github/workflows/ci.yml", "name: ci\non: [push]\njobs:\n  test:\n    runs-on: ubuntu-latest\n"
    yield ".github/workflows/release.yml", "name: release\non: {push: {tags: ['v*']}}\n"
    for noun in _NOUNS[:24]:
        yield f"docs/{noun}s.md", f"# {noun.capitalize()}s\n\nEach {noun} has a {dice.choice(_NOUNS)}.\n"
    yield "docs/architecture.md", "# Architecture\n\nServices talk over the event bus.\n"


def _compose() -> str:
    lines = ["services:"]
    for position, name in enumerate(SERVICES):
        lines += [f"  {name}:", f"    build: services/{name}", f"    ports: ['{8000 + position}:8080']"]
    return "\n".join([*lines, "  postgres:", "    image: postgres:16", ""])
