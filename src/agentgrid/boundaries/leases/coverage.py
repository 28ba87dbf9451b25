"""Which leases cover a path, many leases and paths at a time."""

import os
from collections.abc import Iterable

from agentgrid.boundaries.leases.lease import Lease
from agentgrid.boundaries.patterns.matching import Matcher
from agentgrid.boundaries.patterns.parsing import Pattern, parse_pattern
from agentgrid.boundaries.patterns.shapes import exact_path
from agentgrid.boundaries.patterns.trie import build_trie


class Coverage:
    """Leases by the paths that their patterns match."""

    def __init__(self, leases: Iterable[Lease]) -> None:
        self._of_rule: list[Lease] = []
        self._of_path: dict[bytes, list[Lease]] = {}
        parsed: list[tuple[int, Pattern]] = []
        for lease in leases:
            for pattern in lease.patterns:
                path = exact_path(pattern.shape)
                if path is not None:
                    self._of_path.setdefault(path, []).append(lease)
                    continue
                parsed.append((len(self._of_rule), parse_pattern(os.fsdecode(pattern.text))))
                self._of_rule.append(lease)
        self._matcher = Matcher(build_trie(parsed))

    def covering(self, path: bytes, *, is_directory: bool = False) -> list[Lease]:
        """The leases with a pattern that matches `path`, by token. `is_directory`: a submodule link."""
        hits = [self._of_rule[rule] for rule in self._matcher.hits(path, is_directory)]
        found = {lease.token: lease for lease in (*hits, *self._of_path.get(path, ()))}
        return [found[token] for token in sorted(found)]
