"""What is known about agents' work and where it meets, as values: the shapes that views, order and landing share."""

from dataclasses import dataclass
from typing import Literal

Level = Literal["clean", "same-file", "adjacent", "overlap", "conflict", "unknown"]

LEVELS: tuple[Level, ...] = ("clean", "same-file", "adjacent", "overlap", "conflict", "unknown")
"""From harmless to worst; what can't be told stands last, so that nobody takes it for harmless."""

BASE = "@base"
"""The name of the base where a pair names its second side."""


@dataclass(frozen=True)
class AgentWork:
    """All that one agent has and the base doesn't. `head`: its branch's commit. `snapshot`: a commit of everything,
    uncommitted work included; `head` itself where there is none. `changed`: paths that differ from the common past
    with the base. `problem`: why there is no snapshot (the other fields may be empty then). `unclear`: paths with
    work that no commit here can hold: inside submodules, and repositories in the work tree."""

    agent: str
    branch: str | None
    head: str | None
    snapshot: str | None
    is_dirty: bool = False
    changed: tuple[bytes, ...] = ()
    problem: str | None = None
    unclear: tuple[bytes, ...] = ()


@dataclass(frozen=True)
class LineRange:
    """Lines of one version of a file: the first one counts as 1. `count` 0: a place between lines, after `start`."""

    start: int
    count: int


@dataclass(frozen=True)
class Hunk:
    """One place where both sides changed a file: on the base's lines, and on each side's own."""

    base: LineRange | None = None
    a: LineRange | None = None
    b: LineRange | None = None


@dataclass(frozen=True)
class Meeting:
    """Two sides in one path. `kind`: git's (content, add/add, modify/delete, rename/rename, rename/delete, binary,
    mode, symlink, submodule, file/directory …), or what was found beyond text (function, signature, deleted-name, key,
    migration-number, dependency). `reason`: one sentence for people; empty where level and kind say it all."""

    path: bytes
    level: Level
    kind: str = "content"
    hunks: tuple[Hunk, ...] = ()
    reason: str = ""


@dataclass(frozen=True)
class Pair:
    """Two agents, or an agent and the base (`b` is BASE). `level`: the worst of `files`. `problem`: why it is
    unknown."""

    a: str
    b: str
    level: Level
    files: tuple[Meeting, ...] = ()
    problem: str | None = None


@dataclass(frozen=True)
class ProposedOrder:
    """In which order to land. Costs: how many conflicting paths somebody has to work over (lower is better).
    `together`: agents whose work does not merge once all before them landed, with the paths; pairs may be clean."""

    agents: tuple[str, ...]
    cost: int
    fifo: tuple[str, ...]
    fifo_cost: int
    is_exact: bool = True
    together: tuple[tuple[str, tuple[bytes, ...]], ...] = ()


@dataclass(frozen=True)
class ConflictReport:
    """Every pair of agents, each against the base, and the order to land in; None where no order was asked for."""

    base_branch: str
    base_oid: str
    agents: tuple[AgentWork, ...]
    pairs: tuple[Pair, ...]
    order: ProposedOrder | None = None


def worst(levels: "tuple[Level, ...] | list[Level]") -> Level:
    """The worst of some levels; clean when there is none."""
    return max(levels, key=LEVELS.index, default="clean")
