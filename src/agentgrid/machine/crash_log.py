"""Where a bug leaves its traceback: a file that the one-line message names, never the terminal."""

import os
import tempfile
import time
import traceback
from pathlib import Path


def write_crash_log(error: BaseException) -> Path:
    """Writes the traceback of `error` below the user's state directory and returns the file's path."""
    home = os.environ.get("XDG_STATE_HOME") or os.path.join(os.path.expanduser("~"), ".local", "state")
    directory = Path(home) / "agentgrid" / "crashes"
    text = "".join(traceback.format_exception(error))
    name = f"{time.strftime('%Y%m%dT%H%M%S', time.gmtime())}-{os.getpid()}.log"
    try:
        directory.mkdir(parents=True, exist_ok=True)
        path = directory / name
        path.write_text(text)
    except OSError:  # no home to write to: a temporary file is better than nothing
        handle, temporary = tempfile.mkstemp(prefix="agentgrid-crash-", suffix=".log")
        with os.fdopen(handle, "w") as stream:
            stream.write(text)
        path = Path(temporary)
    return path
