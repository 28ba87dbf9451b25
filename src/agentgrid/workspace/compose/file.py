"""The whole compose file: sandboxes of the agents that were asked for, and the services that the policy names."""

import os
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from agentgrid.config.policy import Policy
from agentgrid.errors import ConfigError, InputError, Refused
from agentgrid.git.process import Git
from agentgrid.git.repository import Repository
from agentgrid.machine.files import write_if_changed
from agentgrid.machine.shipped import shipped_directory
from agentgrid.workspace.compose.image import default_base, render_dockerfile
from agentgrid.workspace.compose.sandbox import CACHES, HOME, Sandbox, draw_sandbox, literal
from agentgrid.workspace.desks import find_desks, require_desk

MARKER = "# Rendered by `agentgrid compose`"
_VOLUME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")


@dataclass(frozen=True)
class ComposeFile:
    """`text`: YAML. `agents` and `services`: what stands in it."""

    project: str
    agents: tuple[str, ...]
    services: tuple[str, ...]
    text: str

    def as_json(self, output: Path | None) -> dict[str, object]:
        import yaml

        return {
            "file": str(output) if output else None,
            "project": self.project,
            "agents": list(self.agents),
            "services": list(self.services),
            "compose": yaml.safe_load(self.text),
        }


def draw_compose(
    repository: Repository,
    policy: Policy,
    agents: Sequence[str] | None,
    variables_of: Callable[[str], Mapping[str, str]],
) -> ComposeFile:
    """The file for `agents` (default: all with a worktree). `variables_of`: an agent's environment, without keys.

    Raises InputError for an agent without a worktree and for a path that a compose file can't hold, ConfigError for a
    service that has an agent's name.
    """
    desks = find_desks(repository)
    chosen = list(agents) if agents is not None else [each for each in policy.agents if each in desks]
    if not chosen:
        raise InputError("no agent has a worktree yet", hint="agentgrid init")
    _require_other_names(policy)
    sandboxes = []
    for agent in chosen:
        worktree = require_desk(repository, agent).worktree.path
        if agent not in policy.agents:
            raise InputError(f"the policy in force has no agent {agent!r}", hint="agentgrid agent list")
        for path in (worktree, repository.common_dir):
            _require_writable(str(path))
        variables = {**variables_of(agent), **_read_author(worktree)}
        sandboxes.append(draw_sandbox(policy.agents[agent], worktree, repository.common_dir, variables))
    project = re.sub(r"[^a-z0-9_-]+", "-", f"{repository.name}-agents".lower()).strip("-_")
    text = _render(policy, sandboxes, project)
    return ComposeFile(project, tuple(chosen), tuple(policy.grid.compose.services), text)


def write_compose(drawn: ComposeFile, output: Path) -> bool:
    """Writes the file; False when it is as it should be already. Raises Refused when something else has that name."""
    if os.path.lexists(output):
        try:
            is_ours = output.read_bytes().startswith(MARKER.encode())
        except OSError as error:
            raise InputError(f"{output} can't be read: {error.strerror}") from error
        if not is_ours:
            raise Refused(f"{output} is there, and agentgrid didn't render it", hint="name another file: --output FILE")
    try:
        return write_if_changed(output, drawn.text.encode())
    except OSError as error:
        raise InputError(f"{output} can't be written: {error.strerror}") from error


def _read_author(worktree: Path) -> dict[str, str]:
    """Whose commits it makes: a sandbox has no home with git's settings."""
    found: dict[str, str] = {}
    for key in ("name", "email"):
        value = Git(worktree).run("config", "--get", f"user.{key}", accept=(0, 1)).text
        if value:
            found |= {f"GIT_{role}_{key.upper()}": value for role in ("AUTHOR", "COMMITTER")}
    return found


def _require_other_names(policy: Policy) -> None:
    problems = [
        policy.problem(None, ("compose", "services", name), f"{name!r} is an agent: its sandbox has that name",
                       accepted="a name that no agent has")
        for name in policy.grid.compose.services
        if name in policy.agents
    ]  # fmt: skip
    if problems:
        raise ConfigError(problems)


def _require_writable(path: str) -> None:
    if not path.isprintable():  # control characters, and bytes that are not UTF-8
        raise InputError(f"a compose file can't name {path!r}", hint="move it to a path of printable characters")


def _render(policy: Policy, sandboxes: Sequence[Sandbox], project: str) -> str:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    compose = policy.grid.compose
    environment = Environment(
        loader=FileSystemLoader(shipped_directory("templates")),
        undefined=StrictUndefined,
        autoescape=False,  # noqa: S701 - YAML, every value goes through `quote`
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["quote"] = _quote
    environment.filters["literal"] = literal
    environment.filters["block"] = _block
    return environment.get_template("compose.yaml.j2").render(
        marker=MARKER,
        project=project,
        sandboxes=sandboxes,
        image=compose.image,
        dockerfile=None if compose.image else render_dockerfile(compose.base or default_base()),
        user=f"{os.getuid()}:{os.getgid()}",
        home=HOME,
        caches=CACHES,
        services=compose.services,
        volumes=_find_volumes(compose.services),
    )


def _quote(value: str) -> str:
    """A YAML string on one line, whatever is in it."""
    import yaml

    return str(yaml.dump(value, default_style='"', width=1 << 30, allow_unicode=True)).rstrip("\n")


def _block(value: object) -> str:
    """YAML in block style."""
    import yaml

    return str(yaml.safe_dump(value, sort_keys=False, allow_unicode=True, default_flow_style=False))


def _find_volumes(services: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """The named volumes that services use: a compose file has to list them."""
    found: list[str] = []
    for service in services.values():
        volumes = service.get("volumes")
        for each in volumes if isinstance(volumes, list) else ():
            if isinstance(each, dict):
                name = each.get("source") if each.get("type") == "volume" else None
            else:
                name = str(each).partition(":")[0] if ":" in str(each) else None
            if isinstance(name, str) and _VOLUME.fullmatch(name):
                found.append(name)
    return list(dict.fromkeys(found))
