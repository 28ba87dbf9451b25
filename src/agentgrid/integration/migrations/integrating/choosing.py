"""What `migration integrate` was asked to do, as one order a lineage; and whether who asks may. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass

from agentgrid.config.schema import Lineage
from agentgrid.errors import InputError, NotPermitted, Refused, UsageError
from agentgrid.integration.migrations.integrating.integrating import Order
from agentgrid.integration.migrations.numbers.hindrances import Allowance
from agentgrid.integration.reviews.planning import Asker


@dataclass(frozen=True)
class IntegrationWish:
    """`lineage`: None for all. `branch`: whose carried migrations get their numbers, None for the requests that were
    only asked for. `now`, `destructive`: what is allowed beside. `reason`: why."""

    lineage: str | None = None
    branch: str | None = None
    now: bool = False
    destructive: bool = False
    reason: str = ""
    wait_s: float = 600.0


def choose_orders(
    wish: IntegrationWish,
    lineages: Mapping[str, Lineage],
    branches: Mapping[str, str | None],
    asker: Asker,
    branch_agent: str | None,
) -> list[Order]:
    """`branches`: agent → the branch that it is on. `branch_agent`: whose branch `wish.branch` is.

    Raises UsageError, InputError for an unknown lineage or a branch that can't be told, NotPermitted.
    """
    if wish.now and not wish.reason.strip():
        raise UsageError("--now needs a reason, which the log keeps", hint="--now --reason TEXT")
    if wish.lineage is not None and wish.lineage not in lineages:
        known = ", ".join(lineages) or "none"
        raise InputError(f"agentgrid.yaml has no lineage {wish.lineage} (lineages: {known})",
                         hint="migrations: in agentgrid.yaml")  # fmt: skip
    names = [wish.lineage] if wish.lineage is not None else list(lineages)
    if not names:
        raise InputError("agentgrid.yaml has no lineage of migrations", hint="add one below migrations: there")
    for name in names:
        _require_right(name, lineages[name], wish, asker, branch_agent)
    return [_order(name, lineages[name], wish, branches) for name in names]


def _order(name: str, lineage: Lineage, wish: IntegrationWish, branches: Mapping[str, str | None]) -> Order:
    allowance = Allowance(wish.now, wish.destructive)
    if wish.branch is not None:
        return Order(name, wish.branch, True, allowance, wish.reason, wish.wait_s)
    if lineage.integrate == "train":
        return Order(name, f"migrations/{name}", False, allowance, wish.reason, wish.wait_s, is_train=True)
    if lineage.owner is None:
        raise InputError(f"migrations.{name} in agentgrid.yaml names no owner, on whose branch to integrate",
                         hint=f"agentgrid migration integrate {name} --on BRANCH, or give it an owner")  # fmt: skip
    branch = branches.get(lineage.owner)
    if branch is None:
        raise Refused(f"{lineage.owner}, who owns {name}, has no worktree with a branch",
                      hint=f"agentgrid start {lineage.owner} TOPIC")  # fmt: skip
    return Order(name, branch, False, allowance, wish.reason, wish.wait_s)


def _require_right(name: str, lineage: Lineage, wish: IntegrationWish, asker: Asker, branch_agent: str | None) -> None:
    """The owner of the lineage and people integrate; an agent numbers what its own branch carries. What is allowed
    beside is the owner's or a person's to allow."""
    if asker.agent is None or asker.agent == lineage.owner:
        return
    is_own = wish.branch is not None and asker.agent == branch_agent
    if is_own and not wish.now and not wish.destructive:
        return
    who = f"{lineage.owner} (its owner) or a person" if lineage.owner else "a person"
    what = "allows that in" if is_own else "integrates migrations of"
    raise NotPermitted(f"only {who} {what} {name}", hint="agentgrid migration list")
