"""A merge queue's group: several pull requests, merged one after the other onto the base, of which no name is known.

Each was judged as its agent's in a run of its own. Here what each adds is judged once more, by the policy that the
base has now, as the agent that the merged branch or the commits' trailers name. What a squash rewrites isn't asked.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

from agentgrid.boundaries.checking import check_commit
from agentgrid.boundaries.findings import CheckReport, Finding
from agentgrid.boundaries.messages.format import FORMAT_RULE
from agentgrid.boundaries.messages.trailers import named_agents
from agentgrid.boundaries.policy.territory import Territory
from agentgrid.boundaries.verdict import BRANCH_NAME_RULE, MISSING_RULE
from agentgrid.git.repository import Repository

_REWRITTEN = frozenset({FORMAT_RULE, MISSING_RULE, BRANCH_NAME_RULE})


@dataclass(frozen=True, slots=True)
class Span:
    """Commits of the group's own line, one after the other, that are one agent's (None: a person's)."""

    agent: str | None
    start: str
    end: str


def check_group(
    repository: Repository, territory: Territory, agent_of: Callable[[str], str | None], *, base: str, head: str
) -> CheckReport:
    """Checks what the group `head` adds to the commit `base` that it stands on. `agent_of`: the agent of a branch."""
    findings: list[Finding] = []
    spans = _spans(repository, territory, agent_of, base, head)
    paths = 0
    for span in spans:
        report = check_commit(repository, territory, agent=span.agent, base=span.start, head=span.end)
        findings += [each for each in report.findings if each.rule not in _REWRITTEN]
        paths += report.checked_paths
    read = ", ".join(f"{span.end[:10]} as {span.agent or 'a person'}" for span in spans)
    notice = f"a merge queue's group is judged by what merged it: {read or 'nothing is in it'}"
    return replace(CheckReport(None, base, head, tuple(findings), (notice,)), checked_paths=paths)


def _spans(
    repository: Repository, territory: Territory, agent_of: Callable[[str], str | None], base: str, head: str
) -> list[Span]:
    listed = repository.git.text("rev-list", "--first-parent", "--reverse", "--parents", f"{base}..{head}", "--")
    spans: list[Span] = []
    for line in listed.splitlines():
        oid, *parents = line.split()
        start = parents[0] if parents else base
        agent = _agent_behind(repository, territory, agent_of, start, oid, parents[1:])
        if spans and spans[-1].agent == agent:
            spans[-1] = replace(spans[-1], end=oid)
        else:
            spans.append(Span(agent, start, oid))
    return spans


def _agent_behind(
    repository: Repository,
    territory: Territory,
    agent_of: Callable[[str], str | None],
    start: str,
    oid: str,
    merged: list[str],
) -> str | None:
    """The agent whose branch was merged, else the only one that the commits name."""
    for tip in merged:
        refs = repository.git.text("for-each-ref", "--format=%(refname)", f"--points-at={tip}", "refs/remotes").split()
        names = [ref.removeprefix("refs/remotes/").partition("/")[2] for ref in refs]
        found = {agent for agent in map(agent_of, names) if agent is not None}
        if len(found) == 1:
            return found.pop()
    named = {
        agent for agent, _ in named_agents(repository, territory, base=start, head=oid, is_first_parent=not merged)
    }
    return named.pop() if len(named) == 1 else None
