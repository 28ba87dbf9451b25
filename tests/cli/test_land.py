"""`agentgrid land` as people and agents type it: what is said, JSON, exit codes."""

from pathlib import Path

import pytest

from support.golden import require_golden, same_everywhere
from support.grids import ORDERS
from support.landings import Yard, make_yard, work
from support.program import agentgrid

GOLDEN = Path(__file__).parent / "golden"


@pytest.fixture
def yard(tmp_path: Path) -> Yard:
    """a1 is good, a2 changes what isn't its own."""
    yard = make_yard(tmp_path / "shop", "! test -e services/billing/bad")
    work(yard, "a1", **{ORDERS: "ORDERS = [1]\n"})
    work(yard, "a2", **{"services/billing/bad": "\n"})
    return yard


def _plain(text: str, yard: Yard) -> str:
    import re

    told = same_everywhere(text, {"top": yard.main.path.parent})
    told = re.sub(r"runs/\d{8}T\d{6}Z-[0-9a-f]{6}", "runs/<run>", told)
    return re.sub(r"\b\d+\.\d s", "<time>", told)


def test_a_plan_is_shown_whole(yard: Yard) -> None:
    planned = agentgrid(yard.main, "land", "--all", "--dry-run")

    assert planned.code == 0
    require_golden(GOLDEN / "land-plan.txt", _plain(planned.out, yard))


def test_a_train_is_told_whole(yard: Yard) -> None:
    done = agentgrid(yard.main, "land", "--all")

    assert done.code == 1
    require_golden(GOLDEN / "land.txt", _plain(done.out, yard))


def test_the_answer_as_json_has_the_promised_fields(yard: Yard) -> None:
    done = agentgrid(yard.main, "land", "a1", "a2", "--json").data

    assert (done["base_after"], done["base_before"] != done["base_after"]) == (yard.main.oid("main"), True)
    [landed] = done["landed"]
    assert (landed["agent"], landed["commit"]) == ("a1", yard.main.oid("main"))
    assert landed["tree"] == yard.main.oid("main^{tree}") == landed["checks"][0]["tree"]
    assert [(each["agent"], each["stage"]) for each in done["ejected"]] == [("a2", "checks")]
    assert done["untouched"] == []
    assert Path(done["report"]).is_file()
    assert done["checks"][-1]["passed"] is False or len(done["checks"]) > 2


def test_exit_codes_follow_the_contract(yard: Yard) -> None:
    assert agentgrid(yard.main, "land", "a1").code == 0
    assert agentgrid(yard.main, "land", "a1").code == 1
    assert agentgrid(yard.main, "land").code == 2
    assert agentgrid(yard.main, "land", "a1", "--all").code == 2
    assert agentgrid(yard.main, "land", "nobody").code == 2
    assert agentgrid(yard.main, "land", "a2", "--strategy", "octopus").code == 2
    assert agentgrid(yard.main, "land", "a2", "--push").code == 1


def test_an_agent_lands_its_own_work_from_its_worktree(yard: Yard) -> None:
    done = agentgrid(yard.grid.desks["a1"], "land", "a1", "--json")

    assert (done.code, yard.main.oid("main")) == (0, done.data["base_after"])
    events = agentgrid(yard.main, "log", "--json").data
    assert [(each["actor"], each["subject"]) for each in events if each["kind"] == "land.landed"] == [("a1", "a1")]
