"""`pr`: pushes agents' branches, opens their pull requests or brings them up to date, and remembers what it saw."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from agentgrid.boundaries.findings import CheckReport
from agentgrid.boundaries.grants.carrying import carry
from agentgrid.errors import AgentGridError, InputError, OutsideError
from agentgrid.git.merged import is_merged
from agentgrid.git.paths import show_path
from agentgrid.git.process import Git
from agentgrid.git.repository import Repository
from agentgrid.git.status import read_status
from agentgrid.integration.pull_requests.body import put_into
from agentgrid.integration.pull_requests.planning import (
    CREATE,
    NOTHING,
    REFUSE,
    UPDATE,
    PrOptions,
    PrPlan,
    Work,
    decide_pull_request,
)
from agentgrid.integration.pull_requests.pull_request import PullRequest
from agentgrid.integration.pull_requests.records import record_pull_request
from agentgrid.integration.pull_requests.remote import Remote, push_branch
from agentgrid.integration.pull_requests.server import PullRequestServer
from agentgrid.store.session import Store
from agentgrid.workspace.desks import Desk, find_desks


@dataclass(frozen=True, slots=True)
class PrDone:
    """`state`: opened, updated, unchanged, merged, closed, nothing, refused or failed. `reason`: why, or what else
    there is to know."""

    agent: str
    branch: str
    head: str
    state: str
    request: PullRequest | None
    reason: str = ""

    def as_json(self) -> dict[str, object]:
        request = self.request.as_json() if self.request else None
        return {"agent": self.agent, "branch": self.branch, "head": self.head, "state": self.state, "pr": request,
                "reason": self.reason or None}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Facts:
    """What is asked of the grid: `check(agent, head)`, `body(agent)` in Markdown, and `carried(agent, branch)`, refs
    that CI has to have beside the branch."""

    check: Callable[[str, str], CheckReport]
    body: Callable[[str], str]
    carried: Callable[[str, str], Sequence[str]]


class PullRequests:
    """`base`: the base's commit here. `actor`: who does it, for the log."""

    def __init__(
        self,
        repository: Repository,
        store: Store,
        server: PullRequestServer,
        remote: Remote,
        facts: Facts,
        *,
        base: str,
        actor: str,
    ) -> None:
        self._repository = repository
        self._store = store
        self._server = server
        self._remote = remote
        self._facts = facts
        self._base = base
        self._actor = actor

    def plan(self, agents: Sequence[str], options: PrOptions) -> list[PrPlan]:
        """What would be done for each agent; the server is only asked. Raises InputError for one without a branch."""
        desks = find_desks(self._repository)
        plans = []
        for agent in agents:
            work = self._work(agent, desks.get(agent))
            plans.append(decide_pull_request(work, self._server.find(work.branch), options))
        return plans

    def apply(self, plan: PrPlan, options: PrOptions) -> PrDone:
        """Does it; what goes wrong for one agent is told, and the next one has its turn."""
        try:
            done = self._act(plan, options)
        except OutsideError as error:
            return self._done(plan, "failed", plan.existing, _say(error))
        except AgentGridError as error:
            return self._done(plan, "refused", plan.existing, _say(error))
        if done.request is not None:
            with self._store.write() as session:
                record_pull_request(session, self._store.now(), plan.work.agent, self._actor, done.request)
        return done

    def _act(self, plan: PrPlan, options: PrOptions) -> PrDone:
        if plan.act == REFUSE:
            return self._done(plan, "refused", plan.existing)
        if plan.act not in {CREATE, UPDATE}:
            is_told = plan.act != NOTHING and plan.existing is not None
            return self._done(plan, plan.existing.state if is_told and plan.existing else "nothing", plan.existing)
        work = plan.work
        desk = find_desks(self._repository).get(work.agent)
        git = Git(desk.worktree.path) if desk else self._repository.git
        is_pushed = push_branch(git, self._remote, work.branch, work.head, is_rewritten=options.is_rewritten)
        lost = carry(git, self._remote.name, list(self._facts.carried(work.agent, work.branch)), command=())
        if plan.existing is None:
            made = self._server.create(
                work.branch, title=plan.title or work.branch, body=put_into("", self._facts.body(work.agent)),
                is_draft=options.is_draft,
            )  # fmt: skip
            return self._done(plan, "opened", made, lost)
        is_edited = self._edit(plan, plan.existing)
        state = "updated" if is_pushed or is_edited else "unchanged"
        return self._done(plan, state, self._server.view(plan.existing.number), lost)

    def _edit(self, plan: PrPlan, existing: PullRequest) -> bool:
        body = put_into(existing.body, self._facts.body(plan.work.agent))
        if body.strip() == existing.body.strip() and plan.title is None:
            return False
        self._server.edit(existing.number, body=body, title=plan.title)
        return True

    def _done(self, plan: PrPlan, state: str, request: PullRequest | None, reason: str | None = None) -> PrDone:
        work = plan.work
        said = "; ".join(each for each in (reason, plan.reason) if each)
        return PrDone(work.agent, work.branch, work.head, state, request, said)

    def _work(self, agent: str, desk: Desk | None) -> Work:
        head = desk.worktree.head if desk else None
        if desk is None or desk.branch is None or head is None:
            raise InputError(f"{agent} is on no branch that could be pushed", hint="agentgrid agent list")
        git = self._repository.git
        listed = git.text("log", "--reverse", "--format=%h%x09%s", f"{self._base}..{head}", "--").splitlines()
        commits = tuple((oid, subject) for oid, _, subject in (line.partition("\t") for line in listed))
        report = self._facts.check(agent, head)
        errors = tuple(
            f"{show_path(each.path)} {each.message}".strip() for each in report.findings if each.severity == "error"
        )
        return Work(
            agent, desk.branch, head, commits,
            is_merged=is_merged(git, self._base, head),
            is_dirty=not read_status(Git(desk.worktree.path)).is_clean,
            errors=errors,
        )  # fmt: skip


def _say(error: AgentGridError) -> str:
    return f"{error.message}; {error.hint}" if error.hint else error.message
