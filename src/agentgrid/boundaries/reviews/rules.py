"""The rule `review.missing`: what a change set still needs before it lands, as findings of `check`.

Only a check of a whole branch asks it. Commits and pushes don't: work is pushed so that it can be reviewed.
"""

from dataclasses import replace

from agentgrid.boundaries.findings import CheckReport, Words, named_finding
from agentgrid.boundaries.policy.territory import Territory
from agentgrid.boundaries.reviews.book import ReviewBook
from agentgrid.boundaries.verdict import REVIEW_RULE


def with_reviews(report: CheckReport, territory: Territory, book: ReviewBook) -> CheckReport:
    """The report with what reviews are missing; a person's own work needs none."""
    agent, head = report.agent, report.head
    if agent is None or head is None or head == report.base:
        return report
    approvals, is_binding = territory.compiled["reviews"]
    if not approvals and not is_binding and not book.has_any(agent):
        return report
    standing = book.standing(agent, base=report.base, head=head)
    hint = f"agentgrid review request {agent}; `agentgrid review show {agent}` tells who has said what"
    missing = standing.missing if standing is not None else ()
    found = [named_finding(territory, REVIEW_RULE, Words(words, hint)) for words in missing]
    return replace(report, findings=(*report.findings, *(each for each in found if each is not None)))
