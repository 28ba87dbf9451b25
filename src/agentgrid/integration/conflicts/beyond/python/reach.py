"""Whether a name that is used is the one that was changed, and how surely. Where it can't be told, it is not."""

import io
import logging
import pathlib
from dataclasses import dataclass
from datetime import datetime

from agentgrid.integration.conflicts.beyond.python.uses import Origin

_ROOTS = ("", "src", "lib", "python")
_KNOWN_TYPES = (str, bytes, list, dict, set, frozenset, tuple, int, float, io.TextIOWrapper, io.BytesIO, pathlib.Path,
                logging.Logger, datetime, BaseException)  # fmt: skip
_SHORTEST, _LONG = 6, 12


@dataclass(frozen=True)
class Reach:
    """`words`: how the use is called, its certainty included."""

    words: str


_SURE = Reach("it")
_LIKELY = Reach("what seems to be it")
_BY_NAME = Reach("a method of that name")


def find_reach(whole: str, is_method: bool, origin: Origin, path: bytes) -> Reach | None:  # noqa: FBT001
    """How surely a use in the file `path` means the name `whole` (from the top of the repository on)."""
    if not origin.target:
        return _BY_NAME if is_method and is_distinctive(whole.rpartition(".")[2]) else None
    if origin.is_exact:
        return _SURE if whole == origin.target else None
    if whole == origin.target:
        return _SURE
    root, found = whole[: -len(origin.target) - 1], whole.endswith("." + origin.target)
    return _by_root(root, origin.target, path) if found else None


def is_distinctive(name: str) -> bool:
    """Whether a method of that name is hardly another's: not what built-in types have, and more than a common verb."""
    if name.startswith("__") or any(hasattr(kind, name) for kind in _KNOWN_TYPES):
        return False
    return len(name) >= _LONG or (len(name) >= _SHORTEST and "_" in name.strip("_"))


def _by_root(root: str, target: str, path: bytes) -> Reach | None:
    """The module stands below `root`, and is imported by a name that doesn't say so."""
    if root in _ROOTS:
        return _SURE
    importer = path.decode("utf-8", "surrogateescape").split("/")[:-1]
    places = root.split(".")
    if places[-1] in _ROOTS:
        places = places[:-1]
    if importer[: len(places)] == places:
        return _SURE
    package = target.partition(".")[0]
    if package in importer or target.count(".") < 2:
        return None  # another package of that name is nearer; or a module of a folder that only tests put on the path
    return _LIKELY
