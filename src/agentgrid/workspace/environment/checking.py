"""`env check`: keys that are missing, that two agents share, that lie in a tracked file or are readable by others."""

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Literal

from agentgrid.git.content import tracked_files_with
from agentgrid.git.repository import Repository
from agentgrid.machine.secrets.redaction import SHORTEST, searchable
from agentgrid.machine.secrets.sources import file_place, is_exposed
from agentgrid.workspace.desks import find_desks
from agentgrid.workspace.environment.keys import FoundKey, Keys
from agentgrid.workspace.environment.variables import MissingKey

Kind = Literal["missing", "shared", "tracked", "exposed", "short"]
_MOST_FILES = 5


@dataclass(frozen=True, slots=True)
class KeyProblem:
    """One thing that is wrong with a key of `agent`, in words without the value."""

    kind: Kind
    agent: str
    key: str
    message: str
    hint: str

    def as_json(self) -> dict[str, object]:
        return {name: getattr(self, name) for name in ("kind", "agent", "key", "message", "hint")}


@dataclass(frozen=True)
class KeyCheck:
    """`agents`: whose keys were looked up. `keys`: how many have a value."""

    agents: tuple[str, ...]
    keys: int
    problems: tuple[KeyProblem, ...]

    def as_json(self) -> dict[str, object]:
        return {"agents": list(self.agents), "keys": self.keys, "problems": [each.as_json() for each in self.problems]}


def check_keys(repository: Repository, keys: Keys, agents: Sequence[str], *, environ: Mapping[str, str]) -> KeyCheck:
    """Looks up every key of `agents`, which may ask a person, and says what is wrong with them."""
    found: list[FoundKey] = []
    problems: list[KeyProblem] = []
    for agent in agents:
        present, missing = keys.look_up(keys.entries(agent))
        found += present
        problems += map(_missing, missing)
    problems += [*_shared(found), *_tracked(repository, found), *_exposed(repository, found, environ)]
    problems += [_short(key) for key in found if len(os.fsencode(key.value.reveal())) < SHORTEST]
    return KeyCheck(tuple(agents), len(found), tuple(problems))


def _missing(key: MissingKey) -> KeyProblem:
    return KeyProblem("missing", key.agent, key.name, f"{key.reference} ({key.place}): {key.reason}", key.hint)


def _shared(found: Sequence[FoundKey]) -> Iterable[KeyProblem]:
    for one, other in combinations(found, 2):
        if one.entry.agent != other.entry.agent and one.value.is_same_as(other.value):
            yield KeyProblem(
                "shared", other.entry.agent, other.entry.name,
                f"{other.entry.reference} ({other.place}) is the same key as {one.entry.agent}'s {one.entry.name} "
                f"({one.place}): they spend one quota",
                "give each agent a key of its own",
            )  # fmt: skip


def _tracked(repository: Repository, found: Sequence[FoundKey]) -> Iterable[KeyProblem]:
    """Exact values in files that git has in the index, in the main worktree and in every agent's."""
    tops = [desk.worktree.path for desk in find_desks(repository).values() if desk.worktree.exists]
    if repository.main_worktree is not None:
        tops.insert(0, repository.main_worktree)
    for key in found:
        for top in tops:
            files = sorted({file for value in searchable([key.value])[:1] for file in tracked_files_with(top, value)})
            if files:
                more = f" and {len(files) - _MOST_FILES} more" if len(files) > _MOST_FILES else ""
                yield KeyProblem(
                    "tracked", key.entry.agent, key.entry.name,
                    f"is in a file that git tracks in {top}: {', '.join(files[:_MOST_FILES])}{more}",
                    "take it out, and replace the key: who has the repository has it",
                )  # fmt: skip


def _exposed(repository: Repository, found: Sequence[FoundKey], environ: Mapping[str, str]) -> Iterable[KeyProblem]:
    for key in found:
        if key.entry.reference.kind != "file":
            continue
        path: Path = file_place(key.entry.reference.place, environ=environ, root=repository.root)
        if is_exposed(path):
            yield KeyProblem("exposed", key.entry.agent, key.entry.name, f"others may read {path}",
                             f"chmod 600 {path}")  # fmt: skip


def _short(key: FoundKey) -> KeyProblem:
    return KeyProblem(
        "short", key.entry.agent, key.entry.name,
        f"has fewer than {SHORTEST} characters: it is not found in logs or in commits",
        "use a longer key",
    )  # fmt: skip
