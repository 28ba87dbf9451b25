"""A process of its own that makes agents' worktrees: `python make_desks.py REPOSITORY AGENT…`; killed by tests."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from agentgrid.errors import AgentGridError
from agentgrid.git.repository import Repository
from support.desks import make_desks, make_policy


def main() -> int:
    agents = {name: f"id: {name}\n" for name in ("a1", "a2", "a3", "a4")}
    try:
        make_desks(Repository.discover(Path(sys.argv[1])), make_policy(agents=agents), *sys.argv[2:])
    except AgentGridError as error:
        print(error.message, error.hint, file=sys.stderr)
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main())
