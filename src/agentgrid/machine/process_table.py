"""The processes of this machine at one moment: who started whom, how much memory and processor time each has used.

Budgets are watched with it several times a second, and a program that multiplies must not outrun the look: on Linux a
process costs one read of /proc, a tenth of what psutil needs for the same. Elsewhere psutil is asked. A process is
known by its number and its start, so that nobody is taken for another who got the number later.
"""

import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

_PROC = "/proc"
_SELF = f"{_PROC}/self/stat"
_ZOMBIES = frozenset({b"Z", b"X", b"x"})
_PAGE = os.sysconf("SC_PAGE_SIZE")
_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class ProcessId:
    """`started`: what tells it from a later process of the same number; comparable on one machine start alone."""

    pid: int
    started: float


@dataclass(frozen=True, slots=True)
class Entry:
    """One process. `memory_bytes`: resident, shared pages counted in full. `tasks`: its threads."""

    id: ProcessId
    parent: int
    group: int
    memory_bytes: int
    cpu_s: float
    tasks: int
    is_zombie: bool

    @property
    def pid(self) -> int:
        return self.id.pid


Table = Mapping[int, Entry]


def read_table() -> Table:
    """Process number → process. Who ends meanwhile, or may not be looked at, is left out."""
    return _read_proc() if os.path.exists(_SELF) else read_table_portably()


def read_entry(pid: int) -> Entry | None:
    """One process; None when it isn't there, or may not be looked at."""
    return _read_stat(pid) if os.path.exists(_SELF) else _ask_psutil(pid)


def read_table_portably() -> Table:
    """The same through psutil, for systems without /proc."""
    import psutil

    found = (_ask_psutil(pid) for pid in psutil.pids())
    return {entry.pid: entry for entry in found if entry is not None}


def find_descendants(table: Table, roots: Iterable[int]) -> set[int]:
    """The processes that `roots` started, at whatever remove; the roots themselves where they are in the table."""
    children: dict[int, list[int]] = {}
    for entry in table.values():
        children.setdefault(entry.parent, []).append(entry.pid)
    found: set[int] = set()
    waiting = [pid for pid in roots if pid in table]
    while waiting:
        pid = waiting.pop()
        if pid not in found:
            found.add(pid)
            waiting += children.get(pid, ())
    return found


def trace_ancestors(table: Table, pid: int) -> Iterator[int]:
    """The parents of `pid`, nearest first, as far as the table goes."""
    seen = {pid}
    while (entry := table.get(pid)) is not None and entry.parent not in seen and entry.parent in table:
        pid = entry.parent
        seen.add(pid)
        yield pid


def count_tasks() -> int:
    """How many processes (on Linux: threads) this machine has: cheap enough to be asked all the time."""
    try:
        with open(f"{_PROC}/loadavg", "rb") as stream:
            return int(stream.read().split()[3].partition(b"/")[2])
    except OSError:
        import psutil

        return len(psutil.pids())


def _read_proc() -> Table:
    found: dict[int, Entry] = {}
    for name in os.listdir(_PROC):
        if name.isdigit() and (entry := _read_stat(int(name))) is not None:
            found[entry.pid] = entry
    return found


def _read_stat(pid: int) -> Entry | None:
    """See proc(5): after the name in brackets, which may hold anything, come the state and then numbers."""
    try:
        with open(f"{_PROC}/{pid}/stat", "rb", buffering=0) as stream:
            text = stream.read()
    except OSError:
        return None
    fields = text[text.rindex(b")") + 2 :].split()
    return Entry(
        ProcessId(pid, int(fields[19])),
        parent=int(fields[1]),
        group=int(fields[2]),
        memory_bytes=int(fields[21]) * _PAGE,
        cpu_s=(int(fields[11]) + int(fields[12])) / _TICKS,
        tasks=int(fields[17]),
        is_zombie=fields[0] in _ZOMBIES,
    )


def _ask_psutil(pid: int) -> Entry | None:
    import psutil

    try:
        process = psutil.Process(pid)
        with process.oneshot():
            parent, started, status = process.ppid(), process.create_time(), process.status()
            try:
                memory, cpu, tasks = process.memory_info().rss, process.cpu_times(), process.num_threads()
                cpu_s = cpu.user + cpu.system
            except psutil.AccessDenied:  # another user's: it is there, and isn't measured
                memory, cpu_s, tasks = 0, 0.0, 1
        group = os.getpgid(pid)
    except (psutil.Error, OSError):
        return None
    return Entry(ProcessId(pid, started), parent, group, memory, cpu_s, tasks, status == psutil.STATUS_ZOMBIE)
