"""Who approves, rejects and withdraws, and from which state."""

from collections.abc import Callable
from typing import get_args

import pytest

from agentgrid.boundaries.migrations.request import MigrationRequest, Status
from agentgrid.config.schema import Lineage
from agentgrid.errors import AgentGridError, InputError, NotPermitted, Refused, UsageError
from agentgrid.integration.migrations import deciding
from agentgrid.integration.migrations.deciding import (
    decide_approval,
    decide_rejection,
    decide_withdrawal,
    may_decide,
    require_request,
)
from agentgrid.integration.reviews.planning import Asker
from support.queues import A1, A2, JANE, make_request

LINEAGE = Lineage(path="db", owner="a1")
AT = "2026-03-02T00:00:00Z"
STATUSES: tuple[Status, ...] = get_args(Status)


def approve(request: MigrationRequest, asker: Asker = A1, seen: str | None = None) -> MigrationRequest:
    return decide_approval(request, asker, LINEAGE, seen=seen, at=AT)


@pytest.mark.parametrize(("asker", "lineage", "may"), [
    (A1, LINEAGE, True), (JANE, LINEAGE, True), (A2, LINEAGE, False), (A1, Lineage(path="db"), False),
    (JANE, Lineage(path="db"), True), (A1, None, False), (JANE, None, True),
])  # fmt: skip
def test_the_owner_and_persons_decide(asker: Asker, lineage: Lineage | None, may: bool) -> None:
    assert may_decide(asker, lineage) is may


def test_an_approval_says_who_and_when() -> None:
    done = approve(make_request())

    assert (done.status, done.decided_by, done.decided_at) == ("approved", "a1", AT)


def test_nobody_else_approves() -> None:
    with pytest.raises(NotPermitted, match=r"^a2 may not approve migrations of main$") as raised:
        approve(make_request(), A2)

    assert raised.value.hint == "a1, a person may; `owner` of the lineage in agentgrid.yaml"


def test_only_the_rule_keeps_an_agent_from_approving_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """The twin."""
    monkeypatch.setattr(deciding, "may_decide", lambda *_: True)

    assert approve(make_request(agent="a2"), A2).status == "approved"


def test_an_approval_is_of_what_was_looked_at() -> None:
    request = make_request()

    assert approve(request, seen=request.digest[:7].upper()).status == "approved"
    with pytest.raises(Refused, match=r"^m1 says something else by now: its digest is d1d1d1d1d1d1, not abcdef0$"):
        approve(request, seen="abcdef0")
    with pytest.raises(InputError, match="too short for a digest"):
        approve(request, seen="d1")


def outcome_of(decide: Callable[[], MigrationRequest]) -> str:
    try:
        return decide().status
    except AgentGridError as error:
        return type(error).__name__ if error.hint else "no hint"


@pytest.mark.parametrize("status", STATUSES)
def test_from_each_state_it_goes_only_where_it_may(status: Status) -> None:
    request = make_request(status=status)
    ways: dict[str, Callable[[], MigrationRequest]] = {
        "approve": lambda: approve(request),
        "reject": lambda: decide_rejection(request, A1, LINEAGE, reason="no", at=AT),
        "withdraw": lambda: decide_withdrawal(request, A1, LINEAGE, [request], at=AT),
    }
    outcomes = {name: outcome_of(decide) for name, decide in ways.items()}

    assert outcomes == {
        "approve": "approved" if status == "submitted" else "Refused",
        "reject": "rejected" if status in {"submitted", "approved"} else "Refused",
        "withdraw": "withdrawn" if status in {"submitted", "approved"} else "Refused",
    }


def test_a_second_approval_says_whose_the_first_was() -> None:
    with pytest.raises(Refused, match=r"^m1 is approved already, by a1$"):
        approve(approve(make_request()))


def test_a_rejection_says_why() -> None:
    with pytest.raises(UsageError, match=r"^a rejection says why$"):
        decide_rejection(make_request(), JANE, LINEAGE, reason=" ", at=AT)

    assert decide_rejection(make_request(), JANE, LINEAGE, reason=" no ", at=AT).reason == "no"


def test_who_asked_withdraws_it_and_nobody_else_but_those_who_decide() -> None:
    mine = make_request(agent="a2")

    for asker in (A2, A1, JANE):
        assert decide_withdrawal(mine, asker, LINEAGE, [mine], at=AT).decided_by == asker.voice
    with pytest.raises(NotPermitted, match=r"^a3 doesn't withdraw a request of a2$"):
        decide_withdrawal(mine, Asker("a3", "@jane"), LINEAGE, [mine], at=AT)


def test_what_others_wait_for_is_withdrawn_only_with_force() -> None:
    mine = make_request()
    requests = [mine, make_request("m2", depends_on=("m1",)), make_request("m3", depends_on=("m1",), status="rejected")]

    with pytest.raises(Refused, match=r"^m2 of a2 would wait for m1 for ever$"):
        decide_withdrawal(mine, A2, LINEAGE, requests, at=AT)
    assert decide_withdrawal(mine, A2, LINEAGE, requests, force=True, at=AT).status == "withdrawn"


def test_an_unknown_request_is_told_with_those_that_are_open() -> None:
    with pytest.raises(InputError, match=r"^there is no migration request 'm7' \(open: m1\)$"):
        require_request([make_request(), make_request("m2", status="rejected")], "m7")
