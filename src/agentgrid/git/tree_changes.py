"""What differs between many pairs of trees, from one process; and the trees of many commits."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from agentgrid.git.history import GITLINK_MODE
from agentgrid.git.process import Git

ABSENT = b"000000"
SYMLINK_MODE = b"120000"


@dataclass(frozen=True, slots=True)
class Change:
    """One path in two trees: modes (b"000000" where it isn't there) and object ids."""

    old_mode: bytes
    new_mode: bytes
    old: bytes
    new: bytes

    @property
    def is_added(self) -> bool:
        return self.old_mode == ABSENT

    @property
    def is_deleted(self) -> bool:
        return self.new_mode == ABSENT

    @property
    def is_plain(self) -> bool:
        """A file before and after."""
        return self.old_mode.startswith(b"100") and self.new_mode.startswith(b"100")

    @property
    def is_link(self) -> bool:
        return SYMLINK_MODE in {self.old_mode, self.new_mode}

    @property
    def is_submodule(self) -> bool:
        return GITLINK_MODE in {self.old_mode, self.new_mode}


Changes = Mapping[bytes, Change]


def trees_of(git: Git, commits: Iterable[str]) -> dict[str, str]:
    """Commit → its tree; a commit that is not here is left out."""
    wanted = list(dict.fromkeys(commits))
    if not wanted:
        return {}
    asked = "".join(f"{oid}^{{tree}}\n" for oid in wanted).encode()
    answers = git.text("cat-file", "--batch-check=%(objectname) %(objecttype)", stdin=asked).splitlines()
    pairs = zip(wanted, (answer.split(" ") for answer in answers), strict=True)
    return {oid: answer[0] for oid, answer in pairs if answer[-1] == "tree"}


def changes_between(git: Git, pairs: Sequence[tuple[str, str]]) -> dict[tuple[str, str], dict[bytes, Change]]:
    """(old tree, new tree) → path → how it differs, for each of `pairs`; both sides of a rename are there."""
    wanted = list(dict.fromkeys(pairs))
    if not wanted:
        return {}
    asked = "".join(f"{old} {new}\n" for old, new in wanted).encode()
    output = git.run("diff-tree", "--stdin", "-r", "--raw", "-z", "--no-renames", "--ignore-submodules=none",
                     stdin=asked).stdout  # fmt: skip
    found: dict[tuple[str, str], dict[bytes, Change]] = {pair: {} for pair in wanted}
    current: dict[bytes, Change] = {}
    for pair, path, change in _parse(output):
        if pair is not None:
            current = found[pair]
        elif change is not None:
            current[path] = change
    return found


def _parse(output: bytes) -> Iterator[tuple[tuple[str, str] | None, bytes, Change | None]]:
    place = 0
    while place < len(output):
        if output[place : place + 1] != b":":  # the line of the next two trees
            end = output.index(b"\n", place)
            old_tree, new_tree = output[place:end].decode().split(" ")
            yield (old_tree, new_tree), b"", None
            place = end + 1
            continue
        end = output.index(b"\0", place)
        old_mode, new_mode, old, new, _ = output[place + 1 : end].split(b" ")
        place = output.index(b"\0", end + 1) + 1
        yield None, output[end + 1 : place - 1], Change(old_mode, new_mode, old, new)
