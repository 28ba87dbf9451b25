"""GitHub's annotations: read back as the runner reads them, grouped below its limit, nothing lost."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from agentgrid.errors import InputError
from agentgrid.git.paths import show_path
from agentgrid.render.ci.github import group_findings, render_github, render_github_error
from support.reports import STRANGE, about_message, finding, report, strange_report

COMMAND = re.compile(r"::(?P<name>[a-z]+) (?P<properties>.*?)::(?P<data>.*)")


@dataclass(frozen=True)
class Command:
    name: str
    properties: dict[str, str]
    data: str


def read_commands(text: str) -> Iterator[Command]:
    """As the runner does: properties end at the first `::`, are parted by commas, and unescaped one by one."""
    for line in text.split("\n"):
        found = COMMAND.fullmatch(line)
        if found:
            pairs = [pair.split("=", 1) for pair in found["properties"].split(",")]
            yield Command(
                found["name"], {key: unescape_property(value) for key, value in pairs}, unescape(found["data"])
            )


def unescape(text: str) -> str:
    return text.replace("%0D", "\r").replace("%0A", "\n").replace("%25", "%")


def unescape_property(text: str) -> str:
    return text.replace("%0D", "\r").replace("%0A", "\n").replace("%3A", ":").replace("%2C", ",").replace("%25", "%")


def test_a_finding_is_an_annotation_at_the_first_line_of_its_file() -> None:
    lines = render_github(report(finding(severity="warn"), about_message())).splitlines()
    first = "commit cccccccccc: the message 'wip' doesn't match `^OBS-` (commits.pattern in agentgrid.yaml)"
    second = "services/billing/main.py belongs to a2 by `services/billing/**` at config/agents/a2.yaml:4"
    assert [line.rpartition("%0A")[0] for line in lines[:2]] == [
        f"::error title=message.format::{first}",
        f"::warning file=services/billing/main.py,line=1,title=ownership.foreign::{second}",
    ]
    assert lines[1].endswith("%0Aleave the change to a2, or ask a person")
    assert lines[2:] == ["agentgrid: 2 charged path(s) as agent a1: 1 error(s), 1 warning(s)"]


@pytest.mark.parametrize("path", STRANGE)
def test_the_runner_reads_any_path_back(path: bytes) -> None:
    text = render_github(report(finding(path)))
    text.encode()
    (command,) = read_commands(text)
    shown = path.replace(b"\x1b", "\ufffd".encode()).decode("utf-8", "backslashreplace")
    assert command.properties == {"file": shown, "line": "1", "title": "ownership.foreign"}
    assert command.data.startswith(f"{show_path(path)} belongs to a2")


def test_no_path_becomes_a_command_or_a_line_of_its_own() -> None:
    lines = render_github(strange_report()).split("\n")
    assert all(line.startswith(("::error ", "::warning ")) for line in lines[:-1])
    assert lines[-1].startswith("agentgrid: ")
    assert not any("\r" in line or "\x1b" in line for line in lines)


def test_many_findings_are_grouped_by_rule_and_owner_and_none_is_lost() -> None:
    found = [finding(b"%s/%d.py" % (owner, n), owner=owner.decode()) for owner in (b"a2", b"a3") for n in range(60)]
    commands = list(read_commands(render_github(report(*found))))
    assert [(command.properties["file"], command.data.split("\n")[0]) for command in commands] == [
        ("a2/0.py", "60 findings, the first of them here:"),
        ("a3/0.py", "60 findings, the first of them here:"),
    ]
    said = "\n".join(command.data for command in commands)
    assert [each for each in found if f"{each.path.decode()} belongs" not in said] == []


def test_where_owners_are_too_many_the_rule_alone_counts() -> None:
    found = [finding(b"%d.py" % n, owner=f"a{n}") for n in range(30)]
    assert len(list(read_commands(render_github(report(*found))))) == 1


def test_where_rules_are_too_many_the_rarest_share_one() -> None:
    found = [finding(rule=f"rule.{n}", owner=None) for n in range(15) for _ in range(15 - n)]
    commands = list(read_commands(render_github(report(*found))))
    assert len(commands) == 9
    assert commands[-1].properties["title"] == ", ".join(f"rule.{n}" for n in range(8, 15))


@pytest.mark.parametrize("count", [0, 1, 9, 10, 500])
def test_groups_hold_every_finding_once(count: int) -> None:
    found = [finding(b"%d" % n, rule=f"r{n % 13}", owner=f"a{n % 7}") for n in range(count)]
    groups = group_findings(found)
    assert len(groups) <= 9
    assert sorted(each.path for group in groups for each in group) == sorted(each.path for each in found)


def test_what_one_annotation_leaves_out_is_counted() -> None:
    (command,) = read_commands(render_github(report(*(finding(b"%d.py" % n) for n in range(150)))))
    assert "and 50 more; the step's summary and `agentgrid check --json` list all" in command.data.split("\n")


def test_an_error_that_ends_the_check_is_an_annotation_too() -> None:
    assert render_github_error(InputError("100% shallow", hint="fetch\nmore")) == (
        "::error title=agentgrid::100%25 shallow%0Afetch%0Amore"
    )
