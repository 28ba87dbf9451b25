"""What the edit hook tells beside a yes: another agent's unlanded changes to the file. It never stops an edit."""

import json
from pathlib import Path

import pytest

from agentgrid.boundaries.edited_paths import FILE, MOST_BYTES, note_edits, others_noted
from agentgrid.grid import Grid
from agentgrid.hooks import edit_warning
from support.edits import SLOW, EditAnswer, ask_fast, ask_hook, recorded_call, write_call
from support.grids import BILLING, GridSandbox
from support.program import agentgrid
from support.repositories import Sandbox

WARNING = (
    f"agentgrid: a1 has unlanded changes to {BILLING}: 1 commit. Your edit is allowed; keep it small there, and see: "
    "agentgrid conflicts."
)
SILENT = EditAnswer(0, "", "")


@pytest.fixture
def a1(grid: GridSandbox) -> Sandbox:
    return grid.desks["a1"]


@pytest.fixture
def noted(grid: GridSandbox, a1: Sandbox) -> str:
    """a1 is noted for what a2 owns, and has it in a commit; the common directory."""
    a1.commit("Theirs", **{BILLING: "INVOICES = [1]\n"})
    common_dir = str(grid.repository.common_dir)
    note_edits(common_dir, "a1", [BILLING.encode()])
    return common_dir


@pytest.mark.parametrize(
    ("call", "answer"),
    [
        ("claude-write", {"hookSpecificOutput": {"hookEventName": "PreToolUse", "additionalContext": WARNING}}),
        ("codex-apply-patch", {"hookSpecificOutput": {"hookEventName": "PreToolUse", "additionalContext": WARNING}}),
        ("gemini-write-file", {"systemMessage": WARNING}),
        ("copilot-edit-as-text", {"additionalContext": WARNING}),
    ],
)
def test_it_is_told_in_the_dialects_that_can(noted: str, a2: Sandbox, call: str, answer: dict[str, object]) -> None:
    found = ask_hook(a2, recorded_call(call, a2.path), dialect=call.partition("-")[0])
    assert (found.code, json.loads(found.out), found.err) == (0, answer, "")


@pytest.mark.parametrize(("call", "out"), [("cursor-write", '{"permission":"allow"}\n'), ("opencode-write", "")])
def test_the_others_say_yes_as_ever_and_as_fast(noted: str, a2: Sandbox, call: str, out: str) -> None:
    dialect = call.partition("-")[0]
    recorded = recorded_call(call, a2.path)
    assert ask_fast(a2, recorded, dialect=dialect) == EditAnswer(0, out, "")
    assert ask_hook(a2, recorded, dialect=dialect) == EditAnswer(0, out, "")


def test_who_was_let_through_by_its_own_hook_is_known_to_the_next(grid: GridSandbox, a1: Sandbox, a2: Sandbox) -> None:
    assert agentgrid(grid.main, "grant", BILLING, "--to", "a1").code == 0
    assert ask_hook(a2, write_call(a2, BILLING)) == SILENT
    answer = ask_hook(a1, write_call(a1, BILLING))
    assert answer == SILENT  # a2 was let through, but has changed nothing
    a1.write(BILLING, "INVOICES = [1]\n")
    assert "a1 has unlanded changes to services/billing/main.py: uncommitted changes." in (
        ask_hook(a2, write_call(a2, BILLING)).out
    )


def test_where_nobody_else_is_noted_the_fast_way_says_yes_and_notes(grid: GridSandbox, a2: Sandbox) -> None:
    common_dir = str(grid.repository.common_dir)
    assert ask_fast(a2, write_call(a2, BILLING)) == SILENT
    assert others_noted(common_dir, "a1", BILLING.encode()) == ["a2"]
    size = Path(common_dir + FILE).stat().st_size
    assert ask_fast(a2, write_call(a2, BILLING)) == SILENT
    assert Path(common_dir + FILE).stat().st_size == size


def test_a_hint_that_is_no_longer_true_is_forgotten_and_the_fast_way_is_back(
    noted: str, grid: GridSandbox, a2: Sandbox
) -> None:
    assert ask_fast(a2, write_call(a2, BILLING)).code == SLOW
    grid.main.commit("Landed", **{BILLING: "INVOICES = [1]\n"})
    assert agentgrid(a2, "owner", BILLING).code == 0  # publishes the policy of the new base
    assert ask_hook(a2, write_call(a2, BILLING)) == SILENT
    assert others_noted(noted, "a2", BILLING.encode()) == []
    assert ask_fast(a2, write_call(a2, BILLING)) == SILENT


def test_a_damaged_or_missing_file_of_hints_stops_nobody(noted: str, a2: Sandbox) -> None:
    for content in (b"", b"\0\0\0\0" + BILLING.encode(), b"\xff" * 64):
        Path(noted + FILE).write_bytes(content)
        assert ask_hook(a2, write_call(a2, BILLING)) == SILENT
    Path(noted + FILE).unlink()
    Path(noted + FILE).mkdir()
    assert ask_hook(a2, write_call(a2, BILLING)) == SILENT
    Path(noted + FILE).rmdir()


def test_a_warning_that_fails_is_none(noted: str, a2: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    grid = Grid.open(a2.path)
    paths = [str(a2.path / BILLING)]
    assert edit_warning.warn_of_others(grid, "a2", paths) == WARNING
    monkeypatch.setattr(edit_warning, "others_noted", lambda *_: 1 // 0)
    assert edit_warning.warn_of_others(grid, "a2", paths) is None


def test_a_refusal_is_a_refusal_whatever_others_did(noted: str, a1: Sandbox) -> None:
    assert ask_hook(a1, write_call(a1, BILLING)).reason is not None
    assert others_noted(noted, "a2", BILLING.encode()) == ["a1"]


def test_the_file_of_hints_is_trimmed_before_it_costs_anything(noted: str, a2: Sandbox) -> None:
    for number in range(2_000):
        note_edits(noted, "a3", [b"x" * 250 + b"%d" % number])
    while Path(noted + FILE).stat().st_size <= MOST_BYTES:
        note_edits(noted, "a3", [b"y" * 250 + b"%d" % Path(noted + FILE).stat().st_size])
    assert ask_fast(a2, write_call(a2, BILLING)).code == SLOW
    ask_hook(a2, write_call(a2, BILLING))
    assert Path(noted + FILE).stat().st_size <= MOST_BYTES / 2
    assert ask_fast(a2, write_call(a2, BILLING)) == SILENT
