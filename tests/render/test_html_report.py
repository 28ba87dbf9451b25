"""The page of `report --html`: whole in itself, nothing unescaped, and as a real browser shows it."""

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from agentgrid.insight.report import ReviewLine
from agentgrid.integration.conflicts.model import ConflictReport, Meeting, Pair
from agentgrid.render.html_report import render_html_report
from support.browser import Seen, open_page
from support.conflict_reports import of_four, of_many, of_none, of_trio, of_unknown, work_of
from support.grid_reports import lease_view, report_of

EVIL = "<script>console.error(1)</script>\"'&"
CELL = r'<g class="cell '


class Elements(HTMLParser):
    """Every start tag with its attributes, and whether all that is opened is closed."""

    VOID = frozenset({"meta", "link", "br", "rect", "use", "circle", "path"})

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def page_of(conflicts: ConflictReport) -> str:
    leases = (lease_view("a1", "services/common/**", reason="new cache"), lease_view("@kim", "docs/*", state="expired"))
    return render_html_report(report_of(conflicts, leases=leases, warnings=("a2: the guard is not in order",)))


def look(tmp_path: Path, text: str, *, is_dark: bool = False) -> Seen:
    page = tmp_path / "report.html"
    page.write_text(text, encoding="utf-8")
    return open_page(page, is_dark=is_dark)


@pytest.mark.parametrize(("conflicts", "cells"), [(of_four(), 10), (of_many(40), 820)], ids=["four", "forty"])
@pytest.mark.parametrize("is_dark", [False, True], ids=["light", "dark"])
def test_a_browser_shows_the_matrix_and_has_nothing_to_complain_of(
    tmp_path: Path, conflicts: ConflictReport, cells: int, is_dark: bool
) -> None:
    seen = look(tmp_path, page_of(conflicts), is_dark=is_dark)

    assert seen.console == ()
    assert seen.count(CELL) == cells
    assert seen.colours > 100  # a blank page has one


def test_a_blank_page_and_one_with_an_error_would_be_found(tmp_path: Path) -> None:
    """The twin."""
    seen = look(tmp_path, "<!doctype html><title>x</title><script>console.error('broken')</script>")

    assert (seen.colours, seen.count(CELL)) == (1, 0)
    assert any("broken" in line for line in seen.console)


def test_names_and_paths_run_nothing_in_a_browser(tmp_path: Path) -> None:
    """Without the page's own policy, so that escaping alone has to hold."""
    evil = ConflictReport(EVIL, "0" * 40, (work_of(EVIL), work_of("a2", problem=EVIL)), (
        Pair("a2", EVIL, "conflict", (Meeting(EVIL.encode(), "conflict", "content", (), EVIL),)),
    ))  # fmt: skip
    report = report_of(evil, name=EVIL, leases=(lease_view(EVIL, "x/**", reason=EVIL),), warnings=(EVIL,),
                       reviews=(ReviewLine(EVIL, "0" * 40, EVIL, (EVIL,)),))  # fmt: skip
    text = re.sub(r"<meta http-equiv[^>]*>", "", render_html_report(report))

    seen = look(tmp_path, text)

    assert seen.console == ()
    assert "script" not in {tag for tag, _ in Elements(text).found}
    assert seen.dom.count("&lt;script&gt;") > 5


@pytest.mark.parametrize("conflicts", [of_four(), of_many(40), of_none(), of_unknown(), of_trio()])
def test_the_page_needs_nothing_from_elsewhere(conflicts: ConflictReport) -> None:
    text = page_of(conflicts)
    elements = Elements(text)

    links = [value or "" for _, attributes in elements.found for name, value in attributes.items()
             if name in {"src", "href", "xlink:href", "action", "data"}]  # fmt: skip
    assert all(link.startswith("#") or link == "data:," for link in links)
    assert not re.search(r"url\(|@import|https?://", text)
    assert {tag for tag, _ in elements.found} & {"script", "iframe", "img", "object", "form"} == set()


@pytest.mark.parametrize("conflicts", [of_four(), of_many(40), of_none(), of_unknown(), of_trio()])
def test_every_element_is_closed_and_every_link_leads_somewhere(conflicts: ConflictReport) -> None:
    elements = Elements(page_of(conflicts))

    assert elements.open == []
    ids = [attributes["id"] for _, attributes in elements.found if "id" in attributes]
    assert len(ids) == len(set(ids))
    targets = {value for _, attributes in elements.found for name, value in attributes.items() if name == "href"}
    assert {f"#{each}" for each in ids} >= targets - {"data:,"}


def test_what_the_matrix_shows_is_there_in_words_too() -> None:
    text = page_of(of_four())

    assert "<title>a2 and a1: conflict, 2 files</title>" in text
    assert text.count('<th scope="row">') == 4
    assert "a1 lines 12–18, a2 lines 14–20" in text  # noqa: RUF001
    assert "both changed the function expire()" in text


def test_the_order_stands_there_with_its_cost_and_who_will_not_merge() -> None:
    text = " ".join(page_of(of_trio()).split())

    assert 'Order to land in <span class="soft">(cost 1)</span>' in text
    assert "<b>a3</b> won&#39;t merge once a1 and a2 have landed; no two of them conflict, only all together" in text


def test_what_is_not_known_is_said_at_the_top() -> None:
    text = page_of(of_unknown())

    assert "✗ Of 4 pairs it can&#39;t be told." in text
    assert text.index("<b>Unknown:</b> a2: its worktree") < text.index("<h2")


def test_work_that_can_land_is_told_so() -> None:
    assert '<p class="verdict good">✓ All of it can land as it is.</p>' in page_of(of_none())


def test_a_state_that_cannot_be_read_is_no_empty_table() -> None:
    text = render_html_report(report_of(of_none(), leases=None))

    assert "the state can&#39;t be read; agentgrid state show" in text
