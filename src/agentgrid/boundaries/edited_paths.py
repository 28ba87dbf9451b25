"""Who was let through to edit what: a file of hints, so that an edit hook knows in one read whether anybody else may
have changed a file too. A hint says only that it is worth asking; it may be wrong, and it may be lost.

On the hook path: builtins only.
"""

try:
    import posix as system
except ImportError:  # pragma: no cover - other systems take the slow path's way
    import os as system  # type: ignore[no-redef]

FILE = "/agentgrid/edited-paths"
MOST_BYTES = 1 << 19


def note_edits(common_dir: str, agent: str, paths: list[bytes]) -> bool:
    """Notes that `agent` edits `paths`. True when no other agent is noted for any of them; False also when the file
    has grown so large that somebody has to trim it."""
    known = _read(common_dir)
    if len(known) > MOST_BYTES:
        return False
    new, is_alone = b"", True
    for path in paths:
        own = _hint(path, agent)
        is_known = own in known
        is_alone = is_alone and known.count(_start(path)) == is_known
        if not is_known:
            new += own
    if new:
        _write(common_dir + FILE, new, system.O_APPEND)
    return is_alone


def others_noted(common_dir: str, agent: str, path: bytes) -> list[str]:
    """The other agents that are noted for a path, in the order in which they came."""
    found = [rest.partition(b"\0")[0].decode() for rest in _read(common_dir).split(_start(path))[1:]]
    return [each for each in dict.fromkeys(found) if each != agent]


def forget_edits(common_dir: str, agents: list[str], path: bytes) -> None:
    """Takes back hints that turned out wrong, and the oldest half of a file that has grown too large. A hint that
    somebody writes meanwhile may be lost."""
    known = kept = _read(common_dir)
    for agent in agents:
        kept = kept.replace(_hint(path, agent), b"")
    if len(kept) > MOST_BYTES:
        kept = kept[kept.find(b"\0\0", len(kept) // 2) :]
    if kept != known:
        place = f"{common_dir}{FILE}.{system.getpid()}"
        _write(place, kept, system.O_TRUNC)
        system.replace(place, common_dir + FILE)


def _start(path: bytes) -> bytes:
    return b"\0\0" + path + b"\0"


def _hint(path: bytes, agent: str) -> bytes:
    return _start(path) + agent.encode() + b"\0"


def _read(common_dir: str) -> bytes:
    try:
        with open(common_dir + FILE, "rb") as stream:
            return stream.read()
    except OSError:
        return b""


def _write(place: str, content: bytes, how: int) -> None:
    """As one write, so that two that append don't mix."""
    try:
        handle = system.open(place, system.O_WRONLY | system.O_CREAT | how, 0o644)
    except OSError:
        return  # only a hint
    try:
        system.write(handle, content)
    finally:
        system.close(handle)
