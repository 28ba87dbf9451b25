"""The image of the sandboxes, as a Dockerfile: git, and agentgrid where the agents' hooks look for it.

The hooks name the interpreter and the program of this installation by path, so these paths lead to the image's own; and
the guard is compiled for one version of Python, so it is that one.
"""

import os
import shlex
import sys
from collections.abc import Sequence

from agentgrid import __version__
from agentgrid.workspace.compose.sandbox import CACHES, HOME
from agentgrid.workspace.dispatcher import interpreter, program_places

PLACE = "/opt/agentgrid"
_PACKAGES = "git openssh-client"
_FIND = "import agentgrid, os; print(os.path.dirname(os.path.dirname(agentgrid.__file__)))"


def default_base() -> str:
    """An image with this version of Python."""
    return f"python:{sys.version_info.major}.{sys.version_info.minor}-slim"


def render_dockerfile(base: str) -> str:
    """The Dockerfile for this installation, on the image `base`."""
    links = link_commands([sys.executable, interpreter()], program_places(), PLACE)
    return "\n".join(
        [
            f"FROM {base}",
            f"RUN command -v git || {{ apt-get update && apt-get install -y --no-install-recommends {_PACKAGES}; }}",
            f"RUN python3 -m venv {PLACE} && {PLACE}/bin/pip install --no-cache-dir agentgrid-cli=={__version__}",
            *(f"RUN {line}" for line in links),
            f"RUN mkdir -p {HOME} {CACHES} && chmod 1777 {HOME} {CACHES}",
            f"ENV PATH={PLACE}/bin:$PATH",
            "",
        ]
    )


def link_commands(interpreters: Sequence[str], places: Sequence[str], installed: str) -> list[str]:
    """Shell lines that make the paths of this machine lead to the environment at `installed`. What is there stays."""
    python = f"{installed}/bin/python3"
    found = f'"$({shlex.quote(python)} -c {shlex.quote(_FIND)})"'
    wanted = [*((path, shlex.quote(python)) for path in interpreters), *((path, found) for path in places)]
    return [
        f"[ -e {shlex.quote(path)} ] || "
        f"{{ mkdir -p {shlex.quote(os.path.dirname(path))} && ln -s {target} {shlex.quote(path)}; }}"
        for path, target in dict(wanted).items()
    ]
