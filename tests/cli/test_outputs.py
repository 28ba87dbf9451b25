"""What commands print for people, whole; ids, times and paths made the same, columns squeezed."""

import os
import re
import subprocess
from pathlib import Path

import pytest

from support.golden import require_golden, same_everywhere
from support.program import BILLING, BIN, COMMON, ORDERS, Answer, InitialisedGrid, agentgrid, put_back, run, try_commit

GOLDEN = Path(__file__).parent / "golden"


@pytest.fixture(scope="module")
def grid(grid_as_made: tuple[InitialisedGrid, Path]) -> InitialisedGrid:
    """A grid at work: a1 has a commit and a dirty tree, a2 a finding; looked at and never changed."""
    made, kept = grid_as_made
    put_back(kept, made.main.path.parent)
    assert try_commit(made.desks["a1"], BILLING, message="Sum up invoices").code == 0
    made.desks["a1"].write("notes.txt", "mine\n")
    made.desks["a2"].commit("Past the guard", **{BILLING: "TAKEN = 1\n"})
    return made


def require_same(grid: InitialisedGrid, name: str, answer: Answer) -> None:
    text = answer.out + (f"--- stderr\n{answer.err}" if answer.err else "")
    require_golden(GOLDEN / f"{name}.txt", same_everywhere(text, {"top": grid.main.path.parent}))


@pytest.mark.parametrize(
    ("name", "code", "arguments"),
    [
        ("status", 0, ("status",)),
        ("owner", 0, ("owner", ORDERS, COMMON, "README.md", "agentgrid.yaml")),
        ("can-edit", 1, ("can-edit", "--agent", "a1", BILLING, ORDERS, COMMON, "agentgrid.yaml")),
        ("map", 0, ("map",)),
        ("map-tree", 0, ("map", "--tree")),
        ("policy-show", 0, ("policy", "show")),
        ("agent-list", 0, ("agent", "list")),
        ("agent-show", 0, ("agent", "show", "a1")),
        ("check", 1, ("check", "--head", "feat/orders/work__a2")),
        ("remove-dry-run", 0, ("remove", "a1", "--dry-run")),
        ("start-dry-run", 0, ("start", "a1", "cache", "--dry-run", "--type", "fix")),
        ("repair-dry-run", 0, ("agent", "repair", "--dry-run")),
        ("agent-add-dry-run", 0, ("agent", "add", "a3", "--owns", "docs/**", "--dry-run")),
    ],
)
def test_what_people_read_is_this(grid: InitialisedGrid, name: str, code: int, arguments: tuple[str, ...]) -> None:
    answer = agentgrid(grid.main, *arguments)

    assert answer.code == code
    require_same(grid, name, answer)


def test_doctor_tells_what_it_looked_at(grid: InitialisedGrid) -> None:
    answer = agentgrid(grid.main, "doctor")

    text = re.sub(r"git version \S+", "git version <version>", answer.out)
    text = re.sub(r"agentgrid \S+ at \S+", "agentgrid <version> at <place>", text)
    text = re.sub(r"[\d.]+ [TGM]B, no agent", "<size>, no agent", text)
    text = re.sub("─+", "─", text)  # as wide as this installation's path is long
    assert answer.code == 0
    require_same(grid, "doctor", Answer(answer.code, text, answer.err))


@pytest.mark.parametrize("command", [("status",), ("map",), ("agent", "list"), ("doctor",)])
def test_nothing_is_coloured_outside_a_terminal(grid: InitialisedGrid, command: tuple[str, ...]) -> None:
    answer = agentgrid(grid.main, *command, env={"NO_COLOR": "", "TERM": "xterm-256color"})

    assert "\x1b" not in answer.out + answer.err


@pytest.mark.parametrize(("no_color", "is_coloured"), [("1", False), ("", True)])
def test_a_terminal_gets_colours_unless_no_color_says_otherwise(
    grid: InitialisedGrid, no_color: str, is_coloured: bool
) -> None:
    program = Path(__file__).parents[1] / "support" / "in_terminal.py"

    answer = run(grid.main, "python", str(program), "agentgrid", "status",
                 env={"NO_COLOR": no_color, "TERM": "xterm-256color"})  # fmt: skip

    assert (answer.code, "\x1b[" in answer.out, "ready" in answer.out) == (0, is_coloured, True)


def test_a_reader_that_leaves_is_no_error(grid: InitialisedGrid) -> None:
    """The pipe's reading end is closed before anything is written."""
    reading, writing = os.pipe()
    os.close(reading)

    with os.fdopen(writing, "wb") as pipe:
        done = subprocess.run([BIN / "agentgrid", "map"], cwd=grid.main.path, stdout=pipe, stderr=subprocess.PIPE,
                              check=False)  # fmt: skip

    assert (done.returncode, done.stderr) == (0, b"")


def test_c_runs_it_elsewhere_as_git_does(grid: InitialisedGrid) -> None:
    there = agentgrid(grid.main.path.parent, "-C", "shop", "owner", ORDERS)

    assert there == agentgrid(grid.main, "owner", ORDERS)
    assert there.code == 0


def test_paths_are_read_from_where_one_stands(grid: InitialisedGrid) -> None:
    answer = agentgrid(grid.main.path / "services/orders", "owner", "main.py", "../billing/main.py", "--json")

    assert [each["path"] for each in answer.data] == [ORDERS, BILLING]


def test_git_agentgrid_is_the_same_command(grid: InitialisedGrid) -> None:
    assert run(grid.main, "git", "agentgrid", "map") == agentgrid(grid.main, "map")


def test_the_answer_is_on_stdout_and_nothing_else_is(grid: InitialisedGrid) -> None:
    answer = agentgrid(grid.main, "path", "a1")

    assert answer == Answer(0, f"{grid.desks['a1'].path}\n", "")
