"""A merge queue's group: several pull requests, merged one after the other onto the base, of which no name is known.

Each was judged as its agent's in a run of its own. Here what each adds is judged once more, by the policy that the
base has now, as the agent that the merged branch or the commits' trailers name. What a squash rewrites isn't asked.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from agentgrid.boundaries.checking import check_commit
from agentgrid.boundaries.findings import CheckReport, Finding
from agentgrid.boundaries.grants.book import GrantBook, Stand
from agentgrid.boundaries.messages.format import FORMAT_RULE
from agentgrid.boundaries.messages.trailers import named_agents
from agentgrid.boundaries.migrations.registry import Registry
from agentgrid.boundaries.policy.territory import Territory
from agentgrid.boundaries.verdict import BRANCH_NAME_RULE, MISSING_RULE
from agentgrid.boundaries.ways_in import WaysIn
from agentgrid.git.branch_names import find_remote_tips, names_pointing_at, remote_names
from agentgrid.git.repository import Repository

_REWRITTEN = frozenset({FORMAT_RULE, MISSING_RULE, BRANCH_NAME_RULE})

AgentOf = Callable[[str], str | None]


@dataclass(frozen=True, slots=True)
class Span:
    """Commits of the group's own line, one after the other, that are one agent's (None: a person's)."""

    agent: str | None
    start: str
    end: str


def check_group(
    repository: Repository, territory: Territory, agent_of: AgentOf, *, base: str, head: str
) -> CheckReport:
    """Checks what the group `head` adds to the commit `base` that it stands on. `agent_of`: the agent of a branch."""
    findings: list[Finding] = []
    spans = _spans(repository, territory, agent_of, base, head)
    paths = 0
    for span in spans:
        report = _check_span(repository, territory, agent_of, span)
        findings += [each for each in report.findings if each.rule not in _REWRITTEN]
        paths += report.checked_paths
    read = ", ".join(f"{span.end[:10]} as {span.agent or 'a person'}" for span in spans)
    notice = f"a merge queue's group is judged by what merged it: {read or 'nothing is in it'}"
    who = spans[0].agent if len(spans) == 1 else None
    return CheckReport(who, base, head, tuple(findings), (notice,), checked_paths=paths)


def _check_span(repository: Repository, territory: Territory, agent_of: AgentOf, span: Span) -> CheckReport:
    openings = None

    def branches() -> list[str]:
        return [each for each in remote_names(repository) if agent_of(each) == span.agent]

    if span.agent is not None:
        # A squash has no branch's name: it came from one of those that the agent has.
        openings = GrantBook(repository, None, territory.compiled).openings(
            span.agent,
            base=span.start,
            stand=lambda: Stand([span.end], branches()),
        )
    # What the queue's commits say a squash may have lost, but not the branch that it came from.
    registry = Registry(None, beside=lambda: find_remote_tips(repository, branches()))
    return check_commit(
        repository, territory, agent=span.agent, base=span.start, head=span.end, ways_in=WaysIn(openings, registry)
    )


def _spans(repository: Repository, territory: Territory, agent_of: AgentOf, base: str, head: str) -> list[Span]:
    listed = repository.git.text("rev-list", "--first-parent", "--reverse", "--parents", f"{base}..{head}", "--")
    spans: list[Span] = []
    for line in listed.splitlines():
        oid, *parents = line.split()
        start = parents[0] if parents else base
        tips = parents[1:] or [oid]
        names = [name for tip in parents[1:] for name in names_pointing_at(repository, tip)]
        agent = _only(map(agent_of, names)) if names else _named(repository, territory, start, tips)
        last = spans[-1] if spans else None
        if last is not None and last.agent == agent:
            spans[-1] = replace(last, end=oid)
        else:
            spans.append(Span(agent, start, oid))
    return spans


def _named(repository: Repository, territory: Territory, start: str, tips: Sequence[str]) -> str | None:
    """The agent that the commits name; where two are named, nobody can tell."""
    found = [named_agents(repository, territory, base=start, head=tip, anywhere=True) for tip in tips]
    return _only(agent for each in found for agent, _ in each)


def _only(agents: Iterable[str | None]) -> str | None:
    found = {agent for agent in agents if agent is not None}
    return found.pop() if len(found) == 1 else None
