"""Checks what a change set does to the public API of common code: reads both sides, compares, judges, finds users."""

import os
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from agentgrid.boundaries.policy.territory import OWNED, Territory
from agentgrid.config.schema import CommonCode
from agentgrid.git.repository import Repository
from agentgrid.git.trees import read_blobs
from agentgrid.integration.common_code.deprecation import hands_on, has_warned
from agentgrid.integration.common_code.judging import judge_break
from agentgrid.integration.common_code.model import Break, CommonReport, Judged, PackageVersion
from agentgrid.integration.common_code.naming import name_modules
from agentgrid.integration.common_code.rules import make_findings
from agentgrid.integration.common_code.sources import Sources, is_common_module, read_sources, read_text
from agentgrid.integration.common_code.usage import Branch, Users
from agentgrid.integration.common_code.versions import Said, find_version, read_version
from agentgrid.machine.files import memory_directory


@dataclass(frozen=True)
class Case:
    """What is checked: the commit `head` against the commit `base`, as `agent` (None: a person)."""

    agent: str | None
    base: str
    head: str


class CommonCheck:
    """Checks change sets under one policy. `branches`: where agents' work is, asked only when something broke."""

    def __init__(
        self, repository: Repository, territory: Territory, wanted: CommonCode, branches: Callable[[], Sequence[Branch]]
    ) -> None:
        self._repository = repository
        self._territory = territory
        self._wanted = wanted
        self._branches = branches

    def check(self, case: Case, *, with_all_users: bool = True) -> CommonReport:
        """The report. `with_all_users` False looks for users only of what isn't let through."""
        sources = read_sources(self._repository, self._territory, base=case.base, head=case.head)
        if not sources.changed:
            return CommonReport(case.agent, case.base, case.head, 0)
        judged = self._judge(find_breaks(sources), sources, case.base)
        asked = [each for each in judged if with_all_users or each.is_objection]
        judged, notes = self._with_users(judged, asked, sources, case)
        findings = tuple(make_findings(self._territory, self._wanted, judged, sources.unreadable))
        return CommonReport(
            case.agent, case.base, case.head, len(sources.changed), tuple(judged), sources.unreadable, findings, notes
        )

    def _judge(self, breaks: Sequence[Break], sources: Sources, base: str) -> list[Judged]:
        read_base = _Reader(self._repository, base)
        unreadable = {each.path for each in sources.unreadable}

        def said_before(path: bytes) -> Said | None:
            return read_version(read_base, path) if is_common_module(self._territory, path) else None

        def said_now(path: bytes) -> Said | None:
            return Said(None, "can't be read") if path in unreadable else read_version(sources.after.get, path)

        def version_of(broken: Break) -> PackageVersion:
            return find_version(broken.module, said_before, said_now, sources.after.__contains__)

        versions = {module: version_of(each) for module, each in {each.module: each for each in breaks}.items()}
        return [
            judge_break(each, versions[each.module], self._wanted, has_warned=_warned_before(each, sources))
            for each in breaks
        ]

    def _with_users(
        self, judged: Sequence[Judged], asked: Sequence[Judged], sources: Sources, case: Case
    ) -> tuple[list[Judged], tuple[str, ...]]:
        if not asked:
            return list(judged), ()
        finder = Users(self._repository, self._owner_of)
        own = Branch(case.agent, case.head) if case.agent else (None, case.head)
        others = [each for each in self._branches() if each.agent != case.agent]
        found = finder.find([each.broken for each in asked], sources, base=case.base, own=own, others=others)
        users = dict(zip((each.broken.symbol for each in asked), found, strict=True))
        return [replace(each, users=users.get(each.broken.symbol, ())) for each in judged], tuple(finder.notes)

    def _owner_of(self, path: bytes) -> str | None:
        place = self._territory.place(path)
        return place.owner if place.state == OWNED else None


class _Reader:
    """The text of modules of one commit, each read once."""

    def __init__(self, repository: Repository, commit: str) -> None:
        self._repository, self._commit = repository, commit
        self._known: dict[bytes, str | None] = {}

    def __call__(self, path: bytes) -> str | None:
        if path not in self._known:
            content = next(iter(read_blobs(self._repository.git, self._commit, [os.fsdecode(path)]).values()), None)
            self._known[path] = read_text(content) if content is not None else None
        return self._known[path]


def find_breaks(sources: Sources) -> list[Break]:
    """What broke between two sides, as far as nothing stands in for it."""
    from agentgrid.integration.common_code.comparing import compare_sides
    from agentgrid.integration.common_code.loading import load_side
    from agentgrid.integration.common_code.neighbours import find_neighbours

    names = name_modules({*sources.before, *sources.after})
    wanted = find_neighbours(sources.changed, (sources.before, sources.after), names)
    with tempfile.TemporaryDirectory(prefix="agentgrid-api-", dir=memory_directory()) as directory:
        sides = [
            load_side(
                Path(directory) / name, {path: text for path, text in side.items() if path in wanted},
                {path: names[path] for path in wanted},
            )
            for name, side in (("before", sources.before), ("after", sources.after))
        ]  # fmt: skip
        found = compare_sides(*sides)
    return [kept for each in found if (kept := _without_kept(each, sources)) is not None]


def _without_kept(broken: Break, sources: Sources) -> Break | None:
    """None for what the module still hands on, or what stands in for it and warns."""
    text = sources.after.get(broken.module)
    names = broken.names
    if text is None or not names:
        return broken
    if broken.is_gone and len(names) == 1 and hands_on(text, names[0], with_warning=False):
        return None
    if any(each.kind == "kind" for each in broken.changes) and has_warned(text, names):
        left = tuple(each for each in broken.changes if each.kind != "kind")
        return replace(broken, changes=left) if left else None
    return broken


def _warned_before(broken: Break, sources: Sources) -> bool:
    text = sources.before.get(broken.module)
    return text is not None and has_warned(text, broken.names)
