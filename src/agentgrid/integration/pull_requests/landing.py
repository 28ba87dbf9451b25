"""Landing through the server: merges pull requests one after the other, each exactly at the commit that was judged.

What the server made of them (a merge, a squash, a rebase) is fetched and recognised; nothing is believed that the base
doesn't show.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from agentgrid.errors import GitHubError, OutsideError
from agentgrid.git.base_ref import resolve_base
from agentgrid.git.merged import is_merged
from agentgrid.git.paths import show_path
from agentgrid.git.repository import Repository
from agentgrid.integration.landing.model import Candidate
from agentgrid.integration.pull_requests.pull_request import MERGED, QUEUED, PullRequest, judge_readiness
from agentgrid.integration.pull_requests.server import PullRequestServer
from agentgrid.workspace.topics import fetch_base

_POLL_S = 5.0
_WAIT_S = 30 * 60.0


@dataclass(frozen=True, slots=True)
class LandedRequest:
    """`commit`: what the base got; `tree`: of it."""

    agent: str
    commit: str
    tree: str
    request: PullRequest


@dataclass(frozen=True, slots=True)
class EjectedRequest:
    """`stage`: approvals, pull-request, checks or merge."""

    agent: str
    stage: str
    reason: str
    request: PullRequest | None = None


@dataclass(frozen=True, slots=True)
class PrLanding:
    """`queued`: handed to the server's queue, not landed yet; they are among `untouched`."""

    base_before: str
    base_after: str
    landed: tuple[LandedRequest, ...]
    ejected: tuple[EjectedRequest, ...]
    untouched: tuple[str, ...] = ()
    queued: tuple[str, ...] = ()
    requests: tuple[tuple[str, PullRequest], ...] = ()
    warnings: tuple[str, ...] = field(default=())

    @property
    def exit_code(self) -> int:
        """0 when something landed or waits in the queue, and nobody was ejected."""
        return 0 if (self.landed or self.queued) and not self.ejected else 1

    def as_json(self) -> dict[str, object]:
        return {
            "base_before": self.base_before,
            "base_after": self.base_after,
            "landed": [{"agent": each.agent, "commit": each.commit, "tree": each.tree} for each in self.landed],
            "ejected": [{"agent": each.agent, "stage": each.stage, "reason": each.reason} for each in self.ejected],
            "untouched": list(self.untouched),
            **({"queued": list(self.queued)} if self.queued else {}),
        }


@dataclass(frozen=True, slots=True)
class Patience:
    """How long the server may take for its checks, and how often it is asked. `sleep`: waits that many seconds."""

    wait_s: float = _WAIT_S
    poll_s: float = _POLL_S
    sleep: Callable[[float], None] = time.sleep


@dataclass(frozen=True, slots=True)
class Manner:
    """`strategy`: merge, squash or rebase. `is_queued`: through the server's queue, or when its checks have passed."""

    strategy: str = "merge"
    is_queued: bool = False
    patience: Patience = field(default_factory=Patience)


def land_by_pull_requests(
    repository: Repository,
    server: PullRequestServer,
    base_branch: str,
    order: Sequence[Candidate],
    *,
    manner: Manner,
    approvals_missing: Callable[[str, str], tuple[str, ...]],
    tell: Callable[[str, str], None],
) -> PrLanding:
    """Merges the candidates' pull requests in this order. `base_branch`: its name here. `tell(agent, what)`: hears of
    each step. Raises OutsideError when GitHub's program can't be used at all, and InputError without a base; when the
    server is lost later, what follows is untouched."""
    warnings = [each for each in (fetch_base(repository, base_branch),) if each]
    before = resolve_base(repository, base_branch).oid
    lander = _Lander(repository, server, base_branch, manner, approvals_missing, tell)
    left: list[str] = []
    for position, candidate in enumerate(order):
        try:
            lander.land(candidate)
        except OutsideError as error:  # nobody's fault: what is done is told, the rest is left as it was
            if not lander.has_done_something:
                raise
            left = [each.agent for each in order[position:]]
            warnings.append(f"stopped before {candidate.agent}: {error.message}")
            break
    after = resolve_base(repository, base_branch).oid
    return PrLanding(
        before, after, tuple(lander.landed), tuple(lander.ejected), (*lander.queued, *left), tuple(lander.queued),
        tuple(lander.seen.items()), tuple(dict.fromkeys([*warnings, *lander.warnings])),
    )  # fmt: skip


