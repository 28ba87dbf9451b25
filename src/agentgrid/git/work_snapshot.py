"""One commit of what a work tree holds now, and the facts by which to tell that it holds the same still.

Everything is written elsewhere: the work tree, its index and the stash stay as they are, bit for bit.
"""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from agentgrid.errors import OutsideError
from agentgrid.git.private_index import LIST_TAGGED, PrivateIndex, list_hidden, present_of, private_index
from agentgrid.git.process import Git
from agentgrid.git.scratch_objects import QUICK
from agentgrid.git.work_commit import AUTHOR

MOST_BYTES = 1 << 30
"""What is changed beyond this isn't read: a look at conflicts would take minutes."""

_STATUS = ("status", "--porcelain=v2", "-z", "--branch", "--no-renames", "--ignore-submodules=none",
           "--untracked-files=all")  # fmt: skip
_COMMIT = ("-c", "i18n.commitEncoding=UTF-8", "commit-tree")


@dataclass(frozen=True)
class Dirt:
    """What a work tree has beside its HEAD. `head`: None before the first commit. `merging`: further parents that a
    commit now would have. `written`: paths whose content the index doesn't have; `gone`: paths that it still has.
    `unclear`: what no commit here can hold. `is_dirty`: there is anything. `stamp`: changes with any of it; `newest`:
    the youngest time among its files, in ns since 1970."""

    head: str | None
    branch: str | None
    merging: tuple[str, ...]
    written: tuple[bytes, ...]
    gone: tuple[bytes, ...]
    unclear: tuple[bytes, ...]
    is_dirty: bool
    stamp: str
    newest: int
    size: int


def read_hidden(git: Git) -> list[bytes]:
    """Paths of the index that git was told not to look at (`assume-unchanged`, `skip-worktree`)."""
    return list_hidden(git.run(*LIST_TAGGED).fields)


def read_dirt(git: Git, admin_dir: Path, hidden: Sequence[bytes]) -> Dirt:
    """What is uncommitted in the work tree that `git` runs in. `hidden`: paths that git doesn't look at."""
    present = present_of(git, hidden)
    if present or not (admin_dir / "index").exists():
        head = git.run("rev-parse", "--verify", "--quiet", "HEAD", accept=(0, 1)).text or None
        with private_index(git, admin_dir, head, hidden=hidden) as index:
            fields = index.run(*_STATUS)
            return _parse(git, admin_dir, fields, present, keeps_absent=index.was_missing)
    fields = git.run(*_STATUS, env={"GIT_OPTIONAL_LOCKS": "0"}).fields
    return _parse(git, admin_dir, fields, present, keeps_absent=False)


@dataclass(frozen=True)
class CommitFacts:
    """`time`: when it was committed, in seconds since 1970."""

    tree: str
    time: int


def read_commits(git: Git, oids: Sequence[str]) -> dict[str, CommitFacts]:
    """The facts of each commit."""
    if not oids:
        return {}
    listed = git.text("log", "--no-walk=unsorted", "--format=%H %T %ct", *dict.fromkeys(oids)).splitlines()
    return {oid: CommitFacts(tree, int(time)) for oid, tree, time in (line.split(" ") for line in listed)}


def write_snapshot(
    git: Git, admin_dir: Path, dirt: Dirt, hidden: Sequence[bytes], commits: Mapping[str, CommitFacts]
) -> str:
    """Commits what the work tree holds; HEAD itself where that is all of it. `commits`: facts that are known already.
    Raises OutsideError when there is too much to read.

    It gets the time of its youngest parent: the same for the same work, and never older than what it stands on, for
    git walks history by time.
    """
    if dirt.size > MOST_BYTES:
        raise OutsideError(
            f"{dirt.size >> 20} MB are uncommitted in {git.directory}, and {MOST_BYTES >> 20} MB are the most",
            hint="ignore or remove what doesn't belong there: git status",
        )
    with private_index(git, admin_dir, dirt.head, hidden=hidden) as index:
        tree = _write_tree(index, dirt)
    parents = [oid for oid in (dirt.head, *dirt.merging) if oid]
    facts = {**commits, **read_commits(git, [oid for oid in parents if oid not in commits])}
    if dirt.head and not dirt.merging and tree == facts[dirt.head].tree:
        return dirt.head
    date = f"@{max((facts[oid].time for oid in parents), default=0)} +0000"
    env = {**AUTHOR, "GIT_AUTHOR_DATE": date, "GIT_COMMITTER_DATE": date}
    named = [part for oid in parents for part in ("-p", oid)]
    return git.run(*_COMMIT, tree, *named, "-m", "What the work tree holds", env=env).text


