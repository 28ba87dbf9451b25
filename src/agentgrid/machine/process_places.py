"""Where a process works and what its environment holds: asked one by one, as far as one may look."""

import os

_PROC = "/proc"


def working_directory(pid: int) -> str | None:
    """The directory that a process works in; None when it has gone, or may not be looked at."""
    try:
        return os.readlink(f"{_PROC}/{pid}/cwd")
    except OSError:
        return None if os.path.isdir(f"{_PROC}/self") else _ask_psutil_for_directory(pid)


def variable_of(pid: int, name: str) -> str | None:
    """What the process was given as the variable `name` when its program was started; None without it."""
    try:
        with open(f"{_PROC}/{pid}/environ", "rb", buffering=0) as stream:
            environment = stream.readall()
    except OSError:
        return None if os.path.isdir(f"{_PROC}/self") else _ask_psutil_for_variable(pid, name)
    found = (b"\0" + environment).partition(f"\0{name}=".encode())
    return os.fsdecode(found[2].partition(b"\0")[0]) if found[1] else None


def is_within(place: str | None, top: str) -> bool:
    """Whether `place` is the directory `top` or below it; both real paths."""
    return place is not None and (place == top or place.startswith(top.rstrip(os.sep) + os.sep))


def _ask_psutil_for_directory(pid: int) -> str | None:
    import psutil

    try:
        return psutil.Process(pid).cwd() or None
    except (psutil.Error, OSError):
        return None


def _ask_psutil_for_variable(pid: int, name: str) -> str | None:
    import psutil

    try:
        return psutil.Process(pid).environ().get(name)
    except (psutil.Error, OSError):
        return None
