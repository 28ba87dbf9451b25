"""The environment of an agent's processes, put together: what `exec`, `each`, `work` and `env` ask for.

Inherited, then shared caches, then what is generated, then the grid's `env.set`, then the keys.
"""

import os
import sys
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Literal

from agentgrid.config.places import grid_directory
from agentgrid.config.policy import Policy
from agentgrid.config.schema import AgentConfig
from agentgrid.git.repository import Repository
from agentgrid.machine.secrets.redaction import SHORTEST
from agentgrid.machine.secrets.value import Secret
from agentgrid.workspace.environment.caches import shared_caches
from agentgrid.workspace.environment.generated import CLIENT_HOMES, client_homes, generate, generated_names
from agentgrid.workspace.environment.inheritance import Others, decide_inherited, looks_secret
from agentgrid.workspace.environment.keys import Keys
from agentgrid.workspace.environment.port_book import PortBook
from agentgrid.workspace.environment.variables import (
    CACHE,
    GENERATED,
    INHERITED,
    AgentEnvironment,
    MissingKey,
    Variable,
    as_variables,
    merge_layers,
)
from agentgrid.workspace.naming import require_agent

HOMES = "homes"
KeyUse = Literal["all", "silent", "none"]


class Environments:
    """Makes environments under a policy. `environ`: the caller's, by default this process's."""

    def __init__(self, repository: Repository, policy: Policy, *, environ: Mapping[str, str] | None = None) -> None:
        self._repository = repository
        self._policy = policy
        self._environ = dict(os.environ if environ is None else environ)
        self._ports = PortBook(repository, list(policy.agents), list(policy.grid.services))
        self.keys = Keys(policy, environ=self._environ, root=repository.root)

    def for_agent(
        self, agent: str, *, worktree: Path | None = None, task: str | None = None, keys: KeyUse = "all"
    ) -> AgentEnvironment:
        """The environment of `agent`'s processes.

        `worktree`: where they run. `task`: the one they work on. `keys`: which ones are looked up; `silent` asks nobody
        for anything. A key that has no value is told in `missing`; `require_keys` makes that an error.
        Raises InputError for an unknown agent, OutsideError when there is no room for its ports.
        """
        config = require_agent(self._policy, agent)
        given = self._ports.give(agent, worktree)
        inherited = self._inherited(agent)
        made = generate(
            config,
            project=self._repository.name,
            ports=given.ports,
            task=task,
            pgoptions=inherited.get("PGOPTIONS", ""),
        )
        key_layer, missing = self._key_layer(agent, keys)
        variables = merge_layers(
            [
                [self._inherited_variable(name, value) for name, value in inherited.items()],
                as_variables(self._caches(), CACHE),
                as_variables({**made, **self._homes(config, are_made=keys != "silent")}, GENERATED),
                self._set_layer(),
                key_layer,
            ]
        )
        notices = tuple(f"{agent}: {notice}" for notice in given.notices)
        return AgentEnvironment(agent, variables, tuple(missing), notices)

    def for_nobody(self) -> dict[str, str]:
        """The environment of what runs for no agent, as the checks of a landing do: nobody's keys are in it."""
        layers = [as_variables(self._inherited(""), INHERITED), as_variables(self._caches(), CACHE), self._set_layer()]
        return AgentEnvironment("", merge_layers(layers), (), ()).for_process()

    def _inherited(self, agent: str) -> dict[str, str]:
        others = [config for config in self._policy.agents.values() if config.id != agent]
        own = self._policy.agents[agent].keys if agent else {}
        entries = [entry for config in others for entry in self.keys.entries(config.id)]
        own_sources = {entry.reference.place for entry in (self.keys.entries(agent) if agent else ())
                       if entry.reference.kind == "env"}  # fmt: skip
        homes = [name for name in CLIENT_HOMES.values() if self._environ.get(name, "").startswith(self._homes_root())]
        return decide_inherited(
            self._environ,
            self._policy.grid.env.inherit,
            Others(
                names={entry.name for entry in entries} - own.keys(),
                sources={entry.reference.place for entry in entries if entry.reference.kind == "env"} - own_sources,
                generated=generated_names(self._policy.grid.services) | set(homes),
            ),
            agent=agent,
        )

    @cached_property
    def _holders(self) -> frozenset[str]:
        """Variables that have somebody's key in them."""
        entries = [entry for agent in self._policy.agents for entry in self.keys.entries(agent)]
        sources = {entry.reference.place for entry in entries if entry.reference.kind == "env"}
        return frozenset({*sources, *(entry.name for entry in entries)})

    def _inherited_variable(self, name: str, value: str) -> Variable:
        held = (self._environ.get(each, "") for each in self._holders)
        has_key = any(key in value for key in held if len(key) >= SHORTEST)
        return _variable(name, value, INHERITED, is_secret=has_key or name in self._holders or looks_secret(name))

    def _caches(self) -> dict[str, str]:
        home = self._environ.get("HOME") or os.path.expanduser("~")
        return shared_caches(self._environ, home, is_mac=sys.platform == "darwin")

    def _homes_root(self) -> str:
        return str(grid_directory(self._repository) / HOMES) + "/"

    def _homes(self, config: AgentConfig, *, are_made: bool) -> dict[str, str]:
        """The agent's own client homes. `are_made`: some clients don't make theirs."""
        homes = client_homes(config, self._homes_root() + config.id)
        for place in homes.values() if are_made else ():
            os.makedirs(place, mode=0o700, exist_ok=True)
            os.chmod(os.path.dirname(place), 0o700)  # a login is in there
        return homes

    def _set_layer(self) -> list[Variable]:
        found = []
        for name, value in self._policy.grid.env.set.items():
            file, line = self._policy.where(None, "env", "set", name)
            found.append(_variable(name, value, f"{file}:{line}", is_secret=looks_secret(name)))
        return found

    def _key_layer(self, agent: str, use: KeyUse) -> tuple[list[Variable], list[MissingKey]]:
        """The keys' variables; one without a value all the same keeps another's from standing in its place."""
        entries = self.keys.entries(agent)
        wanted = [each for each in entries if use == "all" or (use == "silent" and each.reference.is_silent)]
        found, missing = self.keys.look_up(wanted)
        values = {each.entry.name: each.value for each in found}
        layer = [
            Variable(each.name, values.get(each.name), f"{each.reference} ({self.keys.place(each)})", is_secret=True)
            for each in entries
        ]
        return layer, missing


def _variable(name: str, value: str, source: str, *, is_secret: bool) -> Variable:
    return Variable(name, Secret(value) if is_secret else value, source, is_secret)
