"""Which command generates a path, by the patterns of `derived:`; the last one that matches counts."""

from agentgrid.boundaries.patterns.matching import Matcher
from agentgrid.boundaries.patterns.parsing import parse_pattern
from agentgrid.boundaries.patterns.trie import build_trie
from agentgrid.config.policy import Policy


class DerivedFiles:
    """The generated files of a policy."""

    def __init__(self, policy: Policy) -> None:
        self._rules = list(policy.grid.derived.items())
        self._matcher = Matcher(build_trie((rule, parse_pattern(text)) for rule, (text, _) in enumerate(self._rules)))

    def command_for(self, path: bytes) -> str | None:
        """The shell command, run at the top of a worktree, that generates `path`; None for an ordinary file."""
        hits = self._matcher.hits(path)
        if not hits:
            return None
        pattern, command = self._rules[max(hits)]
        return None if pattern.startswith("!") else command
