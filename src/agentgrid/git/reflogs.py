"""What reflogs remember of a branch, read from their files: no git process for a column of times."""

from datetime import UTC, datetime
from pathlib import Path

# How a line begins when its commit was made there; a merge or rebase may only have brought the base in.
_WORKED = (b"commit", b"am:", b"cherry-pick:", b"revert:")
_COMMITTED = (*_WORKED, b"merge", b"rebase")
_RECENT = 50


def has_worked(common_dir: Path, branch: str) -> bool:
    """Whether commits were made on the branch: one that is new, or that was only brought up to the base, is merged
    too, but not landed."""
    return any(why.startswith(_WORKED) for _, why in _read_reflog(_branch_log(common_dir, branch)))


def has_worked_detached(admin_dir: Path) -> bool:
    """The same for a worktree that is on no branch, by the reflog of its HEAD."""
    return any(why.startswith(_WORKED) for _, why in _read_reflog(admin_dir / "logs" / "HEAD"))


def last_commit_at(admin_dir: Path, common_dir: Path, branch: str | None) -> datetime | None:
    """When HEAD last moved by a commit."""
    places = [admin_dir / "logs" / "HEAD", *([_branch_log(common_dir, branch)] if branch else [])]
    for place in places:
        for who, why in reversed(_read_reflog(place)[-_RECENT:]):
            if why.startswith(_COMMITTED) and not why.endswith(b": Fast-forward"):
                return datetime.fromtimestamp(int(who.split(b" ")[-2]), UTC)
    return None


def _branch_log(common_dir: Path, branch: str) -> Path:
    return common_dir / "logs" / "refs" / "heads" / branch


def _read_reflog(place: Path) -> list[tuple[bytes, bytes]]:
    """(ids, who and when; why) of each line, oldest first; none when git keeps no such log."""
    try:
        lines = place.read_bytes().splitlines()
    except OSError:
        return []
    return [(who, why) for who, _, why in (line.partition(b"\t") for line in lines)]
