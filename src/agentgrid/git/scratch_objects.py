"""Object directories beside the repository's own: what is tried out goes there and never among the real objects."""

import os
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from agentgrid.git.process import Git
from agentgrid.git.repository import Repository
from agentgrid.machine.files import memory_directory

# What is thrown away again need not be small.
QUICK = ("-c", "core.looseCompression=0")

_ESCAPES = {ord('"'): '\\"', ord("\\"): "\\\\", ord("\n"): "\\n"}


def object_environment(repository: Repository, write_to: Path, *read_from: Path) -> dict[str, str]:
    """Variables with which git writes objects to `write_to`, and reads those of the repository and of `read_from`."""
    places = (repository.common_dir / "objects", *read_from)
    return {
        "GIT_OBJECT_DIRECTORY": str(write_to),
        "GIT_ALTERNATE_OBJECT_DIRECTORIES": os.pathsep.join(map(_quote, places)),
    }


@contextmanager
def scratch_objects(repository: Repository, read_from: Sequence[Path] = ()) -> Iterator[Git]:
    """Git in the main work tree, whatever work tree one stands in (its attributes count for merges), that writes to
    a directory which is gone afterwards."""
    with tempfile.TemporaryDirectory(
        prefix="agentgrid-objects-", dir=memory_directory(), ignore_cleanup_errors=True
    ) as directory:
        env = object_environment(repository, Path(directory), *read_from)
        yield Git(repository.root, env=env)


def _quote(place: Path) -> str:
    """In a list of directories: quoted as C does, for a path may hold what parts the list."""
    return '"' + str(place).translate(_ESCAPES) + '"'
