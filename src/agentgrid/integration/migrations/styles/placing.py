"""What holds for every style when files get their places: what the base has stays as it is. Pure."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NoReturn

from agentgrid.boundaries.migrations.names import request_number
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


def refuse_unknown(each: Incoming, file: bytes, verb: str, key: str, lineage_path: str) -> NoReturn:
    """Raises InputError: the file `follows` or `replaces` what neither the lineage has nor what comes before it."""
    digits = re.match(r"\d*", key)
    counted = request_number(digits[0].encode()) if digits else None
    whose = "" if counted is None else f" (the file of m{counted})"
    raise InputError(
        f"{each.id}: {show_path(file)} {verb} {key}{whose}, which {lineage_path} doesn't have",
        hint=f"what it {verb} has to be integrated before it, or together with it",
    )


def refuse_order(each: Incoming, verb: str, other: str) -> NoReturn:
    """Raises InputError: `each` names itself, or the request `other` that comes after it."""
    raise InputError(f"{each.id} {verb} {'itself' if other == each.id else f'{other}, which comes after it'}")


def only_file(each: Incoming, is_migration: Callable[[bytes], bool]) -> bytes:
    """The name of the one migration that a request carries. Raises InputError when there are none or several."""
    names = sorted(name for name in each.files if is_migration(name))
    if len(names) != 1:
        told = ", ".join(show_path(name) for name in names) or "no migration"
        raise InputError(f"{each.id} carries {told}", hint="accepted: one file of a request")
    return names[0]


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
