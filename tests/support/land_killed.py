"""Runs `agentgrid land`, or `agentgrid migration integrate`, in a process that kills itself before or after one step.

Arguments: STEP (a name in the command's module), before or after, then those of the command; `integrate` first for the
other one.
"""

import os
import signal
import sys
from collections.abc import Callable
from typing import Any

from agentgrid.cli.app import run
from agentgrid.integration.landing import landing
from agentgrid.integration.migrations.integrating import integrating


def deadly(step: Callable[..., Any], moment: str) -> Callable[..., Any]:
    def killed(*arguments: Any, **named: Any) -> Any:
        if moment == "after":
            step(*arguments, **named)
        os.kill(os.getpid(), signal.SIGKILL)

    return killed


if __name__ == "__main__":
    is_integration = sys.argv[1] == "integrate"
    step, moment, *arguments = sys.argv[2 if is_integration else 1 :]
    module = integrating if is_integration else landing
    setattr(module, step, deadly(getattr(module, step), moment))
    sys.argv = ["agentgrid", *(["migration", "integrate"] if is_integration else ["land"]), *arguments]
    sys.exit(run())
