"""The ports of the grid's agents on this machine, kept in a file beside the state: given once, the same ever after."""

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from agentgrid.config.places import grid_directory
from agentgrid.errors import OutsideError
from agentgrid.git.repository import Repository
from agentgrid.machine.files import write_atomically
from agentgrid.machine.locks import hold_lock
from agentgrid.machine.ports import ephemeral_range, find_listener, is_port_free
from agentgrid.workspace.environment.ports import Allocation, Block, allocate, usable_range

_FILE = "ports.json"
# They hold ports open for containers, whoever's those are: not for us to tell.
_FORWARDERS = ("docker-pr", "rootless", "com.docker", "gvproxy", "slirp4netns", "pasta", "passt", "conmon", "ssh")


@dataclass(frozen=True)
class GivenPorts:
    """`ports`: service → port, PORT_BASE under "". `notices`: lines about ports that had to move."""

    ports: Mapping[str, int]
    notices: tuple[str, ...] = field(default=())


class PortBook:
    """Gives agents their ports. `agents`: those of the policy; what others once had is free when room is short."""

    def __init__(self, repository: Repository, agents: Sequence[str], services: Sequence[str]) -> None:
        self._repository = repository
        self._agents = tuple(agents)
        self._services = tuple(services)
        self._path = grid_directory(repository) / _FILE

    def give(self, agent: str, worktree: Path | None = None) -> GivenPorts:
        """The ports of `agent`, whose worktree is there. What it had stays, unless somebody else listens there by now;
        what is new is free at this moment. Raises OutsideError when the machine has no room."""
        search = _Search(self._repository, self._services, agent, worktree)
        known = _read(self._path).get(agent)
        if known is not None and search.is_good(known):
            return self._given(known, {})
        with hold_lock(self._path.with_suffix(".lock")):
            blocks = _read(self._path)
            found = search.allocate(blocks)
            if found is None:
                blocks = {name: block for name, block in blocks.items() if name in self._agents}
                found = search.allocate(blocks)
            if found is None:
                raise self._no_room(agent)
            if found.block != blocks.get(agent):
                blocks[agent] = found.block
                content = {name: block.as_json() for name, block in blocks.items()}
                write_atomically(self._path, json.dumps(content, indent=1).encode())
        return self._given(found.block, found.moved)

    def _no_room(self, agent: str) -> OutsideError:
        low, high = usable_range(ephemeral_range())
        return OutsideError(
            f"there is no room for the ports of {agent} between {low} and {high}: {len(self._agents)} agents, "
            f"{len(self._services)} services each",
            hint="fewer services in agentgrid.yaml, or end what listens there",
        )

    def _given(self, block: Block, moved: Mapping[str, tuple[int, int]]) -> GivenPorts:
        ports = {service: block.ports[service] for service in ("", *self._services)}
        notices = tuple(
            f"another program listens on {before}: {service or 'PORT_BASE'} has port {now} from now on"
            for service, (before, now) in moved.items()
        )
        return GivenPorts(ports, notices)


class _Search:
    """The search for one agent's ports."""

    def __init__(self, repository: Repository, services: Sequence[str], agent: str, worktree: Path | None) -> None:
        self._services = services
        self._agent = agent
        self._seed = f"{os.path.realpath(repository.common_dir)}\0{agent}"
        self._worktree = os.path.realpath(worktree) if worktree else None

    def is_good(self, block: Block) -> bool:
        """Whether every service has its port there, and no stranger listens on one."""
        wanted = [block.ports.get(service) for service in ("", *self._services)]
        return all(port is not None and not self._is_strange(block, port) for port in wanted)

    def allocate(self, blocks: Mapping[str, Block]) -> Allocation | None:
        known = blocks.get(self._agent)
        return allocate(
            self._services,
            known,
            [block for name, block in blocks.items() if name != self._agent],
            seed=self._seed,
            within=usable_range(ephemeral_range()),
            is_free=is_port_free,
            is_strange=lambda port: known is not None and self._is_strange(known, port),
        )

    def _is_strange(self, block: Block, port: int) -> bool:
        """Whether another process than the agent's listens on its port. Who can't be looked into, or only holds it open
        for a container, is taken for the agent's: it was given the port."""
        if is_port_free(port):
            return False
        listener = find_listener(port)
        if listener is None or listener.name.startswith(_FORWARDERS):
            return False
        is_inside = self._worktree is not None and f"{listener.directory}/".startswith(f"{self._worktree}/")
        bases = {str(block.ports[""]), str(block.first)}  # the second was the first one's, before it moved
        is_own = listener.environ.get("AGENT_ID") == self._agent and listener.environ.get("PORT_BASE") in bases
        return not (is_inside or is_own)


def _read(path: Path) -> dict[str, Block]:
    """Agent → block; empty when there is no file, or it is damaged: then the same comes out anew."""
    try:
        content = json.loads(path.read_bytes())
        return {
            str(agent): Block(int(each["first"]), int(each["size"]), {str(k): int(v) for k, v in each["ports"].items()})
            for agent, each in content.items()
        }
    except (OSError, ValueError, LookupError, TypeError, AttributeError):
        return {}
