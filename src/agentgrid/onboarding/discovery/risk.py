"""How likely an agent's part of the tree is to collide with the others', judged from names and from the history.

Works for a proposed split and for a written map alike: all it asks is whose a path is.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Literal

from agentgrid.onboarding.discovery.coupling import BULK_FILES
from agentgrid.onboarding.discovery.tree_facts import TreeFacts

COMMON = "common code"
"""What `owner_of` answers for common paths; the space keeps it from being an agent's id."""

Level = Literal["HIGH", "MEDIUM", "LOW"]
OwnerOf = Callable[[str], str | None]

_HIGH_SHARE = 0.40
_MEDIUM_SHARE = 0.15
_FEW_COMMITS = 5
_MIGRATION = re.compile(
    r"((?:.*/)?(?:migrations?|migrate|alembic))/(?:.*/)?(?!__init__)[^/]+\.(?:sql|py|rb|php|[jt]s|go|exs|cs|java|kt|xml)"
)
_SCHEMA = re.compile(r"(?:.*/)?(?:schema\.prisma|schema\.sql|structure\.sql|db/schema\.rb)")


@dataclass(frozen=True)
class Risk:
    level: Level
    reason: str


def assess_risks(
    facts: TreeFacts,
    agents: Iterable[str],
    owner_of: OwnerOf,
    *,
    steward_of: Mapping[str, Sequence[str]] | None = None,
) -> dict[str, Risk]:
    """The risk of each agent.

    `owner_of`: a path → the agent that owns it, COMMON, or None for anything else; asked once a path.
    `steward_of`: agent → the common patterns that it is steward of.
    """
    remembered = cache(owner_of)
    stewards = steward_of or {}
    return {agent: assess_risk(agent, facts, remembered, steward_of=stewards.get(agent, ())) for agent in agents}


def assess_risk(agent: str, facts: TreeFacts, owner_of: OwnerOf, *, steward_of: Sequence[str] = ()) -> Risk:
    """The risk of one agent (see `assess_risks`).

    HIGH: owns the database migrations or schema, or 40 % of its commits touch other agents' or common code.
    MEDIUM: 15 % of them, or steward of common code. LOW: the rest. Commits of over 200 files don't count.
    """
    owned = [path for path in facts.sizes if owner_of(path) == agent]
    database = _database_reason(owned)
    if database:
        return Risk("HIGH", database)
    judged = _judge_history(agent, facts, owner_of)
    if steward_of and judged.level == "LOW":
        more = f" and {len(steward_of) - 1} more" if len(steward_of) > 1 else ""
        return Risk("MEDIUM", f"steward of common code: {steward_of[0]}{more}")
    if not owned and judged.level == "LOW":
        return Risk("LOW", "owns no file yet")
    return judged


def find_migrations(paths: Iterable[str]) -> dict[str, int]:
    """Folders that hold database migrations → number of migration files below each."""
    matches = (_MIGRATION.fullmatch(path) for path in sorted(paths))
    return dict(Counter(match[1] for match in matches if match))


def _database_reason(owned: Sequence[str]) -> str | None:
    folders = find_migrations(owned)
    if folders:
        most = max(sorted(folders), key=lambda folder: folders[folder])
        more = f" and {len(folders) - 1} more folders" if len(folders) > 1 else ""
        files = _count(sum(folders.values()), "file")
        return f"owns the database migrations: {files} below {most}{more}"
    schemas = sorted(path for path in owned if _SCHEMA.fullmatch(path))
    return f"owns the database schema: {schemas[0]}" if schemas else None


def _judge_history(agent: str, facts: TreeFacts, owner_of: OwnerOf) -> Risk:
    owners = [{owner_of(path) for path in paths} for paths in facts.history if len(paths) <= BULK_FILES]
    own = [touched - {agent, None} for touched in owners if agent in touched]
    if len(own) < _FEW_COMMITS:
        known = f"only {_count(len(own), 'commit')}" if own else "no commits"
        return Risk("LOW", f"{known} in its paths yet: judged from names alone")
    crossing = sum(bool(others) for others in own)
    share = crossing / len(own)
    figures = f"{share:.0%} of {len(own)} commits"
    if share < _MEDIUM_SHARE:
        return Risk("LOW", f"isolated: {figures} touch anything else")
    most = Counter(other for others in own for other in sorted(str(one) for one in others)).most_common(1)[0][0]
    level: Level = "HIGH" if share >= _HIGH_SHARE else "MEDIUM"
    return Risk(level, f"{figures} also touch others' code (most often {most})")


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
