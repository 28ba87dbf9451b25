"""The trailers that agents' commits carry: which ones a commit gets, and what those of a range say."""

import os
from collections.abc import Sequence
from dataclasses import dataclass

from agentgrid.boundaries.findings import Finding, Words, named_finding
from agentgrid.boundaries.leases.queries import read_live
from agentgrid.boundaries.messages.lock_evidence import find_leased, read_evidence, write_evidence
from agentgrid.boundaries.messages.trailer_text import AGENT_KEY, read_trailers
from agentgrid.boundaries.patterns.parsing import PatternError, parse_pattern
from agentgrid.boundaries.policy.territory import Territory
from agentgrid.boundaries.verdict import BRANCH_NAME_RULE
from agentgrid.git.commit_messages import list_messages
from agentgrid.git.history import GITLINK_MODE, parse_raw
from agentgrid.git.process import Git
from agentgrid.git.repository import Repository
from agentgrid.store.session import Store

_DIFF = ("diff-index", "--cached", "--raw", "-z", "--no-renames", "--ignore-submodules=none")


@dataclass(frozen=True, slots=True)
class Draft:
    """A commit that is being made. `parent`: HEAD, or HEAD^ for one that amends. `base`: the base's commit.
    `index_file`: the index that git uses for it, None for the worktree's own. `is_merge`: it has another parent too."""

    parent: str
    base: str
    index_file: str | None
    is_merge: bool


def own_trailers(repository: Repository, territory: Territory, store: Store, agent: str, draft: Draft) -> list[bytes]:
    """The trailers of a commit of `agent`: `Agent`, and a lock for each of its leases that covers a changed path."""
    leased = find_leased(territory, _changed_paths(repository, draft))
    return [agent_trailer(agent), *(_evidence(store, agent, leased) if leased else ())]


def agent_trailer(agent: str) -> bytes:
    return AGENT_KEY + b": " + os.fsencode(agent)


def trailer_findings(repository: Repository, territory: Territory, *, base: str, head: str) -> tuple[Finding, ...]:
    """`branch.name` for a branch that belongs to nobody: commits on it that say that an agent made them."""
    found: list[Finding | None] = []
    for agent, commit in named_agents(repository, territory, base=base, head=head):
        words = Words(
            f"commit {commit[:10]} is {agent}'s by its trailer, but no agent has a branch of this name",
            f"name the agent (--agent {agent}), or rename the branch as `agentgrid start {agent} TOPIC` would",
        )
        found.append(named_finding(territory, BRANCH_NAME_RULE, words, owner=agent, commit=commit))
    return tuple(finding for finding in found if finding is not None)


def named_agents(
    repository: Repository,
    territory: Territory,
    *,
    base: str,
    head: str,
    anywhere: bool = False,
) -> list[tuple[str, str]]:
    """(agent, commit) for each agent of the grid that a commit which `head` adds to `base` names by its trailer.
    `anywhere`: also by those that a squash has left between messages."""
    found: list[tuple[str, str]] = []
    for commit in list_messages(repository.git, base, head, is_first_parent=True):
        trailers = read_trailers(commit.raw, anywhere=anywhere)
        named = [os.fsdecode(value) for key, value in trailers if key.lower() == AGENT_KEY.lower()]
        known = dict.fromkeys(each for each in named if each in territory.compiled["agents"])
        found += [(agent, commit.oid) for agent in known]
    return found


def trailer_evidence(repository: Repository, base: str, head: str) -> list[tuple[str, int, bytes]]:
    """(agent, token, pattern) of the lock trailers of the commits that `head` adds to `base`, each once."""
    found = [each for commit in list_messages(repository.git, base, head) for each in read_evidence(commit.raw)]
    return [each for each in dict.fromkeys(found) if _is_pattern(each[2])]


def _changed_paths(repository: Repository, draft: Draft) -> list[tuple[bytes, bool]]:
    """What the commit itself changes; of what a merge brings, only what isn't the base's."""
    git = Git(repository.worktree or repository.git_dir,
              env={"GIT_INDEX_FILE": draft.index_file} if draft.index_file else None)  # fmt: skip
    changed = _entries(git, repository.resolve(draft.parent) or repository.empty_tree)
    if draft.is_merge:
        unlanded = {path for path, _ in _entries(git, draft.base)}
        changed = [each for each in changed if each[0] in unlanded]
    return changed


def _entries(git: Git, commit: str) -> list[tuple[bytes, bool]]:
    return [(path, GITLINK_MODE in modes[:2]) for path, *modes in parse_raw(git.run(*_DIFF, commit, "--").stdout)]


def _evidence(store: Store, agent: str, leased: Sequence[tuple[bytes, bool]]) -> list[bytes]:
    with store.read() as session:
        leases = read_live(session, agent)
    patterns = [(lease.token, each.text, each.shape) for lease in leases for each in lease.patterns]
    return write_evidence(agent, list(leased), patterns)


def _is_pattern(pattern: bytes) -> bool:
    try:
        return not parse_pattern(os.fsdecode(pattern)).is_negated
    except PatternError:
        return False
