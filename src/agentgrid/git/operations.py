"""What git is in the middle of in one work tree: a merge, a rebase, a cherry-pick … with the branch it started from."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Operation:
    """`name`: as in `git NAME --abort`. `branch`: the full ref that will move when it ends; None when unknown."""

    name: str
    branch: str | None = None


def find_operation(git_dir: Path) -> Operation | None:
    """The operation in progress in the work tree whose git directory this is."""
    if (git_dir / "rebase-merge").is_dir():
        return Operation("rebase", _read_ref(git_dir / "rebase-merge" / "head-name"))
    if (git_dir / "rebase-apply").is_dir():
        name = "am" if (git_dir / "rebase-apply" / "applying").exists() else "rebase"
        return Operation(name, _read_ref(git_dir / "rebase-apply" / "head-name"))
    for file, name in (("MERGE_HEAD", "merge"), ("CHERRY_PICK_HEAD", "cherry-pick"), ("REVERT_HEAD", "revert")):
        if (git_dir / file).exists():
            return Operation(name)
    if (git_dir / "sequencer").is_dir():
        return Operation("cherry-pick")
    if (git_dir / "BISECT_LOG").exists():
        return Operation("bisect", _read_ref(git_dir / "BISECT_START"))
    return None


def _read_ref(file: Path) -> str | None:
    """A branch as git noted it: a full ref, or a short name (bisect); a bare commit id is no branch."""
    try:
        name = file.read_text(encoding="utf-8", errors="surrogateescape").strip()
    except OSError:
        return None
    if name.startswith("refs/heads/"):
        return name
    is_oid = len(name) in {40, 64} and not name.strip("0123456789abcdef")
    return None if not name or is_oid or name == "detached HEAD" else f"refs/heads/{name}"


def merge_heads(git_dir: Path) -> list[str]:
    """Commits that an unfinished merge brings in; empty when there is none."""
    try:
        return (git_dir / "MERGE_HEAD").read_text(encoding="ascii").split()
    except FileNotFoundError:
        return []
