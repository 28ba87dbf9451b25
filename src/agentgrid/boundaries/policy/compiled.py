"""Compiles a policy into the plain value that every enforcement point reads: a tree of patterns and its rules.

Rules are numbered in the order of their lists, so "last match wins" is "the highest number wins". The value is made
of tuples, dicts, bytes and numbers alone: it goes through `marshal`, and the hook path reads it in half a
millisecond.
"""

import marshal
import posixpath
import re
from collections.abc import Iterable
from datetime import timedelta

from agentgrid.boundaries.patterns.parsing import PATTERN_ACCEPTED, Pattern, PatternError, parse_pattern
from agentgrid.boundaries.patterns.trie import build_trie
from agentgrid.config.documents import KeyPath
from agentgrid.config.environment import key_entries
from agentgrid.config.policy import Policy
from agentgrid.config.problems import nearest
from agentgrid.errors import ConfigError, ConfigProblem

FORMAT = 5
MARSHAL_VERSION = 4  # readable by every Python we support
_BARE_WORD = re.compile(r"!?[\w-]+ *")

CompiledPolicy = dict[str, object]


def compile_policy(policy: Policy) -> CompiledPolicy:
    """The compiled form. Raises ConfigError for patterns that can't match and names that aren't services."""
    compiler = _Compiler(policy)
    compiler.read_services()
    compiler.read_lists()
    if compiler.problems:
        raise ConfigError(compiler.problems)
    grid = policy.grid
    return {
        "format": FORMAT,
        "key": policy.files.key,
        "base": grid.base,
        "nodes": build_trie(compiler.patterns),
        "lists": tuple(compiler.lists),
        "list_of": tuple(compiler.list_of),
        "negated": frozenset(compiler.negated),
        "references": {key: tuple(rules) for key, rules in compiler.references.items()},
        "unowned": grid.unowned,
        "severity": dict(grid.rules),
        "agents": {agent.id: agent.title for agent in policy.agents.values()},
        "locks": {
            "auto": grid.locks.auto,
            "until": grid.locks.until,
            "ttl_ms": _ms(grid.locks.ttl),
            "grace_ms": _ms(grid.locks.grace),
        },
        "commits": (grid.commits.pattern, grid.commits.example) if grid.commits else None,
        "unmatched": grid.branches.unmatched,
        "approvers": {agent.id: agent.permissions.approve for agent in policy.agents.values()},
        "reviews": (grid.land.approvals, grid.land.is_map_binding),
        "signers": dict(grid.signers),
        "lineages": tuple(
            (lineage_prefix(lineage.path), name, lineage.style) for name, lineage in grid.migrations.items()
        ),
        "queued": tuple(lineage_prefix(lineage.path) for lineage in grid.migrations.values()),
        "keys": tuple(
            (entry.agent, entry.name, entry.reference.kind, entry.reference.place)
            for agent in policy.agents.values()
            for entry in key_entries(agent)
        ),
        "details": marshal.dumps(tuple(compiler.details), MARSHAL_VERSION),
    }


class _Compiler:
    """Collects lists, rules and problems. A rule is one item of one list: a pattern, or a service's name."""

    def __init__(self, policy: Policy) -> None:
        self.policy = policy
        self.problems: list[ConfigProblem] = []
        self.patterns: list[tuple[int, Pattern]] = []
        self.lists: list[tuple[str, str, str]] = []
        self.list_of: list[int] = []
        self.negated: set[int] = set()
        self.references: dict[int, list[int]] = {}
        self.details: list[tuple[str, str, int]] = []
        self.service_lists: dict[str, int] = {}

    def read_services(self) -> None:
        for name, items in self.policy.grid.services.items():
            self.service_lists[name] = len(self.lists)
            self.lists.append(("service", name, ""))
            for index, item in enumerate(items):
                if _is_name(item):
                    self.complain(None, ("services", name, index), f"{item!r} is not a path",
                                  hint=f"for the folder write `{item}/**`")  # fmt: skip
                else:
                    self.add_pattern(None, ("services", name, index), item)

    def read_lists(self) -> None:
        grid = self.policy.grid
        self.read_list("frozen", "", "", None, ("frozen",), grid.frozen)
        self.read_list("common", "", "", None, ("common",), grid.common)
        self.lists.append(("derived", "", ""))
        for pattern in grid.derived:
            self.add_pattern(None, ("derived", pattern), pattern)
        self.read_list("trusted", "", "", None, ("secrets", "allow"), grid.secrets.allow)
        for agent in self.policy.agents.values():
            self.read_list("steward", agent.id, "common", agent.id, ("owns", "common"), agent.owns.common)
            self.read_list("owns", agent.id, "critical", agent.id, ("owns", "critical"), agent.owns.critical)
            self.read_list("owns", agent.id, "support", agent.id, ("owns", "support"), agent.owns.support)

    def read_list(
        self, kind: str, agent: str, tier: str, source: str | None, path: KeyPath, items: Iterable[str]
    ) -> None:
        self.lists.append((kind, agent, tier))
        for index, item in enumerate(items):
            word = item.removeprefix("!").rstrip(" ")  # spaces at the end don't count in a pattern either
            service = self.service_lists.get(word)
            if service is not None:
                self.references.setdefault(service, []).append(self.add_rule(source, (*path, index), item))
            elif _is_name(item):
                self.complain_unknown_service(source, (*path, index), word)
            else:
                self.add_pattern(source, (*path, index), item)

    def add_pattern(self, source: str | None, path: KeyPath, text: str) -> None:
        try:
            pattern = parse_pattern(text)
        except PatternError as error:
            self.complain(source, path, f"{text!r}: {error}", accepted=PATTERN_ACCEPTED)
            return
        self.patterns.append((self.add_rule(source, path, text), pattern))

    def add_rule(self, source: str | None, path: KeyPath, text: str) -> int:
        rule = len(self.list_of)
        self.list_of.append(len(self.lists) - 1)
        if text.startswith("!"):
            self.negated.add(rule)
        file, line = self.policy.where(source, *path)
        self.details.append((text, file, line or 0))
        return rule

    def complain(self, source: str | None, path: KeyPath, message: str, **more: str | None) -> None:
        self.problems.append(self.policy.problem(source, path, message, **more))

    def complain_unknown_service(self, source: str | None, path: KeyPath, word: str) -> None:
        known = list(self.service_lists)
        guess = nearest(word, known)
        hint = f"did you mean `{guess}`?" if guess else f"to match a name at any depth write `**/{word}`"
        self.complain(source, path, f"there is no service {word!r}", accepted=", ".join(known) or None, hint=hint)


def lineage_prefix(directory: str) -> bytes:
    """What every path of a lineage's directory begins with: `db/migrations/`; nothing for the root."""
    path = posixpath.normpath(directory.strip("/") or ".")
    return b"" if path == "." else path.encode() + b"/"


def _ms(duration: timedelta) -> int:
    return int(duration.total_seconds() * 1000)


def _is_name(item: str) -> bool:
    """A word with no slash, dot or wildcard: it must be a service (a typo must not become a pattern)."""
    return _BARE_WORD.fullmatch(item) is not None
