"""Locks between processes: one file each, released by the kernel when the holder dies."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from agentgrid.errors import OutsideError


@contextmanager
def hold_lock(path: Path, *, timeout_s: float = 120.0) -> Iterator[None]:
    """Holds the lock file `path` for the block.

    Raises OutsideError when another process kept it longer than `timeout_s`.
    """
    from filelock import FileLock, Timeout

    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with FileLock(path, timeout=timeout_s):
            yield
    except Timeout as error:
        raise OutsideError(
            f"another agentgrid command has held {path} for {timeout_s:.0f} s",
            hint=f"see who it is: fuser {path}",
        ) from error
