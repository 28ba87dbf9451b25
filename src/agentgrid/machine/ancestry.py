"""Which programs stand above this process. For words and for passes, never the only ground of a refusal."""

from collections.abc import Iterator

_SAME_START_S = 2.0  # start times are told by the wall clock, which may be corrected meanwhile


def ancestors() -> Iterator[tuple[int, float, list[str]]]:
    """(process id, start time in seconds, command line) of each ancestor, nearest first, as far as one may look."""
    import psutil

    for process in psutil.Process().parents():
        try:
            yield process.pid, process.create_time(), process.cmdline()
        except psutil.Error:
            continue


def start_time(pid: int) -> float | None:
    """When the process was started, in seconds of the wall clock; None when there is none."""
    import psutil

    try:
        return psutil.Process(pid).create_time()
    except psutil.Error:
        return None


def is_alive(pid: int, started: float) -> bool:
    """Whether the process `pid` that was started then still lives, and isn't another one under its number."""
    found = start_time(pid)
    return found is not None and abs(found - started) < _SAME_START_S


def is_ancestor(pid: int, started: float) -> bool:
    """Whether this process was started, at whatever remove, by that living one."""
    return any(each == pid and abs(start - started) < _SAME_START_S for each, start, _ in ancestors())


def calling_git() -> list[str]:
    """The command line of the git command that runs this hook; empty when it can't be seen."""
    for _, _, command in ancestors():
        if command and command[0].rpartition("/")[2].removesuffix(".exe") == "git":
            return command
    return []
