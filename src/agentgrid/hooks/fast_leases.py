"""What the state says of one agent, read with SQLite's bare module: its leases, branches, and whether anything is due.

None whenever something has to be written, told or worked out: then the whole program does it.
"""

import marshal
import posix
import sys

from agentgrid.boundaries.patterns.shapes import covers
from agentgrid.store.places import DATABASE, MARKER, STATE_DIRECTORY, TABLES_VERSION

_DUE = 3  # a renewal is due after this part of the time to live
_LEASES = """SELECT l.token, l.boot, l.renewed_ms, l.ttl_ms, l.work_oid, p.pattern, p.shape
    FROM leases l JOIN lease_patterns p ON p.token = l.token
    WHERE l.holder = ? AND l.ended_at IS NULL ORDER BY l.token, p.position"""


class OwnState:
    """`leases`: (token, pattern, segments) of the agent's live leases; `worked`: tokens of those that a commit is
    noted for. `branches`: names of those it made."""

    __slots__ = ("_branches", "leases", "worked")

    def __init__(
        self,
        leases: list[tuple[int, bytes, tuple]],  # type: ignore[type-arg]
        worked: frozenset[int],
        branches: frozenset[bytes],
    ) -> None:
        self.leases = leases
        self.worked = worked
        self._branches = branches

    def has_branch(self, name: str) -> bool:
        return name.encode("utf-8", "surrogateescape") in self._branches

    def covers(self, paths: list[bytes], *, is_worked: bool = False) -> bool:
        """True when a live lease of the agent covers each path; `is_worked`: one that a commit is noted for."""
        leases = [each for each in self.leases if not is_worked or each[0] in self.worked]
        return all(
            any(covers(shape, path, False, pattern.endswith(b"/")) for _, pattern, shape in leases) for path in paths
        )


def read_own_state(common_dir: str, agent: str, *, minds_notices: bool = True) -> OwnState | None:
    """The agent's own part of the state; empty where there is none yet; None when the whole program has to look:
    something is due, damaged, or (`minds_notices`) to be told."""
    place = f"{common_dir}/{STATE_DIRECTORY}/"
    if not _exists(place + DATABASE):
        return None if _exists(place + MARKER) else OwnState([], frozenset(), frozenset())
    if not _has_own_log(place + DATABASE):
        return None
    _spare_functools()
    import _sqlite3

    try:
        connection = _sqlite3.connect(f"file:{_quoted(place + DATABASE)}?mode=ro", uri=True, timeout=1.0)
        version = connection.execute("SELECT value FROM meta WHERE key = 'version'").fetchone()
        rows = connection.execute(_LEASES, (agent,)).fetchall()
        told = connection.execute("SELECT 1 FROM notices WHERE agent = ? AND seen_at IS NULL", (agent,)).fetchone()
        branches = connection.execute("SELECT name FROM branches WHERE agent = ?", (agent,)).fetchall()
    except _sqlite3.Error:
        return None
    if version != (TABLES_VERSION,) or (told is not None and minds_notices):
        return None
    if any(_is_due(*row[1:4]) for row in rows):
        return None
    leases = [(row[0], row[5], marshal.loads(row[6])) for row in rows]  # noqa: S302 - our own column
    worked = frozenset(row[0] for row in rows if row[4] is not None)
    return OwnState(leases, worked, frozenset(name for (name,) in branches))


def _spare_functools() -> None:
    """SQLite's module imports functools for its statement cache alone, and that takes 7 of its 9 ms. This process has a
    few statements to run and ends then: it gets the one function, from the module that functools has it from."""
    if "functools" in sys.modules:
        return
    from _functools import _lru_cache_wrapper  # type: ignore[import-not-found]

    spare = type(sys)("functools")
    spare.lru_cache = lambda maxsize: lambda call: _lru_cache_wrapper(call, maxsize, False, tuple)  # type: ignore[attr-defined]
    sys.modules["functools"] = spare


def _has_own_log(database: str) -> bool:
    """False also when that isn't certain: SQLite would take any log of the right name for the database's own."""
    try:
        if not posix.stat(database + "-wal").st_size:
            return True
    except FileNotFoundError:
        return True
    from agentgrid.store.wal import find_wal_fault

    with open(database, "rb") as stream:
        stamp = int.from_bytes(stream.read(64)[60:], "big", signed=True)  # `user_version`
    return not find_wal_fault(database + "-wal", stamp, 0, is_short=False)


def _is_due(boot: str, renewed_ms: int, ttl_ms: int) -> bool:
    from agentgrid.machine.boot import monotonic_ms, read_boot_id

    age_ms = monotonic_ms() - renewed_ms
    return boot != read_boot_id() or age_ms < 0 or age_ms > ttl_ms // _DUE


def _exists(path: str) -> bool:
    try:
        posix.stat(path)
    except OSError:
        return False
    return True


def _quoted(path: str) -> str:
    return path.replace("%", "%25").replace("?", "%3f").replace("#", "%23")
