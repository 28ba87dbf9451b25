"""Nested data as one value a key, so that two versions can be compared key by key."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

Key = tuple[str, ...]

MOST_KEYS = 50_000
GROUP = ""
"""The value of a key that has keys below it."""

_IDENTITIES = ("name", "id", "key", "path", "host")


def flatten(data: Any) -> dict[Key, str]:
    """Key → value as text; GROUP for a key with others below. Items of a list are known by what names them, so that one
    more in front changes nothing; a list of what has no names is one value.

    Raises ValueError for more keys than anybody writes by hand."""
    found: dict[Key, str] = {}
    for key, value in _walk(data, ()):
        found[key] = value
        if len(found) > MOST_KEYS:
            raise ValueError("too many keys")
    return found


def show_key(key: Key) -> str:
    """`a.b[name=x].c`."""
    text = ""
    for part in key:
        text += part if part.startswith("[") or not text else f".{part}"
    return text


def _walk(data: Any, key: Key) -> Iterator[tuple[Key, str]]:
    below = _below(data)
    if below is None:
        yield key, f"{type(data).__name__} {data!r}"
        return
    if key:
        yield key, GROUP
    for part, value in below:
        yield from _walk(value, (*key, part))


def _below(data: Any) -> list[tuple[str, Any]] | None:
    if isinstance(data, Mapping):
        return [(str(name), value) for name, value in data.items()]
    if not isinstance(data, list) or not data:
        return None
    if all(isinstance(item, Mapping) for item in data):
        return _by_identity(data)
    if any(isinstance(item, Mapping | list) for item in data):
        return None
    seen: Counter[str] = Counter(str(item) for item in data)
    return [(f"[{item}]{f'x{times}' if times > 1 else ''}", None) for item, times in seen.items()]


def _by_identity(items: Sequence[Mapping[Any, Any]]) -> list[tuple[str, Any]] | None:
    for identity in _IDENTITIES:
        names = [item.get(identity) for item in items]
        if all(isinstance(name, str) and name for name in names) and len(set(names)) == len(names):
            return [(f"[{identity}={name}]", item) for name, item in zip(names, items, strict=True)]
    return None
