"""The rule `migration.duplicate`: whether a lineage still is one line once a branch has merged, as findings of `check`.

Only a check of a whole branch asks it: a commit may come before the base, with what it follows, is brought in. Files
that wait in the queue get their numbers when they land, and count in nothing here.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

from agentgrid.boundaries.charged import ChangeSet, charge_commit
from agentgrid.boundaries.findings import CheckReport, Finding, Words, named_finding
from agentgrid.boundaries.migrations.lineages import LineagePlace, lineage_at
from agentgrid.boundaries.migrations.registry import Registry
from agentgrid.boundaries.policy.territory import Territory
from agentgrid.boundaries.verdict import DUPLICATE_RULE
from agentgrid.errors import InputError
from agentgrid.git.content import read_blobs_by_id
from agentgrid.git.paths import show_path
from agentgrid.git.process import Git
from agentgrid.git.repository import Repository
from agentgrid.integration.migrations.styles.chain import Chain, Style
from agentgrid.integration.migrations.styles.registry import style_for

_ABSENT, _PLAIN = b"000000", b"100"
_MOST_TOLD = 5
StyleFor = Callable[[str], Style]


@dataclass(frozen=True)
class LineageChange:
    """A lineage on the base, and as it would be after the merge: name relative to its directory → content. `added`:
    names that only the merge has."""

    lineage: LineagePlace
    before: Mapping[bytes, bytes]
    after: Mapping[bytes, bytes]

    @property
    def added(self) -> frozenset[bytes]:
        return frozenset(self.after) - frozenset(self.before)


def with_duplicates(
    report: CheckReport,
    repository: Repository,
    territory: Territory,
    *,
    is_group: bool = False,
    is_landing: bool = False,
    styles: StyleFor = style_for,
) -> CheckReport:
    """The report with what the branch would break in lineages; a person's own work isn't asked. `is_group`: of a merge
    queue, which is nobody's own. `is_landing`: what the queue has numbered on the branch gets another number now if it
    has to, so its lineages aren't asked."""
    if not territory.compiled["queued"] or report.head is None or (report.agent is None and not is_group):
        return report
    changes = charge_commit(repository, report.base, report.head)
    evidence = Registry(None).read(repository, report.base, [report.head], ()).evidence if is_landing else ()
    renumbered = {each.lineage for each in evidence}
    found: list[Finding] = []
    for change in _find_changes(repository.git, territory, changes, report.base):
        if change.lineage.name in renumbered:
            continue
        for name, words in find_faults(change, styles(change.lineage.style)):
            finding = named_finding(territory, DUPLICATE_RULE, words, path=change.lineage.prefix + name)
            found += [finding] if finding is not None else []
    return replace(report, findings=(*report.findings, *found)) if found else report


def find_faults(change: LineageChange, style: Style) -> list[tuple[bytes, Words]]:
    """(name of the file that brings it, what is wrong) for each fault that the base doesn't have already. Pure."""
    hint = f"give it its number: agentgrid migration integrate --on BRANCH; or submit it to {change.lineage.name} first"
    try:
        before = _read(style, change.before)
        after = style.read_chain(change.after)
    except InputError as error:
        first = min(change.added, default=b"")
        return [(first, Words(f"leaves a lineage that can't be read: {error.message}", error.hint))]
    told = [*_doubles(before, after, change), *_heads(before, after), *_gaps(before, after), *_broken(before, after)]
    return [(name or min(change.added, default=b""), Words(said, hint)) for name, said in told]


def _doubles(before: Chain, after: Chain, change: LineageChange) -> Iterator[tuple[bytes, str]]:
    for one, other in after.doubles:
        if (one, other) in before.doubles or (other, one) in before.doubles:
            continue
        new, old = (one, other) if one in change.added and other not in change.added else (other, one)
        yield new, f"has the number of {show_path(old)}"


def _heads(before: Chain, after: Chain) -> Iterator[tuple[bytes, str]]:
    if len(after.heads) < 2 or len(after.heads) <= len(before.heads):
        return
    files = {entry.key: entry.files[0] for entry in after.entries if entry.files}
    new = [head for head in after.heads if head not in before.heads]
    yield files.get(new[-1], b"") if new else b"", f"makes several heads: {', '.join(after.heads[:_MOST_TOLD])}"


def _gaps(before: Chain, after: Chain) -> Iterator[tuple[bytes, str]]:
    new = [number for number in after.gaps if number not in before.gaps]
    if not new:
        return
    behind = [each for each in after.entries if each.number is not None and each.number > new[-1] and each.files]
    first = min(behind, key=lambda each: each.number or 0, default=None)
    told = ", ".join(map(str, new[:_MOST_TOLD])) + (" and more" if len(new) > _MOST_TOLD else "")
    yield first.files[0] if first else b"", f"leaves a gap: there is no migration {told}"


def _broken(before: Chain, after: Chain) -> Iterator[tuple[bytes, str]]:
    for sentence in after.broken:
        if sentence not in before.broken:
            yield b"", f"leaves a lineage that doesn't hang together: {sentence}"


def _read(style: Style, files: Mapping[bytes, bytes]) -> Chain:
    try:
        return style.read_chain(files)
    except InputError:
        return Chain()  # the base's own fault: it is told once more, of the merge


def _find_changes(git: Git, territory: Territory, changes: ChangeSet, base: str) -> Iterator[LineageChange]:
    touched: dict[LineagePlace, list[bytes]] = {}
    for path in changes.entries:
        lineage = lineage_at(territory.compiled, path)
        if lineage is not None and lineage.is_migration(path):
            touched.setdefault(lineage, []).append(path)
    for lineage, paths in touched.items():
        before = _list_lineage(git, territory, lineage, base)
        after = dict(before)
        for path in paths:
            _, mode, oid = changes.entries[path]
            after.pop(path, None)
            if mode != _ABSENT and mode.startswith(_PLAIN):
                after[path] = oid
        content = dict(read_blobs_by_id(git, {*before.values(), *after.values()}))
        sides = [{path.removeprefix(lineage.prefix): content[oid] for path, oid in side.items()}
                 for side in (before, after)]  # fmt: skip
        yield LineageChange(lineage, *sides)


def _list_lineage(git: Git, territory: Territory, lineage: LineagePlace, treeish: str) -> dict[bytes, bytes]:
    """Path → object of the lineage's migrations that a tree has."""
    folder = [lineage.prefix] if lineage.prefix else []
    listed = git.run("--literal-pathspecs", "ls-tree", "-r", "-z", "--full-tree", treeish, "--", *folder).fields
    found: dict[bytes, bytes] = {}
    for field in listed:
        facts, _, path = field.partition(b"\t")
        mode, _kind, oid = facts.split()
        is_ours = lineage_at(territory.compiled, path) == lineage and lineage.is_migration(path)
        if is_ours and mode.startswith(_PLAIN):
            found[path] = oid
    return found
