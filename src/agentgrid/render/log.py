"""`log` for people: a line an event, newest last."""

import json
from collections.abc import Iterator, Mapping, Sequence

from agentgrid.git.paths import show_path
from agentgrid.store.events import Event

_LONG = frozenset({"incarnation", "host", "ttl_s", "until"})  # `log --json` has them
_WIDTHS = (20, 16, 8)  # of time, kind and actor, so that lines that come later stand below each other too


def render_events(events: Sequence[Event]) -> str:
    return "\n".join(_line(event) for event in events) or "no events"


def _line(event: Event) -> str:
    columns = [
        _plain(value).ljust(width) for value, width in zip((event.at, event.kind, event.actor), _WIDTHS, strict=True)
    ]
    rest = [_plain(event.subject)] if event.subject else []
    rest += [f"L{event.token}"] if event.token is not None else []
    rest += [", ".join(_changes(event))] if event.before != event.after else []
    return "  ".join([*columns, *rest]).rstrip()


def _changes(event: Event) -> Iterator[str]:
    """What is different after: `reason: - → hot fix`."""
    before, after = _members(event.before), _members(event.after)
    for name in dict.fromkeys([*before, *after]):
        old, new = before.get(name), after.get(name)
        if old == new or (name == "token" and event.token is not None):
            continue
        if event.before is None and (name in _LONG or not new or _value(new) in {event.subject, event.actor}):
            continue  # nothing, or said already
        if name not in after and event.kind.startswith("lease."):
            continue  # a lease that ended: what it was stands in `lease.acquired`
        change = _value(new) if event.before is None or name not in before else f"{_value(old)} → {_value(new)}"
        yield f"{_plain(name)}: {change}" if name else change


def _members(value: object) -> Mapping[str, object]:
    if isinstance(value, Mapping):
        return value
    return {} if value is None else {"": value}


def _value(value: object) -> str:
    if value is None:
        return "-"
    if isinstance(value, list) and all(isinstance(each, str) for each in value):
        return " ".join(map(_plain, value))
    return _plain(value if isinstance(value, str) else json.dumps(value, sort_keys=True))


def _plain(text: str) -> str:
    """One line, whatever is in it."""
    return show_path(text.encode("utf-8", "surrogateescape"))
