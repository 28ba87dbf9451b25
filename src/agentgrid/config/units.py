"""Sizes, times, shares and CPU as people write them; a unit mistake is an error that says what is accepted."""

import re
from datetime import timedelta
from typing import Annotated

from pydantic import BeforeValidator, PlainSerializer, WithJsonSchema

_SIZE = re.compile(r"(\d+(?:\.\d+)?)\s?(B|KB|MB|GB|TB|KiB|MiB|GiB|TiB)")
_SIZE_UNITS = {
    "B": 1, "KB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12,
    "KiB": 2**10, "MiB": 2**20, "GiB": 2**30, "TiB": 2**40,
}  # fmt: skip
_DURATION = re.compile(r"(\d+)(s|m|h|d)")
_DURATION_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_PERCENT = re.compile(r"(\d+(?:\.\d+)?)%")

_MOST = 2**63 - 1  # what a database keeps
_MOST_DIGITS = 8

SIZE_ACCEPTED = "a number and a unit: 512MiB, 4GB"
DURATION_ACCEPTED = "a number and a unit: 45s, 30m, 2h, 14d"
CPU_ACCEPTED = "a percentage of one core: 50%, 200%"


def parse_size(text: object) -> int:
    """Bytes: `4GB` → 4_000_000_000, `512MiB` → 536_870_912."""
    match = _SIZE.fullmatch(text) if isinstance(text, str) else None
    if match is None:
        raise ValueError(f"{text!r} is not a size|{SIZE_ACCEPTED}")
    size_bytes = float(match[1]) * _SIZE_UNITS[match[2]]
    if size_bytes > _MOST:
        raise ValueError(f"{match[1][:20]}… is more than any machine has|{SIZE_ACCEPTED}")
    return int(size_bytes)


def parse_duration(text: object) -> timedelta:
    """`30m`, `2h`, `14d` as a timedelta."""
    match = _DURATION.fullmatch(text) if isinstance(text, str) else None
    if match is None:
        raise ValueError(f"{text!r} is not a time|{DURATION_ACCEPTED}")
    if len(match[1]) > _MOST_DIGITS:
        raise ValueError(f"{match[1][:20]}… is longer than anybody waits|{DURATION_ACCEPTED}")
    return timedelta(seconds=int(match[1]) * _DURATION_UNITS[match[2]])


def parse_cpu(text: object) -> float:
    """Cores: `200%` → 2.0."""
    match = _PERCENT.fullmatch(text) if isinstance(text, str) else None
    if match is None:
        raise ValueError(f"{text!r} is not an amount of CPU|{CPU_ACCEPTED}")
    if len(match[1]) > _MOST_DIGITS:
        raise ValueError(f"{match[1][:20]}… is more than any machine has|{CPU_ACCEPTED}")
    return float(match[1]) / 100


def format_size(size_bytes: float) -> str:
    """Bytes for people: 4.0 GB, 120 kB."""
    for unit, factor in (("TB", 10**12), ("GB", 10**9), ("MB", 10**6), ("kB", 10**3)):
        if size_bytes >= factor:
            amount = size_bytes / factor
            return f"{amount:.1f} {unit}" if amount < 10 else f"{amount:.0f} {unit}"
    return f"{int(size_bytes)} B"


def _text_schema(description: str, pattern: re.Pattern[str]) -> WithJsonSchema:
    return WithJsonSchema({"type": "string", "description": description, "pattern": f"^{pattern.pattern}$"})


def _as_seconds(value: timedelta) -> float:
    return value.total_seconds()


Size = Annotated[int, BeforeValidator(parse_size), _text_schema(SIZE_ACCEPTED, _SIZE)]
Duration = Annotated[
    timedelta,
    BeforeValidator(parse_duration),
    PlainSerializer(_as_seconds),
    _text_schema(DURATION_ACCEPTED, _DURATION),
]
CpuShare = Annotated[float, BeforeValidator(parse_cpu), _text_schema(CPU_ACCEPTED, _PERCENT)]
