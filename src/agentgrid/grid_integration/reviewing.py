"""Reviews and pull requests of agents' work."""

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from agentgrid.grid_integration.surrounding import Surrounding

if TYPE_CHECKING:
    from agentgrid.boundaries.findings import CheckReport
    from agentgrid.insight.integration_facts import Integration
    from agentgrid.insight.status import AgentStatus
    from agentgrid.integration.landing.model import Candidate
    from agentgrid.integration.pull_requests.landing import Manner, PrLanding
    from agentgrid.integration.pull_requests.opening import PullRequests
    from agentgrid.integration.pull_requests.remote import Remote
    from agentgrid.integration.pull_requests.server import PullRequestServer
    from agentgrid.integration.reviews.reviewing import Reviews


class GridReviewing:
    """Wires reviews and pull requests to `grid`."""

    _grid: Surrounding

    @cached_property
    def reviews(self) -> "Reviews":
        """Asking for reviews of agents' work, and giving them."""
        from agentgrid.integration.reviews.reviewing import Reviews

        grid = self._grid
        return Reviews(grid.repository, grid.store, grid.territory, grid.reviews, lambda: grid.base_oid)

    def pull_requests(self, body: "Callable[[str], str] | None" = None) -> "PullRequests":
        """Pull requests of agents' branches. `body`: the Markdown that an agent's pull request says; default: commits,
        files, findings. Raises InputError without a remote."""
        from agentgrid.boundaries.leases.holders import person_name
        from agentgrid.integration.pull_requests.opening import Facts, PullRequests

        grid = self._grid
        remote, server = self._remote_server()
        facts = Facts(self._check, body or self.describe_work, self._carried)
        actor = grid.acting_agent() or person_name()
        return PullRequests(grid.repository, grid.store, server, remote, facts, base=grid.base_oid, actor=actor)

    def land_by_pull_requests(
        self, order: "Sequence[Candidate]", *, manner: "Manner", tell: "Callable[[str, str], None]"
    ) -> "PrLanding":
        """Merges the candidates' pull requests on the server, in this order; remembers what became of them."""
        from agentgrid.boundaries.leases.holders import person_name
        from agentgrid.integration.pull_requests.landing import land_by_pull_requests
        from agentgrid.integration.pull_requests.records import record_pull_request

        grid = self._grid
        _, server = self._remote_server()
        done = land_by_pull_requests(
            grid.repository, server, grid.in_force.base.branch, order, manner=manner,
            approvals_missing=self.approvals_missing, tell=tell,
        )  # fmt: skip
        with grid.store.write() as session:
            for agent, request in done.requests:
                record_pull_request(session, grid.store.now(), agent, grid.acting_agent() or person_name(), request)
        return done

    def _remote_server(self) -> "tuple[Remote, PullRequestServer]":
        from agentgrid.integration.pull_requests.remote import find_remote
        from agentgrid.integration.pull_requests.server import PullRequestServer

        repository = self._grid.repository
        remote = find_remote(repository, self._grid.in_force.base.branch)
        return remote, PullRequestServer(repository.worktree or repository.git_dir, remote.base)

    def _check(self, agent: str, head: str) -> "CheckReport":
        """The verdict on a commit, without what reviews are missing: work is pushed so that it can be reviewed."""
        return self._grid.points(agent).check_head(head)

    def _carried(self, agent: str, branch: str) -> list[str]:
        from agentgrid.boundaries.grants.carrying import find_carried

        grants = find_carried(self._grid.points(agent).known_grants(), [branch])
        return [*grants, *self._grid.reviews.carried(agent, branch)]

    def describe_work(self, agent: str) -> str:
        """Markdown about the agent's branch: its commits, files and findings."""
        from agentgrid.integration.pull_requests.describing import describe_work

        grid = self._grid
        return describe_work(grid.repository, grid.territory, grid.base_oid, agent, self._check, self.approvals_missing)

    def facts(self, agents: "Sequence[AgentStatus]") -> "dict[str, Integration]":
        """Reviews and pull requests for `status`."""
        from agentgrid.insight.integration_facts import read_integration

        grid = self._grid
        return read_integration(grid.territory.compiled, grid.reviews, grid.store, grid.base_oid, agents)

    def approvals_missing(self, agent: str, head: str) -> tuple[str, ...]:
        """What reviews the commit `head` of the agent's work still needs before it may land, in words."""
        return self.reviews.missing(agent, head)
