"""The Django project that a lineage belongs to: its settings, or what a stub project needs. Reads files alone."""

import ast
import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from agentgrid.errors import OutsideError

_SETTINGS = re.compile(r"DJANGO_SETTINGS_MODULE[\"']\s*,\s*[\"'](?P<module>[\w.]+)[\"']")
_CONTRIB: Mapping[str, tuple[str, ...]] = {
    "admin": ("auth", "contenttypes"), "auth": ("contenttypes",), "contenttypes": (), "flatpages": ("sites",),
    "redirects": ("sites",), "sessions": (), "sites": (),
}  # fmt: skip
"""Django's own apps with migrations, and what each needs."""
_SKIPPED = frozenset({"node_modules", "site-packages", "__pycache__"})


def django_plan(tree: Path, path: str, settings: str | None) -> dict[str, Any]:
    """What the driver is told. `path`: the directory of migrations, below `tree`. `settings`: the module that the
    grid names, None to look for a manage.py above the directory that names one.

    Raises OutsideError when neither is there and an app that is depended on is nowhere in the tree."""
    own = tree / path
    app = own.parent
    place, module = find_manage(tree, app)
    module = settings or module
    roots = [place, tree] if place else [tree]
    if module:
        return {"settings": module, "label": app.name, "paths": _paths([*roots, app.parent])}
    stubs, installed = needed_apps(app.name, find_apps(tree, own))
    paths = [app.parent, tree, *(each.parent.parent for each in stubs.values())]
    modules = {label: f"{label}.{each.name}" for label, each in stubs.items()}
    return {"settings": None, "label": app.name, "stubs": modules, "installed": installed, "paths": _paths(paths)}


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


def find_apps(tree: Path, own: Path) -> dict[str, Path]:
    """Label → directory of its migrations, for every `*/migrations` with migrations in it. Of several with one label,
    the lineage's own counts, else the nearest one."""
    found: dict[str, Path] = {}
    for place, directories, files in os.walk(tree):
        directories[:] = sorted(each for each in directories if not each.startswith(".") and each not in _SKIPPED)
        here = Path(place)
        if here.name != "migrations" or not any(each.endswith(".py") and each[0].isdigit() for each in files):
            continue
        label = here.parent.name
        if label not in found or _nearness(here, own) > _nearness(found[label], own):
            found[label] = here
    return {**found, own.parent.name: own}


def needed_apps(label: str, apps: Mapping[str, Path]) -> tuple[dict[str, Path], list[str]]:
    """The app `label` and those that it depends on: label → directory of those in `apps`, and Django's own.

    Raises OutsideError when one is neither.
    """
    found: dict[str, Path] = {}
    installed: list[str] = []
    left = [label]
    while left:
        each = left.pop()
        if each in found or f"django.contrib.{each}" in installed:
            continue
        if each in apps:
            found[each] = apps[each]
            left += sorted(set(_depends_on(apps[each])))
        elif each in _CONTRIB:
            installed.append(f"django.contrib.{each}")
            left += _CONTRIB[each]
        else:
            raise OutsideError(
                f"a migration of {label} depends on the app '{each}', which is not in the tree",
                hint="name the project's settings module in agentgrid.yaml: `settings` of the lineage",
            )
    return found, installed


def _depends_on(directory: Path) -> Iterator[str]:
    """Labels of the apps that the migrations in `directory` name."""
    for file in sorted(directory.glob("*.py")):
        text = file.read_text(encoding="utf-8", errors="replace")
        if "AUTH_USER_MODEL" in text:
            yield "auth"
        try:
            yield from _labels(ast.parse(text))
        except (SyntaxError, ValueError):
            continue  # whoever runs it says what is wrong with it


def _labels(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        names = [each.id for each in getattr(node, "targets", ()) if isinstance(each, ast.Name)]
        if isinstance(node, ast.Assign) and {"dependencies", "run_before"} & set(names):
            pairs = [each for each in ast.walk(node.value) if isinstance(each, ast.Tuple) and len(each.elts) == 2]
            yield from (str(each.elts[0].value) for each in pairs if isinstance(each.elts[0], ast.Constant))


def _nearness(place: Path, own: Path) -> int:
    return len(os.path.commonpath([place, own]))


def _paths(places: list[Path]) -> list[str]:
    return list(dict.fromkeys(str(each) for each in places))
