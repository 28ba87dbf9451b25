"""The table in a step's summary: Markdown that says what was found, in the room that there is."""

import re
from html import unescape

import pytest
from markdown_it import MarkdownIt

from agentgrid.git.paths import show_path
from agentgrid.render.ci.github_summary import SUMMARY_BYTES, render_summary
from support.reports import STRANGE, finding, report, strange_report


def rows(text: str) -> list[list[str]]:
    """The cells of the table's body as a reader sees them: rendered by a Markdown program, tags taken out."""
    html = MarkdownIt("commonmark", {"html": True}).enable("table").render(text)
    body = html.partition("<tbody>")[2].partition("</tbody>")[0]
    return [
        [unescape(re.sub(r"</?code>", "", cell)) for cell in re.findall(r"<td>(.*?)</td>", row, re.DOTALL)]
        for row in re.findall(r"<tr>(.*?)</tr>", body, re.DOTALL)
    ]


def test_the_table_has_a_row_for_each_finding() -> None:
    message, hint = "belongs to a2 by `services/billing/**` at config/agents/a2.yaml:4", "ask `a2`, or a person"
    assert rows(render_summary(report(finding(hint=hint), finding(b"x", severity="warn", hint=None)))) == [
        ["error", "ownership.foreign", "services/billing/main.py", message, hint],
        ["warning", "ownership.foreign", "x", message, ""],
    ]


def test_no_path_or_message_is_markup() -> None:
    text = render_summary(strange_report())
    shown = [" ".join(show_path(path).split()) for path in STRANGE]
    assert [row[2] for row in rows(text)][: len(STRANGE)] == shown
    html = MarkdownIt("commonmark", {"html": True}).enable("table").render(text)
    assert set(re.findall(r"</?([a-z0-9]+)", html)) <= {"h3", "p", "table", "thead", "tbody", "tr", "th", "td", "code"}


def test_nothing_found_is_said_too() -> None:
    assert render_summary(report()) == "### agentgrid: nothing to object to\n\n1 charged path(s) as agent a1.\n\n"


@pytest.mark.parametrize("room", [0, 100, 2_000, 50_000, SUMMARY_BYTES])
def test_the_room_is_kept_and_what_is_left_out_is_counted(room: int) -> None:
    found = [finding(b"services/billing/%05d.py" % n) for n in range(5_000)]
    text = render_summary(report(*found), room=room)
    assert len(text.encode()) <= room
    if text:
        left_out = re.search(r"^(\d+) more are left out", text, re.MULTILINE)
        assert len(rows(text)) + int(left_out[1] if left_out else 0) == len(found)
