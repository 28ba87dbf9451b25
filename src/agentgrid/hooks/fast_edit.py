"""The edit hook when the answer is yes: builtins and the light modules only.

It never says no and never guesses: an own file, or a common one under a live lease on a fresh base, in the worktree
that it was made for, with no link on the way, that no other agent is noted for. All else is handed to the whole program
(`edit_point`), input and all.
"""

import gc
import posix

from agentgrid import __version__
from agentgrid.boundaries.edited_paths import note_edits
from agentgrid.boundaries.policy.in_force_file import load_in_force
from agentgrid.boundaries.policy.territory import Territory
from agentgrid.boundaries.verdict import broken_rule, needs_lease
from agentgrid.hooks.dialects.names import HOOK_FILES, load_dialect
from agentgrid.hooks.dialects.scanning import parse_object
from agentgrid.hooks.fast import find_own_branch, read_all
from agentgrid.hooks.fast_leases import read_own_state

_KIND, _FOLDER, _FILE = 0o170000, 0o040000, 0o100000
_NO_NAMES = (b"", b".", b"..")
_WORKTREES = ("WorktreeCreate", "WorktreeRemove")


def run(arguments: list[str]) -> None:
    """`arguments`: program, dialect, agent, common directory, git directory of the worktree, interpreter, and what it
    is given to run the whole program. stdin: the client's call. Never returns."""
    gc.disable()
    _, name, agent, common_dir, admin_dir, python, whole = arguments
    content = b""
    try:
        content = read_all()
        answer = find_yes(name, agent, common_dir, admin_dir, content)
        if answer is not None:
            out, _, code = answer
            if not out or posix.write(1, out.encode()) == len(out):
                posix._exit(code)  # noqa: SLF001 - no clean-up: it costs more than the verdict
    except Exception:  # noqa: S110 - whatever it was, the whole program meets it again and tells it
        pass
    _hand_over(content, [python, "-I", "-c", whole, "hook", name, admin_dir])


def find_yes(name: str, agent: str, common_dir: str, admin_dir: str, content: bytes):  # type: ignore[no-untyped-def]  # noqa: ANN201
    """The answer that lets the edit through (an Answer of the dialect), when it surely is allowed and there is nothing
    to do about it; else None, or any error."""
    dialect = load_dialect(name)
    event = parse_object(content.decode())
    if event.get("hook_event_name") in _WORKTREES:
        return None
    asked = dialect.find_paths(event)
    if asked is None:
        return dialect.allow()
    top = _find_top(admin_dir)
    paths = [_below(top, path, dialect.find_directory(event)) for path in asked]
    if not _may_change(agent, common_dir, admin_dir, top, paths):
        return None
    is_alone = note_edits(common_dir, agent, paths)
    return dialect.allow() if is_alone or not hasattr(dialect, "warn") else None


def _may_change(agent: str, common_dir: str, admin_dir: str, top: bytes, paths: list[bytes]) -> bool:
    found = load_in_force(common_dir, __version__)
    if found is None or find_own_branch(agent, admin_dir, found[1]) is None:
        return False
    base, compiled = found
    new = [path for path in paths if _is_new(top, path)]
    state = read_own_state(common_dir, agent, minds_notices=False)
    if state is None:
        return False
    leased = []
    for path in paths:
        if path.startswith(compiled["queued"]):
            return False  # a migration's way is told beside the yes
        place = Territory(compiled).place(path)
        if broken_rule(place, agent, compiled["unowned"]) is not None:
            return False
        if needs_lease(place, compiled["unowned"]):
            leased.append(path)
    if not leased and not new:
        return True
    from agentgrid.hooks.fast_git import ask_git_in
    from agentgrid.hooks.fast_twins import surely_has_none

    if leased and not state.covers(leased):
        return False
    if leased and ask_git_in(top, admin_dir, ["rev-list", "-n", "1", base, "--not", "HEAD", "--"]) != b"":
        return False  # the base has what the agent's work lacks: a common path may be stale
    return not new or surely_has_none(new, ask_git_in(top, admin_dir, ["ls-files", "--cached", "-z"]))


def _find_top(admin_dir: str) -> bytes:
    """The worktree of a git directory. Raises ValueError unless each of the two names the other."""
    admin = admin_dir.encode("utf-8", "surrogateescape")
    with open(admin + b"/gitdir", "rb") as stream:
        link = stream.read().rstrip(b"\n")
    with open(link, "rb") as stream:
        if not link.startswith(b"/") or not link.endswith(b"/.git") or stream.read() != b"gitdir: " + admin + b"\n":
            raise ValueError
    return link[:-5]


def _below(top: bytes, path: str, directory: str | None) -> bytes:
    """The part of a path below the worktree. Raises ValueError for one that isn't plainly there."""
    whole = (path if path.startswith("/") else f"{directory}/{path}").encode()
    inside = whole[len(top) + 1 :]
    if not whole.startswith(top + b"/") or b"\0" in whole or any(name in _NO_NAMES for name in inside.split(b"/")):
        raise ValueError
    return inside


def _is_new(top: bytes, path: bytes) -> bool:
    """True when nothing is there, False when it is a file. Raises ValueError for anything else, for a link or another
    repository on the way, for git's own files and for those that hooks stand in."""
    place, names = top, path.split(b"/")
    if path.lower() in HOOK_FILES or any(name.lower() == b".git" for name in names):
        raise ValueError
    for number, name in enumerate(names, 1):
        place += b"/" + name
        try:
            kind = posix.lstat(place).st_mode & _KIND
        except FileNotFoundError:
            return True
        if kind != (_FILE if number == len(names) else _FOLDER) or (kind == _FOLDER and _exists(place + b"/.git")):
            raise ValueError
    return False


def _exists(path: bytes) -> bool:
    try:
        posix.lstat(path)
    except FileNotFoundError:
        return False
    return True


def _hand_over(content: bytes, command: list[str]) -> None:
    """Becomes `command`, which reads `content` on stdin: from a process, since a pipe holds little and a disk may be
    full."""
    reading, writing = posix.pipe()
    if posix.fork() == 0:
        posix.close(reading)
        try:
            while content:
                content = content[posix.write(writing, content) :]
        finally:
            posix._exit(0)  # noqa: SLF001
    posix.close(writing)
    posix.dup2(reading, 0)
    posix.execv(command[0], command)
