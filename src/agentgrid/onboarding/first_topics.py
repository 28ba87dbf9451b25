"""The topics of agents' first branches, as the preset has them.

Remembered, so that an `init` that was killed, or made no worktrees, is completed under the same names.
"""

import json
from collections.abc import Mapping

from agentgrid.config.places import grid_directory
from agentgrid.git.repository import Repository
from agentgrid.machine.files import write_atomically

_FILE = "first-topics.json"


def remember_topics(repository: Repository, topics: Mapping[str, str]) -> None:
    """Notes agent → topic; nothing when there are none."""
    if topics:
        write_atomically(grid_directory(repository) / _FILE, json.dumps(dict(topics)).encode())


def recall_topics(repository: Repository) -> dict[str, str]:
    """What was noted; empty when nothing was, or when it can't be read: a name of a branch is all that is lost."""
    try:
        noted = json.loads((grid_directory(repository) / _FILE).read_bytes())
    except (OSError, ValueError):
        return {}
    return {str(agent): str(topic) for agent, topic in noted.items()} if isinstance(noted, dict) else {}
