"""Migrations get their numbers when they land: in the merged tree, behind those of the tip. Told to the train as a step
of building it; what can't be numbered is ejected as it is.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from agentgrid.integration.landing.model import Candidate, Ejected
from agentgrid.integration.migrations.integrating.messages import evidence_lines
from agentgrid.integration.migrations.numbers.bringing import Bringing
from agentgrid.integration.migrations.numbers.numbering import Hindrance, Objection
from agentgrid.integration.migrations.numbers.placed import PlacedRequest

_TRAILER = re.compile(rb"[A-Za-z0-9-]+: ")


@dataclass(frozen=True)
class Numbered:
    """`tree`: what would land, numbers and all; `merged`: the same before. `placed`: the requests that it brings."""

    tree: str
    merged: str
    placed: tuple[PlacedRequest, ...] = ()

    @property
    def trailers(self) -> list[bytes]:
        """Lines for the message of the commit that lands."""
        return evidence_lines(self.placed)


@dataclass(frozen=True)
class Numberer:
    """`bringing`: with what is known of the queue now. `hindrance_for(branch)`: what may not be integrated yet.
    `tell(line)` hears what scratch databases couldn't be asked."""

    bringing: Bringing
    hindrance_for: Callable[[str], Hindrance]
    tell: Callable[[str], None] = lambda _line: None

    def settles(self, path: bytes) -> bool:
        """Whether numbering writes that file anew, so that a conflict in it is none."""
        return self.bringing.settles(path)

    def number(self, tip: str, candidate: Candidate, tree: str, *, is_tried: bool) -> Numbered | Ejected:
        """`tree`: `tip` with the candidate merged in. `is_tried` False: nothing is run."""
        if candidate.placed:  # made of the queue itself, on this very tip, and tried then
            return Numbered(tree, tree, candidate.placed)
        bringing = self.bringing if is_tried else replace(self.bringing, trier=None)
        brought = bringing.bring(tip, tree, candidate.branch, self.hindrance_for(candidate.branch))
        if isinstance(brought, Objection):
            return Ejected(candidate.agent, "migration", brought.reason, brought.hint, paths=brought.paths)
        for note in brought.notes:
            self.tell(note)
        return Numbered(brought.tree, tree, brought.placed)


def with_trailers(message: bytes, trailers: Sequence[bytes]) -> bytes:
    """`message`, which has a body, with these trailers too: behind those that it ends in, or in a paragraph of their
    own."""
    if not trailers:
        return message
    text = message.rstrip(b"\n")
    last = text.rpartition(b"\n\n")[2].splitlines()
    has_trailers = b"\n\n" in text and all(_TRAILER.match(line) for line in last)
    return text + (b"\n" if has_trailers else b"\n\n") + b"".join(each + b"\n" for each in trailers)
