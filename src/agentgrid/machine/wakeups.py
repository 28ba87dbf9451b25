"""Signals for a program that waits: handlers for a while, and a handle that can be read from as soon as one came.

For the main thread alone, as Python has it.
"""

import os
import signal
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

Handler = Callable[[int, object], None]


@contextmanager
def handling(handlers: Mapping[signal.Signals, Handler]) -> Iterator[None]:
    """For the block, these handlers. A signal that is ignored, as nohup has it, stays so: also for what is started."""
    kept = {}
    for number, handler in handlers.items():
        if signal.getsignal(number) != signal.SIG_IGN:
            kept[number] = signal.signal(number, handler)
    try:
        yield
    finally:
        for number, before in kept.items():
            signal.signal(number, before)


@contextmanager
def awakened() -> Iterator[int]:
    """A handle that can be read from as soon as a signal that has a handler came, or a child ended."""
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    try:
        with handling({signal.SIGCHLD: let_it_be}):
            before = signal.set_wakeup_fd(writing, warn_on_full_buffer=False)
            try:
                yield reading
            finally:
                signal.set_wakeup_fd(before)
    finally:
        os.close(reading)
        os.close(writing)


def let_it_be(_number: int, _frame: object) -> None:
    """A handler of its own, not SIG_IGN: that a command would inherit."""
