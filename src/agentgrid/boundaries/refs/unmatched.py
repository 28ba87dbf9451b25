"""`branches: {unmatched: deny}` where a branch's name is all that is known: on a server."""

from dataclasses import replace

from agentgrid.boundaries.checking import check_commit
from agentgrid.boundaries.findings import CheckReport, Finding, Words, named_finding
from agentgrid.boundaries.policy.territory import Territory
from agentgrid.boundaries.verdict import BRANCH_NAME_RULE
from agentgrid.git.repository import Repository


def check_persons_branch(
    repository: Repository, territory: Territory, name: str | None, *, base: str, head: str
) -> CheckReport:
    """Checks what the commit `head` of the branch `name` (None: it has none), no agent's, adds to the commit `base`."""
    report = check_commit(repository, territory, agent=None, base=base, head=head)
    denied = unmatched_finding(territory, name) if name is not None else None
    return replace(report, findings=(denied, *report.findings)) if denied else report


def unmatched_finding(territory: Territory, name: str) -> Finding | None:
    """The finding for a branch that is no agent's and not the base, where the grid denies those."""
    if territory.compiled["unmatched"] != "deny" or name == territory.compiled["base"]:
        return None
    words = Words(
        f"no template makes the branch name {name}, and this grid denies others (`branches` in agentgrid.yaml)",
        "agentgrid start ID TOPIC makes one that is right",
    )
    return named_finding(territory, BRANCH_NAME_RULE, words)
