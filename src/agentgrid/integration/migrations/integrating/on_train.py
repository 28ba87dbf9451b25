"""Requests that were asked for, as one more branch of the train: they land as they were tried, with all checks."""

from collections.abc import Sequence

from agentgrid.errors import Refused
from agentgrid.integration.landing.lineup import Lineup
from agentgrid.integration.landing.model import LandReport
from agentgrid.integration.landing.site import View
from agentgrid.integration.migrations.integrating.integrating import Integrated, Integrating, Order


def line_up_requests(view: View, tip: str, order: Order, integrating: Integrating) -> Lineup:
    """The train with these requests alone. Raises Refused where they can't be integrated."""
    lineage = view.in_force.policy.grid.migrations[order.lineage]
    assert lineage.owner is not None, "the configuration asks for one"
    made = integrating.make_candidate(order, tip, lineage.owner)
    return Lineup(candidates=[made] if made else [])


def integrated_by(report: LandReport, order: Order, integrating: Integrating) -> Integrated:
    """What came of it. Raises Refused with why nothing landed."""
    if report.ejected:
        raise Refused(report.ejected[0].reason, hint=report.ejected[0].hint)
    if report.trouble or report.waiting:
        why: Sequence[str] = [report.trouble, *(each.reason for each in report.untouched)]
        raise Refused(next(filter(None, why), "it could not be judged"), hint="nothing was integrated")
    waiting = integrating.plan(order).waiting
    if not report.landed:
        return Integrated(order.lineage, report.base_branch, (), waiting)
    step = report.landed[0].step
    return Integrated(order.lineage, report.base_branch, step.placed, waiting, step.commit, report.warnings)
