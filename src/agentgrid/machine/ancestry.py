"""Which programs stand above this process. For words and for passes, never the only ground of a refusal."""

from collections.abc import Iterator


def ancestors() -> Iterator[tuple[int, float, list[str]]]:
    """(process id, start time in seconds, command line) of each ancestor, nearest first, as far as one may look."""
    import psutil

    for process in psutil.Process().parents():
        try:
            yield process.pid, process.create_time(), process.cmdline()
        except psutil.Error:
            continue


def calling_git() -> list[str]:
    """The command line of the git command that runs this hook; empty when it can't be seen."""
    for _, _, command in ancestors():
        if command and command[0].rpartition("/")[2].removesuffix(".exe") == "git":
            return command
    return []
