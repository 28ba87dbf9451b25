"""Where a symbolic link leads in a tree, through the other links of that tree, as a checkout of it would go.

Every entry that the chain names counts, each at its real place: directories on the way that are links are followed,
and `..` goes up from where they lead. An absolute link counts when it leads into a work tree of this repository that
stands on this machine. A chain ends where it leaves the tree, names its root or `.git`, or goes in a circle.
"""

from functools import cached_property
from pathlib import Path

from agentgrid.git.history import GITLINK_MODE
from agentgrid.git.paths import enter_worktree
from agentgrid.git.process import Git
from agentgrid.git.repository import Repository
from agentgrid.git.worktree_list import list_worktrees

SYMLINK_MODE = b"120000"
_MOST_STEPS = 40  # as in Linux


class TreeLinks:
    """The links of the commit `head`, or of the index that `git` uses (`head` None)."""

    def __init__(self, repository: Repository, git: Git, head: str | None) -> None:
        self._repository = repository
        self._git = git
        self._entries = _list_entries(git, head)
        self._contents: dict[bytes, bytes] = {}

    def follow(self, link: bytes) -> list[bytes]:
        """The paths that the link leads to, one behind the other: a single one unless that is a link again."""
        places: list[bytes] = []
        while self._is_link(link) and len(places) < _MOST_STEPS:
            place = self._walk(link.rpartition(b"/")[0], self._read(link))
            if place is None or place in places:
                break
            places.append(place)
            link = place
        return places

    def is_folder(self, path: bytes) -> bool:
        """Whether `path` has files below it."""
        return any(each.startswith(path + b"/") for each in self._entries)

    def is_submodule(self, path: bytes) -> bool:
        return self._entries.get(path, (b"", b""))[0] == GITLINK_MODE

    def _is_link(self, path: bytes) -> bool:
        return self._entries.get(path, (b"", b""))[0] == SYMLINK_MODE

    def _read(self, link: bytes) -> bytes:
        if link not in self._contents:
            self._contents[link] = self._git.run("cat-file", "blob", self._entries[link][1]).stdout
        return self._contents[link]

    def _walk(self, directory: bytes, content: bytes) -> bytes | None:
        """Where `content` leads from `directory`; a link at its very end isn't followed."""
        place = [part for part in directory.split(b"/") if part]
        todo: list[bytes] = []
        steps = 0
        is_inside = self._go_on(content, place, todo)
        while is_inside and todo:
            part = todo.pop()
            if part == b"..":
                is_inside = bool(place)
                del place[-1:]
            elif part not in {b"", b"."}:
                place.append(part)
                path = b"/".join(place)
                if todo and self._is_link(path):
                    place.pop()
                    steps += 1
                    is_inside = steps <= _MOST_STEPS and self._go_on(self._read(path), place, todo)
        if not is_inside or not place or place[0].lower() == b".git":
            return None
        return b"/".join(place)

    def _go_on(self, content: bytes, place: list[bytes], todo: list[bytes]) -> bool:
        """Puts the names of `content` before those still to do, from the root when it is absolute. False: it leaves."""
        if content.startswith(b"/"):
            inside = enter_worktree(content, self._work_trees)
            if inside is None:
                return False
            place.clear()
            content = inside
        todo.extend(reversed(content.split(b"/")))
        return True

    @cached_property
    def _work_trees(self) -> list[Path]:
        return [each.path for each in list_worktrees(self._repository) if not each.is_bare]


def _list_entries(git: Git, head: str | None) -> dict[bytes, tuple[bytes, bytes]]:
    """Path → (mode, object) of every entry."""
    if head is None:
        listed = git.run("ls-files", "--stage", "-z", "--full-name", "--", ":/").fields
    else:
        listed = git.run("ls-tree", "-r", "-z", "--full-tree", head, "--").fields
    entries: dict[bytes, tuple[bytes, bytes]] = {}
    for field in listed:
        facts, _, path = field.partition(b"\t")
        first, second, third = facts.split(b" ")
        entries[path] = first, second if head is None else third
    return entries
