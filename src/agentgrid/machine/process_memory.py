"""How much memory a set of processes takes.

Resident sizes count a shared page once for each process: never too little, often too much. So they decide as long as
they are small enough, and only then the kernel is asked for the exact figure (PSS on Linux: a shared page is split
among those who share it, so it counts once over all of them; what was swapped out counts too). macOS has no such
figure: there it is what a process has for itself alone (USS), so pages shared between processes don't count.
"""

import os
from collections.abc import Iterable

from agentgrid.machine.process_table import Entry


def resident_memory(entries: Iterable[Entry]) -> int:
    """Bytes at most: every shared page counted for everybody who has it."""
    return sum(entry.memory_bytes for entry in entries)


def exact_memory(entries: Iterable[Entry]) -> int:
    """Bytes, shared pages counted once. What may not be looked at counts as resident."""
    return sum(_exact(entry) for entry in entries if not entry.is_zombie)


def _exact(entry: Entry) -> int:
    try:
        return _proportional(entry.pid) if os.path.exists("/proc/self/smaps_rollup") else _own(entry.pid)
    except (OSError, LookupError, ValueError):
        return entry.memory_bytes


def _proportional(pid: int) -> int:
    with open(f"/proc/{pid}/smaps_rollup", "rb") as stream:
        lines = (line.split() for line in stream)
        sizes = {words[0]: int(words[1]) for words in lines if len(words) == 3 and words[2] == b"kB"}
    return (sizes[b"Pss:"] + sizes.get(b"SwapPss:", 0)) * 1024


def _own(pid: int) -> int:
    import psutil

    try:
        return int(psutil.Process(pid).memory_full_info().uss)
    except psutil.Error as error:
        raise OSError(str(error)) from error
