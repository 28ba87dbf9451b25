"""One commit of what a work tree holds now, and the facts by which to tell that it holds the same still.

Everything is written elsewhere: the work tree, its index and the stash stay as they are, bit for bit.
"""

import os
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from agentgrid.errors import OutsideError
from agentgrid.git.private_index import LIST_TAGGED, PrivateIndex, list_hidden, present_of, private_index
from agentgrid.git.process import Git
from agentgrid.git.scratch_objects import QUICK
from agentgrid.git.work_commit import AUTHOR
from agentgrid.machine.files import memory_directory

MOST_BYTES = 1 << 30
"""What is changed beyond this isn't read: a look at conflicts would take minutes."""

_STATUS = ("status", "--porcelain=v2", "-z", "--branch", "--no-renames", "--ignore-submodules=none",
           "--untracked-files=all")  # fmt: skip


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


def write_content(git: Git, admin_dir: Path, dirt: Dirt, hidden: Sequence[bytes]) -> str:
    """The tree of what the work tree holds. Raises OutsideError when there is too much to read."""
    if dirt.size > MOST_BYTES:
        raise OutsideError(
            f"{dirt.size >> 20} MB are uncommitted in {git.directory}, and {MOST_BYTES >> 20} MB are the most",
            hint="ignore or remove what doesn't belong there: git status",
        )
    with private_index(git, admin_dir, dirt.head, hidden=hidden) as index:
        return _write_tree(index, dirt)


@dataclass(frozen=True)
class Draft:
    """A commit to be: its tree on top of its parents, HEAD first."""

    tree: str
    parents: tuple[str, ...]


def commit_drafts(git: Git, drafts: Sequence[Draft], known: Mapping[str, CommitFacts]) -> list[str]:
    """The commit of each draft, all from one process; the parent itself where nothing was added to it. `known`: facts
    of commits, more are looked up.

    A commit gets the time of its youngest parent: the same for the same work, and never older than what it stands on,
    for git walks history by time.
    """
    missing = {oid for draft in drafts for oid in draft.parents if oid not in known}
    facts = {**known, **read_commits(git, sorted(missing))}
    texts = {draft: _text(draft, facts) for draft in drafts if not _is_nothing(draft, facts)}
    written = dict(zip(texts, _write_commits(git, list(texts.values())), strict=True))
    return [written.get(draft) or draft.parents[0] for draft in drafts]


def _is_nothing(draft: Draft, facts: Mapping[str, CommitFacts]) -> bool:
    return len(draft.parents) == 1 and draft.tree == facts[draft.parents[0]].tree


def _text(draft: Draft, facts: Mapping[str, CommitFacts]) -> bytes:
    who = f"{AUTHOR['GIT_AUTHOR_NAME']} <{AUTHOR['GIT_AUTHOR_EMAIL']}>"
    time = max((facts[oid].time for oid in draft.parents), default=0)
    lines = [f"tree {draft.tree}", *(f"parent {oid}" for oid in draft.parents)]
    lines += [f"author {who} {time} +0000", f"committer {who} {time} +0000", "", "What the work tree holds", ""]
    return "\n".join(lines).encode()


def _write_commits(git: Git, texts: Sequence[bytes]) -> list[str]:
    if not texts:
        return []
    with tempfile.TemporaryDirectory(prefix="agentgrid-commits-", dir=memory_directory()) as directory:
        for number, text in enumerate(texts):
            (Path(directory) / str(number)).write_bytes(text)
        names = "".join(f"{directory}/{number}\n" for number in range(len(texts))).encode()
        return git.text("hash-object", "-t", "commit", "-w", "--no-filters", "--stdin-paths", stdin=names).splitlines()


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
