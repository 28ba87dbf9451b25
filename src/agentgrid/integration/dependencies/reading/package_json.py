"""package.json: the four tables of npm, aliases, and what comes from elsewhere than the registry."""

import re
from typing import Any

from agentgrid.integration.dependencies.reading.structured import ESCAPED, Document, read_json_document
from agentgrid.integration.dependencies.texts import Text
from agentgrid.integration.dependencies.wanted import Manifest, Unread, Wanted, without_secrets

TABLES = ("dependencies", "devDependencies", "peerDependencies", "optionalDependencies")

_ALIAS = re.compile(r"npm:(?P<name>@?[^@\s]+)(?:@(?P<version>.*))?")
# An address, a path, GitHub's `owner/repo`, a protocol of a package manager.
_ELSEWHERE = re.compile(r"[a-z][a-z0-9+.-]*:|[./~]|[A-Za-z0-9_.-]+/[A-Za-z0-9_.-]+", re.IGNORECASE)
_TAG = re.compile(r"(?![vx]?\d)(?!x(?:\.|$))[A-Za-z][\w.-]*")


def read_package_json(source: Text) -> Manifest:
    """What the file asks for. Raises Broken."""
    document = read_json_document(source)
    wanted: list[Wanted] = []
    unread: list[Unread] = []
    for table in TABLES:
        for name, value in document.table(table).items():
            if isinstance(value, str):
                wanted.append(_package(document, table, name, value))
            else:
                unread.append(Unread(document.line((table, name)), f"{name}: a version was expected"))
    if not isinstance(document.data, dict):
        unread.append(Unread(1, "an object was expected"))
    return Manifest(tuple(wanted), (), tuple(unread), owner=_name(document.data))


def _package(document: Document, table: str, name: str, value: str) -> Wanted:
    path, whole = (table, name), document.span((table, name), value)
    line, fixed = document.line(path), "" if whole else ESCAPED
    package, version = name, value
    if alias := _ALIAS.fullmatch(value):
        package, version = alias["name"], alias["version"] or ""
    elif _ELSEWHERE.match(value) or _TAG.fullmatch(value.strip()):
        return Wanted("npm", name, name, "", line, table, source=without_secrets(value))
    if _TAG.fullmatch(version.strip()):
        return Wanted("npm", package, name, "", line, table, source=version.strip())
    span = None
    if whole:
        start = whole[1] - len(version) + len(version) - len(version.lstrip())
        span = (start, start + len(version.strip()))
    return Wanted("npm", package, name, version.strip(), line, table, span=span, fixed=fixed)


def _name(data: Any) -> str:
    name = data.get("name") if isinstance(data, dict) else None
    return name if isinstance(name, str) else ""
