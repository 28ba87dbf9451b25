"""Constraints of npm and of Cargo, judged by `semantic_version`'s reading of npm's."""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from agentgrid.integration.dependencies.versions.ranges import Range

if TYPE_CHECKING:
    from semantic_version import Version

_SPACED = re.compile(r"(>=|<=|[<>=^~])\s+")
_NUMBER = re.compile(
    r"(?<![\w.+-])[v=^~<>]*(?P<release>\d+(?:\.\d+){0,2})(?:\.[xX*])*(?P<pre>-[0-9A-Za-z.-]+)?(?:\+[0-9A-Za-z.-]+)?"
)
_WILD = re.compile(r"(?:\.[*xX])+$")


def read_npm(constraint: str) -> Range:
    """A range as https://docs.npmjs.com/cli/configuring-npm/package-json#dependencies says it. Raises ValueError."""
    from semantic_version import NpmSpec, Version

    plain = _SPACED.sub(r"\1", constraint.strip())
    plain = re.sub(r"(?<![\w.+-])([<>=^~]*)v(?=\d)", r"\1", plain)
    plain = re.sub(r"~>", "~", plain)
    try:
        spec = NpmSpec(re.sub(r"\s+", " ", plain) or "*")
    except ValueError as error:
        raise ValueError(f"{constraint!r} is no range of npm's") from error
    written = tuple(_written(plain))
    beside = (*(near for each in written for near in _beside(each)), Version("0.0.0"))
    return Range(_key(plain), spec.match, written, beside)


def read_cargo(constraint: str) -> Range:
    """Comma-separated comparators; a bare version means a caret:
    https://doc.rust-lang.org/cargo/reference/specifying-dependencies.html. Raises ValueError."""
    parts = [each.strip() for each in constraint.split(",")]
    if any("||" in each or " - " in each for each in parts) or (len(parts) > 1 and not all(parts)):
        raise ValueError(f"{constraint!r} is no requirement of Cargo's")
    try:
        return read_npm(" ".join(_as_npm(each) for each in parts))
    except ValueError as error:
        raise ValueError(f"{constraint!r} is no requirement of Cargo's") from error


def read_semver(text: str) -> "Version":
    """An exact version, with or without Go's `v`. Raises ValueError."""
    from semantic_version import Version

    return Version(text.strip().removeprefix("v"))


def _as_npm(comparator: str) -> str:
    if _WILD.search(comparator):
        return _WILD.sub(".x", comparator)
    return f"^{comparator}" if comparator[:1].isdigit() else comparator


def _written(text: str) -> Iterator["Version"]:
    """The versions in a range, what is missing in them as zeros."""
    from semantic_version import Version

    for found in _NUMBER.finditer(text):
        numbers = (found["release"].split(".") + ["0", "0"])[:3]
        yield Version(".".join(str(int(each)) for each in numbers) + (found["pre"] or ""))


def _beside(version: "Version") -> Iterator["Version"]:
    """The next ones in each place: no other version can begin a range."""
    yield version.next_patch()
    yield version.next_minor()
    yield version.next_major()


def _key(plain: str) -> str:
    text = " ".join(plain.split())
    return "*" if text in {"", "*", "x", "X"} else re.sub(r"\s*\|\|\s*", " || ", re.sub(r"(?<![<>])=(?=\d)", "", text))
