"""Which versions of other people's packages a side asks for: Python, npm, Go and Rust."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from agentgrid.git.paths import show_path
from agentgrid.integration.conflicts.beyond.facts import REMOVED, Change, Facts
from agentgrid.integration.conflicts.beyond.flattening import Key
from agentgrid.integration.conflicts.beyond.reading import read_toml
from agentgrid.integration.conflicts.beyond.requirements import Requirement, go_module, npm, python, python_table
from agentgrid.integration.dependencies.manifests import is_manifest

_TABLES: dict[bytes, tuple[Key, ...]] = {
    b"pyproject.toml": (
        ("project", "dependencies"), ("project", "optional-dependencies"), ("dependency-groups",),
        ("build-system", "requires"), ("tool", "poetry", "dependencies"), ("tool", "poetry", "dev-dependencies"),
        ("tool", "poetry", "group"), ("tool", "uv", "dev-dependencies"),
    ),
    b"package.json": (("dependencies",), ("devDependencies",), ("peerDependencies",), ("optionalDependencies",)),
    b"Cargo.toml": (
        ("dependencies",), ("dev-dependencies",), ("build-dependencies",), ("target",), ("workspace", "dependencies"),
    ),
}  # fmt: skip


def names_dependencies(name: bytes, key: Key) -> bool:
    """Whether a key of the file `name` is in one of the tables that are read here."""
    return any(key[: len(table)] == table for table in _TABLES.get(name, ()))


class DependencyFiles:
    """Files that name packages and the versions wanted."""

    name = "dependencies"

    def handles(self, path: bytes) -> bool:
        return is_manifest(path)

    def parse(self, path: bytes, content: bytes) -> dict[tuple[str, str], str]:
        found: dict[tuple[str, str], set[str]] = {}
        for each in _read(path.rpartition(b"/")[2], content):
            found.setdefault((each.system, each.package), set()).add(each.version)
        return {package: "\n".join(sorted(versions)) for package, versions in found.items()}

    def compare(self, path: bytes, before: Any, after: Any) -> Facts:
        old: dict[tuple[str, str], str] = before or {}
        new: dict[tuple[str, str], str] = after or {}
        folder = path.rpartition(b"/")[0].decode("utf-8", "surrogateescape")
        changes: dict[tuple[str, ...], Change] = {}
        for package in {**old, **new}:
            if old.get(package) != new.get(package):
                key = ("dependency", *package, folder)
                label = show_path(package[1].encode("utf-8", "backslashreplace"))
                state = new.get(package, REMOVED)
                changes[key] = Change("dependency", key, state, path, label, package not in old)
        return Facts(changes)


def _read(name: bytes, content: bytes) -> Iterator[Requirement]:
    text = content.decode("utf-8-sig")
    if name == b"go.mod":
        return go_module(text)
    if name == b"package.json":
        return _of_package(json.loads(text))
    if name == b"pyproject.toml":
        return _of_pyproject(read_toml(content))
    if name == b"Cargo.toml":
        return _of_cargo(read_toml(content))
    return (each for line in text.splitlines() for each in python(line))


def _of_package(data: Any) -> Iterator[Requirement]:
    for (table,) in _TABLES[b"package.json"]:
        yield from npm("npm", _table(data, table))


def _of_cargo(data: Any) -> Iterator[Requirement]:
    places = [data, _table(data, "workspace"), *_table(data, "target").values()]
    for place in places:
        for table in ("dependencies", "dev-dependencies", "build-dependencies"):
            yield from npm("cargo", _table(place, table))


def _of_pyproject(data: Any) -> Iterator[Requirement]:
    project, tool = _table(data, "project"), _table(data, "tool")
    lists = [project.get("dependencies"), *_table(project, "optional-dependencies").values(),
             *_table(data, "dependency-groups").values(), _table(data, "build-system").get("requires"),
             _table(tool, "uv").get("dev-dependencies")]  # fmt: skip
    for listed in lists:
        for line in listed if isinstance(listed, list) else ():
            if isinstance(line, str):
                yield from python(line)
    poetry = _table(tool, "poetry")
    for place in (poetry, *_table(poetry, "group").values()):
        for table in ("dependencies", "dev-dependencies"):
            yield from python_table(_table(place, table))


def _table(data: Any, name: str) -> Mapping[str, Any]:
    found = data.get(name) if isinstance(data, Mapping) else None
    return found if isinstance(found, Mapping) else {}
