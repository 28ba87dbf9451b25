"""`report`: a summary, one page, a comment."""

import os
from pathlib import Path

import pytest

from support.browser import open_page
from support.grids import GridSandbox
from support.program import BIN, agentgrid, run

COMMON = "services/common/cache.py"


@pytest.fixture
def clash(grid: GridSandbox) -> GridSandbox:
    """Both agents changed one line of common code; a1 holds the lease."""
    assert agentgrid(grid.desks["a1"], "lock", COMMON, "--reason", "a new cache").code == 0
    for agent, desk in grid.desks.items():
        desk.write(COMMON, f"TTL_S = '{agent}'\n")
    return grid


def test_the_summary_tells_everything_one_below_the_other(clash: GridSandbox) -> None:
    answer = agentgrid(clash.main, "report")

    assert (answer.code, answer.err) == (0, "")
    titles = ("a1 × a2  conflict", "land in this order", "Agents", "Ownership", "Leases", "Budgets", "Landed since",  # noqa: RUF001
              "Events since")  # fmt: skip
    places = [answer.out.index(title) for title in titles]
    assert places == sorted(places)
    assert "a new cache" in answer.out
    assert "lease.acquired" in answer.out


def test_the_page_shows_the_real_grid_in_a_browser(clash: GridSandbox, tmp_path: Path) -> None:
    answer = agentgrid(clash.main, "report", "--html", tmp_path / "report.html")

    seen = open_page(tmp_path / "report.html")
    assert (answer.code, answer.out, answer.err) == (0, "", f"wrote {tmp_path / 'report.html'}\n")
    assert (seen.console, seen.count('<g class="cell '), seen.count('<g class="cell conflict')) == ((), 3, 1)
    assert seen.colours > 100


def test_page_and_comment_are_written_at_once(clash: GridSandbox, tmp_path: Path) -> None:
    agentgrid(clash.main, "report", "--html", tmp_path / "page.html", "--markdown", tmp_path / "comment.md")

    assert (tmp_path / "page.html").read_text(encoding="utf-8").startswith("<!doctype html>")
    assert (tmp_path / "comment.md").read_text(encoding="utf-8").startswith("## agentgrid: shop\n")


@pytest.mark.parametrize(("option", "begins"), [("--html", "<!doctype html>"), ("--markdown", "## agentgrid: shop\n")])
def test_a_dash_is_stdout(clash: GridSandbox, option: str, begins: str) -> None:
    answer = agentgrid(clash.main, "report", option, "-")

    assert (answer.code, answer.out.startswith(begins), answer.err) == (0, True, "")


def test_json_has_what_each_command_tells(clash: GridSandbox) -> None:
    data = agentgrid(clash.main, "report", "--json", "--since", "2h").data

    assert set(data) >= {
        "made_at",
        "since",
        "status",
        "conflicts",
        "ownership",
        "leases",
        "budgets",
        "landings",
        "events",
    }
    assert data["conflicts"]["pairs"] == agentgrid(clash.main, "conflicts", "--json").data["pairs"]
    assert [lease["holder"] for lease in data["leases"]] == ["a1"]
    assert data["events"]["lease.acquired"] == 1


def test_only_what_happened_since_is_told(clash: GridSandbox) -> None:
    assert agentgrid(clash.main, "report", "--json", "--since", "2099-01-01").data["events"] == {}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--html", "-", "--markdown", "-"), "stdout has room for one answer"),
        (("--html", "-", "--json"), "stdout has room for one answer"),
        (("--html", "nowhere/at/all.html"), "is no directory"),
        (("--markdown", "services"), "services is a directory"),
        (("--since", "yesterday"), "'yesterday' is no time"),
    ],
)
def test_a_wrong_question_is_told_before_anything_is_done(
    grid: GridSandbox, arguments: tuple[str, ...], message: str
) -> None:
    answer = agentgrid(grid.main, "report", *arguments)

    assert (answer.code, message in answer.err, answer.out.startswith("<")) == (2, True, False)


def test_a_pipe_is_written_to_and_not_replaced(clash: GridSandbox, tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)

    answer = run(clash.main, "sh", "-c", f"cat {pipe} & {BIN / 'agentgrid'} report --html {pipe} && wait")

    assert (answer.code, answer.out.startswith("<!doctype html>"), pipe.is_fifo()) == (0, True, True)


def test_a_place_that_cannot_be_written_is_no_bug(clash: GridSandbox, tmp_path: Path) -> None:
    answer = agentgrid(clash.main, "report", "--html", tmp_path / ("x" * 300))

    assert (answer.code, "can't write" in answer.err) == (3, True)
