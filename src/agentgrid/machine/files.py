"""Writing files so that a reader sees the old text or the new one, never half of it."""

import os
import tempfile
from pathlib import Path

TEMPORARY_PREFIX = ".agentgrid-tmp-"


def write_atomically(path: Path, content: bytes, *, mode: int = 0o644) -> None:
    """Replaces `path` by `content` (bytes) with permission bits `mode`, creating its directory."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(prefix=TEMPORARY_PREFIX, dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
        os.chmod(temporary, mode)
        os.replace(temporary, path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def write_if_changed(path: Path, content: bytes, *, mode: int = 0o644) -> bool:
    """As `write_atomically`, but leaves an equal file alone; True when it wrote."""
    try:
        if path.read_bytes() == content and path.stat().st_mode & 0o777 == mode:
            return False
    except OSError:
        pass  # absent or unreadable: write it
    write_atomically(path, content, mode=mode)
    return True
