"""Whether a check has to look at common code at all: most don't, and should not pay for it."""

from agentgrid.boundaries.findings import CheckReport
from agentgrid.boundaries.policy.territory import Territory
from agentgrid.boundaries.verdict import COMMON_RULE, severity_of
from agentgrid.integration.common_code.sources import is_common_module


def is_asked(territory: Territory, report: CheckReport) -> bool:
    """Whether an agent changes a module of common code, and the policy has the rule."""
    compiled = territory.compiled
    if report.agent is None or severity_of(COMMON_RULE, compiled["severity"], compiled["unowned"]) == "off":
        return False
    return any(is_common_module(territory, path) for path in report.leased)
