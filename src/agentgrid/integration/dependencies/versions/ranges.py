"""What a constraint allows, asked at the versions that are written in it, and beside them.

Nobody is asked which versions exist. A set of constraints is judged at the versions that stand in them, and at one
made-up version right beside each where an open range may begin: enough to know whether a range is common to all,
never to name a version that nobody wrote.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from agentgrid.integration.dependencies.wanted import Form


@dataclass(frozen=True)
class Range:
    """`key`: equal for constraints that mean the same. `allows`: whether it admits a version (of the ecosystem's own
    type, comparable). `written`: versions that stand in it. `beside`: where ranges may begin next to those."""

    key: object
    allows: Callable[[Any], bool]
    written: tuple[Any, ...]
    beside: tuple[Any, ...] = ()

    @property
    def least(self) -> Any:
        """The least version known to be admitted; None when there is none."""
        return min((each for each in (*self.written, *self.beside) if self.allows(each)), default=None)


@dataclass(frozen=True)
class Common:
    """`state`: `version` (`example` is admitted by all, and somebody wrote it), `range` (versions in between are),
    `none`, or `unknown` (something else than a version is asked for)."""

    state: Literal["version", "range", "none", "unknown"]
    example: str | None = None


def read_range(form: Form, constraint: str) -> Range:
    """Raises ValueError, saying what is wrong, for a constraint that its ecosystem doesn't understand."""
    if form == "pep440":
        from agentgrid.integration.dependencies.versions.python import read_pep440

        return read_pep440(constraint)
    if form == "poetry":
        from agentgrid.integration.dependencies.versions.poetry import read_poetry

        return read_poetry(constraint)
    if form == "go":
        from agentgrid.integration.dependencies.versions.go import read_go

        return read_go(constraint)
    from agentgrid.integration.dependencies.versions.semver import read_cargo, read_npm

    return read_npm(constraint) if form == "npm" else read_cargo(constraint)


def read_version(form: Form, text: str) -> Any:
    """One exact version, comparable with those of `read_range`. Raises ValueError."""
    if form in {"pep440", "poetry"}:
        from packaging.version import Version

        return Version(text)
    from agentgrid.integration.dependencies.versions.semver import read_semver

    return read_semver(text)


def find_common(ranges: Sequence[Range]) -> Common:
    """Whether one version is admitted by all; the example is the newest that somebody wrote, a finished one first."""
    written = [each for one in ranges for each in one.written if all(other.allows(each) for other in ranges)]
    if written:
        best = max(written, key=lambda each: (not _is_unfinished(each), each, len(str(each))))
        return Common("version", str(best))
    beside = (each for one in ranges for each in one.beside)
    is_open = not ranges or any(all(other.allows(each) for other in ranges) for each in beside)
    return Common("range" if is_open else "none")


def _is_unfinished(version: Any) -> bool:
    return bool(getattr(version, "is_prerelease", False) or getattr(version, "prerelease", ()))
