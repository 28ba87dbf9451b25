"""`agent hooks`: a client's settings with the edit hook, to read, or put where the client reads them."""

from dataclasses import dataclass
from pathlib import Path

from agentgrid.config.policy import Policy
from agentgrid.git.repository import Repository
from agentgrid.workspace.acting import require_own
from agentgrid.workspace.clients.installing import find_client, install, settings_files
from agentgrid.workspace.clients.known import Client
from agentgrid.workspace.desks import require_desk
from agentgrid.workspace.hidden import hide_local_files
from agentgrid.workspace.naming import require_agent


@dataclass(frozen=True, slots=True)
class EditHookOffer:
    """`text`: what the first of `paths` has to have, and the others likewise. `worktree`: of the agent."""

    agent: str
    client: Client
    paths: tuple[Path, ...]
    text: str
    worktree: Path


def offer_edit_hook(repository: Repository, policy: Policy, agent: str, client: str | None) -> EditHookOffer:
    """The settings for the agent's client, or the one named. Raises InputError for one that has no edit hook, and for
    an agent without a worktree."""
    known = find_client(client or require_agent(policy, agent).runner.client)
    worktree = require_desk(repository, agent).worktree.path
    files = settings_files(repository, agent, known, worktree)
    return EditHookOffer(agent, known, tuple(file.path for file in files), files[0].snippet, worktree)


def write_edit_hook(repository: Repository, offer: EditHookOffer) -> list[Path]:
    """Puts it there; the files that changed. Raises Refused for a file that git tracks, InputError for one that isn't
    understood, NotPermitted in another agent's worktree."""
    require_own(repository, offer.agent, "change the client's settings of")
    hide_local_files(repository, patterns=offer.client.hides)
    return install(repository, offer.agent, offer.client, offer.worktree)
