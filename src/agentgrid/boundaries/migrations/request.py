"""A request: a migration asked for, and how it stands. What it says is decided in the integration room."""

from dataclasses import dataclass
from typing import Literal

Status = Literal["submitted", "approved", "integrated", "rejected", "withdrawn"]
OPEN: tuple[Status, ...] = ("submitted", "approved")
PRIORITIES = ("urgent", "high", "normal", "low")
"""Most urgent first; the position is what is stored."""


@dataclass(frozen=True, slots=True)
class Touched:
    """What its statements touch. `objects`: tables, and columns as `table.column`, sorted. `destructive`: statements
    that lose data, each in a few words with its line. `is_reversible`: there is a way back. `key` and `parents`: as
    the style names it and what it follows (an Alembic revision, a Django name); empty for SQL. `was`: the key that the
    file had when it was submitted: others of its branch may still name it."""

    objects: tuple[str, ...] = ()
    destructive: tuple[str, ...] = ()
    is_reversible: bool = False
    key: str = ""
    parents: tuple[str, ...] = ()
    was: str = ""

    @property
    def tables(self) -> frozenset[str]:
        return frozenset(each.partition(".")[0] for each in self.objects)


@dataclass(frozen=True, slots=True)
class MigrationRequest:
    """`id`: `m` and a number that grows with age. `agent`: who asked, an agent's id or a person as `@login`.
    `priority`: a position in PRIORITIES. `branch`: the branch that carries it, None when it was only asked for.
    `file`: its path in the repository, provisional while it is open, final once integrated; None when only asked for.
    `original`: the file's name when it was submitted, empty for SQL from stdin. `content`: as it was submitted, after
    its renaming. `down`: SQL that takes it back. `digest`: SHA-256 of `content` (hex), which an approval is bound to.
    `number`: given when it is integrated. `commit`: the commit that integrated it. `target`: the branch that this is
    on. Times are RFC 3339 in UTC. `reason`: why it was rejected or withdrawn."""

    id: str
    lineage: str
    agent: str
    title: str
    status: Status
    priority: int
    content: bytes
    digest: str
    submitted_at: str
    touched: Touched = Touched()
    depends_on: tuple[str, ...] = ()
    down: bytes | None = None
    branch: str | None = None
    file: bytes | None = None
    original: bytes = b""
    number: int | None = None
    commit: str | None = None
    target: str | None = None
    decided_at: str | None = None
    decided_by: str | None = None
    reason: str = ""

    @property
    def counted(self) -> int:
        """The number in its id: what age is told by."""
        return int(self.id[1:])

    @property
    def is_open(self) -> bool:
        return self.status in OPEN

    @property
    def is_carried(self) -> bool:
        return self.branch is not None
