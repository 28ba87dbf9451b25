"""Two sides' versions of a few files in memory, and where they meet beyond text."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from textwrap import dedent
from typing import Literal

from agentgrid.boundaries.migrations.lineages import LineagePlace
from agentgrid.integration.conflicts.beyond.meeting import find_meetings
from agentgrid.integration.conflicts.model import Meeting

Files = Mapping[str, str | bytes | None]


@dataclass(frozen=True)
class Versions:
    """Sources in memory. A side names the files that it changed; None: it deleted the file."""

    base: Files
    a: Files
    b: Files

    def read(self, side: Literal["base", "a", "b"], path: bytes) -> bytes | None:
        name = path.decode()
        own: Files = {"base": self.base, "a": self.a, "b": self.b}[side]
        found = own[name] if name in own else self.base.get(name)
        return dedent(found).encode() if isinstance(found, str) else found

    def changed(self, side: Literal["a", "b"]) -> Sequence[bytes]:
        return [name.encode() for name in (self.a if side == "a" else self.b)]


def meetings(base: Files, a: Files, b: Files, *, lineages: Sequence[LineagePlace] = ()) -> tuple[Meeting, ...]:
    """Where a1 and a2 meet."""
    return find_meetings(Versions(base, a, b), names=("a1", "a2"), lineages=lineages)


def reasons(base: Files, a: Files, b: Files, *, lineages: Sequence[LineagePlace] = ()) -> list[str]:
    """Why a1 and a2 meet."""
    return [each.reason for each in meetings(base, a, b, lineages=lineages)]
