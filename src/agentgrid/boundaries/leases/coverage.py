"""Which leases cover a path, many leases and paths at a time."""

import os
from collections.abc import Iterable

from agentgrid.boundaries.leases.lease import Lease
from agentgrid.boundaries.matching import Matcher
from agentgrid.boundaries.patterns import parse_pattern
from agentgrid.boundaries.trie import build_trie


class Coverage:
    """Leases by the paths that their patterns match."""

    def __init__(self, leases: Iterable[Lease]) -> None:
        self._of_rule = [(lease, pattern) for lease in leases for pattern in lease.patterns]
        parsed = ((rule, parse_pattern(os.fsdecode(each.text))) for rule, (_, each) in enumerate(self._of_rule))
        self._matcher = Matcher(build_trie(parsed))

    def covering(self, path: bytes, *, is_directory: bool = False) -> list[Lease]:
        """The leases with a pattern that matches `path`, by token. `is_directory`: a submodule link."""
        hits = (self._of_rule[rule][0] for rule in self._matcher.hits(path, is_directory))
        found = {lease.token: lease for lease in hits}
        return [found[token] for token in sorted(found)]
