"""What a stub model says and hears, whatever the client's wire format."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class ToolCall:
    """`arguments`: an object, or text for a tool that takes just that."""

    tool: str
    arguments: Mapping[str, object] | str


@dataclass(frozen=True, slots=True)
class Dialect:
    """`is_turn`: whether a request is the agent's own turn and not one of the client's for itself. `read_results`: what
    the calls so far gave. `stream`: the events of the answer that has a call (None: the end of the turn), and its
    number."""

    is_turn: Callable[[Json], bool]
    read_results: Callable[[Json], list[str]]
    stream: Callable[[ToolCall | None, int], Iterator[Json]]


def text_of(content: Any) -> str:
    """The text of a message's content: itself, or its parts put together."""
    if isinstance(content, str):
        return content
    return "".join(part.get("text", "") for part in content)
