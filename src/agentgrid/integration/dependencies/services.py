"""Which service a manifest belongs to: the map's, else the directory that it lies in."""

import os

from agentgrid.boundaries.patterns.matching import Matcher
from agentgrid.boundaries.patterns.parsing import parse_pattern
from agentgrid.boundaries.patterns.trie import build_trie
from agentgrid.config.policy import Policy


class Services:
    """The services of a policy. In each list the last pattern that matches counts; of several services the first."""

    def __init__(self, policy: Policy) -> None:
        rules = [(name, text) for name, texts in policy.grid.services.items() for text in texts]
        self._rules = rules
        self._order = list(policy.grid.services)
        self._matcher = Matcher(build_trie((number, parse_pattern(text)) for number, (_, text) in enumerate(rules)))

    def of(self, path: bytes) -> str:
        """The service's name; a directory (`.` at the top) for what is in none."""
        last: dict[str, int] = {}
        for number in sorted(self._matcher.hits(path)):
            last[self._rules[number][0]] = number
        found = [name for name, number in last.items() if not self._rules[number][1].startswith("!")]
        if found:
            return min(found, key=self._order.index)
        return os.fsdecode(path.rpartition(b"/")[0]) or "."
