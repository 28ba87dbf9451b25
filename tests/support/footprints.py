"""Everything of a repository and its worktrees that a look at them must leave as it is."""

import os
from hashlib import sha256
from pathlib import Path

from support.repositories import Sandbox


def fingerprint(*desks: Sandbox) -> dict[str, object]:
    """Files with their times, the index with its time, HEAD, the stash: of each work tree."""
    found: dict[str, object] = {}
    for desk in desks:
        for folder, folders, names in os.walk(desk.path):
            folders[:] = sorted(name for name in folders if name != ".git")
            for name in sorted(names):
                found[f"{folder}/{name}"] = _facts(Path(folder) / name)
        admin = Path(desk.git("rev-parse", "--absolute-git-dir"))
        for name in ("index", "HEAD", "MERGE_HEAD", "ORIG_HEAD", "logs/HEAD"):
            found[f"{admin}/{name}"] = _facts(admin / name)
        common = Path(desk.git("rev-parse", "--path-format=absolute", "--git-common-dir"))
        for name in ("refs/stash", "logs/refs/stash", "packed-refs", "config"):
            found[f"{common}/{name}"] = _facts(common / name)
    return found


def real_objects(main: Sandbox) -> set[str]:
    """Every file of the real object store, loose or packed."""
    top = Path(main.git("rev-parse", "--path-format=absolute", "--git-common-dir")) / "objects"
    return {str(file.relative_to(top)) for file in top.rglob("*") if file.is_file()}


def _facts(path: Path) -> tuple[int, int, int, str] | None:
    try:
        facts = path.lstat()
    except OSError:
        return None
    content = os.readlink(path).encode() if path.is_symlink() else path.read_bytes() if path.is_file() else b""
    return facts.st_mtime_ns, facts.st_ino, facts.st_mode, sha256(content).hexdigest()
