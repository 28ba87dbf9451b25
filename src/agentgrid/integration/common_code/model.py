"""What a change set does to the public API of common code, as values."""

from dataclasses import dataclass, field
from typing import Literal

from agentgrid.boundaries.findings import Finding

Kind = Literal[
    "removed", "parameter-removed", "parameter-added", "parameter-moved", "parameter-kind", "parameter-default",
    "parameter-required", "kind", "form", "base-removed", "attribute-type", "attribute-value", "not-exported",
]  # fmt: skip
Standing = Literal["allowed", "unversioned", "unknown-version", "same-version", "no-deprecation"]
Certainty = Literal["sure", "likely", "by-name"]


@dataclass(frozen=True)
class Change:
    """One thing that no longer is as it was. `told`: in words that go on from the symbol's name."""

    kind: Kind
    told: str


@dataclass(frozen=True)
class Break:
    """A public name that whoever uses it can't rely on any more. `symbol`: as it is imported. `path`, `line`: where it
    is defined, or was where it is gone (`is_gone`). `module`: the file of its module; `names`: what leads to it from
    there on. `wholes`: the names under which it can be used, from the top of the repository on."""

    symbol: str
    path: bytes
    line: int
    changes: tuple[Change, ...]
    module: bytes
    names: tuple[str, ...]
    wholes: tuple[str, ...]
    is_gone: bool = False
    is_module: bool = False
    is_method: bool = False

    @property
    def told(self) -> str:
        return ", ".join(dict.fromkeys(each.told for each in self.changes))


@dataclass(frozen=True)
class Unreadable:
    """A file that is no Python any more, as far as this Python can tell."""

    path: bytes
    line: int
    reason: str


@dataclass(frozen=True)
class User:
    """A use of a broken name. `agent`: whose code it is, None for what no single agent owns. `branch_of`: the agent on
    whose branch it stands, None for the base. `line`: the first one counts as 1."""

    path: bytes
    line: int
    agent: str | None
    branch_of: str | None
    certainty: Certainty


@dataclass(frozen=True)
class PackageVersion:
    """Which version a module is of. `path`: the file that says so, None where nothing does. `before`, `after`: as
    written, None where it can't be read or isn't there; `problem`: why. `is_lost`: it was there before."""

    path: bytes | None
    before: str | None = None
    after: str | None = None
    problem: str = ""
    is_lost: bool = False


@dataclass(frozen=True)
class Judged:
    """A break, and whether its version lets it. `wanted`: the version that would."""

    broken: Break
    version: PackageVersion
    standing: Standing
    wanted: str | None = None
    users: tuple[User, ...] = ()

    @property
    def is_objection(self) -> bool:
        return self.standing in {"unknown-version", "same-version", "no-deprecation"}


@dataclass(frozen=True)
class CommonReport:
    """What `common check` answers. `agent`: None for a person. `changed`: how many files of common Python code the
    change set changes. `notes`: what could not be looked at."""

    agent: str | None
    base: str
    head: str
    changed: int
    judged: tuple[Judged, ...] = ()
    unreadable: tuple[Unreadable, ...] = ()
    findings: tuple[Finding, ...] = ()
    notes: tuple[str, ...] = field(default=())
