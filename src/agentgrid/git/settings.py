"""Writing to the repository's own configuration file, several processes at once.

git takes a lock file for each change and gives up when another has it: we queue, and try again for the others. What
a killed git left of its lock goes, once no git is at work any more.
"""

import os
import time
from pathlib import Path

from agentgrid.errors import GitError
from agentgrid.git.process import Git, Output
from agentgrid.git.stale_locks import is_git_at_work, remove_stale_locks
from agentgrid.machine.locks import hold_lock

_LOCK_CODES = (-1, 4, 255)
_NO_SUCH_SECTION = 128  # and every other fatal error
_TRIES = 50


def read_setting(common_dir: Path, name: str) -> str | None:
    """The value of `name` in the repository's own file (no includes), or None."""
    found = _git(common_dir, "--get", name, accept=(0, 1))
    return found.text if found.code == 0 else None


def read_flag(common_dir: Path, name: str) -> bool:
    """The yes or no of `name` in the repository's own file, as git reads such; no without it."""
    return _git(common_dir, "--type=bool", "--get", name, accept=(0, 1)).text == "true"


def write_setting(common_dir: Path, name: str, value: str) -> bool:
    """Sets `name` to `value`; False when it was so already."""
    if read_setting(common_dir, name) == value:
        return False
    _edit(common_dir, "--replace-all", name, value)
    return True


def drop_setting(common_dir: Path, name: str) -> None:
    _edit(common_dir, "--unset-all", name, accept=(0, 5))


def drop_section(common_dir: Path, section: str) -> None:
    """Removes a whole section; nothing when it isn't there."""
    try:
        _edit(common_dir, "--remove-section", section)
    except GitError as error:
        if error.returncode != _NO_SUCH_SECTION or _has_section(common_dir, section):
            raise


def list_settings(common_dir: Path, prefix: str = "") -> list[str]:
    """Names of settings that start with `prefix`, in order, as `git config --list` shows them."""
    listed = _git(common_dir, "--list", "--name-only", "-z", accept=(0, 1)).fields
    return [name.decode("utf-8", "surrogateescape") for name in listed if name.startswith(prefix.encode())]


def _has_section(common_dir: Path, section: str) -> bool:
    """Whether it has any key. Raises GitError when the file can't be read."""
    kind, dot, rest = section.partition(".")
    prefix = f"{kind.lower()}{dot}{rest}."
    return any("." not in name.removeprefix(prefix) for name in list_settings(common_dir, prefix))


def _edit(common_dir: Path, *arguments: str, accept: tuple[int, ...] = (0,)) -> None:
    with hold_lock(common_dir / "agentgrid" / "settings.lock"):
        for _ in range(_TRIES):
            if _try_edit(common_dir, *arguments, accept=accept):
                return
            time.sleep(0.05)
        lock = Path(f"{os.path.realpath(common_dir / 'config')}.lock")
        remove_stale_locks([lock], is_busy=lambda: is_git_at_work(common_dir))
        _git(common_dir, *arguments, accept=accept, hint=f"a git is at work here; when it has ended: rm {lock}")


def _try_edit(common_dir: Path, *arguments: str, accept: tuple[int, ...]) -> bool:
    """False when somebody else's lock is in the way."""
    try:
        _git(common_dir, *arguments, accept=accept)
    except GitError as error:
        if error.returncode not in _LOCK_CODES or "lock" not in error.stderr:
            raise
        return False
    return True


def _git(common_dir: Path, *arguments: str, accept: tuple[int, ...], hint: str | None = None) -> Output:
    return Git(common_dir).run("config", "--file", str(common_dir / "config"), *arguments, accept=accept, hint=hint)
