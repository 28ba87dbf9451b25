"""A pass counts for what its process runs, while it runs, and for nothing else."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from agentgrid.store.events import read_events
from agentgrid.store.opening import open_store
from agentgrid.store.sqlite import SqliteStore
from agentgrid.workspace.passes import PASS_VARIABLE, hold_pass, is_pass_valid, passes_as_person

ASK = """
import sys
from pathlib import Path
from agentgrid.store.opening import open_store
from agentgrid.workspace.passes import passes_as_person
print(passes_as_person(open_store(Path(sys.argv[1]))))
"""


@pytest.fixture
def store(tmp_path: Path) -> SqliteStore:
    return open_store(tmp_path)


def ask(tmp_path: Path, nonce: str, *, before: tuple[str, ...] = ()) -> bool:
    """What a child of this process is told."""
    command = [*before, sys.executable, "-c", ASK, str(tmp_path)]
    env = {**os.environ, PASS_VARIABLE: nonce}
    return subprocess.run(command, env=env, capture_output=True, text=True, check=True).stdout == "True\n"


def test_what_the_holder_runs_passes_at_any_remove_and_nothing_after_the_end(
    tmp_path: Path, store: SqliteStore
) -> None:
    with hold_pass(store, "a1", "@ann", ["git", "commit"]) as nonce:
        assert ask(tmp_path, nonce)
        assert ask(tmp_path, nonce, before=("sh", "-c", '"$@"; exit', "sh"))
    assert not ask(tmp_path, nonce)
    with store.read() as session:
        assert session.run("SELECT * FROM passes") == []


def test_a_forged_an_empty_and_no_value_open_nothing(
    tmp_path: Path, store: SqliteStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert not ask(tmp_path, "1")  # nothing was ever stored
    with hold_pass(store, "a1", "@ann", ["sh"]) as nonce:
        assert [ask(tmp_path, each) for each in (nonce.upper(), "", f"{nonce} ", "' OR 1=1 --")] == [False] * 4
    monkeypatch.delenv(PASS_VARIABLE, raising=False)
    assert not passes_as_person(store)


def test_a_value_that_another_tree_of_processes_got_hold_of_opens_nothing(tmp_path: Path, store: SqliteStore) -> None:
    holder = (
        "import sys, time; from pathlib import Path; from agentgrid.store.opening import open_store\n"
        "from agentgrid.workspace.passes import hold_pass\n"
        "with hold_pass(open_store(Path(sys.argv[1])), 'a1', '@ann', ['sh']) as nonce:\n"
        "    print(nonce, flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", holder, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        nonce = process.stdout.readline().strip()
        assert len(nonce) == 32
        assert not ask(tmp_path, nonce)
        process.kill()
    assert not ask(tmp_path, nonce)
    with store.read() as session:
        assert len(session.run("SELECT * FROM passes")) == 1  # killed: nobody took it out
    with hold_pass(store, "a1", "@ann", ["sh"]), store.read() as session:
        assert [row["nonce"] == nonce for row in session.run("SELECT nonce FROM passes")] == [False]


def test_a_reused_process_number_opens_nothing(tmp_path: Path, store: SqliteStore) -> None:
    with hold_pass(store, "a1", "@ann", ["sh"]) as nonce:
        with store.write() as session:
            session.run("UPDATE passes SET process_started = '12345.0'")
        assert not ask(tmp_path, nonce)
        assert not is_pass_valid(store, nonce)


@pytest.mark.parametrize(
    ("command", "told"),
    [
        (["git", "commit", "-m", "hunter2"], {"program": "git", "argument": "commit"}),
        (["/usr/bin/curl", "https://ann:hunter2@example.invalid"], {"program": "curl"}),
        (["env", "TOKEN=hunter2", "sh"], {"program": "env"}),
        (["sh"], {"program": "sh"}),
    ],
)
def test_it_is_logged_without_what_may_be_secret(store: SqliteStore, command: list[str], told: dict[str, str]) -> None:
    with hold_pass(store, "a1", "@ann", command):
        pass
    with store.read() as session:
        event = read_events(session)[-1]
    assert (event.kind, event.actor, event.subject, event.after) == ("as-me", "@ann", "a1", told)
    assert "hunter2" not in json.dumps(event.as_json())
