"""Folders of a tree, from its paths alone. A folder is text without a final slash; the root is not one of them."""

from collections.abc import Collection, Iterator, Mapping

VENDORED = frozenset({"node_modules", "vendor", "third_party", "testdata", "fixtures", "__fixtures__", "__pycache__"})


def parents(path: str) -> Iterator[str]:
    """The folders that `path` is in, innermost first: `a/b/c.py` gives `a/b`, `a`."""
    end = path.rfind("/")
    while end > 0:
        yield path[:end]
        end = path.rfind("/", 0, end)


def innermost(path: str, places: Collection[str]) -> str | None:
    """The one of `places` (folders or files) that `path` is, or is in most closely."""
    if path in places:
        return path
    return next((folder for folder in parents(path) if folder in places), None)


def folder_sizes(sizes: Mapping[str, int]) -> dict[str, int]:
    """Every folder, with the bytes of all files below it."""
    found: dict[str, int] = {}
    for path, size in sizes.items():
        for folder in parents(path):
            found[folder] = found.get(folder, 0) + size
    return found


def subfolders(folders: Collection[str], folder: str) -> list[str]:
    """Those of `folders` that are directly in `folder` ("" is the root), sorted."""
    prefix = f"{folder}/" if folder else ""
    return sorted(one for one in folders if one.startswith(prefix) and "/" not in one[len(prefix) :])


def is_vendored(path: str) -> bool:
    """True below folders that hold other people's code or samples: nobody's service, nobody's lock file."""
    return not VENDORED.isdisjoint(path.split("/"))


def is_hidden(path: str) -> bool:
    """True when a part of the path starts with a dot."""
    return any(part.startswith(".") for part in path.split("/"))
