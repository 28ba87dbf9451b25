"""`.cursor/worktrees.json` is read as Cursor reads it; what can't be understood is an error that names it."""

import json
from pathlib import Path

import pytest

from agentgrid.config.policy import PolicyFiles, parse_policy
from agentgrid.errors import ConfigError
from agentgrid.git.repository import Repository
from agentgrid.workspace.setup.cursor_file import read_cursor_commands
from agentgrid.workspace.setup.planning import list_setup_commands
from support.repositories import Sandbox


def write(top: Path, value: object) -> None:
    (top / ".cursor").mkdir(exist_ok=True)
    (top / ".cursor/worktrees.json").write_text(value if isinstance(value, str) else json.dumps(value))


def test_a_list_of_commands_is_run_in_its_order(tmp_path: Path) -> None:
    write(tmp_path, {"setup-worktree": ["npm ci", "cp $ROOT_WORKTREE_PATH/.env .env", " "]})
    found = read_cursor_commands(tmp_path)
    assert [each.text for each in found] == ["npm ci", "cp $ROOT_WORKTREE_PATH/.env .env"]
    assert found[0].source == ".cursor/worktrees.json setup-worktree"


def test_the_key_for_unix_stands_before_the_general_one(tmp_path: Path) -> None:
    write(tmp_path, {"setup-worktree": ["general"], "setup-worktree-unix": ["unix"], "setup-worktree-windows": ["no"]})
    assert [each.text for each in read_cursor_commands(tmp_path)] == ["unix"]


def test_a_script_is_known_by_what_is_in_it(tmp_path: Path) -> None:
    write(tmp_path, {"setup-worktree-unix": "make.sh"})
    script = tmp_path / ".cursor/make.sh"
    script.write_text("echo one\n")
    (before,) = read_cursor_commands(tmp_path)
    assert (before.text, before.is_as_read) == (f"sh {script}", True)

    script.write_text("echo two\n")

    assert before.is_as_read is False
    assert read_cursor_commands(tmp_path)[0].fingerprint != before.fingerprint


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("{", r"worktrees\.json:1: not JSON"),
        ("[]", "is no object"),
        ({"setup-worktree": [1]}, r"setup-worktree: \[1\] is no set-up \(accepted: a list of commands"),
        ({"setup-worktree": {}}, "is no set-up"),
        ({"setup-worktree": "gone.sh"}, "'gone.sh' can't be read: No such file"),
        ({"setup-worktree": "../../etc/passwd"}, "is outside the repository"),
    ],
)
def test_what_isnt_understood_is_an_error(tmp_path: Path, value: object, message: str) -> None:
    write(tmp_path, value)
    with pytest.raises(ConfigError, match=message):
        read_cursor_commands(tmp_path)


@pytest.mark.parametrize(("setup", "expected"), [("", ["npm ci"]), ("setup: {run: [make]}\n", ["make"])])
def test_it_counts_where_the_grid_has_no_commands_of_its_own(repo: Sandbox, setup: str, expected: list[str]) -> None:
    write(repo.path, {"setup-worktree": ["npm ci"]})
    policy = parse_policy(PolicyFiles(f"version: 1\n{setup}".encode()))
    commands = list_setup_commands(Repository.discover(repo.path), policy)
    assert [each.text for each in commands] == expected
