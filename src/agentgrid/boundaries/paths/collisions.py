"""Paths that some file systems can't tell apart: they differ only by case, or by Unicode normal form.

One checkout on macOS or Windows holds one of the two, and shows the other as changed. A change set answers for the
twins that it makes: a path that it adds, or a directory that comes with one. Bytes that aren't UTF-8 stay as they are.
"""

import unicodedata
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

from agentgrid.boundaries.charged import ChangeSet
from agentgrid.boundaries.findings import Finding
from agentgrid.boundaries.policy.territory import Territory
from agentgrid.boundaries.verdict import severity_of
from agentgrid.git.paths import quote_path, show_path
from agentgrid.git.process import Git

COLLISION_RULE = "path.collision"


@dataclass(frozen=True, slots=True, order=True)
class Collision:
    """`path`: what was added. `ours`: the path or the directory on its way that has the twin `theirs`."""

    path: bytes
    ours: bytes
    theirs: bytes


def find_collisions(added: Collection[bytes], tree_paths: Iterable[bytes]) -> list[Collision]:
    """The twins of `added` among `tree_paths` (every path of the tree, the added ones too), sorted.

    One for each path: the twin of the path itself, else of the deepest directory. Twins that stood there without the
    added paths are nobody's fault here.
    """
    wanted: dict[str, set[bytes]] = {}
    for path in added:
        for part in _ways(path):
            wanted.setdefault(fold_path(part), set()).add(part)
    spelled: dict[str, set[bytes]] = {}
    standing: set[bytes] = set()
    mine = set(added)
    for part, is_added in _parts(tree_paths, mine):
        key = fold_path(part)
        if key in wanted:
            spelled.setdefault(key, set()).add(part)
            if not is_added:
                standing.add(part)
    found = (_deepest(path, standing, spelled) for path in mine)
    return sorted(each for each in found if each is not None)


def collision_findings(git: Git, territory: Territory, changes: ChangeSet, *, head: str | None) -> tuple[Finding, ...]:
    """The findings for twins that the change set makes in the tree of the commit `head` (None: in the index).

    `git` runs in the work tree, with the index that counts; it is asked only when something was added.
    """
    return _find(git, territory, changes.added, head)


def new_path_findings(git: Git, territory: Territory, paths: Collection[bytes]) -> tuple[Finding, ...]:
    """The same for paths that are about to be made in the work tree where `git` runs."""
    return _find(git, territory, paths, None)


def _find(git: Git, territory: Territory, added: Collection[bytes], head: str | None) -> tuple[Finding, ...]:
    compiled = territory.compiled
    severity = severity_of(COLLISION_RULE, compiled["severity"], compiled["unowned"])
    if severity == "off" or not added:
        return ()
    listing = ("ls-files", "-z", "--full-name", "--", ":/") if head is None else (
        "ls-tree", "-r", "-z", "--name-only", "--full-tree", head, "--",
    )  # fmt: skip
    found = find_collisions(added, [*git.run(*listing).fields, *added])
    return tuple(Finding(COLLISION_RULE, severity, each.path, describe(each), advise(each)) for each in found)


def fold_path(path: bytes) -> str:
    """Equal for paths that differ only by case or normal form (Unicode's canonical caseless match, D145)."""
    if path.isascii():
        return path.decode("ascii").lower()
    text = unicodedata.normalize("NFD", path.decode("utf-8", "surrogateescape"))
    return unicodedata.normalize("NFD", text.casefold())


def describe(collision: Collision) -> str:
    """What is wrong, in one clause; spellings that look alike are told by the numbers of their characters."""
    ours, theirs = collision.ours, collision.theirs
    subject = "" if ours == collision.path else f"its folder {show_path(ours)} "
    how, shown = "upper and lower case", show_path(theirs)
    if _nfc(ours) == _nfc(theirs):
        subject = f"{_by_numbers(ours)} " if ours == collision.path else f"its folder {_by_numbers(ours)} "
        how, shown = "Unicode normal form", _by_numbers(theirs)
    return f"{subject}differs from {shown} only by {how}: a checkout on macOS or Windows can't hold both"


def advise(collision: Collision) -> str:
    """What to do, as a command."""
    path = collision.path
    if collision.ours == path:
        return f"give it another name, or take it out with: git rm --cached -- {quote_path(path)}"
    target = collision.theirs + path[len(collision.ours) :]
    return f"use the folder that is there: git mv -- {quote_path(path)} {quote_path(target)}"


def _deepest(path: bytes, standing: set[bytes], spelled: dict[str, set[bytes]]) -> Collision | None:
    for part in _ways(path):
        if part in standing:  # and so is all above it
            return None
        others = spelled.get(fold_path(part), set()) - {part}
        if others:
            return Collision(path, part, min(others))
    return None


def _ways(path: bytes) -> Iterator[bytes]:
    """The path and every directory on its way, the path first."""
    while path:
        yield path
        path = path.rpartition(b"/")[0]


def _parts(tree_paths: Iterable[bytes], added: set[bytes]) -> Iterator[tuple[bytes, bool]]:
    """Every path and directory of the tree at least once, and whether it came with an added path; both if both."""
    known: tuple[set[bytes], set[bytes]] = (set(), set())
    for path in tree_paths:
        is_added = path in added
        for part in _ways(path):
            if part in known[is_added]:
                break
            known[is_added].add(part)
            yield part, is_added


def _nfc(path: bytes) -> str:
    return unicodedata.normalize("NFC", path.decode("utf-8", "surrogateescape"))


def _by_numbers(path: bytes) -> str:
    shown = show_path(path)
    return "".join(char if char.isascii() else f"\\u{{{ord(char):04x}}}" for char in shown)
