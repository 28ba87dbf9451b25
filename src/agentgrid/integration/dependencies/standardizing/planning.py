"""Which characters of which manifests change. Pure: from texts to edits."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from agentgrid.integration.dependencies.standardizing.target import Target, told_in
from agentgrid.integration.dependencies.versions.ranges import read_range
from agentgrid.integration.dependencies.wanted import Manifest, Wanted

_CLAUSE = re.compile(r"(===|==|~=|!=|<=|>=|<|>)(\s*)")


@dataclass(frozen=True)
class Edit:
    """`before` at `span` becomes `after`, in a manifest's text."""

    package: str
    line: int
    span: tuple[int, int]
    before: str
    after: str


@dataclass(frozen=True)
class Left:
    """A requirement that stays as it is although it asks for something else, and why."""

    path: bytes
    package: str
    line: int
    constraint: str
    why: str


@dataclass(frozen=True)
class FilePlan:
    """What changes in one manifest."""

    path: bytes
    edits: tuple[Edit, ...]


def plan_edits(manifests: Mapping[bytes, Manifest], targets: Iterable[Target]) -> tuple[list[FilePlan], list[Left]]:
    """The edits that bring every package of `targets` to its constraint, and what can't be brought there."""
    wanted = {(each.ecosystem, each.package): each for each in targets}
    plans: list[FilePlan] = []
    left: list[Left] = []
    for path, manifest in sorted(manifests.items()):
        edits: list[Edit] = []
        for each in manifest.wanted:
            target = wanted.get((each.ecosystem, each.package))
            if target is None or not each.constraint or each.is_exclusion:
                continue
            found = _edit(each, target, manifest)
            if isinstance(found, Edit):
                edits.append(found)
            elif found:
                left.append(Left(path, each.package, each.line, each.constraint, found))
        if edits:
            plans.append(FilePlan(path, tuple(edits)))
    return plans, left


def _edit(wanted: Wanted, target: Target, manifest: Manifest) -> Edit | str | None:
    """The edit; why there can be none; or None where nothing is to be done."""
    try:
        after = told_in(target, wanted.form)
    except ValueError as error:
        return str(error)
    if _means_the_same(wanted, after):
        return None
    if manifest.compiled_by:
        return f"the file is generated: {manifest.compiled_by}"
    if wanted.fixed or wanted.span is None:
        return wanted.fixed or "it has no version text"
    if _has_markers(wanted, manifest):
        return "the manifest asks for several versions, by environment"
    return Edit(wanted.package, wanted.line, wanted.span, wanted.constraint, _spaced_like(wanted.constraint, after))


def _means_the_same(wanted: Wanted, after: str) -> bool:
    try:
        return read_range(wanted.form, wanted.constraint).key == read_range(wanted.form, after).key
    except ValueError:
        return wanted.constraint == after


def _has_markers(wanted: Wanted, manifest: Manifest) -> bool:
    place = (wanted.ecosystem, wanted.package, wanted.table)
    same = [each for each in manifest.wanted if (each.ecosystem, each.package, each.table) == place]
    return len({each.marker for each in same}) > 1


def _spaced_like(before: str, after: str) -> str:
    """`after` with the spaces that `before` has behind its operators and commas."""
    gaps = {found[2] for found in _CLAUSE.finditer(before)}
    if len(gaps) == 1 and (gap := gaps.pop()):
        after = _CLAUSE.sub(lambda found: found[1] + gap, after)
    return re.sub(r",\s*", ", ", after) if re.search(r",\s", before) else after
