"""Where each agent's work is: in its worktree, else on the newest branch of its own."""

from collections.abc import Sequence

from agentgrid.config.policy import Policy
from agentgrid.git.repository import Repository
from agentgrid.integration.snapshots.taking import WorkPlace
from agentgrid.workspace.desks import Desk, find_desks
from agentgrid.workspace.naming import agent_of_branch, require_agent


def find_places(repository: Repository, policy: Policy, agents: Sequence[str] = ()) -> tuple[WorkPlace, ...]:
    """The places of `agents`, or of all agents of the policy that have any, in the policy's order.

    Raises InputError for a name that is no agent's. One that is named and has neither worktree nor branch has a place
    without a commit.
    """
    for agent in agents:
        require_agent(policy, agent)
    wanted = [agent for agent in policy.agents if not agents or agent in agents]
    desks = find_desks(repository)
    branches = _newest_branches(repository, policy) if any(agent not in desks for agent in wanted) else {}
    found = [_place(agent, desks.get(agent), branches.get(agent)) for agent in wanted]
    return tuple(place for place in found if agents or place.worktree or place.head)


def _place(agent: str, desk: Desk | None, branch: tuple[str, str] | None) -> WorkPlace:
    if desk is not None:
        tree = desk.worktree
        head = tree.head if tree.head and tree.head.strip("0") else None
        return WorkPlace(agent, desk.branch, head, tree.path, tree.admin_dir, desk.is_pending)
    name, head = branch or (None, None)
    return WorkPlace(agent, name, head)


def _newest_branches(repository: Repository, policy: Policy) -> dict[str, tuple[str, str]]:
    """Agent → (short name, commit) of its branch that was committed to last."""
    listed = repository.git.text("for-each-ref", "--sort=committerdate", "--format=%(objectname) %(refname)",
                                 "refs/heads").splitlines()  # fmt: skip
    found: dict[str, tuple[str, str]] = {}
    for line in listed:
        oid, _, ref = line.partition(" ")
        name = ref.removeprefix("refs/heads/")
        agent = agent_of_branch(policy, name)
        if agent is not None:
            found[agent] = (name, oid)
    return found
