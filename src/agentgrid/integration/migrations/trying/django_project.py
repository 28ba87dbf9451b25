"""The Django project that a lineage belongs to: its settings, or what a stub project needs. Reads files alone."""

import os
import re
from pathlib import Path
from typing import Any

_SETTINGS = re.compile(r"DJANGO_SETTINGS_MODULE[\"']\s*,\s*[\"'](?P<module>[\w.]+)[\"']")
_SKIPPED = frozenset({"node_modules", "site-packages", "__pycache__"})


def django_plan(tree: Path, path: str, settings: str | None) -> dict[str, Any]:
    """What the driver is told. `path`: the directory of migrations, below `tree`. `settings`: the module that the
    grid names, None to look for a manage.py above the directory that names one."""
    own = tree / path
    app = own.parent
    place, module = find_manage(tree, app)
    module = settings or module
    roots = [place, tree] if place else [tree]
    if module:
        return {"settings": module, "label": app.name, "apps": {}, "paths": _paths([*roots, app.parent])}
    apps = find_apps(tree, own)
    paths = [Path(each["directory"]).parent.parent for each in apps.values()]
    return {"settings": None, "label": app.name, "apps": apps, "paths": _paths([app.parent, tree, *paths])}


def find_manage(tree: Path, directory: Path) -> tuple[Path | None, str | None]:
    """(the nearest directory above `directory` that has a manage.py, the settings module that this names)."""
    while True:
        manage = directory / "manage.py"
        if manage.is_file():
            found = _SETTINGS.search(manage.read_text(encoding="utf-8", errors="replace"))
            return directory, found["module"] if found else None
        if directory == tree or tree not in directory.parents:
            return None, None
        directory = directory.parent


def find_apps(tree: Path, own: Path) -> dict[str, dict[str, str]]:
    """Label → `module` of its migrations and their `directory`, for every `*/migrations` with migrations in it. Of
    several with one label, the lineage's own counts, else the nearest one."""
    found: dict[str, Path] = {}
    for place, directories, files in os.walk(tree):
        directories[:] = sorted(each for each in directories if not each.startswith(".") and each not in _SKIPPED)
        here = Path(place)
        if here.name != "migrations" or not any(each.endswith(".py") and each[0].isdigit() for each in files):
            continue
        label = here.parent.name
        if label not in found or _nearness(here, own) > _nearness(found[label], own):
            found[label] = here
    found[own.parent.name] = own
    return {
        label: {"module": f"{label}.{each.name}", "directory": str(each)} for label, each in sorted(found.items())
    }  # fmt: skip


def _nearness(place: Path, own: Path) -> int:
    return len(os.path.commonpath([place, own]))


def _paths(places: list[Path]) -> list[str]:
    return list(dict.fromkeys(str(each) for each in places))
