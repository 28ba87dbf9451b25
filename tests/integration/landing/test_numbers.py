"""Which migrations would have one number."""

import pytest

from agentgrid.integration.landing.numbers import find_duplicates


@pytest.mark.parametrize(
    ("present", "added", "found"),
    [
        ([b"db/0001_a.sql"], [b"db/0002_b.sql"], []),
        ([b"db/0001_a.sql"], [b"db/0001_b.sql"], [("main", b"db/0001_b.sql", b"db/0001_a.sql")]),
        ([b"db/1_a.sql"], [b"db/0001_b.sql"], [("main", b"db/0001_b.sql", b"db/1_a.sql")]),
        ([b"db/V1__a.sql"], [b"db/V1__b.sql"], [("main", b"db/V1__b.sql", b"db/V1__a.sql")]),
        ([], [b"db/0001_a.up.sql", b"db/0001_a.down.sql"], []),
        ([b"other/0001_a.sql", b"db/old/0001_a.sql"], [b"db/0001_b.sql"], []),
        ([b"db/V1.1__a.sql"], [b"db/V1.2__b.sql"], []),
        ([b"db/V1__a.sql"], [b"db/U1__a.sql"], []),
        ([b"db/900000001_a.sql"], [b"db/900000001_b.sql"], []),
        (
            [b"db/20261126101500_a.sql"],
            [b"db/20261126101500_b.sql"],
            [("main", b"db/20261126101500_b.sql", b"db/20261126101500_a.sql")],
        ),
        ([b"db/readme.md"], [b"db/__init__.py"], []),
    ],
)
def test_a_number_that_is_taken_is_found(present: list[bytes], added: list[bytes], found: list[object]) -> None:
    assert find_duplicates({"main": "/db/"}, [*present, *added], added) == found
