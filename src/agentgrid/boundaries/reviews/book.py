"""The reviews of one grid: what the state knows, and what signed objects prove where there is no state.

On the machine where a verdict was given its row counts. Everywhere else, CI too, only an object that is signed by a key
which the policy names for who gave it (`signers` in agentgrid.yaml).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from agentgrid.boundaries.charged import ChangeSet, charge_commit
from agentgrid.boundaries.policy.territory import Territory
from agentgrid.boundaries.reviews.change_digest import digest_changes
from agentgrid.boundaries.reviews.needs import ReviewNeeds, find_needs, heard_voices, missing_approvals
from agentgrid.boundaries.reviews.objects import NAMESPACE, StoredReview, list_stored, review_ref
from agentgrid.boundaries.reviews.queries import read_rows
from agentgrid.boundaries.reviews.review import APPROVED, REJECTED, REQUESTED, VERDICTS, Review
from agentgrid.boundaries.voices import is_said_by
from agentgrid.git.repository import Repository
from agentgrid.store.session import Store


@dataclass(frozen=True, slots=True)
class KnownReview:
    """`is_signed`: by a key that the policy names for who gave it."""

    review: Review
    is_signed: bool


@dataclass(frozen=True, slots=True)
class Standing:
    """How the work of an agent stands at `commit` against `base`. `changes`: its digest. `reviews`: those about it as
    it is, oldest first; `dropped`: verdicts on what it was before. `missing`: what has to come before it may land."""

    base: str
    commit: str
    changes: str
    needs: ReviewNeeds
    reviews: tuple[KnownReview, ...]
    dropped: tuple[KnownReview, ...]
    missing: tuple[str, ...]

    @property
    def word(self) -> str:
        """`rejected`, `missing`, `approved`, `requested`, or nothing at all."""
        said = {each.kind for each in heard_voices(self.needs, [each.review for each in self.reviews]).values()}
        if REJECTED in said:
            return REJECTED
        if self.missing:
            return "missing"
        is_asked = any(each.review.kind == REQUESTED for each in self.reviews)
        return APPROVED if APPROVED in said else REQUESTED if is_asked else ""


class ReviewBook:
    """`store`: None where nothing of this machine counts (CI, a server). `rows`: all that it has, if already read."""

    def __init__(
        self,
        repository: Repository,
        store: Store | None,
        territory: Territory,
        *,
        rows: Sequence[KnownReview] | None = None,
    ) -> None:
        self._kept = rows
        self._repository = repository
        self._store = store
        self._territory = territory

    def standing(self, agent: str, *, base: str, head: str) -> Standing | None:
        """How the agent's work stands at the commit `head`; None when it changes nothing."""
        changes = charge_commit(self._repository, base, head)
        if not changes.charged:
            return None
        digest = digest_changes(self._repository.git, changes, head)
        known = self.list_known(agent, is_wanted=lambda review: review.is_about(head, digest))
        rows = [each for each in self._rows(agent) if each.review.kind in VERDICTS]
        dropped = [each for each in rows if not each.review.is_about(head, digest)]
        needs = self.needs(agent, changes)
        missing = missing_approvals(needs, [each.review for each in known])
        return Standing(base, head, digest, needs, tuple(known), tuple(dropped), missing)

    def needs(self, agent: str, changes: ChangeSet) -> ReviewNeeds:
        """Whose approval these changes of the agent need."""
        places = [self._territory.place(each.path, each.is_submodule) for each in changes.charged if not each.is_folder]
        return find_needs(self._territory, agent, places)

    def list_known(self, agent: str, *, is_wanted: Callable[[Review], bool] = lambda _: True) -> list[KnownReview]:
        """Every review of the agent's work that counts here, oldest first. To check a signature takes two processes:
        objects that aren't wanted are left out first."""
        rows = self._rows(agent)
        ids = {each.review.id for each in rows}
        stored = list_stored(self._repository.git, agent)
        others = [each for each in stored if each.review.id not in ids and is_wanted(each.review)]
        proven = [KnownReview(each.review, is_signed=True) for each in others if self._is_signed(each)]
        found = [*(each for each in rows if is_wanted(each.review)), *proven]
        return sorted(found, key=lambda each: (each.review.at, each.review.id))

    def carried(self, agent: str, branch: str) -> list[str]:
        """Refs of the signed verdicts on that branch: what CI has to have."""
        known = self.list_known(agent, is_wanted=lambda review: review.subject.branch == branch)
        return sorted(review_ref(each.review) for each in known if each.is_signed)

    def has_any(self, agent: str) -> bool:
        """Whether anything is known about the agent's work: cheap, before anything else is asked."""
        return bool(self._rows(agent) or list_stored(self._repository.git, agent))

    def read_once(self) -> "ReviewBook":
        """The same book with all rows read now: for many agents, and for several threads."""
        return ReviewBook(self._repository, self._store, self._territory, rows=self._read(None))

    def reviewed_agents(self) -> set[str]:
        """Whose work anything was recorded about here."""
        return {each.review.subject.agent for each in (self._read(None) if self._kept is None else self._kept)}

    def _rows(self, agent: str) -> list[KnownReview]:
        if self._kept is not None:
            return [each for each in self._kept if each.review.subject.agent == agent]
        return self._read(agent)

    def _read(self, agent: str | None) -> list[KnownReview]:
        if self._store is None:
            return []
        with self._store.read() as session:
            return [KnownReview(review, is_signed) for review, is_signed in read_rows(session, agent)]

    def _is_signed(self, stored: StoredReview) -> bool:
        review = stored.review
        return review.kind in VERDICTS and is_said_by(
            self._territory.compiled, review.by, stored.text, stored.signature, namespace=NAMESPACE
        )
