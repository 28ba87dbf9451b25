"""Being told to end, as a person's Ctrl-C tells it: so that what was started is ended as well."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager

_TOLD = (signal.SIGTERM, signal.SIGHUP)


@contextmanager
def ending_as_interrupt() -> Iterator[None]:
    """For the block SIGTERM and SIGHUP raise KeyboardInterrupt in the main thread; no change in another one."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    kept = {each: signal.signal(each, signal.default_int_handler) for each in _TOLD}
    try:
        yield
    finally:
        for each, handler in kept.items():
            signal.signal(each, handler)
