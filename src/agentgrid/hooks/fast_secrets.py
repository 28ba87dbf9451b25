"""Whether what a commit adds is free of secrets, where the grid has keys to look for. Builtins and light modules only.

It reads every blob, and is sure only when none has a known value or anything suspicious in it.
"""

import posix

from agentgrid.boundaries.policy.in_force_file import read_ref
from agentgrid.boundaries.secrets.known_values import KnownValue, known_values
from agentgrid.boundaries.secrets.suspicion import is_suspicious
from agentgrid.hooks.fast_git import ask_git

_ABSENT, _LINK = b"000000", b"160000"
_PORTION = 200  # their names fit into a pipe


def has_clean_entries(compiled: dict, entries: list[bytes]) -> bool:  # type: ignore[type-arg]
    """True when no blob of `entries` (raw facts and path by turns) may have a secret in it."""
    return _are_all_clean(compiled, _new_blobs(entries))


def _new_blobs(entries: list[bytes]) -> list[bytes]:
    oids = []
    for place in range(0, len(entries), 2):
        _, mode, _, oid, *_ = entries[place].split(b" ")
        if mode not in {_ABSENT, _LINK}:
            oids.append(oid)
    return oids


def _are_all_clean(compiled: dict, oids: list[bytes]) -> bool:  # type: ignore[type-arg]
    known = known_values(compiled["keys"], compiled["root"], posix.environ)
    return all(_are_clean(oids[place : place + _PORTION], known) for place in range(0, len(oids), _PORTION))


def has_clean_commit(compiled: dict, common_dir: str, ref: str, base: str, new: str) -> bool:  # type: ignore[type-arg]
    """True when the commit `new` is the only one that the branch gets, and adds nothing that may be a secret."""
    answer = ask_git(["diff-tree", "-r", "--root", "--raw", "-z", "--no-renames", "--pretty=format:%P", new, "--"])
    if answer is None:
        return False
    parents, _, raw = answer.partition(b"\n")
    if b" " in parents:
        return False  # a merge: what it adds by itself isn't listed here
    current = read_ref(common_dir, ref)
    if parents.decode() != current:  # of a rewritten commit: nothing else may come with it
        known = [each for each in (current, base) if each]
        if ask_git(["rev-list", "-n", "2", new, "--not", *known, "--"]) != new.encode() + b"\n":
            return False
    *entries, rest = raw.split(b"\0")
    # The commit itself is read as well: a key may stand in its message.
    return not rest and len(entries) % 2 == 0 and _are_all_clean(compiled, [new.encode(), *_new_blobs(entries)])


def _are_clean(oids: list[bytes], known: list[KnownValue]) -> bool:
    listing = ask_git(["cat-file", "--batch", "--buffer"], b"\n".join(oids) + b"\n")
    if listing is None:
        return False
    place = 0
    for _ in oids:
        end = listing.index(b"\n", place)
        _, kind, size = listing[place:end].split(b" ")
        content = listing[end + 1 : end + 1 + int(size)]
        if any(each.value in content for each in known) or (kind != b"commit" and is_suspicious(content)):
            return False
        place = end + 2 + int(size)
    return place == len(listing)
