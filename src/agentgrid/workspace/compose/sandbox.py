"""An agent's sandbox as a compose service: what is mounted, what it may use, what its processes get. Pure.

Worktree and common git directory keep their paths: git writes absolute ones into both.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from agentgrid.config.schema import AgentConfig, Budget

HOME, CACHES = "/home/agent", "/caches"
# Downloads that all sandboxes share.
_CACHE_VARIABLES = {
    "PIP_CACHE_DIR": f"{CACHES}/pip",
    "UV_CACHE_DIR": f"{CACHES}/uv",
    "npm_config_cache": f"{CACHES}/npm",
    "HF_HOME": f"{CACHES}/huggingface",
}
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


@dataclass(frozen=True)
class Sandbox:
    """`mounts`: directories of this machine, at their own paths. `environment`: values as compose reads them, keys as
    references. `env_file`: read where it is there. `home`: the volume of its own home. None: no limit."""

    agent: str
    worktree: str
    mounts: tuple[str, ...]
    environment: Mapping[str, str]
    env_file: str | None
    home: str
    budget: Budget

    @property
    def limits(self) -> dict[str, str | int]:
        """`deploy.resources.limits`, which `docker compose` keeps without a swarm."""
        found: dict[str, str | int] = {}
        if self.budget.cpu is not None:
            found["cpus"] = f"{self.budget.cpu:g}"
        if self.budget.memory is not None:
            found["memory"] = f"{self.budget.memory}b"
        if self.budget.processes is not None:
            found["pids"] = self.budget.processes
        return found


def draw_sandbox(config: AgentConfig, worktree: Path, common_dir: Path, variables: Mapping[str, str]) -> Sandbox:
    """The sandbox of an agent with a worktree. `variables`: of its processes, without keys; a path that is not mounted
    means nothing there and is left out."""
    mounts = _outermost([str(worktree), str(common_dir)])
    kept = {name: literal(value) for name, value in variables.items() if not _is_elsewhere(value, mounts)}
    environment = {**kept, "AGENT_ID": config.id, "HOME": HOME, **_CACHE_VARIABLES, **_key_references(config)}
    return Sandbox(
        config.id,
        str(worktree),
        mounts,
        dict(sorted(environment.items())),
        str(worktree / ".env") if _needs_env_file(config) else None,
        f"home-{config.id}",
        config.budget,
    )


def literal(text: str) -> str:
    """Compose replaces `$NAME` in every value; `$$` is a dollar."""
    return text.replace("$", "$$")


def _key_references(config: AgentConfig) -> dict[str, str]:
    """Keys that stand in the environment of whoever runs compose are taken from there then; no value is written."""
    return {
        name: f"${{{source}:-}}"
        for name, reference in config.keys.items()
        for kind, _, source in [reference.partition(":")]
        if kind == "env" and _NAME.fullmatch(source)
    }


def _needs_env_file(config: AgentConfig) -> bool:
    return len(_key_references(config)) < len(config.keys)


def _is_elsewhere(value: str, mounts: Sequence[str]) -> bool:
    return value.startswith("/") and not any(value == top or value.startswith(f"{top}/") for top in mounts)


def _outermost(paths: Sequence[str]) -> tuple[str, ...]:
    """Without what lies in another one."""
    return tuple(path for path in dict.fromkeys(paths) if not any(path.startswith(f"{other}/") for other in paths))
