"""What one side did, as facts that can be set against another side's. No file is read for a pair: meeting is set work.

A `Change` meets another of the same key that came to something else. A `Break` meets a `Use` that it would break.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol

from agentgrid.integration.conflicts.model import LineRange

REMOVED = "removed"
BELOW = "changed below"
"""The state of what was kept while something in it changed: it meets only what removes or replaces the whole."""

Kind = Literal["function", "key", "migration-number", "dependency"]


@dataclass(frozen=True)
class Change:
    """One named thing that a side changed. `key`: what it is, the same on both sides. `state`: what it became, REMOVED,
    or BELOW; equal states never meet. `label`: the thing for people. `was`: its lines in the base, `now` in the
    side."""

    kind: Kind
    key: tuple[str, ...]
    state: str
    path: bytes
    label: str
    is_new: bool = False
    was: LineRange | None = None
    now: LineRange | None = None


class Use(Protocol):
    """A place where a side newly relies on a name that stands elsewhere, perhaps."""

    @property
    def path(self) -> bytes: ...
    @property
    def lines(self) -> LineRange | None: ...


@dataclass(frozen=True)
class Collision:
    """What a break does to a use. `said`: a sentence with `{here}` for who broke it and `{there}` for who uses it."""

    kind: Literal["signature", "deleted-name"]
    said: str


class Break(Protocol):
    """Something that a side did to a name that others may rely on."""

    @property
    def path(self) -> bytes: ...
    @property
    def was(self) -> LineRange | None: ...
    @property
    def now(self) -> LineRange | None: ...

    def strike(self, use: Use) -> Collision | None:
        """What it does to a use under the same name; None when the use stands, or means something else."""
        ...


@dataclass(frozen=True)
class Facts:
    """All that one side did. `breaks` and `uses` by name: only those under one name are set against each other."""

    changes: Mapping[tuple[str, ...], Change] = field(default_factory=dict)
    breaks: Mapping[str, Sequence[Break]] = field(default_factory=dict)
    uses: Mapping[str, Sequence[Use]] = field(default_factory=dict)


NOTHING = Facts()


def join_facts(parts: Iterable[Facts]) -> Facts:
    """The facts of several files as those of one side."""
    changes: dict[tuple[str, ...], Change] = {}
    breaks: dict[str, list[Break]] = {}
    uses: dict[str, list[Use]] = {}
    for part in parts:
        for key, change in part.changes.items():
            changes[key] = _both(changes[key], change) if key in changes else change
        for name, broken in part.breaks.items():
            breaks.setdefault(name, []).extend(broken)
        for name, used in part.uses.items():
            uses.setdefault(name, []).extend(used)
    return Facts(changes, breaks, uses)


def _both(one: Change, other: Change) -> Change:
    """A thing that two files of one side say something of: a number with a way up and one down, a version in two
    lists."""
    if one.state == other.state:
        return one
    states = sorted({*one.state.split("\n"), *other.state.split("\n")} - {REMOVED}) or [REMOVED]
    first = other if one.state == REMOVED else one
    return Change(first.kind, first.key, "\n".join(states), first.path, first.label, first.is_new, first.was, first.now)
