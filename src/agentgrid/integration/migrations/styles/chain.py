"""A lineage as a style reads it, and what it takes to add to it. Values only; each style is a file of its own."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True)
class Entry:
    """One migration. `key`: how others name it (number, timestamp, Alembic revision, Django name). `number`: its place
    as the file's name says it, None when it says none. `files`: names in the lineage's directory, the main one first
    (a pair of `up` and `down` is one migration). `parents`: keys in this lineage that it follows."""

    key: str
    number: int | None
    files: tuple[bytes, ...]
    parents: tuple[str, ...] = ()
    is_provisional: bool = False


@dataclass(frozen=True)
class Chain:
    """`entries` in the order in which they run, provisional ones last. `heads`: keys that nothing follows (SQL styles:
    the last one). `doubles`: files with one number or key. `gaps`: numbers that are missing between the first and the
    last. `broken`: sentences about what doesn't hang together (an unknown parent, a cycle); provisional files count in
    none of these but `broken`."""

    entries: tuple[Entry, ...] = ()
    heads: tuple[str, ...] = ()
    doubles: tuple[tuple[bytes, bytes], ...] = ()
    gaps: tuple[int, ...] = ()
    broken: tuple[str, ...] = ()

    @property
    def next_number(self) -> int:
        """One above the highest that was given (a lineage may begin at 0); where not every migration has a number, one
        above how many there are too."""
        given = [each for each in self.entries if not each.is_provisional]
        numbers = [each.number for each in given if each.number is not None]
        return 1 + max([0 if len(numbers) == len(given) else len(given), *numbers])


@dataclass(frozen=True)
class Incoming:
    """A request that is to get its place. `files`: name → content as its branch carries it (provisional names), or
    empty when it was only asked for; `sql`, `down` then. `number`: the one it is given."""

    id: str
    title: str
    number: int
    files: Mapping[bytes, bytes] = field(default_factory=dict)
    sql: bytes | None = None
    down: bytes | None = None


@dataclass(frozen=True)
class Placed:
    """`file`: the main file's final name. `key`: how others name it now."""

    id: str
    number: int
    file: bytes
    key: str


@dataclass(frozen=True)
class Placement:
    """What changes in the lineage's directory: `write` (name → content), then `remove` what isn't written. Files that
    the base has are never among them, but for support files such as `max_migration.txt`."""

    write: Mapping[bytes, bytes]
    remove: tuple[bytes, ...]
    placed: tuple[Placed, ...]


@dataclass(frozen=True)
class Told:
    """What one file says of itself, read when it is submitted. `sql_up`, `sql_down`: SQL in it, as far as it is there
    literally (all of a SQL file; the strings given to `op.execute`, `RunSQL`); objects named by operations
    (`op.add_column("users", …)`, `CreateModel(name=…)`) come as `objects` (`users`, `users.email`; Django's
    `label_model` as its table is called). `destructive`: operations that lose data, each in words with its line.
    `title`: what it calls itself."""

    key: str
    parents: tuple[str, ...] = ()
    title: str = ""
    is_reversible: bool = False
    sql_up: str = ""
    sql_down: str = ""
    objects: tuple[str, ...] = ()
    destructive: tuple[str, ...] = ()


class Style(Protocol):
    """One kind of migration files. Contents come in as bytes; what can't be read raises InputError, which names file
    and line."""

    name: str
    endings: tuple[bytes, ...]
    can_be_asked: bool
    """Whether the file can be made from SQL alone."""

    def is_migration(self, name: bytes) -> bool:
        """Whether the file of that name (relative to the directory) is a migration: no `__init__.py`, no README."""

    def read_chain(self, files: Mapping[bytes, bytes]) -> Chain:
        """The lineage that these files (name relative to its directory → content) make."""

    def tell(self, name: bytes, content: bytes, lineage_path: str) -> Told:
        """What one file says."""

    def provisional(
        self, name: bytes, content: bytes, counted: int, renamed: Mapping[str, str], lineage_path: str = ""
    ) -> tuple[bytes, bytes, str]:
        """(name, content, key) of the file while request `m<counted>` waits. `renamed`: keys that earlier requests of
        the same branch had → have now; the file's references follow. `lineage_path`: says whose a name is that two of
        Django's apps have (`0001_initial`)."""

    def place(self, files: Mapping[bytes, bytes], incoming: Sequence[Incoming], lineage_path: str) -> Placement:
        """The files for `incoming`, in that order, after all that `files` (the base's own, final ones, with support
        files as `max_migration.txt`) hold: one head afterwards. Raises InputError for what has no place. Pure: the same
        in, the same out (no clock: a timestamp is the base's newest plus one second, or the request's number as seconds
        after 2000-01-01)."""