def _write_tree(index: PrivateIndex, dirt: Dirt) -> str:
    if dirt.gone:
        index.run("update-index", "--force-remove", "-z", "--stdin", paths=dirt.gone)
    if dirt.written:
        index.run(*QUICK, "update-index", "--add", "--remove", "--replace", "-z", "--stdin", paths=sorted(dirt.written))
    return index.write_tree()


def _parse(git: Git, admin_dir: Path, fields: Sequence[bytes], hidden: Sequence[bytes], *, keeps_absent: bool) -> Dirt:
    """`keeps_absent`: without an index (a checkout that was cut short) nobody knows that a file was deleted."""
    head, branch = _heads(fields)
    written: list[bytes] = []
    gone: list[bytes] = []
    unclear: list[bytes] = []
    entries = [field for field in fields if not field.startswith(b"# ")]
    for entry in entries:
        code, submodule, is_gone, path = _parse_entry(entry)
        if code == b"?" and path.endswith(b"/"):
            unclear.append(path.rstrip(b"/"))
            continue
        if submodule.startswith(b"S") and submodule[2:] != b"..":
            unclear.append(path)
        if submodule.startswith(b"S.") and code[1:] == b"M":
            continue  # its commit is the one that the index has
        if is_gone and not keeps_absent:
            gone.append(path)
        elif not is_gone and code[1:] != b".":
            written.append(path)
    merging = _merge_heads(admin_dir)
    stats = [(path, _stat(git, path)) for path in (*written, *unclear, *hidden)]
    seen = repr((sorted(entries), head, branch, merging, stats)).encode()
    facts = [each for _, each in stats if each is not None]
    return Dirt(
        head,
        branch,
        merging,
        tuple(written),
        tuple(gone),
        tuple(unclear),
        bool(entries or merging),
        sha256(seen).hexdigest(),
        max((max(each[0], each[1]) for each in facts), default=0),
        sum(_stat_size(git, path) for path in written),
    )


def _heads(fields: Sequence[bytes]) -> tuple[str | None, str | None]:
    known = dict(os.fsdecode(field[2:]).partition(" ")[::2] for field in fields if field.startswith(b"# "))
    head, branch = known.get("branch.oid"), known.get("branch.head")
    return (None if head == "(initial)" else head), (None if branch == "(detached)" else branch)


def _parse_entry(field: bytes) -> tuple[bytes, bytes, bool, bytes]:
    """(code, submodule state, whether the file is gone from the work tree, path)."""
    if field.startswith(b"1 "):
        _, code, submodule, _, _, mode, _, _, path = field.split(b" ", 8)
        return code, submodule, code[1:] == b"D", path
    if field.startswith(b"u "):
        _, code, submodule, _, _, _, mode, _, _, _, path = field.split(b" ", 10)
        return code, submodule, mode == b"000000", path
    return field[:1], b"N...", False, field[2:]


def _merge_heads(admin_dir: Path) -> tuple[str, ...]:
    try:
        return tuple((admin_dir / "MERGE_HEAD").read_text(encoding="ascii").split())
    except FileNotFoundError:
        return ()


def _stat(git: Git, path: bytes) -> tuple[int, int, int, int, int] | None:
    try:
        found = os.lstat(os.path.join(os.fsencode(git.directory), path))
    except OSError:
        return None
    return found.st_mtime_ns, found.st_ctime_ns, found.st_size, found.st_ino, found.st_mode


def _stat_size(git: Git, path: bytes) -> int:
    found = _stat(git, path)
    return found[2] if found else 0
