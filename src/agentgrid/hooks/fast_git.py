"""Asking git one thing more, when that is needed: `subprocess` would cost more than the guard may."""

import posix


def ask_git(arguments: list[str]) -> bytes | None:
    """What git prints, in the environment of the hook; None when it fails."""
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
