"""The policy of a server's bare repository: what is committed on its base branch, as that is before a push."""

from dataclasses import dataclass

from agentgrid.boundaries.policy.compiled import compile_policy
from agentgrid.boundaries.policy.territory import Territory
from agentgrid.config.in_force import BASE_SETTING, find_in_force
from agentgrid.config.policy import GRID_FILE, Policy, parse_policy, read_tree
from agentgrid.errors import ConfigError
from agentgrid.git.base_ref import find_default_branch
from agentgrid.git.repository import Repository
from agentgrid.git.settings import read_setting

_HEADS = "refs/heads/"
_MOST_LOOKED_AT = 50


@dataclass(frozen=True)
class ServerPolicy:
    """`base`: the base branch's name, None where the server has no branch that could be it. `tip`: its commit, None
    before the first push. `policy`: None where the base has no agentgrid.yaml, or a broken one. `broken`: why, then;
    `last_good`: the newest policy of its history that could be read, to know whose a branch is."""

    base: str | None
    tip: str | None
    policy: Policy | None = None
    territory: Territory | None = None
    broken: ConfigError | None = None
    last_good: Policy | None = None


def read_server_policy(repository: Repository) -> ServerPolicy:
    """The policy that counts for a push into `repository`. The base is what `agentgrid.base` of its own configuration
    says, else its default branch, else the branch that the policy there names."""
    named = read_setting(repository.common_dir, BASE_SETTING)
    base = named or _default_branch(repository)
    found = _read(repository, base)
    if named is None and found.policy is not None and found.policy.grid.base != base:
        other = _read(repository, found.policy.grid.base)
        if other.policy is not None or other.broken is not None:  # until it is there, the default branch's counts
            return other
    return found


def _default_branch(repository: Repository) -> str | None:
    head = repository.current_branch()
    if head is not None and repository.resolve(_HEADS + head) is not None:
        return head
    return find_default_branch(repository) or head


def _read(repository: Repository, base: str | None) -> ServerPolicy:
    tip = repository.resolve(_HEADS + base) if base is not None else None
    if tip is None:
        return ServerPolicy(base, None)
    try:
        if read_tree(repository.git, tip) is None:
            return ServerPolicy(base, tip)
        policy = find_in_force(repository, base=tip).policy
        return ServerPolicy(base, tip, policy, Territory(compile_policy(policy)))
    except ConfigError as error:
        return ServerPolicy(base, tip, broken=error, last_good=_last_good(repository, tip))


def _last_good(repository: Repository, tip: str) -> Policy | None:
    listed = repository.git.text(
        "rev-list", f"--max-count={_MOST_LOOKED_AT}", tip, "--", GRID_FILE, "*.yaml", "*.yml"
    ).split()
    for oid in listed:
        try:
            files = read_tree(repository.git, oid)
            if files is not None:
                return parse_policy(files)
        except ConfigError:
            continue
    return None
