"""Key references: the configuration names where a key is, never the key itself. Pure.

`env:NAME`, `file:PATH`, `keyring:SERVICE/USER`, `cmd:COMMAND …`
"""

import re
import shlex
from dataclasses import dataclass
from typing import Literal

ACCEPTED = "env:NAME, file:PATH, keyring:SERVICE/USER, cmd:COMMAND …"
VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")

Kind = Literal["env", "file", "keyring", "cmd"]


@dataclass(frozen=True, slots=True)
class Reference:
    """`kind`: where to look. `place`: the rest as written."""

    kind: Kind
    place: str

    def __str__(self) -> str:
        return f"{self.kind}:{self.place}"

    @property
    def is_silent(self) -> bool:
        """Whether looking there asks nobody and starts nothing: what a git hook may do."""
        return self.kind in {"env", "file"}


def parse_reference(text: str) -> Reference:
    """The reference that `text` is. Raises ValueError, which never repeats the text: it may be a key by mistake."""
    kind, colon, place = text.partition(":")
    place = place.strip()
    if not colon or kind not in {"env", "file", "keyring", "cmd"}:
        raise ValueError("is not a reference to a key (a key itself is never written here)")
    if not place:
        raise ValueError(f"nothing stands behind `{kind}:`")
    complaint = _complaint(kind, place)
    if complaint:
        raise ValueError(complaint)
    return Reference(kind, place)  # type: ignore[arg-type]


def split_keyring(place: str) -> tuple[str, str]:
    """(service, user); a service may have slashes."""
    service, _, user = place.rpartition("/")
    return service, user


def _complaint(kind: str, place: str) -> str | None:
    if kind == "env" and not VARIABLE.fullmatch(place):
        return "`env:` wants the name of a variable"
    if kind == "keyring" and not all(split_keyring(place)):
        return "`keyring:` wants a service and a user: keyring:SERVICE/USER"
    if kind == "cmd":
        try:
            shlex.split(place)
        except ValueError as error:
            return f"the command can't be read: {error}".lower()
    return None
