"""Under which names modules are imported, as far as their paths tell. Pure."""

import keyword
from collections.abc import Iterable
from dataclasses import dataclass

_ROOTS = frozenset({"src", "lib", "python"})
INIT = b"__init__.py"


@dataclass(frozen=True, slots=True)
class ModuleName:
    """`root`: the directory on the import path, empty for the top of the repository. `parts`: below it, the module's
    own name last; a package's `__init__` is the package."""

    root: bytes
    parts: tuple[str, ...]
    is_package: bool


def name_modules(paths: Iterable[bytes]) -> dict[bytes, ModuleName]:
    """Path → its name. What no `import` can name is left out: scripts with a hyphen, say.

    The import path begins at the top of the repository, behind a folder `src`, `lib` or `python` that is no package, or
    behind one whose name Python can't say.
    """
    listed = list(paths)
    packages = {path.removesuffix(b"/" + INIT) for path in listed if path.endswith(b"/" + INIT)}
    named = ((path, _name(path, packages)) for path in listed)
    return {path: name for path, name in named if name is not None}


def _name(path: bytes, packages: set[bytes]) -> ModuleName | None:
    is_package = path == INIT or path.endswith(b"/" + INIT)
    folders = path.split(b"/")
    if not is_package:
        folders[-1] = folders[-1].removesuffix(b".py")
    else:
        folders.pop()
    start = 0
    for place, folder in enumerate(folders[: None if is_package else -1], 1):
        is_root = folder.decode("ascii", "replace") in _ROOTS and b"/".join(folders[:place]) not in packages
        if is_root or not _can_be_said(folder):
            start = place
    parts = folders[start:]
    if not parts or not _can_be_said(parts[-1]):
        return None
    return ModuleName(b"/".join(folders[:start]), tuple(part.decode() for part in parts), is_package)


def _can_be_said(name: bytes) -> bool:
    try:
        text = name.decode()
    except UnicodeDecodeError:
        return False
    return text.isidentifier() and not keyword.iskeyword(text)


def packages_above(path: bytes) -> list[bytes]:
    """The `__init__` files that a module belongs to, the nearest first; a package's own stands among them."""
    folder = path.rpartition(b"/")[0]
    found = []
    while folder:
        found.append(folder + b"/" + INIT)
        folder = folder.rpartition(b"/")[0]
    return [*found, INIT]
