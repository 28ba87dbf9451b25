"""PEP 440 constraints, judged by `packaging`."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from agentgrid.integration.dependencies.versions.ranges import Range

if TYPE_CHECKING:
    from packaging.specifiers import Specifier
    from packaging.version import Version


def read_pep440(constraint: str) -> Range:
    """A comma-separated list of clauses. Raises ValueError."""
    return join_alternatives([constraint])


def join_alternatives(alternatives: Sequence[str]) -> Range:
    """Lists of clauses of which one has to hold. Pre-releases are admitted: a constraint that names one wants it."""
    from packaging.specifiers import InvalidSpecifier, SpecifierSet
    from packaging.version import Version

    try:
        sets = [SpecifierSet(each) for each in alternatives]
    except InvalidSpecifier as error:
        raise ValueError(f"{' || '.join(alternatives)!r} is no constraint of PEP 440") from error

    def allows(version: "Version") -> bool:
        return any(each.contains(version, prereleases=True) for each in sets)

    clauses = [clause for each in sets for clause in each]
    written = tuple(version for clause in clauses for version in _written(clause))
    beside = tuple(near for version in written for near in _beside(version)) + (Version("0"),)
    key = frozenset(frozenset(map(str, each)) for each in _canonical(sets))
    return Range(key, allows, written, beside)


def _canonical(sets: "Sequence[object]") -> Iterator[list[tuple[str, str]]]:
    """Clauses as (operator, version), where `1.0` and `1.0.0` are one."""
    from packaging.specifiers import SpecifierSet
    from packaging.utils import canonicalize_version

    for each in sets:
        assert isinstance(each, SpecifierSet)
        yield [
            (clause.operator, canonicalize_version(clause.version, strip_trailing_zero=clause.operator != "~="))
            if not clause.version.endswith(".*")
            else (clause.operator, clause.version)
            for clause in each
        ]


def _written(clause: "Specifier") -> Iterator["Version"]:
    from packaging.version import InvalidVersion, Version

    try:
        yield Version(clause.version.removesuffix(".*"))
    except InvalidVersion:
        return  # `===` takes any text


def _beside(version: "Version") -> Iterator["Version"]:
    """Right above a version, and right above all that begin as it does: deeper than anybody writes."""
    from packaging.version import Version

    epoch = f"{version.epoch}!" if version.epoch else ""
    release = ".".join(map(str, version.release))
    depth = max(1, 6 - len(version.release))
    yield Version(f"{epoch}{release}{'.0' * depth}.1")
    for place in range(len(version.release)):
        head = [*version.release[:place], version.release[place] + 1]
        yield Version(epoch + ".".join(map(str, head)))
    if version.pre:
        yield Version(f"{epoch}{release}{version.pre[0]}{version.pre[1] + 1}")
