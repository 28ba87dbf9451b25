"""What a pull request says when nobody gives it a richer report: gathered from the branch as it is."""

from collections.abc import Callable

from agentgrid.boundaries.charged import charge_commit
from agentgrid.boundaries.findings import CheckReport
from agentgrid.boundaries.policy.territory import Place, Territory
from agentgrid.git.paths import show_path
from agentgrid.git.repository import Repository
from agentgrid.integration.pull_requests.body import plain_report
from agentgrid.workspace.desks import require_desk


def describe_work(
    repository: Repository,
    territory: Territory,
    base: str,
    agent: str,
    check: Callable[[str, str], CheckReport],
    missing: Callable[[str, str], tuple[str, ...]],
) -> str:
    """Commits, files with their owners, findings and missing approvals of the agent's branch, as Markdown."""
    head = require_desk(repository, agent).worktree.head or base
    commits = repository.git.text("log", "--reverse", "--format=%h %s", f"{base}..{head}", "--").splitlines()
    charged = [each for each in charge_commit(repository, base, head).charged if each.via is None]
    places = [territory.place(each.path, each.is_submodule) for each in charged]
    findings = [f"{each.rule}: {show_path(each.path)} {each.message}".strip() for each in check(agent, head).findings]
    files = [(show_path(place.path), _whose(place)) for place in places]
    return plain_report(agent, commits, files, findings, missing(agent, head))


def _whose(place: Place) -> str:
    return f"{place.state}, {place.owner}" if place.owner else place.state
