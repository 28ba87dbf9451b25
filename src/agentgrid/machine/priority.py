"""Being heard above programs that take all processors: who watches sleeps nearly always, and must wake up in time."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

_LEAST_URGENT = 1  # above every ordinary program already


@contextmanager
def ahead_of_others() -> Iterator[None]:
    """For the block, this thread runs before ordinary programs, where the system and its user's rights allow it (on
    Linux the superuser's). What is started in the block doesn't inherit it."""
    ask = getattr(os, "sched_setscheduler", None)
    if ask is None:
        yield
        return
    policy, parameters = os.sched_getscheduler(0), os.sched_getparam(0)
    try:
        ask(0, os.SCHED_RR | os.SCHED_RESET_ON_FORK, os.sched_param(_LEAST_URGENT))
    except OSError:
        yield
        return
    try:
        yield
    finally:
        ask(0, policy, parameters)
