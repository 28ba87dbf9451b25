"""Where benchmarks are built: a scratch directory, an environment that nothing leaks into, programs that must work."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from bench_support.harness import CouldNotRun
from support.hermetic import hermetic_environment
from support.sample_repository import build_sample_repository

PROGRAMS = Path(sys.executable).parent
MEMORY = Path("/dev/shm")
ROOM_BYTES = 3 * 1024**3


class Workshop:
    """`scratch`: an empty directory. `disk`: another, surely on a disk where there is one. `quick`: few rounds, small
    inputs. `environment`: for every program."""

    def __init__(self, scratch: Path, disk: Path, *, quick: bool) -> None:
        self.scratch = scratch
        self.disk = disk
        self.quick = quick
        self.environment = hermetic_environment(scratch / "home")
        self.environment["PATH"] = f"{PROGRAMS}{os.pathsep}{self.environment['PATH']}"
        self.place = "memory" if scratch.is_relative_to(MEMORY) else "the temporary directory"

    def rounds(self, count: int) -> int:
        """`count`, or the few that show that a benchmark runs."""
        return 3 if self.quick else count

    def sample(self, name: str, *, files: int = 5000) -> Path:
        """A fresh sample repository at `scratch/name/shop`, with room beside it for its worktrees."""
        return build_sample_repository(self.scratch / name / "shop", files=files)

    def run(self, *command: str | Path, cwd: Path, env: Mapping[str, str] | None = None) -> str:
        """Stdout of a program. Raises CouldNotRun with what it said when it fails or isn't there."""
        try:
            done = subprocess.run(
                command,
                cwd=cwd,
                env={**self.environment, **(env or {})},
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                check=False,
            )
        except OSError as error:
            raise CouldNotRun(f"{command[0]}: {error.strerror}") from error
        if done.returncode != 0:
            said = (done.stderr.strip() or done.stdout.strip())[-2000:]
            raise CouldNotRun(f"{' '.join(map(str, command))}: exit {done.returncode}\n{said}")
        return done.stdout

    def act(self, *command: str | Path, cwd: Path, env: Mapping[str, str] | None = None) -> Callable[[], object]:
        """A contender's act: runs the program to its end; what it prints is read and dropped."""
        whole = {**self.environment, **(env or {})}

        def act() -> None:
            done = subprocess.run(
                command, cwd=cwd, env=whole, stdin=subprocess.DEVNULL, capture_output=True, check=False
            )
            if done.returncode != 0:
                raise CouldNotRun(
                    f"{' '.join(map(str, command))}: exit {done.returncode}\n{done.stderr.decode()[-2000:]}"
                )

        return act


@contextmanager
def open_workshop(*, quick: bool) -> Iterator[Workshop]:
    """A workshop in a temporary directory, in memory where there is room; removed at the end.

    This process takes on the workshop's environment meanwhile, for contenders that run in it.
    """
    has_memory = os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free > ROOM_BYTES
    scratch = Path(tempfile.mkdtemp(prefix="agentgrid-bench-", dir=MEMORY if has_memory else None))
    disk = Path(tempfile.mkdtemp(prefix="agentgrid-bench-"))
    before = dict(os.environ)
    try:
        workshop = Workshop(scratch, disk, quick=quick)
        os.environ.clear()
        os.environ.update(workshop.environment)
        yield workshop
    finally:
        os.environ.clear()
        os.environ.update(before)
        for place in (scratch, disk):
            shutil.rmtree(place, ignore_errors=True)


def write_program(path: Path, text: str) -> Path:
    """An executable file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    path.chmod(0o755)
    return path
