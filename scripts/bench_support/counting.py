"""Processes that count together: each step reads a number and writes the next one, in one of three ways.

Run as a program it is one of those processes: `steps N` or `seconds S` on stdin, how many steps it did on stdout.
"""

import fcntl
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from agentgrid.store.sqlite import SqliteStore
from bench_support.harness import CouldNotRun

_READ = "SELECT value FROM counters WHERE name = 'steps'"


class Crowd:
    """`processes` processes that wait to be told. `kind`: store, flock or filelock."""

    def __init__(self, kind: str, directory: Path, processes: int) -> None:
        self._way = WAYS[kind](directory)
        self._total = 0
        command = [sys.executable, "-m", "bench_support.counting", kind, str(directory)]
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
        self._workers = [
            subprocess.Popen(command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
            for _ in range(processes)
        ]
        for worker in self._workers:
            self._answer(worker)  # it is ready

    def __del__(self) -> None:
        for worker in self._workers:
            worker.communicate()

    def run_steps(self, steps: int) -> list[int]:
        return self._run(f"steps {steps}")

    def run_for(self, seconds: float) -> list[int]:
        """How many steps each process did meanwhile."""
        return self._run(f"seconds {seconds}")

    def _run(self, order: str) -> list[int]:
        for worker in self._workers:
            assert worker.stdin is not None
            worker.stdin.write(order + "\n")
            worker.stdin.flush()
        counts = [self._answer(worker) for worker in self._workers]
        self._total += sum(counts)
        if self._way.read() != self._total:
            raise CouldNotRun(f"{type(self._way).__name__} lost updates: {self._way.read()} of {self._total} are left")
        return counts

    def _answer(self, worker: "subprocess.Popen[str]") -> int:
        assert worker.stdout is not None
        line = worker.stdout.readline()
        if not line:
            raise CouldNotRun(f"a counting process ended: exit {worker.wait()}")
        return int(line)


class _Store:
    """The product's store."""

    def __init__(self, directory: Path) -> None:
        self._store = SqliteStore(directory, deadline_s=60)
        with self._store.write() as session:
            session.run("INSERT INTO counters (name, value) VALUES ('steps', 0) ON CONFLICT (name) DO NOTHING")

    def step(self) -> None:
        with self._store.write() as session:
            value = session.run(_READ)[0]["value"]
            session.run("UPDATE counters SET value = :value WHERE name = 'steps'", value=value + 1)

    def read(self) -> int:
        with self._store.read() as session:
            return int(session.run(_READ)[0]["value"])


class _Flock:
    """The least that survives a crash: a number in a file, under a lock, written through to the disk."""

    def __init__(self, directory: Path) -> None:
        self._lock = os.open(directory / "lock", os.O_RDWR | os.O_CREAT)
        self._file = os.open(directory / "number", os.O_RDWR | os.O_CREAT)

    def step(self) -> None:
        fcntl.flock(self._lock, fcntl.LOCK_EX)
        os.pwrite(self._file, b"%20d" % (self.read() + 1), 0)
        getattr(os, "fdatasync", os.fsync)(self._file)
        fcntl.flock(self._lock, fcntl.LOCK_UN)

    def read(self) -> int:
        return int(os.pread(self._file, 20, 0) or b"0")


class _Filelock:
    """What is written by hand most often: a JSON file under filelock, rewritten each time."""

    def __init__(self, directory: Path) -> None:
        from filelock import FileLock

        self._lock = FileLock(directory / "state.json.lock")
        self._path = directory / "state.json"

    def step(self) -> None:
        with self._lock:
            text = json.dumps({"steps": self.read() + 1})
            with self._path.open("w") as stream:
                stream.write(text)
                stream.flush()
                os.fsync(stream.fileno())

    def read(self) -> int:
        return int(json.loads(self._path.read_text())["steps"]) if self._path.exists() else 0


WAYS: "dict[str, Callable[[Path], _Store | _Flock | _Filelock]]" = {
    "store": _Store,
    "flock": _Flock,
    "filelock": _Filelock,
}


def main() -> None:
    """The life of one process."""
    way = WAYS[sys.argv[1]](Path(sys.argv[2]))
    print(0, flush=True)
    for line in sys.stdin:
        unit, amount = line.split()
        count, until = 0, time.monotonic() + float(amount)
        while count < int(amount) if unit == "steps" else time.monotonic() < until:
            way.step()
            count += 1
        print(count, flush=True)


if __name__ == "__main__":
    main()
