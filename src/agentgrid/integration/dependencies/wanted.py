"""One wanted package of one manifest, and what else reading a file may tell. Nothing here knows git."""

import re
from dataclasses import dataclass, replace
from typing import Literal

Ecosystem = Literal["python", "npm", "cargo", "go"]
Form = Literal["pep440", "poetry", "npm", "cargo", "go"]
"""How a constraint is written: `^1.2` means one thing to Poetry, and nothing to PEP 440."""

ECOSYSTEMS: tuple[Ecosystem, ...] = ("python", "npm", "cargo", "go")
ECOSYSTEM_OF: dict[str, Ecosystem] = {
    "pep440": "python",
    "poetry": "python",
    "npm": "npm",
    "cargo": "cargo",
    "go": "go",
}

_CREDENTIALS = re.compile(r"(?<=://)[^/@\s]*@|\?[^\s#]*")


@dataclass(frozen=True, slots=True)
class Wanted:
    """A package as a manifest asks for it. `package`: its name made alike by the ecosystem's rule. `constraint`: as it
    is written, empty for any version. `line` counts from 1. `table`: the list it stands in. `marker`: when it counts
    (an environment marker, a target), empty for always. `span`: where the constraint stands in the text, in
    characters; None where nothing could be put. `source`: where it comes from when no version says so (an address, a
    path, a tag), without secrets. `fixed`: why its version text can't be changed here; empty when it can."""

    form: Form
    package: str
    name: str
    constraint: str
    line: int
    table: str = ""
    marker: str = ""
    span: tuple[int, int] | None = None
    source: str = ""
    fixed: str = ""

    @property
    def ecosystem(self) -> Ecosystem:
        return ECOSYSTEM_OF[self.form]

    @property
    def is_exclusion(self) -> bool:
        """Whether it is one version that Go must not choose, rather than one that is asked for."""
        return self.form == "go" and self.constraint.startswith("!")

    def moved(self, by: int, line: int, table: str) -> "Wanted":
        """The same, read out of a string that begins `by` characters into the file, on `line`."""
        span = None if self.span is None else (self.span[0] + by, self.span[1] + by)
        return replace(self, span=span, line=line, table=table)


@dataclass(frozen=True, slots=True)
class Unread:
    """Something that could not be understood, and so was not judged. `line`: None for a whole file."""

    line: int | None
    why: str


@dataclass(frozen=True, slots=True)
class Include:
    """A requirements file that another one names. `target`: as written, relative to the file that names it."""

    line: int
    target: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """What one file says. `compiled_by`: the command that generates it, where it says that it is generated: then its
    versions are those of a lock file. `owner`: the name of the package that the file describes."""

    wanted: tuple[Wanted, ...] = ()
    includes: tuple[Include, ...] = ()
    unread: tuple[Unread, ...] = ()
    compiled_by: str = ""
    owner: str = ""


def without_secrets(address: str) -> str:
    """An address without user, password and query: they may be tokens."""
    plain = _CREDENTIALS.sub("", address)
    return "".join(char for char in plain if char.isprintable()).strip()
