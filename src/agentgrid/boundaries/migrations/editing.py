"""Migrations that are about to be edited: what a commit of them would be told, and that a new one may be written first.

A new file is written before it can be submitted, also where another agent owns the directory: the edit passes with a
hint, and a commit of it is refused until the queue knows the file.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from agentgrid.boundaries.findings import Finding, Words, named_finding
from agentgrid.boundaries.migrations.judging import (
    ChangedFile,
    carries_any,
    is_integrated_here,
    object_to_change,
    own_open,
)
from agentgrid.boundaries.migrations.lineages import LineagePlace, lineage_at
from agentgrid.boundaries.migrations.registry import Known
from agentgrid.boundaries.migrations.rules import AskQueue, QueueVerdict, without_earlier
from agentgrid.boundaries.policy.territory import Territory
from agentgrid.boundaries.verdict import UNQUEUED_RULE
from agentgrid.git.paths import quote_path
from agentgrid.git.process import Git


@dataclass(frozen=True)
class EditScene:
    """`base`: the base's commit. `ask`: what the queue knows. `earlier`: the map where the branch forked off, None when
    it is the present one."""

    git: Git
    base: str
    ask: AskQueue
    earlier: Territory | None = None


def judge_migration_edits(scene: EditScene, territory: Territory, agent: str, paths: Iterable[bytes]) -> QueueVerdict:
    """What the queue says to edits of these paths by the agent."""
    touched = {path: lineage for path in paths if (lineage := lineage_at(territory.compiled, path))}
    if not touched:
        return QueueVerdict()
    known, old = scene.ask(touched), _in_tree(scene.git, scene.base, list(touched))
    findings: list[Finding] = []
    settled: set[bytes] = set()
    for path, lineage in touched.items():
        if lineage.is_newest_file(path) and carries_any(lineage, agent, known):
            settled.add(path)
        if not lineage.is_migration(path):
            continue
        finding = _find(territory, lineage, path, agent, known, is_new=path not in old)
        if finding is not None:
            findings.append(finding)
        is_let_in = path not in old and (finding is not None or own_open(lineage, path, agent, known))
        if is_let_in or (finding is not None and finding.severity == "error"):
            settled.add(path)
    return without_earlier(QueueVerdict(tuple(findings), frozenset(settled)), scene.earlier)


def _find(
    territory: Territory, lineage: LineagePlace, path: bytes, agent: str, known: Known, *, is_new: bool
) -> Finding | None:
    if not is_new:
        words = object_to_change(lineage, ChangedFile(path, is_new=False, oid=b"", content=b""), agent, known)
        return named_finding(territory, UNQUEUED_RULE, words, path=path) if words else None
    if is_integrated_here(lineage, path, known):
        words = Words("was integrated by the queue: its content stays as it is",
                      f"write another migration of {lineage.name}, and submit that")  # fmt: skip
        return named_finding(territory, UNQUEUED_RULE, words, path=path)
    request = own_open(lineage, path, agent, known)
    submit = f"agentgrid migration submit {quote_path(request.file if request and request.file else path)}"
    if request is not None:
        words = Words(f"is {request.id} of the migration queue: a change has to be submitted again", submit)
    else:
        words = Words(f"can be committed once the migration queue of {lineage.name} knows it", submit)
    finding = named_finding(territory, UNQUEUED_RULE, words, path=path)
    return replace(finding, severity="warn") if finding is not None else None


def _in_tree(git: Git, treeish: str, paths: Sequence[bytes]) -> frozenset[bytes]:
    listed = git.run("--literal-pathspecs", "ls-tree", "-z", "--name-only", "--full-tree", treeish, "--", *paths)
    return frozenset(listed.fields)


def by_path(verdict: QueueVerdict) -> Mapping[bytes, list[Finding]]:
    """Its findings by the path that they are about."""
    found: dict[bytes, list[Finding]] = {}
    for each in verdict.findings:
        found.setdefault(each.path, []).append(each)
    return found
