"""Whether somebody still reads stdout: an answer that goes on and on ends when its reader has left."""

import os
import select
import stat
import sys
import time


class Reader:
    """Whoever reads stdout from now on."""

    def __init__(self) -> None:
        self._handle = sys.stdout.fileno()
        self._kind = self._identify()
        self._poll: select.poll | None = None
        if stat.S_ISFIFO(self._kind[2]) or stat.S_ISSOCK(self._kind[2]):
            self._poll = select.poll()
            self._poll.register(self._handle, 0)  # errors and hang-ups are always told

    def waits(self, seconds: float) -> bool:
        """False as soon as nobody reads any more; True after `seconds`."""
        if self._identify() != self._kind:
            return False  # a write found the pipe closed, and stdout was put elsewhere
        if self._poll is None:
            time.sleep(seconds)
            return True
        return not self._poll.poll(seconds * 1000)

    def _identify(self) -> tuple[int, int, int]:
        found = os.fstat(self._handle)
        return found.st_dev, found.st_ino, found.st_mode