class _Lander:
    def __init__(
        self,
        repository: Repository,
        server: PullRequestServer,
        base_branch: str,
        manner: Manner,
        approvals_missing: Callable[[str, str], tuple[str, ...]],
        tell: Callable[[str, str], None],
    ) -> None:
        self._repository = repository
        self._server = server
        self._base_branch = base_branch
        self._manner = manner
        self._approvals_missing = approvals_missing
        self._tell = tell
        self.landed: list[LandedRequest] = []
        self.ejected: list[EjectedRequest] = []
        self.queued: list[str] = []
        self.seen: dict[str, PullRequest] = {}
        self.warnings: list[str] = []

    @property
    def has_done_something(self) -> bool:
        return bool(self.landed or self.ejected or self.queued)

    def land(self, candidate: Candidate) -> None:
        """One candidate: landed, queued or ejected afterwards."""
        missing = self._approvals_missing(candidate.agent, candidate.head)
        if missing:
            return self.eject(candidate.agent, "approvals", "; ".join(missing))
        request = self._server.find(candidate.branch)
        if request is None:
            return self.eject(candidate.agent, "pull-request", f"{candidate.branch} has no pull request; "
                              f"agentgrid pr {candidate.agent}")  # fmt: skip
        if request.state == MERGED and request.head == candidate.head:
            self._tell(candidate.agent, f"#{request.number} was merged on the server already")
            return self._take_in(candidate, request)
        request = self._await_readiness(candidate, request)
        if request is None:
            return None
        self._tell(candidate.agent, f"merging #{request.number}")
        try:
            self._server.merge(
                request.number, candidate.head, strategy=self._manner.strategy, is_queued=self._manner.is_queued
            )
        except GitHubError as error:
            return self.eject(candidate.agent, "merge", error.said)
        return self._take_in(candidate, self._await_merge(request))

    def eject(self, agent: str, stage: str, reason: str) -> None:
        self._tell(agent, f"ejected: {reason}")
        self.ejected.append(EjectedRequest(agent, stage, reason, self.seen.get(agent)))

    def _await_readiness(self, candidate: Candidate, request: PullRequest) -> PullRequest | None:
        """The pull request once it may be merged; None when it was ejected. A queue does the waiting itself."""
        patience, waited, told = self._manner.patience, 0.0, ""
        while True:
            self.seen[candidate.agent] = request
            readiness = judge_readiness(request, candidate.head, is_queued=self._manner.is_queued)
            if readiness.word == "ready" or (readiness.word == "wait" and self._manner.is_queued):
                return request
            if readiness.word == "no":
                self._refuse(candidate, readiness.stage, readiness.reason)
                return None
            if waited >= patience.wait_s:
                reason = f"#{request.number} still waits for {readiness.reason} after {waited:.0f} s"
                self._refuse(candidate, readiness.stage, reason)
                return None
            if readiness.reason != told:
                told = readiness.reason
                self._tell(candidate.agent, f"#{request.number} waits for {told}")
            patience.sleep(patience.poll_s)
            waited += patience.poll_s
            request = self._server.view(request.number)

    def _refuse(self, candidate: Candidate, stage: str, reason: str) -> None:
        if stage == "merge":
            reason += self._name_conflict(candidate)
        self.eject(candidate.agent, stage, reason)

    def _name_conflict(self, candidate: Candidate) -> str:
        """What it conflicts with: the files, and what this run landed before."""
        base = resolve_base(self._repository, self._base_branch).oid
        merged = self._repository.git.run("merge-tree", "--write-tree", "--name-only", "-z", "--no-messages", base,
                                          candidate.head, accept=(0, 1, 128))  # fmt: skip
        files = [show_path(path) for path in merged.fields[1:] if path] if merged.code == 1 else []
        since = ", ".join(f"#{each.request.number} of {each.agent}" for each in self.landed)
        return (f" in {', '.join(files[:5])}" if files else "") + (f", after {since} landed" if since else "")

    def _await_merge(self, request: PullRequest) -> PullRequest:
        """The pull request after the merge; the server may take a moment to show it."""
        patience = self._manner.patience
        for attempt in range(6):
            shown = self._server.view(request.number)
            if shown.state == MERGED or (self._manner.is_queued and attempt):
                return shown
            patience.sleep(min(patience.poll_s, 2.0))
        return shown

    def _take_in(self, candidate: Candidate, request: PullRequest) -> None:
        """Believes what the fetched base shows."""
        if request.state != MERGED:
            if self._manner.is_queued:
                self._tell(candidate.agent, f"#{request.number} is in the server's queue")
                self.seen[candidate.agent] = replace(request, state=QUEUED)
                self.queued.append(candidate.agent)
                return
            self.eject(candidate.agent, "merge", f"#{request.number} is still {request.state} after it was merged")
            return
        self.seen[candidate.agent] = request
        warning = fetch_base(self._repository, self._base_branch)
        if warning:
            self.warnings.append(warning)
        git, base = self._repository.git, resolve_base(self._repository, self._base_branch).oid
        commit = self._repository.resolve(request.merge_commit) if request.merge_commit else None
        if commit is None or not git.succeeds("merge-base", "--is-ancestor", commit, base):
            commit = base if is_merged(git, base, candidate.head) else None
        if commit is None:
            self.eject(candidate.agent, "merge", f"#{request.number} is merged, and {self._base_branch} as it was "
                       "fetched doesn't have it; git fetch")  # fmt: skip
            return
        self._tell(candidate.agent, f"landed as {commit[:10]}")
        self.landed.append(LandedRequest(candidate.agent, commit, git.text("rev-parse", f"{commit}^{{tree}}"), request))
