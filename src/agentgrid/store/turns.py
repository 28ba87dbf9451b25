"""One session of a store at a time in a process: another thread waits its turn, the same thread made a mistake."""

import os
import threading
from pathlib import Path

from agentgrid.errors import StoreBusy


class Turns:
    """Entered by whoever has a session. Raises StoreBusy when another thread has one for longer than `deadline_s`,
    RuntimeError for a session inside a session: it would see another moment than the one around it."""

    def __init__(self, path: Path, deadline_s: float) -> None:
        self._path = path
        self._deadline_s = deadline_s
        self._lock = threading.Lock()
        self._whose = 0

    def __enter__(self) -> None:
        thread = threading.get_ident()
        if self._whose == thread:
            raise RuntimeError("a session of this store is open in this thread: use that one")
        if not self._lock.acquire(timeout=self._deadline_s):
            raise StoreBusy(f"another thread of this process has had a session on {self._path} "
                            f"for more than {self._deadline_s:.0f} s", details={"pid": os.getpid()})  # fmt: skip
        self._whose = thread

    def __exit__(self, *_: object) -> None:
        self._whose = 0
        self._lock.release()
