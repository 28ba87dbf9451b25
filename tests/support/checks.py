"""Verdicts by the policy that is committed on `main`, without any state: what CI would say."""

from agentgrid.boundaries.checking import check_commit, check_index
from agentgrid.boundaries.findings import CheckReport
from agentgrid.boundaries.policy.compiled import compile_policy
from agentgrid.boundaries.policy.territory import Territory
from agentgrid.config.policy import parse_policy, read_tree
from support.desks import open_repository
from support.grids import GRID, OWNED, policy_files
from support.repositories import Sandbox


def start_work(repo: Sandbox, grid: str = GRID) -> Sandbox:
    """The policy on `main`: orders belong to a1, billing to a2; on the branch of a1."""
    repo.commit("Policy", **policy_files(OWNED, grid))
    repo.switch("a1")
    return repo


def check(repo: Sandbox, agent: str | None = "a1", *, head: str | None = "HEAD") -> CheckReport:
    """The verdict on a commit, or on the index (`head` None), against `main`."""
    repository = open_repository(repo)
    files = read_tree(repository.git, repo.oid("main"))
    assert files is not None
    territory = Territory(compile_policy(parse_policy(files)))
    if head is None:
        return check_index(repository, territory, agent=agent, base=repo.oid("main"))
    return check_commit(repository, territory, agent=agent, base=repo.oid("main"), head=repo.oid(head))


def broken(report: CheckReport) -> list[tuple[str, bytes]]:
    """(rule, path) of each finding."""
    return [(finding.rule, finding.path) for finding in report.findings]
