"""Reports in Markdown, as a reader of it understands them: tables that hold, names that mean nothing but themselves."""

import re

import pytest
from markdown_it import MarkdownIt

from agentgrid.insight.conflict_view import view_conflicts
from agentgrid.insight.report import GridReport, ReviewLine
from agentgrid.integration.conflicts.model import BASE, ConflictReport, Meeting, Pair
from agentgrid.render.conflicts.markdown import render_conflicts_markdown
from agentgrid.render.markdown import code, details, plain
from agentgrid.render.markdown_report import render_markdown_report, render_pull_request_body
from support.conflict_reports import of_four, of_many, of_none, of_trio, of_unknown, work_of
from support.grid_reports import lease_view, report_of

NASTY = "a|b`c``d*_[x](http://y)<script>@kim #12 & $x$ ~~z~~"


def html_of(markdown: str) -> str:
    return str(MarkdownIt("commonmark").enable(["table", "strikethrough"]).render(markdown))


def text_of(markdown: str) -> str:
    """What a reader sees."""
    text = re.sub(r"<!--.*?-->|<[^>]+>", "", html_of(markdown))
    for name, sign in (("&lt;", "<"), ("&gt;", ">"), ("&quot;", '"'), ("&amp;", "&")):
        text = text.replace(name, sign)
    return text.strip()


def body_in(report: GridReport, agent: str) -> str:
    return render_pull_request_body(report.conflicts, agent, report.made_at)


def body_of(conflicts: ConflictReport, agent: str) -> str:
    return body_in(report_of(conflicts), agent)


@pytest.mark.parametrize("text", [NASTY, "- x", "+ x", "a__b__c", "`", "``", "\\", "|", "services/a b.py", "*"])
def test_text_and_code_mean_nothing_but_themselves(text: str) -> None:
    for form in (plain, code):
        table = f"| one | two |\n| --- | --- |\n| {form(text)} | last |"
        cells = re.findall(r"<td>(.*?)</td>", html_of(table))
        assert len(cells) == 2, cells
        assert cells[1] == "last"
        shown = re.sub(r"<!--.*?-->|<[^>]+>", "", cells[0])
        assert shown.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&").strip() == text


def test_nobody_and_no_issue_is_called() -> None:
    assert "@kim" not in plain("@kim")
    assert "#12" not in plain("see #12")


def test_what_is_folded_has_a_plain_title() -> None:
    assert details("a < b", "x") == "<details>\n<summary>a &lt; b</summary>\n\nx\n\n</details>"


def test_the_worst_pairs_stand_open_and_the_rest_is_folded() -> None:
    text = render_conflicts_markdown(view_conflicts(of_four()))

    opened = text.split("<details>")[0]
    assert "**3 conflicts** among 10 pairs" in opened
    assert "`services/orders/api.py`: a1 lines 12–18, a2 lines 14–20" in opened  # noqa: RUF001
    assert "(cost 2; 3 if first come, first served): a3 → a1 → a4 → a2" in opened
    assert "both changed the function expire()" not in opened
    assert "both changed the function expire()" in text


def test_what_is_not_known_is_never_told_as_clean() -> None:
    text = render_conflicts_markdown(view_conflicts(of_unknown()))

    assert "**4 unknown** among 6 pairs" in text
    assert "❓ a2: its worktree ../wt-a2 is gone" in text
    assert "✅" not in text


def test_work_that_can_land_is_told_in_one_sentence() -> None:
    text = render_conflicts_markdown(view_conflicts(of_none()))

    assert "✅ 2 agents on `main` at `4f1d2c3b5a`: all of it can land as it is." in text


def test_what_conflicts_only_together_is_told() -> None:
    text = text_of(render_conflicts_markdown(view_conflicts(of_trio())))

    assert "conflicts once all come together among 6 pairs" in text
    assert "a3 won't merge once a1 and a2 have landed; no two of them conflict, only all together" in text


def test_a_comment_fits_into_a_comment_at_forty_agents() -> None:
    """GitHub takes 65,536 characters."""
    text = render_markdown_report(report_of(of_many(40)))

    assert len(text) < 30_000
    assert "… and 8 more pairs." in text


def test_every_table_of_a_report_holds_whatever_stands_in_it() -> None:
    nasty = ConflictReport(NASTY, "0" * 40, (work_of(NASTY), work_of("a2")), (
        Pair("a2", NASTY, "conflict", (Meeting(NASTY.encode(), "conflict", "content", (), NASTY),)),
        Pair("a2", BASE, "unknown", problem=NASTY),
    ))  # fmt: skip
    report = report_of(nasty, name=NASTY, leases=(lease_view(NASTY, "x/**", reason=NASTY),), warnings=(NASTY,),
                       reviews=(ReviewLine(NASTY, "0" * 40, NASTY, (NASTY,)),))  # fmt: skip

    for text in (render_markdown_report(report), body_in(report, NASTY)):
        html = html_of(text)
        for table in re.findall(r"<table>.*?</table>", html, re.DOTALL):
            heads = table.count("<th>")
            assert {row.count("<td>") for row in re.findall(r"<tr>(.*?)</tr>", table, re.DOTALL)[1:]} == {heads}
        assert "<script>" not in html
        assert "@kim" not in re.sub(r"<code>.*?</code>", "", html)


def test_a_pull_request_says_what_its_agent_meets_and_nobody_elses_business() -> None:
    body = body_of(of_four(), "a2")

    assert body.startswith("❌ a2: **2 conflicts** with other agents' work or the base.")
    assert "**Proposed to land as number 4 of 4**, after a3, a1, a4." in body
    assert "⚠️ It won't merge once a3, a1 and a4 have landed: `services/orders/api.py`, `docs/old guide.md`" in body
    assert "a1 × a2" in body  # noqa: RUF001
    assert "a1 × a3" not in body  # noqa: RUF001


def test_a_pull_request_that_merges_says_so() -> None:
    body = body_of(of_none(), "a1")

    assert body.startswith("✅ a1: merges with the base and with every other agent's work.")


def test_a_pull_request_of_an_agent_that_cannot_be_looked_at_is_no_success() -> None:
    assert body_of(of_unknown(), "a2").startswith("❓ What a2 changed could not be looked at: its worktree")


def test_the_comment_has_all_tables(report: GridReport) -> None:
    text = render_markdown_report(report)

    for title in ("### Agents", "Ownership</summary>", "Leases</summary>", "Budgets</summary>", "### Reviews",
                  "Landed since 2025-02-24 09:00 UTC</summary>", "Events since"):  # fmt: skip
        assert title in text


@pytest.fixture
def report() -> GridReport:
    return report_of(of_four(), leases=(lease_view("a1", "services/common/**"),),
                     reviews=(ReviewLine("a1", "4" * 40, "waiting", ("@kim",)),))  # fmt: skip
