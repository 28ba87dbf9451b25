"""Running a person's own command in this terminal, as if they had typed it.

With a terminal the command stands in this process's group: what the keyboard says (interrupt, stop, a new window size)
reaches both, and a shell's job control sees one job. Without one it has a session of its own, and every signal is
passed on.
"""

import os
import select
import signal
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol

from agentgrid.errors import InputError
from agentgrid.machine.process_tree import reap_orphans
from agentgrid.machine.wakeups import Handler, awakened, handling, let_it_be

_OF_THE_TERMINAL = (signal.SIGINT, signal.SIGQUIT)  # the terminal sends these to the command as well
_FORWARDED = (signal.SIGTERM, signal.SIGHUP, signal.SIGUSR1, signal.SIGUSR2)
_OF_A_GROUP = (signal.SIGWINCH, signal.SIGTSTP)


class Watcher(Protocol):
    """Looks after a command while it runs."""

    def start(self, pid: int) -> None:
        """The command runs, under this number."""

    def look(self) -> float:
        """Called now and then; in how many seconds it wants to be called again, at the latest."""


def has_terminal() -> bool:
    """True when a person can be asked: keyboard and screen are a terminal, and it is this process's own."""
    return os.isatty(0) and os.isatty(2) and has_own_terminal()


def has_own_terminal() -> bool:
    """True when this process belongs to a terminal, wherever its standard streams go."""
    try:
        os.close(os.open("/dev/tty", os.O_RDWR))
    except OSError:
        return False
    return True


def run_in_foreground(
    command: Sequence[str],
    env: Mapping[str, str],
    *,
    directory: Path | None = None,
    watcher: Watcher | None = None,
) -> int:
    """Runs `command` with `env` as its environment; its exit code, or 128 and the signal that ended it, as a shell
    says. Signals to this process reach it. Raises InputError when it can't be started."""
    child: list[subprocess.Popen[bytes]] = []
    early: list[int] = []  # what came before there was somebody to send it to
    is_apart = not has_own_terminal()

    def forward(number: int, _frame: object) -> None:
        if child:
            _pass_on(child[0], number, to_group=is_apart)
        else:
            early.append(number)

    taken: dict[signal.Signals, Handler] = dict.fromkeys(_FORWARDED, forward)
    taken |= dict.fromkeys(_OF_THE_TERMINAL, forward if is_apart else let_it_be)
    taken |= {each: forward for each in _OF_A_GROUP if is_apart}
    with handling(taken), awakened() as awake:
        child.append(_start(command, env, directory, is_apart=is_apart))
        for number in early:
            _pass_on(child[0], number, to_group=is_apart)
        code = _wait(child[0], awake, watcher)
    return code if code >= 0 else 128 - code


def _start(
    command: Sequence[str], env: Mapping[str, str], directory: Path | None, *, is_apart: bool
) -> "subprocess.Popen[bytes]":
    try:
        return subprocess.Popen(command, env=env, cwd=directory, start_new_session=is_apart)
    except OSError as error:
        raise InputError(f"{command[0]} can't be run: {error.strerror}") from error


def _wait(child: "subprocess.Popen[bytes]", awake: int, watcher: Watcher | None) -> int:
    if watcher is not None:
        watcher.start(child.pid)
    while True:
        code = child.poll()
        if code is not None:
            return code
        wait_s = None
        if watcher is not None:
            wait_s = watcher.look()
            reap_orphans({child.pid})
        if select.select([awake], [], [], wait_s)[0]:
            os.read(awake, 512)


def _pass_on(child: "subprocess.Popen[bytes]", number: int, *, to_group: bool) -> None:
    if child.poll() is not None:
        return
    if not to_group:
        child.send_signal(number)
        return
    if number != signal.SIGTSTP:
        os.killpg(child.pid, number)
        return
    os.killpg(child.pid, signal.SIGSTOP)  # without a terminal the kernel takes no notice of the polite form
    os.kill(os.getpid(), signal.SIGSTOP)  # until somebody continues both
    os.killpg(child.pid, signal.SIGCONT)
