"""The policy in force, found without running git. On the hook path: builtins only.

`agentgrid/policy/in-force` in the common git directory names the compiled policy, together with everything that it
depended on: the refs of the base with their commits, and files with their time, size and inode. When any of those
has moved, there is no answer here, and the slow path works it out anew. It never guesses.
"""

import marshal

try:
    import posix as system
except ImportError:  # pragma: no cover - other systems take the slow path's way
    import os as system  # type: ignore[no-redef]

FORMAT = 5


def load_in_force(common_dir: str, version: str) -> tuple[str, dict] | None:  # type: ignore[type-arg]
    """(commit id of the base, compiled policy), or None when it must be worked out. `version`: this program's."""
    directory = common_dir + "/agentgrid/policy/"
    try:
        with open(directory + "in-force", "rb") as stream:
            pointer = marshal.loads(stream.read())  # noqa: S302 - our own file, in the repository's git directory
        if pointer["format"] != FORMAT or pointer["version"] != version or pointer["common_dir"] != common_dir:
            return None
        if not all(read_ref(common_dir, ref) == oid for ref, oid in pointer["refs"]):
            return None
        if not all(stat_signature(path) == signature for path, signature in pointer["files"]):
            return None
        with open(directory + pointer["compiled"], "rb") as stream:
            compiled = marshal.loads(stream.read())  # noqa: S302
        return (pointer["base"], compiled) if pointer["compiled"].startswith(compiled["key"] + "-") else None
    except Exception:  # whatever is wrong with the files, the slow path works it out
        return None


def read_ref(common_dir: str, ref: str) -> str | None:
    """The commit id of a ref from its file or from packed-refs; None when it doesn't exist.

    Raises OSError for a repository that keeps refs in another format.
    """
    try:
        with open(f"{common_dir}/{ref}", "rb") as stream:
            return stream.read().strip().decode("ascii")
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
        return read_packed_ref(common_dir, ref)


def read_packed_ref(common_dir: str, ref: str) -> str | None:
    """The commit id that packed-refs has for a ref; None when it has none."""
    try:
        with open(common_dir + "/packed-refs", "rb") as stream:
            packed = stream.read()
    except FileNotFoundError:
        return None
    end = packed.find(b" " + ref.encode("utf-8", "surrogateescape") + b"\n")
    if end < 0:
        return None
    return packed[packed.rfind(b"\n", 0, end) + 1 : end].decode("ascii")


def stat_signature(path: str) -> tuple[int, ...] | None:
    """What changes when a file is written: both times in ns (nobody can set the second), size, inode; None when
    there is no such file."""
    try:
        found = system.stat(path)
    except (FileNotFoundError, NotADirectoryError):
        return None
    return found.st_mtime_ns, found.st_ctime_ns, found.st_size, found.st_ino
