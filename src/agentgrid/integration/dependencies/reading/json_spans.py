"""Where each string of a JSON document stands. The document has been read by `json` before: it is valid."""

import json
import re
from collections.abc import Mapping

Key = tuple[str | int, ...]

_GAP = re.compile(r"[ \t\r\n]*")
_STRING = re.compile(r'"((?:[^"\\]|\\.)*)"', re.DOTALL)
_OTHER = re.compile(r"[^,\]}\s]+")


def find_json_spans(text: str, start: int = 0) -> Mapping[Key, tuple[int, int, bool]]:
    """Path of keys → (start, end, is_plain) of what stands between the quotes of each string that is a value; of a
    key that is there twice the last counts, as everywhere. Raises RecursionError for what is nested too deep."""
    spans: dict[Key, tuple[int, int, bool]] = {}
    _value(text, _gap(text, start), (), spans)
    return spans


def _value(text: str, place: int, path: Key, spans: dict[Key, tuple[int, int, bool]]) -> int:
    """Reads one value; returns where it ends."""
    first = text[place]
    if first == '"':
        start, end, is_plain = _string(text, place)
        spans[path] = start, end, is_plain
        return end + 1
    if first not in "{[":
        found = _OTHER.match(text, place)
        return found.end() if found else place + 1
    return _members(text, place, path, spans)


def _members(text: str, place: int, path: Key, spans: dict[Key, tuple[int, int, bool]]) -> int:
    is_object = text[place] == "{"
    place = _gap(text, place + 1)
    number = 0
    while text[place] not in "}]":
        key: str | int = number
        if is_object:
            start, end, is_plain = _string(text, place)
            key = text[start:end] if is_plain else str(json.loads(text[start - 1 : end + 1]))
            place = _gap(text, _gap(text, end + 1) + 1)  # past the colon
        place = _gap(text, _value(text, place, (*path, key), spans))
        number += 1
        if text[place] == ",":
            place = _gap(text, place + 1)
    return place + 1


def _string(text: str, place: int) -> tuple[int, int, bool]:
    found = _STRING.match(text, place)
    if found is None:
        raise ValueError("a string was expected")
    return found.start(1), found.end(1), "\\" not in found[1]


def _gap(text: str, place: int) -> int:
    found = _GAP.match(text, place)
    assert found is not None  # it may match nothing
    return found.end()
