"""File systems of a test's own: small, full, read-only. For root on Linux alone; elsewhere the test is skipped."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


@contextmanager
def mounted(place: Path, *, size: str = "2m") -> Iterator[None]:
    """An empty file system at the directory `place`; what was there comes back afterwards."""
    if os.getuid() != 0 or shutil.which("mount") is None:
        pytest.skip("only root may mount")
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", place], capture_output=True, check=False
    )
    if done.returncode != 0:
        pytest.skip(f"mounting isn't allowed here: {done.stderr.decode().strip()}")
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", place], check=True)


def make_read_only(place: Path, *, again: bool = True) -> None:
    """`again` False: writable."""
    subprocess.run(["mount", "-o", f"remount,{'ro' if again else 'rw'}", place], check=True)


def fill(place: Path, *, leaving: int = 0) -> Path:
    """Takes the room that is left but for so many bytes; the file that takes it."""
    filler = place / "filler"
    with filler.open("wb", buffering=0) as stream:
        try:
            while True:
                stream.write(bytes(4096))
        except OSError:
            pass
    if leaving:
        os.truncate(filler, filler.stat().st_size - leaving)
    return filler
