"""Runs a command with a terminal as its standard streams and passes on what it said: `in_terminal.py CMD…`."""

import os
import pty
import sys

if __name__ == "__main__":
    status = pty.spawn(sys.argv[1:], lambda handle: os.read(handle, 4096))
    sys.exit(os.waitstatus_to_exitcode(status))
