"""Syncing the agents of a grid in a test, and all of a worktree as one value."""

from agentgrid.git.repository import Repository
from agentgrid.onboarding.syncing import SyncOptions, apply_sync, plan_sync
from agentgrid.workspace.sync.bringing_in import Synced
from support.desks import tree_of
from support.grids import GridSandbox
from support.repositories import Sandbox

Whole = tuple[str, str, str, dict[str, bytes]]


def sync(
    grid: GridSandbox,
    *agents: str,
    rebase: bool = False,
    source_agent: str | None = None,
    trust: bool = False,
    where: Sandbox | None = None,
) -> dict[str, Synced]:
    """Agent → how its sync ended; without a fetch, seen from the main worktree or `where`."""
    repository = Repository.discover((where or grid.main).path)
    planned = plan_sync(repository, SyncOptions(agents, rebase, source_agent, fetch=False))
    done = apply_sync(repository, planned, may_run=lambda _command: trust, report=lambda _agent, _state: None)
    return {each.agent: each for each in done}


def whole(desk: Sandbox) -> Whole:
    """HEAD, status, the staged difference and every file."""
    return desk.oid(), desk.status(), desk.git("diff", "--cached"), tree_of(desk.path)


def commit(desk: Sandbox, path: str, text: str, message: str = "Work") -> str:
    """A commit of one file with all hooks; its id."""
    desk.write(path, text)
    desk.git("add", "--", path)
    desk.git("commit", "--quiet", "-m", message)
    return desk.oid()
