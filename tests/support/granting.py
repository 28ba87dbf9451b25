"""Grids in which agents are let in: keys that the policy knows and one that it doesn't, a server, a clone as CI has."""

import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from agentgrid.workspace.focus import hide_locally
from agentgrid.workspace.hidden import HIDDEN
from support.grids import FILES, GridSandbox, equip_grid
from support.program import Answer, agentgrid
from support.repositories import Sandbox, create_bare, create_repository

ORDERS, TOOLS, BILLING = "services/orders/main.py", "services/tools/run.py", "services/billing/main.py"
NOTES = "docs/notes.md"
_POLICY = {
    "config/agents/a1.yaml": "id: a1\nowns:\n  critical: [services/orders/**]\n  support: [services/tools/**]\n",
    "config/agents/a2.yaml": "id: a2\nowns:\n  critical: [services/billing/**]\n",
    "config/agents/a3.yaml": "id: a3\nowns:\n  critical: [services/web/**]\npermissions: {approve: [a2]}\n",
}
_GRID = """\
version: 1
worktree: "../wt-{agent}"
common: [services/common/**]
frozen: [/LICENSE, agentgrid.yaml, config/agents/**]
derived: {/deps.lock: make lock}
unowned: deny
"""


@dataclass(frozen=True, slots=True)
class Keys:
    """Files of private keys; `stranger` is nobody's in the policy."""

    jane: Path
    a1: Path
    a3: Path
    stranger: Path

    def public(self, name: str) -> str:
        file: Path = getattr(self, name)
        return " ".join(file.with_suffix(".pub").read_text(encoding="ascii").split()[:2])


@dataclass(frozen=True, slots=True)
class GrantScene:
    """`server`: a bare repository, `origin` of the grid."""

    grid: GridSandbox
    server: Sandbox
    keys: Keys

    @property
    def main(self) -> Sandbox:
        return self.grid.main

    def desk(self, agent: str) -> Sandbox:
        return self.grid.desks[agent]

    def branch(self, agent: str) -> str:
        return self.desk(agent).git("branch", "--show-current")

    def grant(self, who: str, *arguments: str | Path, env: Mapping[str, str] | None = None) -> Answer:
        """`agentgrid grant … --json` by an agent, or by a person (`main`)."""
        where = self.main if who == "main" else self.desk(who)
        return agentgrid(where, "grant", *arguments, "--json", env=env)

    def check_in_ci(self, place: Path, branch: str) -> Answer:
        """What the server has, in a fresh clone without any state."""
        clone = self.server.clone(place)
        clone.git("fetch", "--quiet", "origin", "+refs/agentgrid/grants/*:refs/agentgrid/grants/*")
        return agentgrid(clone, "check", "--base", "origin/main", "--head", f"origin/{branch}", "--json")


def make_keys(directory: Path) -> Keys:
    directory.mkdir(parents=True)
    made = {}
    for name in ("jane", "a1", "a3", "stranger"):
        made[name] = directory / name
        command = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", name, "-f", made[name]]
        subprocess.run(command, check=True)
    return Keys(**made)


def make_grant_scene(path: Path) -> GrantScene:
    """Agents a1 (owner of orders and, as support, tools), a2 (billing) and a3 (who may approve a2's work)."""
    keys = make_keys(path / "keys")
    signers = "".join(f"  {name}: {keys.public(name)}\n" for name in ("jane", "a1", "a3"))
    files = {
        **FILES,
        TOOLS: "RUN = 1\n",
        NOTES: "# notes\n",
        **_POLICY,
        "agentgrid.yaml": f"{_GRID}signers:\n{signers}",
    }
    main = create_repository(path / "shop", **files)
    grid = equip_grid(main, "a1", "a2", "a3")
    hide_locally(main.path / ".git", HIDDEN)  # as `init` does: `start` writes the focus file
    server = create_bare(path / "server.git")
    main.git("remote", "add", "origin", server.path)
    main.git("push", "--quiet", "origin", "main")
    return GrantScene(grid, server, keys)
