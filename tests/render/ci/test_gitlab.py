"""GitLab's Code Quality report."""

import json

from agentgrid.render.ci.gitlab import render_gitlab
from support.reports import STRANGE, about_message, finding, report, strange_report


def test_an_entry_has_what_gitlab_asks_for() -> None:
    (first, second) = json.loads(render_gitlab(report(finding(severity="warn"), about_message())))
    assert first == {
        "description": "belongs to a2 by `services/billing/**` at config/agents/a2.yaml:4\n"
        "leave the change to a2, or ask a person",
        "check_name": "ownership.foreign",
        "fingerprint": first["fingerprint"],
        "severity": "minor",
        "location": {"path": "services/billing/main.py", "lines": {"begin": 1}},
    }
    assert (second["severity"], second["location"]) == ("blocker", {"path": "agentgrid.yaml", "lines": {"begin": 1}})


def test_nothing_found_is_an_empty_list() -> None:
    assert json.loads(render_gitlab(report())) == []


def test_strange_paths_are_valid_text_and_each_fingerprint_stands_once() -> None:
    text = render_gitlab(strange_report())
    entries = json.loads(text.encode())
    assert not any(
        0xD800 <= ord(character) < 0xE000 for entry in entries for character in json.dumps(entry, ensure_ascii=False)
    )
    assert [entry["location"]["path"] for entry in entries][: len(STRANGE)] == [
        path.decode("utf-8", "backslashreplace") for path in STRANGE
    ]
    assert len({entry["fingerprint"] for entry in entries}) == len(entries)
