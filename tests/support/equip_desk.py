"""A process of its own that equips one desk: `python equip_desk.py REPOSITORY AGENT ADMIN_DIR`; for races."""

import sys
from pathlib import Path

from agentgrid.git.repository import Repository
from agentgrid.workspace.hookdir import equip

if __name__ == "__main__":
    equip(Repository.discover(Path(sys.argv[1])), sys.argv[2], Path(sys.argv[3]))
