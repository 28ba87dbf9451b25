"""log and state show, as people and programs call them."""

import json
import os
import signal
import subprocess
import time
from pathlib import Path

import pytest

from agentgrid.store.events import record_event
from agentgrid.store.opening import open_store
from support.program import BIN, agentgrid, with_program
from support.repositories import Sandbox
from support.stores import start_program, state_directory


def happen(repo: Sandbox, kind: str = "lease.acquired", **fields: object) -> None:
    store = open_store(repo.path / ".git")
    with store.write() as session:
        values = {"actor": "a1", "subject": "services/common/", **fields}
        record_event(session, store.now(), kind, **values)  # type: ignore[arg-type]
    store.close()


def without_times(text: str) -> list[str]:
    return [line.partition("Z")[2].lstrip() for line in text.splitlines()]


def follow(repo: Sandbox, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen([BIN / "agentgrid", "log", "--follow", *arguments], cwd=repo.path, env=with_program(),
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)  # fmt: skip


def test_the_log_tells_what_is_different_newest_last(repo: Sandbox) -> None:
    happen(repo, token=7, after={"holder": "a1", "patterns": ["/a", "/b c"], "token": 7, "until": "landed"})
    happen(repo, "lease.renewed", token=7, before={"ttl_s": 60, "host": "h"}, after={"ttl_s": 90, "host": "h"})
    happen(repo, "lease.forced", actor="@kim", token=7, before={"holder": "a1"}, subject="bad\n\x1b[31m")
    happen(repo, "note.added", after="plain")

    answer = agentgrid(repo, "log")

    assert (answer.code, answer.err) == (0, "")
    assert without_times(answer.out) == [
        "lease.acquired    a1        services/common/  L7  patterns: /a /b c",
        "lease.renewed     a1        services/common/  L7  ttl_s: 60 → 90",
        "lease.forced      @kim      bad\\n\\x1b[31m  L7",
        "note.added        a1        services/common/  plain",
    ]


def test_json_has_every_field(repo: Sandbox) -> None:
    happen(repo, token=7, before={"x": 1}, after=[2])

    [event] = agentgrid(repo, "log", "--json").data

    assert list(event) == ["seq", "at", "kind", "actor", "subject", "token", "before", "after"]
    assert {**event, "at": "…"} == {
        "seq": 1, "at": "…", "kind": "lease.acquired", "actor": "a1", "subject": "services/common/", "token": 7,
        "before": {"x": 1}, "after": [2],
    }  # fmt: skip


def test_the_options_choose(repo: Sandbox) -> None:
    for number in range(60):
        happen(repo, f"test.{'even' if number % 2 == 0 else 'odd'}", subject=str(number), actor=f"a{number % 3}")

    def seen(*options: str) -> list[int]:
        return [int(event["subject"]) for event in agentgrid(repo, "log", "--json", *options).data]

    assert seen() == list(range(10, 60))
    assert seen("-n", "2") == [58, 59]
    assert seen("--since", "2h") == list(range(60))
    assert seen("--since", "2099-01-01") == []
    assert seen("--agent", "a1", "-n", "2") == [55, 58]
    assert seen("--kind", "test.odd", "-n", "2") == [57, 59]
    assert seen("--kind", "test", "-n", "1") == [59]


def test_a_log_without_events_is_no_error_and_makes_no_state(repo: Sandbox) -> None:
    assert agentgrid(repo, "log").out == "no events\n"
    assert agentgrid(repo, "log", "--json").data == []
    assert not state_directory(repo.path / ".git").exists()


@pytest.mark.parametrize("text", ["yesterday", "2025-13-01", "99999999999d", "", "2 h"])
def test_a_time_that_is_none_says_what_is_accepted(repo: Sandbox, text: str) -> None:
    answer = agentgrid(repo, "log", "--since", text)

    assert answer.code == 2
    assert f"{text!r} is no time (accepted: 45s, 30m, 2h, 14d ago, or a time: 2025-03-03" in answer.err


def test_following_shows_what_comes_and_ends_with_130_on_ctrl_c(repo: Sandbox) -> None:
    happen(repo, subject="first")
    process = follow(repo, "--json")
    assert process.stdout is not None
    assert [event["subject"] for event in json.loads(process.stdout.readline())["data"]] == ["first"]
    happen(repo, subject="second")
    happen(repo, subject="third")
    seen: list[str] = []
    while len(seen) < 2:
        seen += [event["subject"] for event in json.loads(process.stdout.readline())["data"]]
    process.send_signal(signal.SIGINT)

    assert process.communicate()[1].strip() == ""
    assert (process.returncode, seen) == (130, ["second", "third"])


def test_following_begins_before_there_is_a_state(repo: Sandbox) -> None:
    process = follow(repo, "--kind", "test.wanted")
    happen(repo, "test.other")
    happen(repo, "test.wanted")
    assert process.stdout is not None
    assert "test.wanted" in process.stdout.readline()
    process.send_signal(signal.SIGINT)
    process.communicate()


def test_following_ends_when_the_reader_leaves_though_nothing_more_happens(repo: Sandbox) -> None:
    happen(repo)
    process = follow(repo)
    assert process.stdout is not None
    process.stdout.readline()
    process.stdout.close()

    assert process.stderr is not None
    with process.stderr as err:
        assert err.read() == ""
    assert process.wait() == 0


def test_following_into_a_file_goes_on(repo: Sandbox, tmp_path: Path) -> None:
    with (tmp_path / "out").open("wb") as out:
        process = subprocess.Popen([BIN / "agentgrid", "log", "-f"], cwd=repo.path, env=with_program(), stdout=out)
    happen(repo)
    while not (tmp_path / "out").stat().st_size:
        assert process.poll() is None
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    assert process.wait() == 130


def test_state_show_before_anything_is_stored(repo: Sandbox) -> None:
    answer = agentgrid(repo, "state", "show")

    path = state_directory(repo.path / ".git") / "state.db"
    assert (answer.code, answer.out.splitlines()) == (0, [f"state    {path}", "         nothing is stored yet"])
    assert agentgrid(repo, "state", "show", "--json").data["exists"] is False


def test_state_show_tells_where_what_and_who(repo: Sandbox) -> None:
    happen(repo)
    directory = state_directory(repo.path / ".git")
    answer = agentgrid(repo, "state", "show")

    assert answer.code == 0
    [place, size, tables, journal, rows, writing] = answer.out.splitlines()
    assert place == f"state    {directory}/state.db"
    assert size.endswith("kB, log 0 B")
    assert tables.startswith("tables   version 4, by agentgrid ")
    assert journal == "journal  wal"
    assert rows.startswith("rows     meta 2, counters 1, events 1, leases 0, ")
    assert writing == "writing  nobody"

    writer = start_program(directory, "with store.write(): print('in', flush=True); sys.stdin.read()")
    assert writer.stdout is not None
    writer.stdout.readline()
    assert agentgrid(repo, "state", "show").out.splitlines()[-1] == f"writing  process {writer.pid}"
    data = agentgrid(repo, "state", "show", "--json").data
    writer.communicate()
    assert data["writer"] == {"pid": writer.pid}
    assert (data["kind"], data["version"], data["latest_version"], data["rows"]["events"]) == ("sqlite", 4, 4, 1)
    assert (data["journal_mode"], data["faults"]) == ("wal", [])


def test_a_damaged_state_is_told_in_one_line_everywhere(repo: Sandbox) -> None:
    happen(repo)
    path = state_directory(repo.path / ".git") / "state.db"
    os.truncate(path, 0)
    hint = f"put state.db back from a backup; or start with an empty state: mv {path.parent} {path.parent}.old"

    shown = agentgrid(repo, "state", "show")
    assert (shown.code, shown.err) == (3, "")
    assert shown.out.splitlines()[-3:] == [
        "writing  nobody",
        f"fault: the state {path} was cut to nothing",
        f"→ {hint}",
    ]
    assert agentgrid(repo, "state", "show", "--json").data["faults"] == [
        {"message": f"the state {path} was cut to nothing", "hint": hint}
    ]
    log = agentgrid(repo, "log")
    assert (log.code, log.out) == (3, "")
    assert log.err == f"agentgrid: the state {path} was cut to nothing\nhint: {hint}\n"
    assert agentgrid(repo, "log", "--json").error["code"] == "state"
