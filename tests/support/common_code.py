"""Two versions of common code without git, and grids in which agents share some."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from agentgrid.integration.common_code.checking import find_breaks
from agentgrid.integration.common_code.model import Break
from agentgrid.integration.common_code.sources import Sources
from support.grids import GridSandbox, equip_grid, policy_files
from support.program import Answer, agentgrid
from support.repositories import Sandbox, create_repository

CACHE, PACKAGE = "services/common/cache.py", "services/common/__init__.py"
CACHE_TEXT = "def get_cache(name, ttl=60):\n    return name\n"
OWNED = {"a1": "services/orders/**", "a2": "services/billing/**"}
GRID = 'version: 1\nworktree: "../wt-{agent}"\ncommon: [services/common/**]\n'
FILES = {
    PACKAGE: '__version__ = "2.0.0"\n',
    CACHE: CACHE_TEXT,
    "services/orders/main.py": "ORDERS = []\n",
    "services/billing/main.py": "from services.common.cache import get_cache\n\nCACHE = get_cache(name='bills')\n",
}


def broken(before: Mapping[str, str | None], after: Mapping[str, str | None]) -> list[str]:
    """`symbol: kind, kind` of all that breaks between two sides; paths of `after` alone may be left out where nothing
    changes, None deletes."""
    return [f"{each.symbol}: {', '.join(change.kind for change in each.changes)}" for each in find(before, after)]


def find(before: Mapping[str, str | None], after: Mapping[str, str | None]) -> list[Break]:
    """The breaks themselves."""
    was, now = (
        {path.encode(): text for path, text in side.items() if text is not None}
        for side in (before, {**before, **after})
    )
    changed = tuple(path for path in sorted({*was, *now}) if was.get(path) != now.get(path))
    return find_breaks(Sources(was, now, changed))


@dataclass(frozen=True, slots=True)
class SharedCode:
    """A grid of a1 (orders) and a2 (billing) that share services/common, which is version 2.0.0."""

    grid: GridSandbox

    @property
    def main(self) -> Sandbox:
        return self.grid.main

    def desk(self, agent: str) -> Sandbox:
        return self.grid.desks[agent]

    def commit(self, agent: str, **files: str | bytes | None) -> str:
        return self.desk(agent).commit("Work", **files)

    def check(self, agent: str, *arguments: str) -> Answer:
        """`agentgrid common check --json` in the agent's worktree."""
        return agentgrid(self.desk(agent), "common", "check", "--json", *arguments)

    def messages(self, agent: str) -> list[str]:
        """What `agentgrid check` says of the rule there."""
        found = agentgrid(self.desk(agent), "check", "--json").data["findings"]
        return [each["message"] for each in found if each["rule"] == "common.breaking"]


def share_code(path: Path, *, policy: str = "", **files: str) -> SharedCode:
    """`policy`: lines for agentgrid.yaml. `files`: beside or instead of FILES."""
    texts = {**FILES, **policy_files(OWNED, GRID + policy), **files}
    return SharedCode(equip_grid(create_repository(path / "shop", **texts), *OWNED))
