"""The proposed order in words, the same on a terminal, in Markdown and on the page."""

from collections.abc import Sequence

from agentgrid.insight.conflict_view import Station
from agentgrid.integration.conflicts.model import ProposedOrder

_MOST_NAMES = 3


def show_cost(order: ProposedOrder) -> str:
    """`cost 1; 3 if first come, first served`: conflicting paths that somebody has to work over."""
    cost = f"cost {order.cost}" if order.is_exact else f"cost {order.cost}, about the best of many"
    return cost if order.agents == order.fifo else f"{cost}; {order.fifo_cost} if first come, first served"


def tell_clash(station: Station, stations: Sequence[Station]) -> str:
    """Why it can't land where the order has it: `won't merge once a1 and a2 have landed`."""
    before = [each.agent for each in stations[: station.position - 1]]
    if not before:
        return "won't merge with the base"
    only = "; no two of them conflict, only all together" if station.is_surprise else ""
    return f"won't merge once {_show_names(before)} landed{only}"


def _show_names(names: Sequence[str]) -> str:
    if len(names) > _MOST_NAMES:
        return f"the {len(names)} before it have"
    if len(names) == 1:
        return f"{names[0]} has"
    return f"{', '.join(names[:-1])} and {names[-1]} have"
