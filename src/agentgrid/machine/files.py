"""Writing files so that a reader sees the old text or the new one, never half of it."""

import os
import tempfile
import time
from pathlib import Path

TEMPORARY_PREFIX = ".agentgrid-tmp-"
_OLD_S = 86400


def write_atomically(path: Path, content: bytes, *, mode: int = 0o644, staging: Path | None = None) -> None:
    """Replaces `path` by `content` (bytes) with permission bits `mode`, creating its directory.

    `staging`: where it is written first, for places where people would see what a killed process leaves; it counts
    only on the same file system.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(prefix=TEMPORARY_PREFIX, dir=_staging_for(path, staging))
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
        os.chmod(temporary, mode)
        os.replace(temporary, path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def write_if_changed(path: Path, content: bytes, *, mode: int = 0o644, staging: Path | None = None) -> bool:
    """As `write_atomically`, but leaves an equal file alone; True when it wrote."""
    try:
        if path.read_bytes() == content and path.stat().st_mode & 0o777 == mode:
            return False
    except OSError:
        pass  # absent or unreadable: write it
    write_atomically(path, content, mode=mode, staging=staging)
    return True


def sweep_staging(staging: Path) -> None:
    """Removes what killed processes left a day ago or longer."""
    limit = time.time() - _OLD_S
    for leftover in staging.glob(f"{TEMPORARY_PREFIX}*"):
        try:
            if leftover.stat().st_mtime < limit:
                leftover.unlink()
        except FileNotFoundError:
            continue  # its writer lives, and has moved it


def _staging_for(path: Path, staging: Path | None) -> Path:
    if staging is None:
        return path.parent
    staging.mkdir(parents=True, exist_ok=True)
    return staging if staging.stat().st_dev == path.parent.stat().st_dev else path.parent
