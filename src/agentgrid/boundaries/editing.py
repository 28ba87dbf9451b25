"""The verdict on paths that are about to be edited: what a commit of that edit would be told, before it is made.

Ownership (now, or where the branch forked off), leases, the fence, names that collide, the branch that is checked out.
A path that git ignores and doesn't track is never committed, so it is nobody's business.
"""

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from agentgrid.boundaries.findings import Finding, base_finding
from agentgrid.boundaries.leases.book import LeaseBook
from agentgrid.boundaries.leases.edits import Footing, judge_leases
from agentgrid.boundaries.leases.rules import LeasePoint
from agentgrid.boundaries.migrations.editing import EditScene, by_path, judge_migration_edits
from agentgrid.boundaries.migrations.registry import Known
from agentgrid.boundaries.ownership import EditVerdict, judge_edits
from agentgrid.boundaries.paths.collisions import new_path_findings
from agentgrid.boundaries.policy.earlier import territory_at
from agentgrid.boundaries.policy.territory import Territory
from agentgrid.boundaries.verdict import broken_rule, needs_lease
from agentgrid.boundaries.ways_in import WaysIn
from agentgrid.git.history import merge_base_tree
from agentgrid.git.ignored import find_ignored_among
from agentgrid.git.operations import merge_heads
from agentgrid.git.paths import RepoPath
from agentgrid.git.repository import Repository


@dataclass(frozen=True, slots=True)
class Editor:
    """Who edits. `head`: the commit that its work stands on, None when unknown. `is_here`: in the worktree that the
    repository is seen from; else it is only asked about."""

    agent: str
    head: str | None
    is_here: bool


class EditJudge:
    """Judges edits of `editor`. `base`: the base's commit id. `point`: what may be done about leases. `ways_in`: what
    lets the agent in beside what it owns."""

    def __init__(
        self,
        repository: Repository,
        territory: Territory,
        editor: Editor,
        book: LeaseBook,
        point: LeasePoint,
        *,
        base: str,
        ways_in: WaysIn,
    ) -> None:
        self._repository = repository
        self._territory = territory
        self._editor = editor
        self._book = book
        self._point = point
        self._base = base
        self._ways_in = ways_in

    def judge(self, paths: Sequence[RepoPath]) -> list[EditVerdict]:
        """One verdict a path. Where `point` takes leases, all that the edit needs are taken when nothing is wrong with
        any of its paths."""
        verdicts = judge_edits(self._territory, self._editor.agent, paths, self._ways_in.openings)
        verdicts = self._ask_queue(paths, self._excuse_earlier(verdicts))
        ignored = self._find_ignored(paths, verdicts)
        verdicts = [_without(each, ignored) for each in verdicts]
        committed = [each for each in paths if each.path not in ignored]
        verdicts = _with(verdicts, self._local_findings(committed))
        ends = {each.path: tuple(end for end in _ends(each) if end not in ignored) for each in paths}
        footing = Footing(self._repository.git, self._base, self._heads())
        return judge_leases(self._territory, self._editor.agent, verdicts, ends, footing, self._point, self._book)

    def _excuse_earlier(self, verdicts: Sequence[EditVerdict]) -> list[EditVerdict]:
        """Without the reasons that the map at the fork point didn't give."""
        if self._editor.head is None or all(not each.reasons for each in verdicts):
            return list(verdicts)
        fork, _ = merge_base_tree(self._repository, self._base, [self._editor.head])
        earlier = territory_at(self._repository, fork, self._territory.compiled["key"])
        if earlier is None or self._editor.agent not in earlier.compiled["agents"]:
            return list(verdicts)
        return [_without(each, {reason.path for reason in each.reasons if self._was_allowed(earlier, reason.path)})
                for each in verdicts]  # fmt: skip

    def _ask_queue(self, paths: Sequence[RepoPath], verdicts: Sequence[EditVerdict]) -> list[EditVerdict]:
        """With what the migration queue says, and without what it settles."""
        ends = {end for each in paths if not each.is_directory for end in _ends(each)}
        queued = tuple(self._territory.compiled["queued"])
        if not any(end.startswith(queued) for end in ends):
            return list(verdicts)
        said = judge_migration_edits(self._scene(), self._territory, self._editor.agent, sorted(ends))
        settled = {path for path in said.settled if said.settles(self._territory.place(path))}
        found, verdicts = by_path(said), [_without(each, settled) for each in verdicts]
        return _with(verdicts, {each.path: [finding for end in _ends(each) for finding in found.get(end, ())]
                                for each in paths})  # fmt: skip

    def _scene(self) -> EditScene:
        git, head = self._repository.git, self._editor.head

        def ask(paths: Iterable[bytes]) -> Known:
            return self._ways_in.registry.read(self._repository, self._base, self._heads(), paths)

        if head is None:
            return EditScene(git, self._base, ask)
        fork, _ = merge_base_tree(self._repository, self._base, [head])
        return EditScene(git, self._base, ask, territory_at(self._repository, fork, self._territory.compiled["key"]))

    def _was_allowed(self, earlier: Territory, path: bytes) -> bool:
        return broken_rule(earlier.place(path), self._editor.agent, earlier.compiled["unowned"]) is None

    def _find_ignored(self, paths: Sequence[RepoPath], verdicts: Sequence[EditVerdict]) -> frozenset[bytes]:
        """Asked of git only where something would be refused or leased."""
        doubtful = {reason.path for each in verdicts for reason in each.reasons}
        doubtful |= {end for each in paths for end in _ends(each) if self._is_leased(end)}
        return find_ignored_among(self._repository.git, sorted(doubtful)) if doubtful else frozenset()

    def _is_leased(self, path: bytes) -> bool:
        return needs_lease(self._territory.place(path), self._territory.compiled["unowned"])

    def _local_findings(self, paths: Sequence[RepoPath]) -> Mapping[bytes, Sequence[Finding]]:
        """What only the agent's own worktree can tell: the base is checked out, a new name has a twin."""
        top = self._repository.worktree
        if not self._editor.is_here or top is None or not paths:
            return {}
        is_on_base = self._repository.current_branch() == self._territory.compiled["base"]
        on_base = base_finding(self._territory) if is_on_base else None
        found = {each.path: [on_base] if on_base else [] for each in paths}
        new = [path for path in found if not os.path.lexists(os.path.join(os.fsencode(top), path))]
        for finding in new_path_findings(self._repository.git, self._territory, new):
            found[finding.path].append(finding)
        return found

    def _heads(self) -> list[str]:
        if self._editor.head is None:
            return []
        return [self._editor.head, *(merge_heads(self._repository.git_dir) if self._editor.is_here else ())]


def _ends(path: RepoPath) -> tuple[bytes, ...]:
    """The path, and where it leads when that is another one."""
    return (path.path, path.target) if path.target else (path.path,)


def _without(verdict: EditVerdict, paths: frozenset[bytes] | set[bytes]) -> EditVerdict:
    return _judged(verdict, [reason for reason in verdict.reasons if reason.path not in paths])


def _with(verdicts: Sequence[EditVerdict], found: Mapping[bytes, Sequence[Finding]]) -> list[EditVerdict]:
    return [_judged(each, [*each.reasons, *found.get(each.path, ())]) for each in verdicts]


def _judged(verdict: EditVerdict, reasons: Sequence[Finding]) -> EditVerdict:
    is_allowed = not any(reason.severity == "error" for reason in reasons)
    return replace(verdict, reasons=tuple(reasons), is_allowed=is_allowed)
