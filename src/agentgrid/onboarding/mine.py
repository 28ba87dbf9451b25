"""Which of a grid's agents are one's own in this clone: noted in the repository's own configuration, where
`git config agentgrid.mine` shows it."""

from collections.abc import Sequence

from agentgrid.git.repository import Repository
from agentgrid.git.settings import read_setting, write_setting

MINE_SETTING = "agentgrid.mine"


def recall_mine(repository: Repository) -> tuple[str, ...]:
    """Ids as they were noted; none where nobody said."""
    noted = read_setting(repository.common_dir, MINE_SETTING) or ""
    return tuple(agent for agent in (part.strip() for part in noted.split(",")) if agent)


def remember_mine(repository: Repository, agents: Sequence[str]) -> None:
    write_setting(repository.common_dir, MINE_SETTING, ",".join(agents))
