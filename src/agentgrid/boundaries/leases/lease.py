"""A lease, and how it stands: pure, on a clock that nobody can set.

`judge_state` is the only place that decides whether a lease still lives. A process id or wall time never decides.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from agentgrid.boundaries.patterns.intersection import do_patterns_meet
from agentgrid.boundaries.patterns.shapes import Shape
from agentgrid.git.paths import json_path
from agentgrid.machine.clock import Instant

HELD, UNLANDED, EXPIRED, RECLAIMABLE, OVER = "held", "unlanded", "expired", "reclaimable", "over"
UNTIL_LANDED, UNTIL_COMMIT = "landed", "commit"
PERSON_MARK = "@"  # no agent's id starts so


@dataclass(frozen=True, slots=True)
class LeasePattern:
    """A gitignore pattern without `!`, anchored at the root. `text`: as bytes. `shape`: what decides meetings."""

    text: bytes
    shape: Shape = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Terms:
    """What a new lease gets: how long it lives without a sign of its holder, and what ends it."""

    ttl_ms: int
    grace_ms: int
    until: str = UNTIL_LANDED

    @classmethod
    def of(cls, compiled: dict[str, Any]) -> "Terms":
        """The terms of a compiled policy."""
        locks = compiled["locks"]
        return cls(locks["ttl_ms"], locks["grace_ms"], locks["until"])


@dataclass(frozen=True, slots=True)
class Lease:
    """`token`: its only name, never given twice. `holder`: an agent's id, or `@login`. `boot`, `renewed_ms`: when the
    holder last gave a sign. `work_oid`: the last commit that it made under the lease. `ended_how`: None while it
    lives."""

    token: int
    holder: str
    incarnation: str
    host: str
    patterns: tuple[LeasePattern, ...]
    reason: str
    is_automatic: bool
    until: str
    ttl_ms: int
    grace_ms: int
    boot: str
    renewed_ms: int
    acquired_at: str
    renewed_at: str
    work_oid: str | None = None
    ended_at: str | None = None
    ended_how: str | None = None

    @property
    def key(self) -> tuple[int, int, str | None]:
        """Changes whenever the holder gives a sign or commits under it: what was found out before is void then."""
        return self.token, self.renewed_ms, self.work_oid

    @property
    def is_agents(self) -> bool:
        return not self.holder.startswith(PERSON_MARK)

    @property
    def texts(self) -> list[str]:
        return [json_path(pattern.text) for pattern in self.patterns]


@dataclass(frozen=True, slots=True)
class Commit:
    oid: str
    subject: str


@dataclass(frozen=True, slots=True)
class WorkFacts:
    """What git says about the work under one lease. `key`: of the lease as it was then. `unlanded`: up to three commits
    that the base doesn't have, newest first. `is_landed`: work was committed under it, and all of it has landed."""

    key: tuple[int, int, str | None]
    unlanded: tuple[Commit, ...] = ()
    is_landed: bool = False


def judge_state(lease: Lease, facts: WorkFacts | None, now: Instant) -> str:
    """How a live lease stands. `facts`: None when there can be none, or nobody has asked git."""
    if lease.until == UNTIL_LANDED and facts is not None:
        if facts.is_landed:
            return OVER
        if facts.unlanded:
            return UNLANDED
    if lease.boot != now.boot:
        return EXPIRED  # the next writer starts its grace period
    age_ms = now.mono_ms - lease.renewed_ms
    if age_ms <= lease.ttl_ms:  # also when it lies in the future: as just renewed
        return HELD
    return EXPIRED if age_ms <= lease.ttl_ms + lease.grace_ms else RECLAIMABLE


def needs_facts(lease: Lease, now: Instant) -> bool:
    """Whether git has to be asked before anything is decided against the holder, or for somebody else."""
    if lease.until != UNTIL_LANDED or not lease.is_agents:
        return False
    return lease.work_oid is not None or judge_state(lease, None, now) != HELD


def is_misdated(lease: Lease, now: Instant) -> bool:
    """True when its times aren't of this start of the machine: the next writer has to put that right."""
    return lease.boot != now.boot or lease.renewed_ms > now.mono_ms


def remaining_ms(lease: Lease, now: Instant) -> int:
    """Until it expires; negative when it has."""
    if lease.boot != now.boot:
        return 0
    return lease.renewed_ms + lease.ttl_ms - max(now.mono_ms, lease.renewed_ms)


def meetings(asked: Iterable[LeasePattern], held: Sequence[LeasePattern]) -> list[tuple[LeasePattern, LeasePattern]]:
    """For each pattern that is asked for, the first of `held` that can match a path that it can match."""
    found: list[tuple[LeasePattern, LeasePattern]] = []
    for mine in asked:
        for theirs in held:
            if mine.text == theirs.text or do_patterns_meet(mine.shape, theirs.shape):
                found.append((mine, theirs))
                break
    return found
