"""Running a person's own command in this terminal, as if they had typed it."""

import os
import signal
import subprocess
from collections.abc import Sequence

from agentgrid.errors import InputError

_FORWARDED = (signal.SIGTERM, signal.SIGHUP)
_OF_THE_TERMINAL = (signal.SIGINT, signal.SIGQUIT)  # the terminal sends these to the command as well


def has_terminal() -> bool:
    """True when a person can be asked: keyboard and screen are a terminal, and it is this process's own."""
    if not (os.isatty(0) and os.isatty(2)):
        return False
    try:
        os.close(os.open("/dev/tty", os.O_RDWR))
    except OSError:
        return False
    return True


def run_in_foreground(command: Sequence[str], extra: dict[str, str]) -> int:
    """Runs `command` with `extra` in its environment; its exit code, or 128 and the signal that ended it, as a shell
    says. Signals to this process reach it. Raises InputError when it can't be started."""
    child: list[subprocess.Popen[bytes]] = []
    early: list[int] = []  # what came before there was somebody to send it to

    def forward(number: int, _frame: object) -> None:
        if child:
            child[0].send_signal(number)
        else:
            early.append(number)

    kept = {each: signal.signal(each, _leave_it_to_the_command) for each in _OF_THE_TERMINAL}
    kept |= {each: signal.signal(each, forward) for each in _FORWARDED}
    try:
        try:
            child.append(subprocess.Popen(command, env={**os.environ, **extra}))
        except OSError as error:
            raise InputError(f"{command[0]} can't be run: {error.strerror}") from error
        for number in early:
            child[0].send_signal(number)
        code = child[0].wait()
    finally:
        for each, handler in kept.items():
            signal.signal(each, handler)
    return code if code >= 0 else 128 - code


def _leave_it_to_the_command(_number: int, _frame: object) -> None:
    """A handler of its own, not SIG_IGN: that the command would inherit."""
