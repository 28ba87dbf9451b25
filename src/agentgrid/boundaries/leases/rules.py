"""Common code, and unowned paths that are claimed: the findings about leases and about the fence.

What a point may do differs: the edit hook and pre-commit need a live lease and take a free one; the ref update also
accepts a path whose last lease was the agent's; push and `check` only look.
"""

import os
import shlex
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from agentgrid.boundaries.charged import ChangeSet, ChargedPath
from agentgrid.boundaries.findings import Finding, Words, named_finding
from agentgrid.boundaries.leases.asked_paths import make_pattern
from agentgrid.boundaries.leases.fence import find_stale
from agentgrid.boundaries.leases.ledger import LAST_MINE, MINE, Ledger, Standing
from agentgrid.boundaries.messages.trailers import trailer_evidence
from agentgrid.boundaries.patterns.shapes import covers
from agentgrid.boundaries.policy.territory import COMMON, Territory
from agentgrid.boundaries.verdict import HELD_RULE, MISSING_RULE, STALE_RULE, needs_lease
from agentgrid.git.paths import show_path
from agentgrid.git.process import Git
from agentgrid.git.repository import Repository

Mode = Literal["take", "accept", "look"]
# (paths, take them when all are free) → path → who has it: (message, holder)
Ask = Callable[[Sequence[bytes], bool], "dict[bytes, tuple[str, str]]"]


@dataclass(frozen=True, slots=True)
class LeasePoint:
    """One enforcement point. `mode`: `take` needs a live lease, `accept` also one that was held last, `look` changes
    nothing. `ask`: who has leases in the way; takes them where that is said."""

    ledger: Ledger
    mode: Mode
    ask: Ask


def leased_paths(territory: Territory, changes: ChangeSet) -> tuple[list[ChargedPath], list[ChargedPath]]:
    """(every charged path that needs a lease, those of them that are common code and stand behind the fence)."""
    leased, common = [], []
    for charged in changes.charged:
        place = territory.place(charged.path, charged.is_submodule)
        if needs_lease(place, territory.compiled["unowned"]):
            leased.append(charged)
            if place.state == COMMON:
                common.append(charged)
    return leased, common


def fence_findings(
    git: Git, territory: Territory, common: Sequence[ChargedPath], *, base: str, heads: Sequence[str]
) -> list[Finding]:
    """`lock.stale` for common paths that the base has changed since. `heads`: what the change set stands on."""
    stale = find_stale(git, base, heads, [charged.path for charged in common])
    branch = territory.compiled["base"]
    found = []
    for path, commit in stale.items():
        words = Words(f"was changed on {branch} since ({commit[:10]}): this change stands on an older version",
                      f"bring it in first: git merge --autostash {base[:12]}")  # fmt: skip
        found.append(named_finding(territory, STALE_RULE, words, path=path, commit=commit))
    return [finding for finding in found if finding is not None]


def lease_findings(
    territory: Territory, agent: str, leased: Sequence[ChargedPath], point: LeasePoint, *, may_take: bool
) -> list[Finding]:
    """`lock.held` and `lock.missing`. `may_take`: nothing else speaks against the change, so free leases are taken."""
    paths = dict.fromkeys(charged.path + (b"/" if charged.is_folder else b"") for charged in leased)
    wanted = [path for path in paths if not _is_enough(point.ledger.standing(path, agent), point.mode)]
    if not wanted:
        return []
    is_automatic = territory.compiled["locks"]["auto"]
    held = point.ask(wanted, may_take and is_automatic and point.mode != "look")
    found = [_held(territory, path, *said) for path, said in held.items()]
    if not is_automatic:
        found += [_missing(territory, path) for path in wanted if path not in held]
    return [finding for finding in found if finding is not None]


def _is_enough(standing: Standing, mode: Mode) -> bool:
    """A live lease; for who has committed already also the last one, as long as nobody took it away."""
    if standing.kind == MINE:
        return True
    lease = standing.lease
    is_lost = lease is not None and lease.ended_how in {"forced", "reclaimed"}
    return standing.kind == LAST_MINE and mode != "take" and not is_lost


def evidence_findings(
    repository: Repository,
    territory: Territory,
    agent: str,
    leased: Sequence[ChargedPath],
    *,
    base: str,
    heads: Sequence[str],
) -> list[Finding]:
    """`lock.missing` where there is no state to ask: paths that no commit's trailer names a lease for."""
    patterns = [
        make_pattern(os.fsdecode(pattern))
        for head in heads
        for who, _token, pattern in trailer_evidence(repository, base, head)
        if who == agent
    ]
    found = [
        _missing(territory, charged.path)
        for charged in leased
        if not any(covers(each.shape, charged.path, charged.is_submodule, False) for each in patterns)
    ]
    return [finding for finding in found if finding is not None]


def _held(territory: Territory, path: bytes, message: str, holder: str) -> Finding | None:
    words = Words(message, f"wait for it: agentgrid lock --wait 30m {_quoted(path)}")
    return named_finding(territory, HELD_RULE, words, path=path, owner=holder)


def _missing(territory: Territory, path: bytes) -> Finding | None:
    words = Words("changes only under a lease, and nobody has asked for one", f"agentgrid lock {_quoted(path)}")
    return named_finding(territory, MISSING_RULE, words, path=path)


def _quoted(path: bytes) -> str:
    return shlex.quote(show_path(path))
