"""Running a person's own command line in a directory, attached to their terminal."""

import subprocess
from pathlib import Path


def run_in_shell(command: str, directory: Path) -> int:
    """Runs `command` with sh in `directory`; returns its exit code."""
    return subprocess.run(command, shell=True, cwd=directory, check=False).returncode  # noqa: S602 - their own words
