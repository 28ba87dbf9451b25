"""The one verdict: may this agent change this path? On the hook path: builtins only.

Edit hooks, git hooks, CI, `can-edit` and landing all ask here; what the answer is built from comes as arguments.
"""

from agentgrid.boundaries.policy.territory import COMMON, FROZEN, OWNED, SHARED_CONFLICT, UNOWNED, Place

FOREIGN_RULE = "ownership.foreign"
FROZEN_RULE = "ownership.frozen"
UNOWNED_RULE = "ownership.unowned"
SHARED_RULE = "ownership.shared-conflict"
BASE_RULE = "permission.base"
BRANCH_RULE = "permission.branch"
STASH_RULE = "permission.stash"
BRANCH_NAME_RULE = "branch.name"
HELD_RULE = "lock.held"
MISSING_RULE = "lock.missing"
STALE_RULE = "lock.stale"
REVIEW_RULE = "review.missing"
UNQUEUED_RULE = "migration.unqueued"
DUPLICATE_RULE = "migration.duplicate"
COMMON_RULE = "common.breaking"
SECRET_RULE = "secret.leaked"  # noqa: S105 - the rule's name


def broken_rule(place: Place, agent: str | None, unowned: str) -> str | None:
    """The name of the rule that `agent` breaks by changing the path; None when it may.

    `agent` None is a person, who breaks none. `unowned`: the grid's choice for paths nobody claims. Common code and
    unowned paths under `claim` are free here; whose lease they are under is judged from leases.
    """
    if agent is None:
        return None
    if place.state == FROZEN:
        return FROZEN_RULE
    if place.is_derived or place.state == COMMON:
        return None
    if place.state == SHARED_CONFLICT:
        return SHARED_RULE
    if place.state == OWNED:
        return None if place.owner == agent else FOREIGN_RULE
    return UNOWNED_RULE if unowned in {"deny", "warn"} else None


def needs_lease(place: Place, unowned: str) -> bool:
    """True when an agent changes the path only under a lease: common code, and unowned paths under `claim`."""
    if place.is_derived:
        return False
    return place.state == COMMON or (place.state == UNOWNED and unowned == "claim")


def severity_of(rule: str, severities: dict, unowned: str) -> str:  # type: ignore[type-arg]
    """`error`, `warn` or `off` for a rule: as the policy sets it; an unowned path under `warn` is a warning."""
    default = "warn" if rule == UNOWNED_RULE and unowned == "warn" else "error"
    chosen: str = severities.get(rule, default)
    return chosen
