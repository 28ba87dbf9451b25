"""Which version common code says that it is, and whether a breaking change may have the new one. Pure.

A breaking change raises the major version; below 1.0 the minor one (semver.org, 4 and 8). Between pre-releases of a
major version nothing is promised. Versions are read as PEP 440 writes them.
"""

import ast
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from agentgrid.git.paths import show_path
from agentgrid.integration.common_code.model import PackageVersion
from agentgrid.integration.common_code.naming import INIT, packages_above
from agentgrid.integration.common_code.sources import parse

if TYPE_CHECKING:
    from packaging.version import Version

_NAME = "__version__"


@dataclass(frozen=True, slots=True)
class Said:
    """`value`: the version as written, None where it can't be read; `problem`: why."""

    value: str | None
    problem: str = ""


TextOf = Callable[[bytes], str | None]
"""The text of a module; None where there is none that can be read."""
SaidBy = Callable[[bytes], Said | None]
"""What a file says; None where there is no such file, or no version in it."""


def version_places(module: bytes) -> list[bytes]:
    """The files that may say which version a module is of: itself, then the packages that it is in, nearest first."""
    above = packages_above(module)
    return above if module.rpartition(b"/")[2] == INIT else [module, *above]


def find_version(module: bytes, before: SaidBy, after: SaidBy, is_there: Callable[[bytes], bool]) -> PackageVersion:
    """The version of a module: where the base says it, else where it is said for the first time. `is_there`: whether a
    file is still there; the version of a package that went with it is told by the package around it."""
    places = version_places(module)
    for path in places:
        was = before(path)
        if was is None or (not is_there(path) and any(before(each) for each in places[places.index(path) + 1 :])):
            continue
        now = after(path)
        if now is None:
            words = "says no `__version__` any more" if is_there(path) else "is gone, and its `__version__` with it"
            return PackageVersion(path, was.value, None, words, is_lost=True)
        return PackageVersion(path, was.value, now.value, now.problem or was.problem)
    for path in places:
        now_first = after(path)
        if now_first is not None:
            return PackageVersion(path, None, now_first.value, now_first.problem)
    return PackageVersion(None)


def read_version(read: TextOf, path: bytes, *, hops: int = 3) -> Said | None:
    """What the module `path` says, imports followed as far as they are relative and `read` knows what they name."""
    tree = _syntax(read, path)
    return None if tree is None else _read_name(read, path, tree, _NAME, hops)


def _syntax(read: TextOf, path: bytes) -> ast.Module | None:
    text = read(path)
    return None if text is None else parse(text)


def _read_name(read: TextOf, path: bytes, tree: ast.Module, name: str, hops: int) -> Said | None:
    found = None
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            for each in node.names:
                if (each.asname or each.name) == name:
                    found = _read_elsewhere(read, path, node, each.name, hops)
        elif isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            if any(isinstance(each, ast.Name) and each.id == name for each in targets):
                found = _read_value(read, path, tree, node.value, hops)
    return found


def _read_value(read: TextOf, path: bytes, tree: ast.Module, value: ast.expr, hops: int) -> Said:
    if isinstance(value, ast.Constant) and isinstance(value.value, str):
        return _check(value.value)
    if isinstance(value, ast.Name) and hops:
        return _read_name(read, path, tree, value.id, hops - 1) or Said(None, _NOT_WRITTEN)
    return Said(None, _NOT_WRITTEN)


_NOT_WRITTEN = "has a `__version__` that is only known when it runs"


def _read_elsewhere(read: TextOf, path: bytes, node: ast.ImportFrom, name: str, hops: int) -> Said:
    folder = path.rpartition(b"/")[0]
    for _ in range(node.level - 1):
        folder = folder.rpartition(b"/")[0]
    parts = [*([folder] if folder else []), *(part.encode() for part in (node.module or "").split(".") if part)]
    place = b"/".join(parts)
    for other in (place + b".py", place + b"/" + INIT):
        tree = _syntax(read, other) if node.level and hops else None
        if tree is not None:
            return _read_name(read, other, tree, name, hops - 1) or Said(None, _NOT_WRITTEN)
    return Said(None, _NOT_WRITTEN)


def _check(text: str) -> Said:
    from packaging.version import InvalidVersion, Version

    try:
        Version(text)
    except InvalidVersion:
        return Said(None, f"has the `__version__` {text!r}, which is no version (PEP 440: 2.0.0, 2.1rc1)")
    return Said(text)


def may_break(before: str, after: str) -> bool:
    """Whether `after` is a version that may break what `before` promised."""
    from packaging.version import Version

    old, new = Version(before), Version(after)
    if old.is_prerelease and not any(old.release[1:]) and new >= old:
        return True
    return _promise(new) > _promise(old)


def next_version(before: str) -> str:
    """The least version that may break what `before` promised."""
    from packaging.version import Version

    old = Version(before)
    epoch = f"{old.epoch}!" if old.epoch else ""
    return f"{epoch}{old.major + 1}.0.0" if old.major else f"{epoch}0.{old.minor + 1}.0"


def _promise(version: "Version") -> tuple[int, int, int]:
    return version.epoch, version.major, 0 if version.major else version.minor


def tell_version(version: PackageVersion) -> str:
    """`services/common/__init__.py stays 2.0.0`, in words that can go on."""
    if version.path is None:
        return "no `__version__` stands at or above it"
    place = show_path(version.path)
    if version.problem:
        return f"{place} {version.problem}"
    if version.before is None or version.before == version.after:
        return f"`__version__` of {place} is {version.after}"
    return f"`__version__` of {place} goes from {version.before} to {version.after}"
