"""The two files that tie a linked worktree to its registration: `.git` in its directory, `gitdir` in its admin
directory. Nothing may be deleted before both were read and agree."""

import os
from pathlib import Path


def read_link(directory: Path) -> Path | None:
    """The admin directory that `.git` in `directory` names; None when it isn't a linked worktree."""
    try:
        text = (directory / ".git").read_bytes()
    except OSError:
        return None
    if not text.startswith(b"gitdir:"):
        return None
    return Path(os.path.normpath(os.path.join(directory, os.fsdecode(text[7:].strip(b" \t\r\n")))))


def read_registered_path(admin_dir: Path) -> Path | None:
    """The worktree's directory as its admin directory has it; None when that file isn't there (yet)."""
    try:
        text = (admin_dir / "gitdir").read_bytes().rstrip(b"\n")
    except OSError:
        return None
    return Path(os.path.normpath(os.path.join(admin_dir, os.fsdecode(text)))).parent if text else None


def is_connected(directory: Path, admin_dir: Path) -> bool:
    """True when the directory points to this registration and the registration points back."""
    link, registered = read_link(directory), read_registered_path(admin_dir)
    return (
        link is not None
        and registered is not None
        and os.path.realpath(link) == os.path.realpath(admin_dir)
        and os.path.realpath(registered) == os.path.realpath(directory)
    )
