"""`migration.unqueued` over a change set: gathers what changed in lineages' directories, asks the rule, and says which
paths it opens to who carries them."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from agentgrid.boundaries.charged import ChangeSet
from agentgrid.boundaries.findings import Finding, Words, named_finding
from agentgrid.boundaries.migrations.judging import ChangedFile, carries_any, object_to_change
from agentgrid.boundaries.migrations.lineages import lineage_at
from agentgrid.boundaries.migrations.registry import Known
from agentgrid.boundaries.policy.territory import OWNED, UNOWNED, Place, Territory
from agentgrid.boundaries.verdict import UNQUEUED_RULE
from agentgrid.git.content import read_blobs_by_id
from agentgrid.git.paths import quote_path
from agentgrid.git.process import Git

AskQueue = Callable[[Iterable[bytes]], Known]
"""Paths → what the queue knows of them; asked only when a lineage is touched."""
_ABSENT, _PLAIN = b"000000", b"100"


@dataclass(frozen=True)
class QueueVerdict:
    """`settled`: paths that ownership has nothing more to say about: the queue opens them, or they are refused here."""

    findings: tuple[Finding, ...] = ()
    settled: frozenset[bytes] = frozenset()

    def settles(self, place: Place) -> bool:
        """Whether the owner isn't asked about it. What is frozen, or claimed by two, the queue opens to nobody."""
        return place.path in self.settled and place.state in {OWNED, UNOWNED}


def judge_migrations(
    git: Git,
    territory: Territory,
    agent: str,
    changes: ChangeSet,
    *,
    ask: AskQueue,
    undo: str,
) -> QueueVerdict:
    """The verdict on each changed path of a lineage. `undo`: the command that takes a path out of the change set."""
    touched = {path: lineage for path in changes.entries if (lineage := lineage_at(territory.compiled, path))}
    if not touched:
        return QueueVerdict()
    known = ask(touched)
    files = _read_files(git, changes, [path for path, lineage in touched.items() if lineage.is_migration(path)])
    findings: list[Finding] = []
    settled: set[bytes] = set()
    for path, lineage in touched.items():
        file = files.get(path)
        if file is None:
            settled |= {path} if lineage.is_newest_file(path) and carries_any(lineage, agent, known) else set()
            continue
        words = object_to_change(lineage, file, agent, known)
        finding = _refuse(territory, path, words, undo) if words is not None else None
        findings += [finding] if finding is not None else []
        is_open = words is None and file.is_new
        settled |= {path} if is_open or (finding is not None and finding.severity == "error") else set()
    return QueueVerdict(tuple(findings), frozenset(settled))


def _refuse(territory: Territory, path: bytes, words: Words, undo: str) -> Finding | None:
    words = replace(words, hint=f"{words.hint}; take it out with: {undo} {quote_path(path)}")
    return named_finding(territory, UNQUEUED_RULE, words, path=path)


def without_earlier(verdict: QueueVerdict, earlier: Territory | None) -> QueueVerdict:
    """Without what was in no lineage where the branch forked off: it was allowed then."""
    if earlier is None:
        return verdict
    excused = {each.path for each in verdict.findings if lineage_at(earlier.compiled, each.path) is None}
    findings = tuple(each for each in verdict.findings if each.path not in excused)
    return QueueVerdict(findings, verdict.settled - excused)


def _read_files(git: Git, changes: ChangeSet, paths: Sequence[bytes]) -> dict[bytes, ChangedFile]:
    entries = {path: changes.entries[path] for path in paths}
    wanted = [oid for _, mode, oid in entries.values() if mode.startswith(_PLAIN)]
    content = dict(read_blobs_by_id(git, wanted))
    return {
        path: ChangedFile(
            path, before == _ABSENT, None if after == _ABSENT else oid,
            content.get(oid) if after.startswith(_PLAIN) else None,
        )
        for path, (before, after, oid) in entries.items()
    }  # fmt: skip
