"""What somebody submits, and what would become of it. No decision but what a title and a priority may be."""

from collections.abc import Sequence
from dataclasses import dataclass

from agentgrid.boundaries.migrations.request import PRIORITIES, MigrationRequest
from agentgrid.errors import InputError, UsageError
from agentgrid.integration.migrations.asking.given import Given
from agentgrid.integration.migrations.asking.moving import Move
from agentgrid.integration.migrations.collisions import Collision
from agentgrid.integration.migrations.lineages import NamedLineage
from agentgrid.integration.migrations.styles.chain import Style
from agentgrid.integration.reviews.planning import Asker

LONGEST_TITLE = 200


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the submitter says beside the migration itself; None is not said. `priority`: one of PRIORITIES."""

    title: str | None = None
    priority: str | None = None
    depends_on: tuple[str, ...] | None = None


@dataclass(frozen=True)
class Submission:
    """Who asks for what. `branch`: the one that carries it, None when it is only asked for. `ids`: for those that are
    new, as many as `given` at least. `at`: RFC 3339."""

    lineage: NamedLineage
    style: Style
    asker: Asker
    branch: str | None
    given: Sequence[Given]
    wishes: Wishes
    ids: Sequence[str]
    at: str


@dataclass(frozen=True)
class Change:
    """One request. `before`: as it was, None for a new one. `collisions`: open requests that it meets. `is_linked`: it
    isn't submitted itself, but follows one that is, and now depends on it."""

    before: MigrationRequest | None
    after: MigrationRequest
    moves: tuple[Move, ...] = ()
    collisions: tuple[Collision, ...] = ()
    is_linked: bool = False

    @property
    def is_change(self) -> bool:
        return self.before != self.after or any(move.changes for move in self.moves)


def require_wishes(submission: Submission) -> None:
    """Raises UsageError and InputError for a title and a priority that can't be."""
    wishes = submission.wishes
    if wishes.title is not None:
        if len(submission.given) > 1:
            raise UsageError("--title names one migration", hint="submit them one by one, or without --title")
        require_title(wishes.title)
    if wishes.priority is not None and wishes.priority not in PRIORITIES:
        raise InputError(f"there is no priority {wishes.priority!r}", hint=f"accepted: {', '.join(PRIORITIES)}")


def require_title(title: str) -> None:
    """Raises InputError for what can't be shown in one line."""
    said = title.strip()
    if not said or not said.isprintable() or len(said) > LONGEST_TITLE:
        raise InputError(f"{title[:60]!r} can't be a title",
                         hint=f"accepted: one line of at most {LONGEST_TITLE} characters")  # fmt: skip
