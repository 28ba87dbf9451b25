"""Looking up agents' keys where the configuration says they are, at the moment when a process needs them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from agentgrid.config.environment import KeyEntry, key_entries
from agentgrid.config.policy import Policy
from agentgrid.machine.secrets.sources import SourceFailure, look_up
from agentgrid.machine.secrets.value import Secret
from agentgrid.workspace.environment.variables import MissingKey


@dataclass(frozen=True, slots=True)
class FoundKey:
    """A key with its value. `place`: where the configuration names it, as `config/agents/a1.yaml:27`."""

    entry: KeyEntry
    place: str
    value: Secret


class Keys:
    """The keys of a policy. `environ`: where variables are, and what password managers are started with. `root`: where
    relative files start from."""

    def __init__(self, policy: Policy, *, environ: Mapping[str, str], root: Path) -> None:
        self._policy = policy
        self._environ = environ
        self._root = root

    def entries(self, agent: str) -> list[KeyEntry]:
        return key_entries(self._policy.agents[agent])

    def place(self, entry: KeyEntry) -> str:
        file, line = self._policy.where(entry.agent, "keys", entry.name)
        return f"{file}:{line}"

    def look_up(self, entries: Iterable[KeyEntry]) -> tuple[list[FoundKey], list[MissingKey]]:
        """Those that have a value, and those that have none. May start programs and ask a person."""
        found: list[FoundKey] = []
        missing: list[MissingKey] = []
        for entry in entries:
            place = self.place(entry)
            try:
                value = self._look_up(entry)
            except SourceFailure as failure:
                missing.append(MissingKey(entry.agent, entry.name, str(entry.reference), place, failure.reason,
                                          failure.hint, failure.is_outside))  # fmt: skip
            else:
                found.append(FoundKey(entry, place, value))
        return found, missing

    def _look_up(self, entry: KeyEntry) -> Secret:
        try:
            return look_up(entry.reference, environ=self._environ, root=self._root)
        except SourceFailure:
            # A process of the agent has its key, and not always what it was read from.
            held = self._environ.get(entry.name)
            if held and self._environ.get("AGENT_ID") == entry.agent:
                return Secret(held)
            raise
