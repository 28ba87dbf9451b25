"""Runs `agentgrid land` in a process that kills itself before or after one named step.

Arguments: STEP (a name in integration.landing.landing), before or after, then those of `land`.
"""

import os
import signal
import sys
from collections.abc import Callable
from typing import Any

from agentgrid.cli.app import run
from agentgrid.integration.landing import landing


def deadly(step: Callable[..., Any], moment: str) -> Callable[..., Any]:
    def killed(*arguments: Any, **named: Any) -> Any:
        if moment == "after":
            step(*arguments, **named)
        os.kill(os.getpid(), signal.SIGKILL)

    return killed


if __name__ == "__main__":
    step, moment, *arguments = sys.argv[1:]
    setattr(landing, step, deadly(getattr(landing, step), moment))
    sys.argv = ["agentgrid", "land", *arguments]
    sys.exit(run())
