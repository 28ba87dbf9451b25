"""What the log keeps of a run that was ended for its agent's budget."""

from collections.abc import Callable, Sequence

from agentgrid.errors import StoreError
from agentgrid.store.events import record_event
from agentgrid.store.session import Store
from agentgrid.work.keeping import Cause
from agentgrid.workspace.passes import tell_command

EXCEEDED = "budget.exceeded"


def record_breach(store: Store, agent: str, cause: Cause, command: Sequence[str], tell: Callable[[str], None]) -> None:
    """Logs it; without the command's arguments, which may hold a secret. That the log can't be written is only told."""
    breach = cause.breach
    amounts = {} if breach is None else {"resource": breach.resource, "limit": breach.limit, "used": breach.used}
    try:
        with store.write() as session:
            record_event(session, store.now(), EXCEEDED, actor=agent, subject=agent,
                         after={**tell_command(command), **amounts, "reason": cause.reason})  # fmt: skip
    except StoreError as error:
        tell(f"the log could not be written: {error.message}")
