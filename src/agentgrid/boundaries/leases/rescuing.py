"""Before a lease is taken over, its old holder's uncommitted work is kept; the work itself isn't touched."""

from agentgrid.boundaries.leases.lease import Lease
from agentgrid.boundaries.leases.taking import Rescued
from agentgrid.git.repository import Repository
from agentgrid.workspace.desks import find_desks
from agentgrid.workspace.rescue import rescue_work


def rescue_holder(repository: Repository, lease: Lease, taker: str) -> Rescued:
    """Writes a rescue ref of everything uncommitted in the holder's worktree, where there is such a thing."""
    desk = find_desks(repository).get(lease.holder) if lease.is_agents else None
    if desk is None or desk.is_pending:
        return Rescued(lease.key, None)
    label = f"lease {lease.token} taken over by {taker}"
    rescue = rescue_work(repository, desk.worktree, agent=lease.holder, label=label, only_changes=True)
    return Rescued(lease.key, rescue.ref if rescue else None)
