"""Why a lease isn't to be had, in words: who, on what, since when, until when, and what to type next."""

import shlex
from collections.abc import Mapping
from datetime import datetime, timedelta

from agentgrid.boundaries.leases.asking import Refusal, Refusals, Request, Waiter
from agentgrid.boundaries.leases.lease import EXPIRED, HELD, RECLAIMABLE, UNLANDED, Lease, remaining_ms
from agentgrid.errors import LeaseHeld
from agentgrid.git.paths import json_path, show_path
from agentgrid.machine.clock import Instant, rfc3339


def lease_held(refusals: Refusals, request: Request, now: Instant, *, said: str = "") -> LeaseHeld:
    """The error for a request that was refused. `said`: what else there is to say, in front of the hint."""
    lines = list(dict.fromkeys(describe(each, now) for each in refusals.found))
    paths = " ".join(shlex.quote(show_path(pattern.text)) for pattern in request.patterns)
    hint = said or f"wait for it: agentgrid lock --wait 30m {paths}"
    return LeaseHeld("\n".join(lines), hint=hint, details=refusal_as_json(refusals.found[0], now))


def describe(refusal: Refusal, now: Instant) -> str:
    """`services/common/** is locked by a2 since …`, one line for each reason."""
    asked, held = show_path(refusal.asked.text), show_path(refusal.held.text)
    if refusal.waiter is not None:
        meets = "" if held == asked else f" for {held}"
        return f"{asked}: {refusal.waiter.holder} asked first{meets} and is waiting"
    lease = refusal.lease
    assert lease is not None
    by = f"lease {lease.token}" if held == asked else f"lease {lease.token} on {held}"
    why = f", {lease.reason}" if lease.reason and not lease.is_automatic else ""
    text = f"{asked} is locked by {lease.holder} ({by}{why}) since {lease.acquired_at}, {_until(refusal, lease, now)}"
    return "\n".join([text, *(f"  {each.oid[:10]} {each.subject}" for each in refusal.commits)])


def expires_at(lease: Lease, state: str, now: Instant) -> datetime | None:
    """By the wall clock, for showing; None where no time ends it."""
    if state == UNLANDED:
        return None
    return now.wall + timedelta(milliseconds=remaining_ms(lease, now))


def lease_as_json(lease: Lease, state: str, now: Instant) -> dict[str, object]:
    expiry = expires_at(lease, state, now)
    return {
        "id": f"L{lease.token}",
        "patterns": lease.texts,
        "holder": lease.holder,
        "incarnation": lease.incarnation,
        "host": lease.host,
        "token": lease.token,
        "acquired_at": lease.acquired_at,
        "renewed_at": lease.renewed_at,
        "expires_at": rfc3339(expiry) if expiry else None,
        "reason": lease.reason,
        "automatic": lease.is_automatic,
        "until": lease.until,
        "state": state,
    }


def refusal_as_json(refusal: Refusal, now: Instant) -> Mapping[str, object]:
    pair = {"asked": json_path(refusal.asked.text), "held": json_path(refusal.held.text)}
    if refusal.lease is not None:
        lease = lease_as_json(refusal.lease, refusal.state or HELD, now)
        commits = [{"oid": each.oid, "subject": each.subject} for each in refusal.commits]
        return {**pair, "lease": lease, "commits": commits}
    assert refusal.waiter is not None
    return {**pair, "waiter": waiter_as_json(refusal.waiter)}


def waiter_as_json(waiter: Waiter) -> dict[str, object]:
    patterns = [json_path(pattern.text) for pattern in waiter.patterns]
    return {"holder": waiter.holder, "ticket": waiter.ticket, "asked_at": waiter.asked_at, "patterns": patterns}


def _until(refusal: Refusal, lease: Lease, now: Instant) -> str:
    if refusal.state == UNLANDED:
        return "until these commits have landed:" if refusal.commits else "until its work has landed"
    when = now.wall + timedelta(milliseconds=remaining_ms(lease, now))
    if refusal.state in {EXPIRED, RECLAIMABLE}:
        free = rfc3339(when + timedelta(milliseconds=lease.grace_ms))
        return f"expired; to be had from {free} on, if it isn't renewed"
    return f"until {rfc3339(when)} or later"
