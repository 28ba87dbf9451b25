"""The order in which requests are integrated, and which of them are due. Pure.

What a request depends on comes first, then the more urgent, then the older. An urgent request makes what it waits for
as urgent as itself: otherwise it would wait for everything that is more urgent than that.
"""

import heapq
from collections.abc import Mapping, Sequence
from datetime import datetime

from agentgrid.boundaries.migrations.request import MigrationRequest
from agentgrid.config.window import Window
from agentgrid.errors import InputError


def order_requests(requests: Sequence[MigrationRequest]) -> list[MigrationRequest]:
    """The requests in their order. What they depend on beside `requests` doesn't count here. Raises InputError that
    names the cycle when they depend on one another in one."""
    by_id = {each.id: each for each in requests}
    links = {each.id: [other for other in each.depends_on if other in by_id] for each in requests}
    cycle = find_cycle(links)
    if cycle:
        raise InputError(f"these migration requests depend on one another: {show_cycle(cycle)}",
                         hint=f"agentgrid migration show {cycle[0]}, then withdraw one of them")  # fmt: skip
    urgency = _urgency(by_id, links)
    waiting = {id_: len(set(others)) for id_, others in links.items()}
    followers: dict[str, list[str]] = {id_: [] for id_ in by_id}
    for id_, others in links.items():
        for other in set(others):
            followers[other].append(id_)
    ready = [(urgency[id_], by_id[id_].counted, id_) for id_, count in waiting.items() if not count]
    heapq.heapify(ready)
    ordered = []
    while ready:
        _, _, id_ = heapq.heappop(ready)
        ordered.append(by_id[id_])
        for follower in followers[id_]:
            waiting[follower] -= 1
            if not waiting[follower]:
                heapq.heappush(ready, (urgency[follower], by_id[follower].counted, follower))
    return ordered


def find_cycle(links: Mapping[str, Sequence[str]]) -> list[str]:
    """Ids each of which depends on the next, the last on the first; empty when there is no cycle. `links`: id → what
    it depends on."""
    done: set[str] = set()
    for start in links:
        path: list[str] = []
        stack = [(start, iter(links[start]))] if start not in done else []
        while stack:
            id_, others = stack[-1]
            if not path or path[-1] != id_:
                path.append(id_)
            other = next(others, None)
            if other is None:
                done.add(id_)
                stack.pop()
                path.pop()
            elif other in path:
                return path[path.index(other) :]
            elif other in links and other not in done:
                stack.append((other, iter(links[other])))
    return []


def show_cycle(cycle: Sequence[str]) -> str:
    """`m3 → m5 → m3`, each depending on the next."""
    return " → ".join([*cycle, cycle[0]])


def land_after(requests: Sequence[MigrationRequest]) -> dict[str, frozenset[str]]:
    """Agent → those whose branches land first, because its own migrations depend on what they carry."""
    carried = {each.id: each for each in requests if each.is_open and each.is_carried}
    links: dict[str, set[str]] = {}
    for each in carried.values():
        for other in each.depends_on:
            if other in carried and carried[other].agent != each.agent:
                links.setdefault(each.agent, set()).add(carried[other].agent)
    return {agent: frozenset(others) for agent, others in links.items()}


def due_requests(
    requests: Sequence[MigrationRequest], windows: Mapping[str, Window], now: datetime, *, ignore_windows: bool = False
) -> list[MigrationRequest]:
    """Those that may be integrated now, in the order of `requests`: approved, a window of their lineage has opened
    since, and each one that they depend on is integrated or due as well. `requests`: all there are. `windows`: of each
    lineage; one that has none is `always`. `now`: in the zone that windows are written for."""
    waiting = why_waiting(requests, windows, now, ignore_windows=ignore_windows)
    return [each for each in requests if each.status == "approved" and each.id not in waiting]


def why_waiting(
    requests: Sequence[MigrationRequest], windows: Mapping[str, Window], now: datetime, *, ignore_windows: bool = False
) -> dict[str, str]:
    """Id → why an open request isn't due yet, in words: not approved, its window, what it depends on."""
    by_id = {each.id: each for each in requests}
    waiting: dict[str, str] = {}
    for each in requests:
        why = _own_reason(each, windows.get(each.lineage), now, ignore_windows=ignore_windows)
        if why is not None:
            waiting[each.id] = why
    is_settled = False
    while not is_settled:  # a chain is as long as it is: each round tells the next ones
        held = {each.id: why for each in requests
                if each.is_open and each.id not in waiting and (why := _held_by(each, by_id, waiting))}  # fmt: skip
        waiting |= held
        is_settled = not held
    return waiting


def _own_reason(request: MigrationRequest, window: Window | None, now: datetime, *, ignore_windows: bool) -> str | None:
    if request.status == "submitted":
        return "it isn't approved yet"
    if request.status != "approved" or ignore_windows or window is None or request.decided_at is None:
        return None
    if window.is_due(datetime.fromisoformat(request.decided_at), now):
        return None
    return f"the window opens {window.next_opening(now).isoformat(' ', 'minutes')}"


def _held_by(request: MigrationRequest, by_id: Mapping[str, MigrationRequest], waiting: Mapping[str, str]) -> str:
    for other in request.depends_on:
        found = by_id.get(other)
        if found is None or found.status in {"rejected", "withdrawn"}:
            return f"it depends on {other}, which was {found.status if found else 'never asked for'}"
        if found.id in waiting:
            return f"it depends on {other}: {waiting[other]}"
    return ""


def _urgency(by_id: Mapping[str, MigrationRequest], links: Mapping[str, Sequence[str]]) -> dict[str, int]:
    """Id → its priority, or the highest one of those that wait for it."""
    urgency = {id_: each.priority for id_, each in by_id.items()}
    pending = list(by_id)
    while pending:
        id_ = pending.pop()
        for other in links[id_]:
            if urgency[id_] < urgency[other]:
                urgency[other] = urgency[id_]
                pending.append(other)
    return urgency
