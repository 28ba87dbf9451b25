"""One wanted package, as each packager writes it. Names are made alike; addresses lose whatever might be a token."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from agentgrid.integration.dependencies.names import alike

# PEP 508: a name, extras, then versions or an address; what stands behind a semicolon says when.
_PYTHON = re.compile(r"\s*([A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)\s*(?:\[[^\]]*\])?\s*(.*)", re.DOTALL)
_GO = re.compile(r"(?:require\s+)?([^\s()]+)\s+(v[^\s]+)")
_CREDENTIALS = re.compile(r"(?<=://)[^/@\s]*@|\?\S*")


@dataclass(frozen=True)
class Requirement:
    """A package of a packager (`system`), at a version as it is asked for."""

    system: str
    package: str
    version: str


def python(line: str) -> Iterator[Requirement]:
    """From a line of requirements; none from options, comments and files."""
    text = re.sub(r"(^|\s)#.*|\s+--hash=\S+|\s*\\$", "", line).strip()
    found = _PYTHON.fullmatch(text.partition(";")[0].strip()) if not text.startswith("-") else None
    if found and (not found[2] or found[2][0] in "=<>!~@("):
        yield Requirement("python", alike("python", found[1]), _version(found[2].strip("()")))


def python_table(table: Mapping[str, Any]) -> Iterator[Requirement]:
    """Poetry's way: a table of names."""
    for name, wanted in table.items():
        yield Requirement("python", alike("python", name), _wanted(wanted))


def npm(system: str, table: Mapping[str, Any]) -> Iterator[Requirement]:
    """A table of names, which are what they are."""
    for name, wanted in table.items():
        yield Requirement(system, name, _wanted(wanted))


def go_module(text: str) -> Iterator[Requirement]:
    """The `require` lines of a go.mod, alone or in a block."""
    block = ""
    for line in text.splitlines():
        bare = line.partition("//")[0].strip()
        if bare.endswith("("):
            block = bare.split()[0].rstrip("(")
        elif bare == ")":
            block = ""
        elif (block or bare.partition(" ")[0]) == "require" and (found := _GO.fullmatch(bare)):
            yield Requirement("go", found[1], found[2])


def _wanted(wanted: Any) -> str:
    """A version, or a table that has one beside other things."""
    if isinstance(wanted, list):
        return ", ".join(_wanted(each) for each in wanted)
    if not isinstance(wanted, Mapping):
        return _version(str(wanted))
    told = [f"{key}={wanted[key]}" for key in ("git", "branch", "tag", "rev", "path", "workspace") if key in wanted]
    return _version(str(wanted["version"])) if "version" in wanted else _version(" ".join(told))


def _version(text: str) -> str:
    parts = sorted(re.sub(r"\s+", " ", part.strip()) for part in text.split(",")) if "://" not in text else [text]
    plain = _CREDENTIALS.sub("", ",".join(parts))
    return "".join(char for char in plain if char.isprintable()) or "any version"
