"""Who holds leases: an agent under its id, a person under `@login`; and where an agent's own work stands."""

import os

from agentgrid.boundaries.leases.asking import Holder
from agentgrid.boundaries.leases.lease import PERSON_MARK
from agentgrid.errors import NotPermitted
from agentgrid.git.repository import Repository
from agentgrid.workspace.desks import find_desks
from agentgrid.workspace.identity import read_identity


def require_actor(repository: Repository, actor: str | None, named: str | None) -> None:
    """Raises NotPermitted when `actor`, whose worktree this is, would act as another agent."""
    if actor is not None and named not in {None, actor}:
        raise NotPermitted(f"this is the worktree of {actor}: it doesn't act as {named}",
                           hint=f"a person does it in {repository.root}")  # fmt: skip


def make_holder(repository: Repository, agent: str | None) -> Holder:
    """The agent, with the incarnation of its worktree; or the person at this machine."""
    host = os.uname().nodename
    if agent is None:
        return Holder(person_name(), "", host)
    identity = read_identity(repository.git_dir) if repository.is_linked else None
    if identity is None or identity[0] != agent:
        desk = find_desks(repository).get(agent)
        identity = (agent, desk.incarnation) if desk else (agent, "")
    return Holder(*identity, host)


def person_name() -> str:
    """`@login` of who runs this process, as the system knows it: no variable says otherwise."""
    import pwd

    try:
        return PERSON_MARK + pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:
        return f"{PERSON_MARK}{os.geteuid()}"
