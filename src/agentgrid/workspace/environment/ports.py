"""Which ports an agent has. Pure: what is taken on the machine is asked of the caller.

An agent's ports lie in a block of its own: the first ten are its own to use (`PORT_BASE`), then one for each service.
What it was given stays, whatever else changes, until a stranger listens there.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

OWN = 10  # free for the agent itself, from PORT_BASE on
_STEP = 20
_LOWEST, _HIGHEST = 16000, 65535
_FALLBACK = (20000, 32767)
_FEWEST = 4000
# Servers that many developers start now and then, and expect where they always are.
_WELL_KNOWN = frozenset({16379, 16686, 18080, 19092, 19530, 19999, 25672, 26257, 26379, 27017, 27018, 27019, 28015})


@dataclass(frozen=True)
class Block:
    """`ports`: service → port; PORT_BASE under "". `first` and `size`: what no other agent gets a port of."""

    first: int
    size: int
    ports: Mapping[str, int]

    def as_json(self) -> dict[str, object]:
        return {"first": self.first, "size": self.size, "ports": dict(self.ports)}


@dataclass(frozen=True)
class Allocation:
    """`moved`: service → (port before, now) of ports that somebody else had taken."""

    block: Block
    moved: Mapping[str, tuple[int, int]]


def usable_range(ephemeral: tuple[int, int]) -> tuple[int, int]:
    """Where blocks are laid: outside `ephemeral`, the ports that the system gives to outgoing connections."""
    first, last = ephemeral
    below, above = (_LOWEST, min(first - 1, _HIGHEST)), (max(last + 1, _LOWEST), _HIGHEST)
    for low, high in (below, above):
        if high - low + 1 >= _FEWEST:
            return low, high
    return _FALLBACK


def allocate(
    services: Sequence[str],
    known: Block | None,
    others: Iterable[Block],
    *,
    seed: str,
    within: tuple[int, int],
    is_free: Callable[[int], bool],
    is_strange: Callable[[int], bool],
) -> Allocation | None:
    """The ports for `services` of one agent; None when there is no room.

    `known`: what it was given before. `others`: the blocks of the grid's other agents. `seed`: names grid and agent,
    and decides where the search begins, so that what was lost comes out the same. `is_free`: nobody listens there.
    `is_strange`: somebody else than this agent does.
    """
    taken = [range(block.first, block.first + block.size) for block in others]
    taken += [range(port, port + (1 if service else OWN)) for block in others for service, port in block.ports.items()]
    if known is None:
        fresh = _new_block(services, taken, seed, within, is_free)
        return Allocation(fresh, {}) if fresh else None
    ports, moved = dict(known.ports), {}
    for service in ("", *services):
        port = ports.get(service)
        if port is not None and not is_strange(port):
            continue
        reserved = [*taken, range(ports[""], ports[""] + OWN)]
        find = _spare_ports if service else _spare_bases
        found = find(known, reserved, seed, within, is_free)
        fresh_port = next((each for each in found if each not in ports.values()), None)
        if fresh_port is None:
            return None
        ports[service] = fresh_port
        if port is not None:
            moved[service] = (port, fresh_port)
    return Allocation(Block(known.first, known.size, ports), moved)


def _new_block(
    services: Sequence[str],
    taken: Sequence[range],
    seed: str,
    within: tuple[int, int],
    is_free: Callable[[int], bool],
) -> Block | None:
    size = -(-(OWN + len(services)) // _STEP) * _STEP
    for first in _places(size, seed, within):
        span = range(first, first + size)
        if any(_meet(span, each) for each in taken) or not _WELL_KNOWN.isdisjoint(span):
            continue
        ports = {"": first, **{service: first + OWN + number for number, service in enumerate(services)}}
        if all(is_free(port) for port in span):
            return Block(first, size, ports)
    return None


def _spare_ports(
    known: Block, taken: Sequence[range], seed: str, within: tuple[int, int], is_free: Callable[[int], bool]
) -> Iterator[int]:
    """Free ports for a service that is new or has lost its own: of the agent's block first, then nobody's."""
    for port in range(known.first + OWN, known.first + known.size):
        if is_free(port):
            yield port
    for span in _spare_spans(known, taken, seed, within):
        yield from (port for port in span if is_free(port))


def _spare_bases(
    known: Block, taken: Sequence[range], seed: str, within: tuple[int, int], is_free: Callable[[int], bool]
) -> Iterator[int]:
    """Where PORT_BASE may move: with its whole run free, beyond every block."""
    for span in _spare_spans(known, taken, seed, within):
        if all(is_free(port) for port in span[:OWN]):
            yield span.start


def _spare_spans(known: Block, taken: Sequence[range], seed: str, within: tuple[int, int]) -> Iterator[range]:
    occupied = [*taken, range(known.first, known.first + known.size)]
    for first in _places(_STEP, seed, within):
        span = range(first, first + _STEP)
        if not any(_meet(span, each) for each in occupied) and _WELL_KNOWN.isdisjoint(span):
            yield span


def _places(size: int, seed: str, within: tuple[int, int]) -> Iterator[int]:
    """The beginnings of all blocks of `size`, from one that `seed` names on, once around."""
    low, high = within
    count = (high - low + 1) // size
    start = int.from_bytes(hashlib.sha256(seed.encode()).digest()[:8], "big") % count if count else 0
    return (low + (start + step) % count * size for step in range(count))


def _meet(one: range, other: range) -> bool:
    return one.start < other.stop and other.start < one.stop
