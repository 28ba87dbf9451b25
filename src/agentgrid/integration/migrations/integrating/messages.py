"""What the queue's commits say: the requests in words, and a trailer for each file, which checks in CI read."""

import os
from collections.abc import Mapping, Sequence

from agentgrid.integration.migrations.numbers.placed import PlacedRequest


def integration_message(
    lineage: str, placed: Sequence[PlacedRequest], titles: Mapping[str, str], actor: str, reason: str
) -> bytes:
    """The message of a commit that brings `placed`. `titles`: of the requests by id. `reason`: why it was done outside
    its window, if so."""
    numbers = _range([each.number for each in placed])
    subject = f"Integrate migration{'s' if len(placed) > 1 else ''} {numbers} of {lineage}"
    lines = [f"{each.number}: {titles.get(each.id, each.id)} ({each.id})" for each in placed]
    because = [f"Outside its window: {reason}", ""] if reason else []
    agent = [] if actor.startswith("@") else [f"Agent: {actor}"]
    text = "\n".join([subject, "", *lines, "", *because])
    return os.fsencode(text) + b"\n" + b"\n".join([*evidence_lines(placed), *map(os.fsencode, agent)]) + b"\n"


def evidence_lines(placed: Sequence[PlacedRequest]) -> list[bytes]:
    """One trailer for each."""
    return [each.evidence() for each in placed]


def _range(numbers: Sequence[int]) -> str:
    if not numbers:
        return ""
    low, high = min(numbers), max(numbers)
    is_whole = high - low + 1 == len(numbers) and len(numbers) > 1
    return f"{low} to {high}" if is_whole else ", ".join(str(each) for each in sorted(numbers))
