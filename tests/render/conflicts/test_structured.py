"""`conflicts --json`: the shape that programs rely on."""

import json

from agentgrid.insight.conflict_view import view_conflicts
from agentgrid.integration.conflicts.model import BASE, ConflictReport, Meeting, Pair
from agentgrid.render.conflicts.structured import conflicts_as_json
from support.conflict_reports import BASE_OID, of_four, of_trio, of_unknown, work_of


def test_the_agreed_members_are_there() -> None:
    data = conflicts_as_json(view_conflicts(of_four()))

    assert set(data) >= {"base", "agents", "pairs", "order", "order_cost", "fifo_cost"}
    assert data["base"] == {"branch": "main", "oid": BASE_OID}
    assert (data["order"], data["order_cost"], data["fifo_cost"]) == (["a3", "a1", "a4", "a2"], 2, 3)
    assert data["clean"] is False


def test_every_pair_says_level_files_kinds_and_lines() -> None:
    [pair] = [pair for pair in _pairs(of_four()) if (pair["a"], pair["b"]) == ("a1", "a2")]

    assert pair == {
        "a": "a1",
        "b": "a2",
        "level": "conflict",
        "files": [
            {"path": "README.md", "level": "same-file", "kind": "content", "hunks": []},
            {
                "path": "services/orders/api.py",
                "level": "conflict",
                "kind": "content",
                "hunks": [
                    {"base": {"start": 12, "count": 4}, "a": {"start": 12, "count": 7}, "b": {"start": 14, "count": 7}},
                    {"base": {"start": 40, "count": 0}, "a": {"start": 43, "count": 2}, "b": {"start": 45, "count": 1}},
                ],
            },
        ],
    }


def test_the_base_is_the_second_side_by_its_own_name() -> None:
    assert [pair["b"] for pair in _pairs(of_four()) if pair["a"] == "a4"] == ["@base"]


def test_without_an_order_nothing_is_said_of_it() -> None:
    report = ConflictReport("main", BASE_OID, (work_of("a1"),), (Pair("a1", BASE, "clean"),))

    assert set(conflicts_as_json(view_conflicts(report))) == {"base", "agents", "pairs", "counts", "clean"}


def test_who_will_not_merge_in_the_order_is_named_with_the_paths() -> None:
    data = conflicts_as_json(view_conflicts(of_trio()))

    assert data["together"] == [{"agent": "a3", "paths": ["services/orders/api.py"]}]
    assert data["clean"] is False


def test_problems_stand_with_the_agent_and_with_the_pair() -> None:
    data = json.loads(json.dumps(conflicts_as_json(view_conflicts(of_unknown()))))

    [a2] = [agent for agent in data["agents"] if agent["id"] == "a2"]
    assert (a2["snapshot"], a2["problem"].startswith("its worktree")) == (None, True)
    assert [pair["level"] for pair in data["pairs"] if "problem" in pair] == ["unknown", "unknown"]


def test_a_path_that_is_no_text_stays_what_it_is() -> None:
    meeting = Meeting(b"caf\xe9.txt", "conflict", "binary")
    report = ConflictReport(
        "main", BASE_OID, (work_of("a1"), work_of("a2")), (Pair("a1", "a2", "conflict", (meeting,)),)
    )

    text = json.dumps(conflicts_as_json(view_conflicts(report)))

    assert '"path": "caf\\udce9.txt"' in text


def _pairs(report: ConflictReport) -> "list[dict[str, object]]":
    pairs = conflicts_as_json(view_conflicts(report))["pairs"]
    assert isinstance(pairs, list)
    return pairs
