"""lock, unlock, locks, renew: leases for people, and the line that moves while one waits."""

import sys
from collections.abc import Sequence
from datetime import datetime

from agentgrid.boundaries.leases.asking import Grant
from agentgrid.boundaries.leases.lease import HELD, UNLANDED, UNTIL_LANDED, Lease
from agentgrid.boundaries.leases.refusals import describe, expires_at, lease_as_json
from agentgrid.boundaries.leases.release import Drop
from agentgrid.boundaries.leases.taking import Acquired
from agentgrid.boundaries.leases.views import LeaseView
from agentgrid.boundaries.leases.waiting import QueuePlace
from agentgrid.git.paths import json_path, show_path
from agentgrid.machine.clock import Instant
from agentgrid.render.streams import note
from agentgrid.render.tables import Cell, render_table

_STYLES = {HELD: "green", UNLANDED: "cyan", "expired": "yellow", "reclaimable": "red"}


def render_acquired(acquired: Acquired, now: Instant) -> str:
    lease = acquired.lease
    done = "locked" if acquired.is_new else "renewed"
    lines = [f"{done} {_patterns(lease)} for {lease.holder}, lease {lease.token}", _ending(lease, now)]
    lines += [f"taken over from {each.holder}: lease {each.token}, which had expired" for each in acquired.taken_over]
    return "\n".join(lines)


def acquired_as_json(acquired: Acquired, notes: Sequence[str], now: Instant) -> dict[str, object]:
    return {
        "lease": lease_as_json(acquired.lease, HELD, now),
        "new": acquired.is_new,
        "taken_over": [{"token": each.token, "holder": each.holder} for each in acquired.taken_over],
        "notes": list(notes),
    }


def render_foreseen(grant: Grant, patterns: Sequence[bytes]) -> str:
    if grant.renewed is not None:
        return f"would renew lease {grant.renewed.token}"
    lines = [f"would lock {' '.join(show_path(each) for each in patterns)}"]
    lines += [f"would end lease {each.token} of {each.holder}: its work has landed" for each in grant.over]
    lines += [f"would take over lease {each.token} of {each.holder}: it has expired" for each in grant.reclaimed]
    return "\n".join(lines)


def foreseen_as_json(grant: Grant, patterns: Sequence[bytes]) -> dict[str, object]:
    return {
        "patterns": [json_path(each) for each in patterns],
        "would_renew": grant.renewed.token if grant.renewed else None,
        "would_end": [each.token for each in grant.over],
        "would_take_over": [each.token for each in grant.reclaimed],
    }


def render_leases(views: Sequence[LeaseView]) -> str:
    """One line a lease; what keeps it and who waits for it below each other in its last column."""
    if not views:
        return "nothing is locked"
    headers = ("pattern", "holder", "state", "since", "until", "token", "reason")
    return render_table(headers, [_row(view) for view in views])


def render_dropped(drops: Sequence[Drop]) -> str:
    lines = []
    for drop in drops:
        rest = "" if drop.is_whole else "; the rest of it stays"
        paths = " ".join(show_path(each.text) for each in drop.patterns)
        lines.append(f"unlocked {paths} (lease {drop.lease.token} of {drop.lease.holder}{rest})")
    return "\n".join(lines) or "nothing was locked"


def dropped_as_json(drops: Sequence[Drop]) -> dict[str, object]:
    released = [
        {"token": drop.lease.token, "holder": drop.lease.holder, "ended": drop.is_whole,
         "patterns": [json_path(each.text) for each in drop.patterns]}
        for drop in drops
    ]  # fmt: skip
    return {"released": released}


def render_renewed(leases: Sequence[Lease], now: Instant) -> str:
    lines = [
        f"renewed lease {each.token} on {_patterns(each)} until {_moment(expires_at(each, HELD, now))}"
        for each in leases
    ]
    return "\n".join(lines) or "nothing to renew"


def renewed_as_json(leases: Sequence[Lease], now: Instant) -> dict[str, object]:
    return {"leases": [lease_as_json(each, HELD, now) for each in leases]}


class WaitingLine:
    """Progress on stderr: on a terminal one line that changes, else a line whenever something changed."""

    def __init__(self) -> None:
        self._is_live = sys.stderr.isatty()
        self._last = ""

    def show(self, place: QueuePlace) -> None:
        text = _place_text(place)
        if text == self._last:
            return
        self._last = text
        if self._is_live:
            sys.stderr.write(f"\r\x1b[K{text}")
            sys.stderr.flush()
        else:
            note(text)

    def clear(self) -> None:
        if self._is_live and self._last:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()


def _place_text(place: QueuePlace) -> str:
    reason = describe(place.refusals.found[0], place.now).splitlines()[0]
    return f"waiting, number {place.position} in the queue: {reason}"


def _row(view: LeaseView) -> list[Cell]:
    lease = view.lease
    until = "its work has landed" if view.state == UNLANDED else _moment(expires_at(lease, view.state, view.now))
    told = [lease.reason or ("taken automatically" if lease.is_automatic else "")]
    told += [f"{each.oid[:10]} {each.subject}" for each in view.commits]
    told += [f"{each.holder} is waiting" for each in view.waiters]
    return [
        "\n".join(show_path(pattern.text) for pattern in lease.patterns),
        lease.holder,
        (view.state, _STYLES.get(view.state, "")),
        _moment(datetime.fromisoformat(lease.acquired_at)),
        until,
        str(lease.token),
        "\n".join(line for line in told if line),
    ]


def _ending(lease: Lease, now: Instant) -> str:
    when = _moment(expires_at(lease, HELD, now))
    if not lease.is_agents:  # which commits are a person's, no name of a branch tells
        return f"until {when}, unless it is renewed (agentgrid renew)"
    ends = "its work has landed" if lease.until == UNTIL_LANDED else "its commit is made"
    return f"until {ends}; without a sign of {lease.holder}, until {when}"


def _patterns(lease: Lease) -> str:
    return " ".join(show_path(pattern.text) for pattern in lease.patterns)


def _moment(moment: datetime | None) -> str:
    """For people, in their own time zone."""
    return moment.astimezone().strftime("%Y-%m-%d %H:%M") if moment else "?"
