"""pyproject.toml: PEP 621, dependency groups (PEP 735), Poetry, uv, PDM and Hatch."""

from collections.abc import Iterator, Mapping
from typing import Any

from agentgrid.integration.dependencies.names import alike
from agentgrid.integration.dependencies.reading.python_requirement import read_requirement
from agentgrid.integration.dependencies.reading.structured import ESCAPED, Document, read_toml_document
from agentgrid.integration.dependencies.reading.toml_spans import Key
from agentgrid.integration.dependencies.texts import Text
from agentgrid.integration.dependencies.wanted import Manifest, Unread, Wanted, without_secrets

_ELSEWHERE = ("git", "url", "path", "file")


def read_pyproject(source: Text) -> Manifest:
    """What the file asks for. Raises Broken."""
    document = read_toml_document(source)
    wanted: list[Wanted] = []
    unread: list[Unread] = []
    for path, text in _requirements(document):
        try:
            wanted.append(_place(document, path, text))
        except ValueError as error:
            unread.append(Unread(document.line(path), str(error)))
    wanted += _poetry(document)
    name = document.table("project").get("name") or document.table("tool", "poetry").get("name")
    return Manifest(tuple(wanted), (), tuple(unread), owner=alike("python", name) if isinstance(name, str) else "")


def _requirements(document: Document) -> Iterator[tuple[Key, str]]:
    """Every string that is a requirement of PEP 508."""
    lists: list[tuple[Key, Any]] = [
        (("project", "dependencies"), document.table("project").get("dependencies")),
        (("build-system", "requires"), document.table("build-system").get("requires")),
        (("tool", "uv", "dev-dependencies"), document.table("tool", "uv").get("dev-dependencies")),
    ]
    for table in (("project", "optional-dependencies"), ("dependency-groups",), ("tool", "pdm", "dev-dependencies")):
        lists += [((*table, name), listed) for name, listed in document.table(*table).items()]
    for name, each in document.table("tool", "hatch", "envs").items():
        for key in ("dependencies", "extra-dependencies") if isinstance(each, Mapping) else ():
            lists.append((("tool", "hatch", "envs", name, key), each.get(key)))
    for path, listed in lists:
        yield from document.strings(path, listed)


def _place(document: Document, path: Key, text: str) -> Wanted:
    """The requirement in the string at `path`."""
    found = read_requirement(text)
    line, table = document.line(path), ".".join(map(str, path[:-1]))
    whole = document.span(path, text)
    if whole is None:
        return Wanted(found.form, found.package, found.name, found.constraint, line, table, found.marker,
                      source=found.source, fixed=ESCAPED)  # fmt: skip
    return found.moved(whole[0], line, table)


def _poetry(document: Document) -> Iterator[Wanted]:
    poetry: Key = ("tool", "poetry")
    tables: list[tuple[str, ...]] = [("tool", "poetry", name) for name in ("dependencies", "dev-dependencies")]
    tables += [(*map(str, poetry), "group", name, "dependencies") for name in document.table("tool", "poetry", "group")]
    for table in tables:
        for name, value in document.table(*table).items():
            if name != "python":
                yield from _poetry_package(document, (*table, name), name, value)


def _poetry_package(document: Document, path: Key, name: str, value: Any) -> Iterator[Wanted]:
    """A version, a table that has one beside other things, or several such tables."""
    if isinstance(value, list):
        for number, each in enumerate(value):
            yield from _poetry_package(document, (*path, number), name, each)
        return
    table = ".".join(map(str, path[: path.index(name, 2)]))
    package = alike("python", name)
    if isinstance(value, str):
        yield _poetry_version(document, path, (package, name), value, table)
    elif isinstance(value, Mapping):
        marker = ", ".join(f"{key}={value[key]}" for key in ("python", "markers", "platform") if key in value)
        version = value.get("version")
        source = " ".join(f"{key}={value[key]}" for key in (*_ELSEWHERE, "branch", "tag", "rev") if key in value)
        if isinstance(version, str) and not source:
            yield _poetry_version(document, (*path, "version"), (package, name), version, table, marker)
        else:
            line = document.line(path)
            yield Wanted("poetry", package, name, "", line, table, marker, source=without_secrets(source))


def _poetry_version(
    document: Document, path: Key, names: tuple[str, str], version: str, table: str, marker: str = ""
) -> Wanted:
    span = document.span(path, version)
    return Wanted("poetry", *names, version.strip(), document.line(path), table, marker,
                  span=_stripped(span, version), fixed="" if span else ESCAPED)  # fmt: skip


def _stripped(span: tuple[int, int] | None, text: str) -> tuple[int, int] | None:
    if span is None:
        return None
    start = span[0] + len(text) - len(text.lstrip())
    return start, start + len(text.strip())
