"""Looks at the state without changing it: what is there, who writes, and everything that is wrong with it."""

import os
import shlex
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from agentgrid.errors import StoreError
from agentgrid.store.connections import Connections, is_on_read_only_disk
from agentgrid.store.faults import damaged, explain
from agentgrid.store.gate import find_holder
from agentgrid.store.marker import was_created
from agentgrid.store.network import find_network_fault
from agentgrid.store.places import DATABASE, STATE_DIRECTORY
from agentgrid.store.tables import TABLES
from agentgrid.store.versions import latest_version, read_meta, require_known

if TYPE_CHECKING:
    import sqlite3

_PATIENCE_S = 2.0
_LITTLE_BYTES = 256_000  # a transaction or two


@dataclass(frozen=True)
class StateReport:
    """`writer`: the process that has the gate; 0 when it can't be told which, None for nobody. `rows`: table → how
    many. `faults`: (message, what to do). What could not be read is None or empty."""

    path: Path
    exists: bool
    size_bytes: int
    log_bytes: int
    latest_version: int
    writer: int | None
    version: int | None = None
    written_by: str | None = None
    journal_mode: str | None = None
    rows: dict[str, int] = field(default_factory=dict)
    faults: tuple[tuple[str, str], ...] = ()

    def as_json(self) -> dict[str, object]:
        names = ("exists", "size_bytes", "log_bytes", "version", "latest_version", "written_by", "journal_mode", "rows")
        return {
            "kind": "sqlite",
            "path": str(self.path),
            **{name: getattr(self, name) for name in names},
            "writer": None if self.writer is None else {"pid": self.writer or None},
            "faults": [{"message": message, "hint": hint} for message, hint in self.faults],
        }


def find_state_faults(common_dir: Path) -> list[tuple[str, str]]:
    """Everything that keeps the state below this common git directory from working: (message, what to do)."""
    return list(inspect_state(common_dir).faults)


def inspect_state(common_dir: Path) -> StateReport:
    directory = common_dir / STATE_DIRECTORY
    path = directory / DATABASE
    exists = was_created(directory)
    seen: dict[str, object] = {}
    faults = _place_faults(directory if directory.exists() else common_dir, path)
    if exists:
        faults += [fault for fault in _database_faults(path, seen) if fault not in faults]
    sizes = (_size(path), _size(Path(f"{path}-wal")))
    return StateReport(path, exists, *sizes, latest_version(), find_holder(directory), faults=tuple(faults), **seen)  # type: ignore[arg-type]


def _place_faults(directory: Path, path: Path) -> list[tuple[str, str]]:
    place = shlex.quote(str(directory))
    network = find_network_fault(directory)
    faults = [network] if network else []
    if is_on_read_only_disk(directory):
        faults.append((f"{directory} is on a read-only file system", f"mount it writable: findmnt -T {place}"))
    elif not os.access(directory, os.W_OK | os.X_OK):
        faults.append((f"{directory} can't be written", f"see: ls -lad {place}"))
    elif path.exists() and not os.access(path, os.W_OK | os.R_OK):
        faults.append((f"{path} can't be written", f"see: ls -la {place}"))
    elif _free_bytes(directory) < _LITTLE_BYTES:
        faults.append((f"the disk is full: {path} can't be written", f"free some space: df -h {place}"))
    return faults


def _free_bytes(directory: Path) -> int:
    disk = os.statvfs(directory)
    return disk.f_bavail * disk.f_frsize


def _database_faults(path: Path, seen: dict[str, object]) -> list[tuple[str, str]]:
    connections = Connections(path, _PATIENCE_S)
    try:
        with explain(path):
            connection = connections.reader()
            meta = read_meta(connection)
            seen["written_by"] = meta.get("written_by")
            seen["version"] = int(meta["version"]) if meta.get("version", "").isdecimal() else None
            require_known(connection, path)
            return _look_closely(connection, path, seen)
    except StoreError as error:
        return [(error.message, error.hint or "agentgrid state show")]
    finally:
        connections.abandon()


def _look_closely(connection: "sqlite3.Connection", path: Path, seen: dict[str, object]) -> list[tuple[str, str]]:
    faults: list[tuple[str, str]] = []
    seen["journal_mode"] = mode = connection.execute("PRAGMA journal_mode").fetchone()[0]
    if mode != "wal" and not is_on_read_only_disk(path.parent):
        faults.append((f"{path} has the journal mode {mode}, so readers and writers stop each other",
                       f"sqlite3 {shlex.quote(str(path))} 'PRAGMA journal_mode = WAL'"))  # fmt: skip
    [first, *_] = connection.execute("PRAGMA quick_check(1)").fetchall()
    if first[0] != "ok":
        raise damaged(path, str(first[0]).replace("\n", " "))
    seen["rows"] = {
        table: connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]  # noqa: S608 - names of ours
        for table in TABLES
    }
    return faults


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0
