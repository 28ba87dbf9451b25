"""Cargo.toml: string and table forms, targets, the workspace's own versions, renamed packages."""

from collections.abc import Iterator, Mapping
from typing import Any

from agentgrid.integration.dependencies.names import alike
from agentgrid.integration.dependencies.reading.structured import ESCAPED, Document, read_toml_document
from agentgrid.integration.dependencies.reading.toml_spans import Key
from agentgrid.integration.dependencies.texts import Text
from agentgrid.integration.dependencies.wanted import Manifest, Unread, Wanted, without_secrets

_TABLES = ("dependencies", "dev-dependencies", "build-dependencies", "dev_dependencies", "build_dependencies")
_ELSEWHERE = ("git", "path", "branch", "tag", "rev", "registry")


def read_cargo(source: Text) -> Manifest:
    """What the file asks for. What it takes over from its workspace is told by the workspace. Raises Broken."""
    document = read_toml_document(source)
    wanted: list[Wanted] = []
    unread: list[Unread] = []
    for table, marker in _tables(document):
        for name, value in document.table(*table).items():
            found = _package(document, (*table, name), name, value, marker)
            if found is not None:
                wanted.append(found)
            elif not (isinstance(value, Mapping) and value.get("workspace") is True):
                unread.append(Unread(document.line((*table, name)), f"{name}: a version or a table was expected"))
    described = document.table("package").get("name")
    return Manifest(
        tuple(wanted), (), tuple(unread), owner=alike("cargo", described) if isinstance(described, str) else ""
    )


def _tables(document: Document) -> Iterator[tuple[tuple[str, ...], str]]:
    """(path of a table, the target that it counts for)."""
    for name in _TABLES:
        yield (name,), ""
        yield ("workspace", name), ""
        for target in document.table("target"):
            yield ("target", target, name), target


def _package(document: Document, path: Key, name: str, value: Any, marker: str) -> Wanted | None:
    table = ".".join(map(str, path[:-1]))
    if isinstance(value, str):
        return _version(document, path, (alike("cargo", name), name), value, (table, marker))
    if not isinstance(value, Mapping) or value.get("workspace") is True:
        return None
    renamed = value.get("package")
    names = (alike("cargo", renamed if isinstance(renamed, str) else name), name)
    version = value.get("version")
    if isinstance(version, str):
        return _version(document, (*path, "version"), names, version, (table, marker))
    source = without_secrets(" ".join(f"{key}={value[key]}" for key in _ELSEWHERE if key in value))
    return Wanted("cargo", *names, "", document.line(path), table, marker, source=source)


def _version(document: Document, path: Key, names: tuple[str, str], version: str, where: tuple[str, str]) -> Wanted:
    span = document.span(path, version)
    if span:
        start = span[0] + len(version) - len(version.lstrip())
        span = (start, start + len(version.strip()))
    return Wanted("cargo", *names, version.strip(), document.line(path), *where,
                  span=span, fixed="" if span else ESCAPED)  # fmt: skip
