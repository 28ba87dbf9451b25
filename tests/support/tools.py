"""Other people's programs that agents' hooks meet, as `scripts/test` installs them."""

import os
import shutil
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest


def require_lefthook(*, is_ci: bool) -> Path:
    """Lefthook's own program. Without it the test is skipped, and in CI it fails."""
    package = find_spec("lefthook")
    places = package.submodule_search_locations if package and package.submodule_search_locations else []
    found = [program for place in places for program in Path(place).glob("bin/*/lefthook")]  # past Python's wrapper
    program = str(found[0]) if found else shutil.which("lefthook")
    return _require(program, "lefthook: a development dependency", is_ci=is_ci)


def require_git_lfs(*, is_ci: bool) -> Path:
    """git-lfs. Without it the test is skipped, and in CI it fails."""
    return _require(shutil.which("git-lfs"), "git-lfs: apt-get install git-lfs, brew install git-lfs", is_ci=is_ci)


def require_agent_client(name: str, *, is_ci: bool) -> Path:
    """A coding agent's program, from npm. Without it the test is skipped, and in CI it fails."""
    place = Path(sys.prefix) / "agent-clis"
    program = str(place / "node_modules/.bin" / name) if (place / "installed").exists() else None
    return _require(program, f"{name}: scripts/test installs it, where there is npm", is_ci=is_ci)


def require_chromium(*, is_ci: bool) -> Path:
    """A browser that runs without a screen. Without it the test is skipped, and in CI it fails, but for macOS, where
    nothing installs it."""
    names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
    program = next((found for name in names if (found := shutil.which(name))), None)
    return _require(program, "Chromium: apt-get install chromium", is_ci=is_ci and sys.platform == "linux")


def _require(program: str | None, what: str, *, is_ci: bool) -> Path:
    if program is None:
        (pytest.fail if is_ci else pytest.skip)(f"not on this machine: {what}")
    return Path(program)


IS_CI = os.environ.get("CI") == "true"  # before a test's own environment hides it
