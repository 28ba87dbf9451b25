"""A copy of a work tree's index to read and change, so that its own stays as it is, bit for bit."""

import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from agentgrid.git.process import Git, join_nul
from agentgrid.machine.files import memory_directory

# A daemon's answers and a shared index belong to the original; the copy looks at the files themselves. And no hook
# is to take the copy for the index.
_PLAIN = ("-c", "core.fsmonitor=false", "-c", "core.splitIndex=false", "-c", "core.safecrlf=false",
          "-c", f"core.hooksPath={os.devnull}")  # fmt: skip


class PrivateIndex:
    """Runs git on a private index. `was_missing`: the work tree had none, and HEAD's tree was read instead."""

    def __init__(self, git: Git, file: Path, *, was_missing: bool) -> None:
        self._git = git
        self.file = file
        self.was_missing = was_missing

    def run(self, *arguments: str, paths: Sequence[bytes] | None = None, stdin: bytes | None = None) -> list[bytes]:
        """`git ARGUMENTS` as NUL-separated fields; `paths` go in through stdin."""
        given = join_nul(paths) if paths is not None else stdin
        return self._git.run(*_PLAIN, *arguments, stdin=given, env={"GIT_INDEX_FILE": str(self.file)}).fields

    def write_tree(self) -> str:
        answer = self._git.run(*_PLAIN, "write-tree", env={"GIT_INDEX_FILE": str(self.file)})
        return answer.text

    def copy(self, name: str) -> "PrivateIndex":
        """A second private index with the same content."""
        target = self.file.with_name(name)
        _copy_with_times(self.file, target)
        return PrivateIndex(self._git, target, was_missing=self.was_missing)

    def empty(self, name: str) -> "PrivateIndex":
        return PrivateIndex(self._git, self.file.with_name(name), was_missing=False)


@contextmanager
def private_index(
    git: Git, git_dir: Path, head: str | None, *, hidden: Sequence[bytes] | None = None
) -> Iterator[PrivateIndex]:
    """A private copy of the index in `git_dir`, in which no file that exists is hidden from comparison
    (`assume-unchanged` and `skip-worktree` bits are taken off: work may be under them). `hidden`: the files with such
    a bit, where they are known."""
    with tempfile.TemporaryDirectory(prefix="agentgrid-index-", dir=memory_directory()) as directory:
        file = Path(directory) / "index"
        own = git_dir / "index"
        index = PrivateIndex(git, file, was_missing=not own.exists())
        if not index.was_missing:
            _copy_with_times(own, file)
            _uncover(index, present_of(git, list_hidden(index.run(*LIST_TAGGED)) if hidden is None else hidden))
        elif head is not None:
            index.run("read-tree", head)
        yield index


def _copy_with_times(source: Path, target: Path) -> None:
    # git compares a file's time with the index's own: a younger copy would miss a change of the same second and size.
    facts = source.stat()
    shutil.copyfile(source, target)
    os.utime(target, ns=(facts.st_atime_ns, facts.st_mtime_ns))


LIST_TAGGED = ("ls-files", "-v", "-z")


def list_hidden(tagged: Sequence[bytes]) -> list[bytes]:
    """Paths that git was told not to look at, of what `LIST_TAGGED` answers."""
    return [field[2:] for field in tagged if field[:1] == b"S" or field[:1].islower()]


def present_of(git: Git, paths: Sequence[bytes]) -> list[bytes]:
    """Those of `paths` that are in the work tree."""
    top = os.fsencode(git.directory)
    return [path for path in paths if os.path.lexists(os.path.join(top, path))]


def _uncover(index: PrivateIndex, paths: Sequence[bytes]) -> None:
    if paths:
        index.run("update-index", "--no-skip-worktree", "-z", "--stdin", paths=paths)
        index.run("update-index", "--no-assume-unchanged", "-z", "--stdin", paths=paths)
