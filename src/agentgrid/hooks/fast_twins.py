"""Whether a path that is being added looks like another one of the tree: asked of git only when something is added."""

import posix

from agentgrid.boundaries.paths import twins


def has_twins(added: list[bytes], arguments: list[str]) -> bool:
    """Whether a path of `added` has a twin, or that is in doubt. `arguments`: with these git lists every path of the
    tree."""
    listing = _output_of(arguments)
    return listing is None or twins.has_twins(listing, added) is not False


def _output_of(arguments: list[str]) -> bytes | None:
    """What git prints; None when it fails. `subprocess` would cost more than the guard may."""
    reading, writing = posix.pipe()
    command = ["git", "--no-replace-objects", "-c", "core.useReplaceRefs=false", *arguments]
    actions = [(posix.POSIX_SPAWN_DUP2, writing, 1), (posix.POSIX_SPAWN_CLOSE, reading)]
    process = posix.posix_spawnp(command[0], command, posix.environ, file_actions=actions)
    posix.close(writing)
    parts = []
    while part := posix.read(reading, 1 << 20):
        parts.append(part)
    posix.close(reading)
    _, status = posix.waitpid(process, 0)
    return b"".join(parts) if status == 0 else None
