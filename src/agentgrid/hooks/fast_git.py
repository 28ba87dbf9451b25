"""Asking git one thing more, when that is needed: `subprocess` would cost more than the guard may."""

import posix


def ask_git_in(top: bytes, admin_dir: str, arguments: list[str]) -> bytes | None:
    """As `ask_git` for a hook that git doesn't run, in the worktree `top` whose git directory is named: nothing in the
    environment leads git elsewhere."""
    environment = {name: value for name, value in posix.environ.items() if not name.startswith(b"GIT_")}
    environment[b"GIT_DIR"] = admin_dir.encode("utf-8", "surrogateescape")
    environment[b"GIT_GRAFT_FILE"] = b"/dev/null/none"
    return ask_git(["-C", top.decode("utf-8", "surrogateescape"), *arguments], environment=environment)


def ask_git(
    arguments: list[str], given: bytes | None = None, environment: dict[bytes, bytes] | None = None
) -> bytes | None:
    """What git prints, in the environment of the hook unless another one is given; None when it fails. `given`: for its
    stdin, no more than a pipe holds (16 kB anywhere), as nobody reads meanwhile."""
    reading, writing = posix.pipe()
    command = ["git", "--no-replace-objects", "-c", "core.useReplaceRefs=false", *arguments]
    actions = [(posix.POSIX_SPAWN_DUP2, writing, 1), (posix.POSIX_SPAWN_CLOSE, reading)]
    source, sink = posix.pipe() if given is not None else (-1, -1)
    if given is not None:
        actions += [(posix.POSIX_SPAWN_DUP2, source, 0), (posix.POSIX_SPAWN_CLOSE, sink)]
    process = posix.posix_spawnp(command[0], command, environment or posix.environ, file_actions=actions)
    posix.close(writing)
    if given is not None:
        posix.close(source)
        posix.write(sink, given)
        posix.close(sink)
    parts = []
    while part := posix.read(reading, 1 << 20):
        parts.append(part)
    posix.close(reading)
    _, status = posix.waitpid(process, 0)
    return b"".join(parts) if status == 0 else None
