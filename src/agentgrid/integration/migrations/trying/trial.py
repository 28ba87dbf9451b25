"""What is tried, and how it went. Values only."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from agentgrid.config.schema import Lineage

Engine = Literal["sqlite", "postgresql"]


@dataclass(frozen=True)
class Trial:
    """`tree`: a directory with the whole tree that would be integrated. `lineage`: its settings. `known`: migrations
    that the base has, in their order (SQL styles: main file names relative to the lineage's directory; Alembic:
    revisions; Django: migration names); `new`: those that are added, in theirs. `reversible`: those of `new` that say
    they can be taken back. `database`: URL of a PostgreSQL server to try on too (its user may create databases); never
    shown. `environment`: for programs that are started; empty for this process's own. `timeout_s`: for each of them.
    `root`: the repository's main worktree, where interpreters are looked for too."""

    tree: Path
    name: str
    lineage: Lineage
    known: tuple[str, ...]
    new: tuple[str, ...]
    reversible: frozenset[str] = frozenset()
    database: str | None = field(default=None, repr=False)
    environment: Mapping[str, str] = field(default_factory=dict, repr=False)
    timeout_s: float = 600.0
    root: Path | None = None


@dataclass(frozen=True)
class TriedOn:
    """How it went on one engine: `blank` got all of the lineage, `head` what is new on top of what is known; both end
    with this `schema` (table → column → type, plus indexes and constraints, as a text that can be compared).
    `taken_back`: new migrations that were undone and done again. `notes`: statements that this engine couldn't be
    asked (another dialect), each with file and line."""

    engine: Engine
    schema: str
    applied: int
    taken_back: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class TrialReport:
    tried: tuple[TriedOn, ...]

    @property
    def notes(self) -> tuple[str, ...]:
        return tuple(note for each in self.tried for note in each.notes)
