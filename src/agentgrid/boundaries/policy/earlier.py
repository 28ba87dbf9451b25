"""The map as it was where a branch forked off: what it allowed then, it allows still, so that moving a service strands
nobody."""

from agentgrid.boundaries.policy.compiled import compile_policy
from agentgrid.boundaries.policy.territory import Territory
from agentgrid.config.policy import parse_policy, read_tree
from agentgrid.errors import ConfigError
from agentgrid.git.repository import Repository


def territory_at(repository: Repository, fork: str, key: str) -> Territory | None:
    """The map as committed at the fork point (a commit or tree); None when it is the present one (`key`), absent or
    unreadable."""
    try:
        files = read_tree(repository.git, fork)
        if files is None or files.key == key:
            return None
        return Territory(compile_policy(parse_policy(files)))
    except ConfigError:
        return None
