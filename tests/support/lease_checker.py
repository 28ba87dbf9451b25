"""Judges a log of leases by itself: shares no code with what wrote it.

Replays the events of the database file in order and says at which index two leases of different holders cover one path
of a universe. Which paths a pattern covers is asked of git.
"""

import json
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from support.gitignore import ask_git
from support.repositories import create_repository

Log = Sequence[Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Told:
    """What a process was told it had done. `what`: locked, renewed or unlocked."""

    what: str
    holder: str
    token: int


def read_log(database: Path) -> list[dict[str, Any]]:
    """Every event, oldest first, `before` and `after` as values."""
    with closing(sqlite3.connect(database)) as connection:
        rows = connection.execute("SELECT seq, kind, actor, token, before_json, after_json FROM events ORDER BY seq")
        names = ("seq", "kind", "actor", "token", "before", "after")
        events = [dict(zip(names, row, strict=True)) for row in rows]
    for event in events:
        event["before"], event["after"] = (json.loads(event[name] or "null") for name in ("before", "after"))
    return events


def cover(place: Path, patterns: Iterable[str], universe: Iterable[str]) -> dict[str, frozenset[bytes]]:
    """Pattern → the paths of the universe (files) that `git check-ignore` says it matches."""
    texts = sorted(set(patterns))
    paths = {path.encode(): False for path in universe}
    return dict(zip(texts, map(frozenset, ask_git(create_repository(place), texts, paths)), strict=True))


def patterns_of(log: Log) -> set[str]:
    return {text for event in log for text in (event["after"] or {}).get("patterns", ())}


def find_faults(log: Log, covered: Mapping[str, frozenset[bytes]]) -> list[str]:
    """Everything that may not be in a log: gaps, tokens that don't rise, ends of what doesn't live, and indexes at
    which two holders share a path."""
    faults: list[str] = []
    live: dict[int, tuple[str, frozenset[bytes]]] = {}
    highest = 0
    for place, event in enumerate(log, 1):
        seq, kind, token, after = event["seq"], event["kind"], event["token"], event["after"]
        if seq != place:
            faults.append(f"event {seq} stands at place {place}")
        if kind == "lease.acquired":
            if token <= highest:
                faults.append(f"at {seq}: token {token} after {highest}")
            highest = token
        elif token not in live:
            faults.append(f"at {seq}: {kind} of lease {token}, which doesn't live")
        if not after or "patterns" not in after:
            live.pop(token, None)
            continue
        paths = frozenset(path for text in after["patterns"] for path in covered[text])
        for other, (holder, theirs) in live.items():
            if holder != after["holder"] and paths & theirs:
                faults.append(f"at {seq}: leases {token} and {other} share {sorted(paths & theirs)[:3]}")
        live[token] = (after["holder"], paths)
    return faults


def find_lost(log: Log, told: Iterable[Told]) -> list[Told]:
    """What processes were told and the log knows nothing of."""
    kinds = {"locked": {"lease.acquired", "lease.renewed", "lease.revived"},
             "renewed": {"lease.renewed", "lease.revived"}, "unlocked": {"lease.released"}}  # fmt: skip
    known = {(event["kind"], event["actor"], event["token"]) for event in log}
    return [each for each in told if not any((kind, each.holder, each.token) in known for kind in kinds[each.what])]
