"""Whether a grant that lasts until its work has landed is over, judged from history alone: CI has no state.

It is over when the base has, since it was given, a commit of the agent's that changes a path it says, or the content
that the agent's branch once gave to all the paths it says (a squash, a rebase). In doubt it is over: it can be given
again.
"""

import os
from collections.abc import Sequence

from agentgrid.boundaries.grants.grant import Grant
from agentgrid.boundaries.leases.landing import find_unlanded
from agentgrid.boundaries.messages.trailer_text import AGENT_KEY, read_trailers
from agentgrid.git.commit_messages import list_messages
from agentgrid.git.history import changed_paths, merge_bases, parse_raw
from agentgrid.git.process import Git
from agentgrid.git.repository import Repository


def has_landed(repository: Repository, grant: Grant, *, base: str, heads: Sequence[str]) -> bool:
    """`heads`: the commits that the agent's work stands on."""
    if any(_is_the_agents(repository, grant, oid, raw) for oid, raw in _landed_since(repository, grant, base)):
        return True
    return any(_has_content(repository, grant, base, head) for head in heads)


def is_from_here(repository: Repository, grant: Grant, base: str) -> bool:
    """Whether the grant was given in this history: one of another repository, or of a history that was rewritten,
    says nothing here."""
    return repository.git.run("merge-base", "--is-ancestor", grant.since, base, accept=(0, 1, 128)).code == 0


def _landed_since(repository: Repository, grant: Grant, base: str) -> list[tuple[str, bytes]]:
    return [(each.oid, each.raw) for each in list_messages(repository.git, grant.since, base)]


def _is_the_agents(repository: Repository, grant: Grant, oid: str, raw: bytes) -> bool:
    agents = {value for key, value in read_trailers(raw, anywhere=True) if key.lower() == AGENT_KEY.lower()}
    return os.fsencode(grant.to) in agents and any(grant.covers(path) for path in changed_paths(repository, oid))


def _has_content(repository: Repository, grant: Grant, base: str, head: str) -> bool:
    """Whether the base took over, since, what the branch had at some commit of its own."""
    git = repository.git
    for commit in git.text("rev-list", "--reverse", "--first-parent", head, "--not", base).split():
        fork = next(
            iter(merge_bases(git, base, [commit])), repository.empty_tree
        )  # each its own: the base may be in it
        touched = _differing(git, grant, fork, commit)
        open_yet = [path for path in touched if path in _differing(git, grant, base, commit)]
        if touched and not find_unlanded(git, base, commit, open_yet):
            return True
    return False


def _differing(git: Git, grant: Grant, before: str, after: str) -> list[bytes]:
    """The granted paths that differ between two trees."""
    raw = git.run("diff-tree", "-r", "--raw", "-z", "--no-renames", before, after).stdout
    return [path for path, *_ in parse_raw(raw) if grant.covers(path)]
