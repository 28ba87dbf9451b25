"""Facts as text and back, so that a side that hasn't moved isn't read again by the next command.

Only the few classes that facts are made of are ever built from it: whatever else the file holds, nothing of it runs.
"""

import json
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import Any

from agentgrid.integration.conflicts.beyond.facts import Change, Facts
from agentgrid.integration.conflicts.beyond.python.language import PythonBreak, PythonUse
from agentgrid.integration.conflicts.beyond.python.signatures import Call, Signature
from agentgrid.integration.conflicts.beyond.python.uses import Origin
from agentgrid.integration.conflicts.model import LineRange

FORMAT = 2
"""One more whenever the same files come to other facts than before."""

_PARTS: tuple[type[Any], ...] = (Change, PythonUse, PythonBreak, Origin, Call, Signature, LineRange)
_BY_NAME = {part.__name__: part for part in _PARTS}


class Unreadable(Exception):
    """The text isn't what was written."""


def encode_facts(facts: Facts) -> str:
    """One line of JSON. Raises Unreadable for facts that have other parts than those known here."""
    document = {
        "changes": [_encode(change) for change in facts.changes.values()],
        "breaks": {name: _encode(tuple(found)) for name, found in facts.breaks.items()},
        "uses": {name: _encode(tuple(found)) for name, found in facts.uses.items()},
    }
    return json.dumps(document, separators=(",", ":"))


def decode_facts(text: str) -> Facts:
    """What `encode_facts` wrote. Raises Unreadable."""
    try:
        document = json.loads(text)
        changes = [_decode(each) for each in document["changes"]]
        if not all(isinstance(change, Change) for change in changes):
            raise Unreadable
        return Facts({change.key: change for change in changes}, _by_name(document["breaks"], PythonBreak),
                     _by_name(document["uses"], PythonUse))  # fmt: skip
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise Unreadable from error


def _by_name(document: Mapping[str, Any], part: type[Any]) -> dict[str, tuple[Any, ...]]:
    found = {name: _decode(each) for name, each in document.items()}
    if not all(isinstance(each, part) for several in found.values() for each in several):
        raise Unreadable
    return found


def _encode(value: Any) -> Any:
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, bytes):
        return {"bytes": value.decode("latin-1")}
    if isinstance(value, tuple):
        return [_encode(each) for each in value]
    name = type(value).__name__
    if not is_dataclass(value) or _BY_NAME.get(name) is not type(value):
        raise Unreadable(name)
    return {name: [_encode(getattr(value, each.name)) for each in fields(value)]}


def _decode(value: Any) -> Any:
    if isinstance(value, list):
        return tuple(_decode(each) for each in value)
    if not isinstance(value, dict):
        return value
    [(name, content)] = value.items()
    if name == "bytes":
        return content.encode("latin-1")
    return _BY_NAME[name](*(_decode(each) for each in content))
