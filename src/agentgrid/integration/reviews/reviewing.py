"""Asking for reviews and giving verdicts: gathers what the work is, decides, signs, records, tells who has to know."""

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from agentgrid.boundaries.charged import charge_commit
from agentgrid.boundaries.leases.lease import PERSON_MARK
from agentgrid.boundaries.policy.territory import Territory
from agentgrid.boundaries.reviews.book import ReviewBook, Standing
from agentgrid.boundaries.reviews.change_digest import digest_changes
from agentgrid.boundaries.reviews.needs import ReviewNeeds
from agentgrid.boundaries.reviews.objects import NAMESPACE, write_object
from agentgrid.boundaries.reviews.queries import insert_review
from agentgrid.boundaries.reviews.review import APPROVED, Review, Subject, write_review
from agentgrid.boundaries.voices import find_signing, try_to_sign
from agentgrid.errors import InputError, Refused, UsageError
from agentgrid.git.repository import Repository
from agentgrid.integration.reviews.planning import Asker, plan_request, plan_verdict
from agentgrid.store.session import Store
from agentgrid.workspace.desks import Desk, find_desks, require_desk


@dataclass(frozen=True, slots=True)
class Requested:
    """`missing`: what still has to be there before the work may land."""

    review: Review
    missing: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Judged:
    """`ref`: of its object. `unsigned`: why it isn't signed, and so counts on this machine alone; None when it is."""

    review: Review
    ref: str
    unsigned: str | None
    missing: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class WorkStanding:
    """`standing`: None while the branch changes nothing."""

    agent: str
    branch: str | None
    standing: Standing | None


class Reviews:
    """Reviews of the work at the agents' desks. `base`: gives the base's commit."""

    def __init__(
        self, repository: Repository, store: Store, territory: Territory, book: ReviewBook, base: Callable[[], str]
    ) -> None:
        self._repository = repository
        self._store = store
        self._territory = territory
        self._book = book
        self._base = base

    def request(self, agent: str, asker: Asker, *, to: Sequence[str] = (), comment: str = "") -> Requested:
        """Asks for a review of the agent's committed work, and tells who is asked."""
        subject, needs = self._subject(agent)
        now = self._store.now().wall
        review = plan_request(
            needs, subject, asker, to=to, agents=self._agents, comment=comment, id_=_new_id(), now=now
        )
        with self._store.write() as session:
            told = [each for each in review.to if not each.startswith(PERSON_MARK)]
            insert_review(session, self._store.now(), review, told, _ask(review), is_signed=False)
        return Requested(review, self.missing(agent, subject.commit))

    def judge(
        self,
        agent: str,
        asker: Asker,
        kind: str,
        *,
        comment: str = "",
        seen: str | None = None,
        key: str | None = None,
    ) -> Judged:
        """Records a verdict on the agent's committed work, signed where that can be done. `seen`: the commit that was
        looked at. `key`: the key to sign with, as the asker named it."""
        subject, needs = self._subject(agent)
        looked_at = self._repository.require(seen) if seen is not None else None
        plan = plan_verdict(
            needs, subject, asker, kind, seen=looked_at, comment=comment, id_=_new_id(), now=self._store.now().wall
        )
        review, signature, why = self._sign(plan, asker, key)
        ref = write_object(self._repository.git, review, signature)
        with self._store.write() as session:
            insert_review(session, self._store.now(), review, [agent], _tell(review), is_signed=bool(signature))
        return Judged(review, ref, why, self.missing(agent, subject.commit))

    def missing(self, agent: str, head: str) -> tuple[str, ...]:
        """What has to be there before the commit `head` of the agent may land, in words."""
        standing = self.standing(agent, head)
        return standing.missing if standing is not None else ()

    def standing(self, agent: str, head: str) -> Standing | None:
        """How the commit `head` stands; None when it changes nothing."""
        return self._book.standing(agent, base=self._base(), head=head)

    def show(self, agent: str) -> WorkStanding:
        """How the agent's work stands. Raises InputError for an unknown agent and one without a worktree."""
        desk = self._desk(agent)
        head = desk.worktree.head
        return WorkStanding(agent, desk.branch, self.standing(agent, head) if head else None)

    def list_all(self) -> list[WorkStanding]:
        """Every agent of the policy that has a worktree."""
        desks = find_desks(self._repository)
        return [self.show(agent) for agent in desks if agent in self._agents and desks[agent].worktree.exists]

    @property
    def _agents(self) -> dict[str, str]:
        agents: dict[str, str] = self._territory.compiled["agents"]
        return agents

    def _desk(self, agent: str) -> Desk:
        if agent not in self._agents:
            known = ", ".join(self._agents) or "none"
            raise InputError(f"there is no agent {agent!r} (agents: {known})", hint="agentgrid agent list")
        return require_desk(self._repository, agent)

    def _subject(self, agent: str) -> tuple[Subject, ReviewNeeds]:
        """The agent's work, and whose approval it needs. Raises InputError and Refused when there is none to review."""
        desk = self._desk(agent)
        head, branch = desk.worktree.head, desk.branch
        if branch is None or head is None:
            raise Refused(f"{agent} is on no branch: there is nothing that could land", hint="agentgrid agent repair")
        changes = charge_commit(self._repository, self._base(), head)
        if not changes.charged:
            raise Refused(f"{agent}'s branch {branch} changes nothing yet", hint="commit the work first")
        digest = digest_changes(self._repository.git, changes, head)
        return Subject(agent, branch, head, digest), self._book.needs(agent, changes)

    def _sign(self, plan: Review, asker: Asker, key: str | None) -> tuple[Review, bytes, str | None]:
        signing = find_signing(self._repository.git, self._territory.compiled, asker.agent, key)
        return try_to_sign(
            plan, signing, name=lambda name: replace(plan, by=name), write=write_review, namespace=NAMESPACE,
            is_persons=asker.agent is None, is_asked=key is not None,
        )  # fmt: skip


def require_named(agent: str | None, acting: str | None) -> str:
    """Whose work is meant: the agent that is named, else the worktree's. Raises UsageError without either."""
    named = agent or acting
    if named is None:
        raise UsageError("whose work?", hint="name the agent, as in `agentgrid review request a1`")
    return named


def _new_id() -> str:
    return secrets.token_hex(6)


def _ask(review: Review) -> str:
    subject = review.subject
    more = f" ({review.comment})" if review.comment else ""
    look = f"agentgrid review show {subject.agent}"
    return (
        f"{review.by} asks you to review {subject.agent}'s work on {subject.branch} at {subject.commit[:10]}{more}: "
        f"{look}, then agentgrid review approve {subject.agent} --commit {subject.commit[:10]}, or reject --reason TEXT"
    )


def _tell(review: Review) -> str:
    subject = review.subject
    more = f": {review.comment}" if review.comment else ""
    verb = "approved" if review.kind == APPROVED else "rejected"
    return f"{review.by} {verb} your work on {subject.branch} at {subject.commit[:10]}{more}"
