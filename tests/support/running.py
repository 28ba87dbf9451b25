"""Commands that run for agents, and small programs that misbehave: each ends by itself soon, whatever a test does."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from support.grids import GridSandbox
from support.program import BIN, with_program
from support.repositories import Sandbox

LIFE_S = 20  # of everything below

# Takes 4 MB at a time, up to 400 MB.
HOG = f"""\
import time
kept, end = [], time.monotonic() + {LIFE_S}
while time.monotonic() < end:
    if len(kept) < 100:
        kept.append(bytearray(b"x") * 4_000_000)
    time.sleep(0.01)
"""
# Every child makes children, at most 200 of them.
BOMB = f"""\
import os, sys, time
end = time.monotonic() + {LIFE_S}
count = os.open(sys.argv[1], os.O_WRONLY | os.O_CREAT | os.O_APPEND)
while time.monotonic() < end:
    os.write(count, b".")
    if os.fstat(count).st_size <= 200:
        os.fork()
    else:
        time.sleep(0.05)
"""
STUBBORN = f"""\
import signal, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print("ready", flush=True)
time.sleep({LIFE_S})
"""
# Leaves its parent, its session and its output behind, and names itself in a file.
DAEMON = f"""\
import os, sys, time
if os.fork():
    os._exit(0)
os.setsid()
if os.fork():
    os._exit(0)
with open(sys.argv[1] + ".new", "w") as stream:
    stream.write(str(os.getpid()))
os.rename(sys.argv[1] + ".new", sys.argv[1])
null = os.open(os.devnull, os.O_RDWR)
for handle in (0, 1, 2):
    os.dup2(null, handle)
time.sleep({LIFE_S})
"""


def python(program: str, *arguments: str | Path) -> tuple[str, ...]:
    """The command that runs `program`."""
    return (sys.executable, "-I", "-S", "-c", program, *map(str, arguments))


def configure(grid: GridSandbox, agent: str, text: str) -> None:
    """Adds lines to the agent's committed profile."""
    profile = f"config/agents/{agent}.yaml"
    grid.main.commit(f"Configure {agent}", **{profile: grid.main.read(profile) + text})


@contextmanager
def started(
    where: Sandbox | Path, *arguments: str | Path, env: Mapping[str, str] | None = None
) -> Iterator["subprocess.Popen[str]"]:
    """`agentgrid ARGUMENTS` in a session of its own, so without a terminal; killed when the block ends before it."""
    place = where.path if isinstance(where, Sandbox) else where
    process = subprocess.Popen(
        [BIN / "agentgrid", *arguments],
        cwd=place,
        env=with_program(env),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    with process:
        try:
            yield process
        finally:
            process.kill()


@contextmanager
def program(*command: str) -> Iterator["subprocess.Popen[bytes]"]:
    """A command in a session of its own; killed at the end of the block."""
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, start_new_session=True)
    with process:
        try:
            yield process
        finally:
            process.kill()


def is_alive(pid: int) -> bool:
    """Whether a process runs under this number; a zombie doesn't."""
    import psutil

    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def until(condition: Callable[[], object], *, timeout_s: float = 30.0) -> None:
    """Waits until `condition` holds. Fails after `timeout_s`."""
    deadline = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < deadline, "it never came to that"
        time.sleep(0.01)


def read_pid(file: Path) -> int:
    """The number that a DAEMON wrote, once it did."""
    until(file.exists)
    return int(file.read_text(encoding="ascii"))


def survivors(*pids: int) -> list[int]:
    return [pid for pid in pids if is_alive(pid)]


def end(pid: int) -> None:
    """Kills what a test may have left."""
    try:
        os.kill(pid, 9)
    except ProcessLookupError:
        pass
