"""A secret shows itself to nobody who doesn't ask by name."""

import copy
import json
import pickle
from dataclasses import dataclass

import pytest

from agentgrid.machine.secrets.value import HIDDEN, Secret

TEXT = "correct horse battery"


@dataclass(frozen=True)
class Holder:
    key: Secret


@pytest.mark.parametrize("show", [str, repr, "{}".format, "{:>30}".format, "%s".__mod__, lambda s: repr(Holder(s)),
                                  lambda s: json.dumps({"key": s}, default=str), lambda s: repr([s])])  # fmt: skip
def test_no_way_of_printing_shows_it(show: object) -> None:
    shown = show(Secret(TEXT))  # type: ignore[operator]

    assert TEXT not in shown
    assert HIDDEN in shown


@pytest.mark.parametrize("spread", [pickle.dumps, copy.copy, copy.deepcopy, json.dumps, vars])
def test_it_is_not_copied_to_anywhere(spread: object) -> None:
    with pytest.raises(TypeError) as raised:
        spread(Secret(TEXT))  # type: ignore[operator]

    assert TEXT not in str(raised.value)


def test_who_asks_gets_it() -> None:
    assert Secret(TEXT).reveal() == TEXT


@pytest.mark.parametrize(("other", "same"), [(TEXT, True), (TEXT + " ", False), ("", False), ("\udcff", False)])
def test_two_are_compared_without_showing_either(other: str, same: bool) -> None:
    assert Secret(TEXT).is_same_as(Secret(other)) is same
