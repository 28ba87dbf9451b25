"""Which lineage is meant: the one that is named, that of the file's directory, or the only one there is. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass

from agentgrid.boundaries.policy.compiled import lineage_prefix
from agentgrid.config.schema import Lineage
from agentgrid.errors import InputError, UsageError


@dataclass(frozen=True)
class NamedLineage:
    """`name`: as `migrations` in agentgrid.yaml has it."""

    name: str
    settings: Lineage

    @property
    def directory(self) -> bytes:
        """Its directory below the top of the repository, without slashes at its ends; empty for the top itself."""
        return _directory(self.settings)

    def relative(self, path: bytes) -> bytes | None:
        """The name that a file of the repository has in the lineage's directory; None when it lies elsewhere."""
        prefix = lineage_prefix(self.settings.path)
        return path[len(prefix) :] if path.startswith(prefix) and len(path) > len(prefix) else None

    def path_of(self, name: bytes) -> bytes:
        """The path in the repository of a file of the lineage's directory."""
        return lineage_prefix(self.settings.path) + name


def find_lineage(lineages: Mapping[str, Lineage], named: str | None, path: bytes | None) -> NamedLineage:
    """The lineage `named`, else that of the directory in which the file `path` lies (the innermost), else the only one.

    Raises InputError, with those that there are, for an unknown one and when there is none at all; UsageError when it
    could be any of several.
    """
    if not lineages:
        raise InputError("agentgrid.yaml has no lineage of migrations",
                         hint="add one, as in `migrations: {main: {path: db/migrations, owner: a1}}`")  # fmt: skip
    known = ", ".join(lineages)
    if named is not None:
        if named not in lineages:
            raise InputError(f"there is no lineage {named!r} (lineages: {known})",
                             hint="`migrations` in agentgrid.yaml names them")  # fmt: skip
        return NamedLineage(named, lineages[named])
    around = lineage_of(lineages, path) if path is not None else None
    if around is not None:
        return around
    if len(lineages) > 1:
        raise UsageError(f"which lineage? There are {known}", hint=f"--lineage {next(iter(lineages))}")
    return NamedLineage(*next(iter(lineages.items())))


def lineage_of(lineages: Mapping[str, Lineage], path: bytes) -> NamedLineage | None:
    """The lineage in whose directory the file lies, the innermost where one lies in another."""
    around = [each for name, settings in lineages.items()
              if (each := NamedLineage(name, settings)).relative(path) is not None]  # fmt: skip
    return max(around, key=lambda each: len(each.directory), default=None)


def lineages_touched(lineages: Mapping[str, Lineage], path: bytes) -> list[str]:
    """Names of the lineages whose directory `path` is, lies in or holds."""
    found = []
    for name, settings in lineages.items():
        directory = _directory(settings)
        above = path.rstrip(b"/") + b"/"
        is_top = path in {b"", b"."} or not directory
        if is_top or path == directory or path.startswith(directory + b"/") or directory.startswith(above):
            found.append(name)
    return found


def _directory(settings: Lineage) -> bytes:
    return lineage_prefix(settings.path).rstrip(b"/")
