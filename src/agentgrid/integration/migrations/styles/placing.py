"""What holds for every style when files get their places: what the base has stays as it is. Pure."""

from collections.abc import Iterable, Mapping, Sequence

from agentgrid.errors import InputError
from agentgrid.git.paths import show_path
from agentgrid.integration.migrations.styles.chain import Incoming, Placed, Placement


def finish_placement(
    files: Mapping[bytes, bytes],
    write: Mapping[bytes, bytes],
    carried: Iterable[bytes],
    placed: Iterable[Placed],
    support: Mapping[bytes, bytes] | None = None,
) -> Placement:
    """The placement that writes `write`, and `support` (files such as `max_migration.txt`), and takes away those
    of `carried`, the files under their provisional names, that have another now. Raises InputError when a migration
    that the base has would be written."""
    for name in write:
        if name in files:
            raise InputError(
                f"{show_path(name)} is in the lineage already: a migration that was given its place is never edited",
                hint="give the new file another title",
            )
    every = {**write, **(support or {})}
    return Placement(every, tuple(sorted(set(carried) - every.keys() - files.keys())), tuple(placed))


def require_growing(highest: int | None, incoming: Sequence[Incoming]) -> None:
    """Raises InputError unless the numbers of `incoming` grow, all of them above `highest`."""
    for each in incoming:
        if highest is not None and each.number <= highest:
            raise InputError(
                f"{each.id} is to get number {each.number}, and the lineage has {highest} already",
                hint="`agentgrid migration integrate` gives the next free one",
            )
        highest = each.number


def split_directory(name: bytes) -> tuple[bytes, bytes]:
    """(directory with its slash, or empty; the name in it) of a file."""
    directory, slash, own = name.rpartition(b"/")
    return directory + slash, own
