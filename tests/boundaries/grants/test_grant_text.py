"""The text of a grant: one form, and everything else is no grant."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as some

from agentgrid.boundaries.grants.grant import Grant, NotAGrant, read_grant, write_grant
from agentgrid.boundaries.leases.asked_paths import make_pattern

AT = datetime(2025, 3, 3, 9, tzinfo=UTC)
GRANT = Grant(
    "0123456789ab", "a2", "@jane", (make_pattern("services/orders/"),), AT, "f" * 40, "feat/x__a2", None, "why"
)
NAMES = some.text(min_size=1, max_size=20).filter(lambda text: text.isprintable())


@given(to=NAMES, by=NAMES, reason=some.text(max_size=40), hours=some.one_of(some.none(), some.integers(1, 10_000)))
def test_what_was_written_is_read_back(to: str, by: str, reason: str, hours: int | None) -> None:
    expires = AT + timedelta(hours=hours) if hours else None
    grant = Grant("0" * 12, to, by, GRANT.patterns, AT, "0" * 40, None if expires else "topic", expires, reason)
    assert read_grant(write_grant(grant)) == grant


def changed(**values: object) -> bytes:
    return json.dumps({**json.loads(write_grant(GRANT)), **values}, sort_keys=True, indent=1).encode() + b"\n"


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b"\xff\xfe",
        b"[" * 100_000,
        write_grant(GRANT) + b"\n",
        write_grant(GRANT).replace(b" ", b"  "),
        changed(to=None),
        changed(to=["a2"]),
        changed(patterns=[]),
        changed(patterns="services/orders/"),
        changed(patterns=["!services/orders/"]),
        changed(patterns=["services/["]),
        changed(since="main"),
        changed(since="--all"),
        changed(id="../../heads/main"),
        changed(branch=None, expires_at=None),
        changed(expires_at="tomorrow"),
        changed(version=2),
        changed(more=1),
    ],
    ids=range(21),
)
def test_anything_else_is_no_grant(text: bytes) -> None:
    with pytest.raises(NotAGrant):
        read_grant(text)
