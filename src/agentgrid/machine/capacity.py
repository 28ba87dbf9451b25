"""How much memory and how many processors there are for the programs started here."""

import os
from dataclasses import dataclass

# Inside a container the root of its own control group carries its limit; on the machine itself there is no such file.
_CONTAINER_LIMITS = ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes")


@dataclass(frozen=True, slots=True)
class Capacity:
    memory_bytes: int
    cpus: int


def read_capacity() -> Capacity:
    """This machine's, or less where a container or an affinity says so."""
    import psutil

    limits = [limit for path in _CONTAINER_LIMITS if (limit := _read_number(path)) is not None]
    return Capacity(min([psutil.virtual_memory().total, *limits]), len(usable_cpus()) or os.cpu_count() or 1)


def usable_cpus() -> list[int]:
    """The numbers of the processors that this process may run on; empty where the system doesn't tell (macOS)."""
    ask = getattr(os, "sched_getaffinity", None)
    return sorted(ask(0)) if ask is not None else []


def _read_number(path: str) -> int | None:
    try:
        with open(path, encoding="ascii") as stream:
            return int(stream.read())
    except (OSError, ValueError):  # no such file, or `max`
        return None
