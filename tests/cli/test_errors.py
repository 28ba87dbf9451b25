"""One place turns errors into exit codes: usage, refusals, what fails outside, bugs."""

import json
import sys
from pathlib import Path

import pytest

from support.program import Answer, agentgrid, run
from support.repositories import Sandbox

BROKEN = """\
import sys
from agentgrid.insight import status
from agentgrid.__main__ import main

def gather_status(*arguments, **options):
    raise ZeroDivisionError("by hand")

status.gather_status = gather_status
sys.argv = ["agentgrid", *sys.argv[1:]]
sys.exit(main())
"""


@pytest.fixture
def grid(small_grid: object) -> Sandbox:
    return small_grid.main  # type: ignore[attr-defined, no-any-return]


def broken(where: Sandbox, *arguments: str) -> Answer:
    """The command with a bug in `status`."""
    return run(where, sys.executable, "-c", BROKEN, *arguments)


@pytest.mark.parametrize(
    ("arguments", "message", "hint"),
    [
        (("status", "--bogus"), "No such option: --bogus", "agentgrid status --help"),
        (("frobnicate",), "No such command 'frobnicate'.", "agentgrid --help"),
        (("can-edit",), "Missing argument 'PATH…'.", "agentgrid can-edit --help"),
        (("agent", "show"), "Missing argument 'ID'.", "agentgrid agent show --help"),
        (("start", "a1", "x", "--pr", "7", "--from", "main"), "--from and --pr both name a start; give one", None),
        (("check", "--staged", "--ci"), "--staged checks the index; it doesn't go with --base, --head or --ci", None),
    ],
)  # fmt: skip
def test_wrong_usage_is_one_line_a_hint_and_exit_code_2(
    tmp_path: Path, arguments: tuple[str, ...], message: str, hint: str | None
) -> None:
    answer = agentgrid(tmp_path, *arguments)

    lines = [f"agentgrid: {message}", *([f"hint: {hint}"] if hint else [])]
    assert (answer.code, answer.out, answer.err.splitlines()) == (2, "", lines)


@pytest.mark.parametrize("arguments", [("status", "--json", "--bogus"), ("check", "--format", "json", "--zzz")])
def test_wrong_usage_with_json_is_an_envelope(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    answer = agentgrid(tmp_path, *arguments)

    command = arguments[0]
    assert (answer.code, json.loads(answer.out)) == (
        2,
        {
            "schema": "agentgrid.error/1",
            "error": {
                "code": "usage",
                "message": f"No such option: {arguments[-1]}",
                "hint": f"agentgrid {command} --help",
                "details": {},
            },
        },
    )


@pytest.mark.parametrize("form", [("--format", "github"), ("--format=github",)])
def test_wrong_usage_with_githubs_format_is_an_annotation_too(tmp_path: Path, form: tuple[str, ...]) -> None:
    answer = agentgrid(tmp_path, "check", *form, "--zzz")

    assert (answer.code, answer.out, answer.err.splitlines()[0]) == (
        2,
        "::error title=agentgrid::No such option: --zzz%0Aagentgrid check --help\n",
        "agentgrid: No such option: --zzz",
    )


def test_a_bug_is_one_line_a_crash_log_and_exit_code_70(grid: Sandbox, hermetic: Path) -> None:
    answer = broken(grid, "status")

    [log] = (hermetic / ".local/state/agentgrid/crashes").iterdir()
    assert (answer.code, answer.out, answer.err.splitlines()) == (
        70,
        "",
        [
            "agentgrid: this is a bug: ZeroDivisionError: by hand",
            f"hint: the details are in {log}; `agentgrid --debug …` shows them here",
        ],
    )
    assert "in gather_status" in log.read_text(encoding="utf-8")


def test_a_bug_with_json_is_an_envelope(grid: Sandbox) -> None:
    answer = broken(grid, "status", "--json")

    assert (answer.code, answer.error["code"], "Traceback" in answer.out + answer.err) == (70, "error", False)


def test_with_debug_a_bug_shows_its_traceback_and_keeps_its_exit_code(grid: Sandbox) -> None:
    answer = broken(grid, "--debug", "status")

    assert (answer.code, answer.out) == (70, "")
    assert "Traceback (most recent call last)" in answer.err
    assert "in gather_status" in answer.err


def test_with_debug_a_refusal_keeps_its_exit_code(grid: Sandbox) -> None:
    answer = agentgrid(grid, "--debug", "remove", "zz")

    assert (answer.code, "Traceback" in answer.err) == (2, True)


def test_a_home_that_cannot_be_written_does_not_hide_a_bug(grid: Sandbox, tmp_path: Path) -> None:
    (tmp_path / "state").write_text("a file\n", encoding="utf-8")

    answer = run(grid, sys.executable, "-c", BROKEN, "status", env={"XDG_STATE_HOME": str(tmp_path / "state")})

    assert (answer.code, answer.err.splitlines()[0]) == (70, "agentgrid: this is a bug: ZeroDivisionError: by hand")


def test_a_broken_policy_is_told_with_file_and_line(grid: Sandbox) -> None:
    grid.commit("Break it", **{"agentgrid.yaml": "version: 1\nbase: main\ncomon: [a/**]\n"})

    answer = agentgrid(grid, "status")

    assert (answer.code, answer.out) == (2, "")
    assert answer.err.startswith("agentgrid: agentgrid.yaml:3: comon: ")
    assert "common" in answer.err


def test_a_command_in_a_directory_that_was_deleted_says_so(tmp_path: Path) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()

    answer = run(gone, "sh", "-c", "rmdir ../gone; exec agentgrid status --json")

    assert (answer.code, answer.error["message"]) == (2, "the directory you are in doesn't exist any more")


def test_an_interrupt_ends_with_130_and_no_traceback(grid: Sandbox) -> None:
    script = BROKEN.replace('ZeroDivisionError("by hand")', "KeyboardInterrupt")

    answer = run(grid, sys.executable, "-c", script, "status")

    assert (answer.code, answer.out, "Traceback" in answer.err) == (130, "", False)
