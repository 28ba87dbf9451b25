"""The edit hook stands where the client reads it, hidden from git; it is missed when gone, and leaves no trace."""

import json
import os
import subprocess
from pathlib import Path

import pytest

from agentgrid.workspace.clients.installing import find_client_faults, find_installed
from agentgrid.workspace.clients.known import CLIENTS, GONE
from support.edits import edit_hook_of, write_call
from support.grids import BILLING, ORDERS, GridSandbox, make_grid
from support.program import InitialisedGrid, agentgrid, snapshot
from support.repositories import Sandbox

LOCAL = ".claude/settings.local.json"


@pytest.fixture
def own_grid(tmp_path: Path) -> GridSandbox:
    """Settings are written into it, and `fresh` puts those back nowhere."""
    return make_grid(tmp_path / "shop")


def hooks(where: Sandbox, *arguments: str) -> tuple[int, str, str]:
    answer = agentgrid(where, "agent", "hooks", *arguments)
    return answer.code, answer.out, answer.err


@pytest.mark.parametrize("name", CLIENTS)
def test_it_is_written_once_hidden_and_taken_out_again(own_grid: GridSandbox, name: str) -> None:
    main, a2 = own_grid.main, own_grid.desks["a2"]
    code, out, _ = hooks(main, "a2", "--client", name, "--write")
    assert (code, out.startswith("written: ")) == (0, True)
    assert hooks(main, "a2", "--client", name, "--write")[1].startswith("in order already: ")
    assert [each.git("status", "--porcelain") for each in (main, a2)] == ["", ""]
    files = find_installed(own_grid.repository, "a2", a2.path)
    assert files
    assert {str(file) for file in files} <= {str(top.path / CLIENTS[name].file) for top in (main, a2)}
    assert find_client_faults(own_grid.repository, "a2", a2.path) == []
    done = agentgrid(main, "uninstall", "--yes")
    assert done.code == 0, done.err
    assert [file for file in files if file.exists()] == []
    assert [each.git("status", "--porcelain", "--ignored") for each in (main, a2)] == ["", ""]
    assert not (a2.path / ".codex").exists()


@pytest.mark.parametrize("name", CLIENTS)
def test_it_prints_what_it_would_write(own_grid: GridSandbox, name: str) -> None:
    code, out, _ = hooks(own_grid.main, "a2", "--client", name)
    assert code == 0
    assert "edit-hook" in out
    assert name == "opencode" or json.loads(out)["hooks"]
    assert not (own_grid.desks["a2"].path / CLIENTS[name].file).exists()
    data = agentgrid(own_grid.main, "agent", "hooks", "a2", "--client", name, "--json").data
    assert (data["client"], data["written"], data["text"].rstrip("\n")) == (name, None, out.rstrip("\n"))


def test_other_settings_survive(own_grid: GridSandbox) -> None:
    a2 = own_grid.desks["a2"]
    theirs = '{"permissions": {"allow": ["Bash(ls)"]}}\n'
    a2.write(LOCAL, theirs)
    assert hooks(own_grid.main, "a2", "--write")[0] == 0
    assert json.loads(a2.read(LOCAL))["permissions"] == {"allow": ["Bash(ls)"]}
    assert agentgrid(own_grid.main, "uninstall", "--yes").code == 0
    assert json.loads(a2.read(LOCAL)) == json.loads(theirs)


def test_a_tracked_file_is_never_written(own_grid: GridSandbox) -> None:
    a2 = own_grid.desks["a2"]
    a2.commit("Ours", **{".gemini/settings.json": "{}\n"})
    code, out, err = hooks(own_grid.main, "a2", "--client", "gemini", "--write")
    assert (code, out, a2.read(".gemini/settings.json")) == (1, "", "{}\n")
    assert "is tracked by git" in err
    assert "put in by hand what `agentgrid agent hooks` prints" in err
    assert a2.git("status", "--porcelain") == ""


def test_nothing_is_written_through_a_link(own_grid: GridSandbox, tmp_path: Path) -> None:
    a2 = own_grid.desks["a2"]
    (tmp_path / "elsewhere").mkdir()
    (a2.path / ".claude").symlink_to(tmp_path / "elsewhere")
    assert hooks(own_grid.main, "a2", "--write")[0] == 1
    assert os.listdir(tmp_path / "elsewhere") == []


def test_a_file_that_isnt_understood_is_named_and_left(own_grid: GridSandbox) -> None:
    a2 = own_grid.desks["a2"]
    a2.write(LOCAL, "{,}")
    code, _, err = hooks(own_grid.main, "a2", "--write")
    assert (code, a2.read(LOCAL)) == (2, "{,}")
    assert f"{a2.path / LOCAL} is no JSON" in err


def test_an_unknown_client_and_an_unknown_agent_are_named(own_grid: GridSandbox) -> None:
    assert hooks(own_grid.main, "a2", "--client", "emacs")[0] == 2
    assert hooks(own_grid.main, "a9")[0] == 2


def test_an_agent_writes_its_own_settings_alone(own_grid: GridSandbox) -> None:
    a2 = own_grid.desks["a2"]
    assert hooks(a2, "a1", "--write")[0] == 1
    assert hooks(a2, "a2", "--write")[0] == 0


def test_init_installs_it_for_known_clients_and_start_does(small_grid: InitialisedGrid) -> None:
    for agent, desk in small_grid.desks.items():
        assert f"/agents/{agent}/edit-hook claude" in desk.read(LOCAL)
    desk = small_grid.desks["a1"]
    (desk.path / LOCAL).unlink()
    assert agentgrid(small_grid.main, "start", "a1", "next", "--no-fetch").code == 0
    assert "/agents/a1/edit-hook claude" in desk.read(LOCAL)


def test_init_says_before_what_it_will_do(small_grid: InitialisedGrid) -> None:
    before = snapshot(small_grid.main.path)
    answer = agentgrid(small_grid.main, "init", "--dry-run")
    assert f"lets claude ask before an edit: {LOCAL}, local and hidden from git, for a1, a2" in answer.out
    data = agentgrid(small_grid.main, "init", "--dry-run", "--json").data
    assert {"agent": "a1", "client": "claude", "file": LOCAL} in data["edit_hooks"]
    assert snapshot(small_grid.main.path).keys() == before.keys()


def test_when_it_is_gone_status_and_doctor_say_so_and_repair_puts_it_back(small_grid: InitialisedGrid) -> None:
    main, desk = small_grid.main, small_grid.desks["a1"]
    kept = desk.read(LOCAL)
    (desk.path / LOCAL).write_text("{}")
    said = f"the edit hook of claude is not in {desk.path / LOCAL}"
    assert said in agentgrid(main, "status").err + agentgrid(main, "status").out
    doctor = agentgrid(main, "doctor", "--json").data
    [check] = [each for each in doctor["checks"] if each["subject"] == "edit hooks"]
    assert (check["level"], check["message"]) == ("caution", f"a1: {said}")
    assert said in agentgrid(main, "agent", "repair", "--dry-run").out
    assert agentgrid(main, "agent", "repair").code == 0
    assert desk.read(LOCAL) == kept


def test_codex_gets_the_folder_that_it_wants_to_see(own_grid: GridSandbox) -> None:
    a2 = own_grid.desks["a2"]
    code, _, err = hooks(own_grid.main, "a2", "--client", "codex", "--write")
    assert (code, err) == (0, "note: codex runs it once a person has trusted the project, and the hook in /hooks\n")
    assert (a2.path / ".codex").is_dir()
    (a2.path / ".codex").rmdir()
    [fault] = find_client_faults(own_grid.repository, "a2", a2.path)
    assert fault.message == f"codex reads no hooks without the folder {a2.path / '.codex'}"


def test_settings_of_the_main_worktree_stay_until_the_last_agent_goes(own_grid: GridSandbox) -> None:
    main, shared = own_grid.main, own_grid.main.path / ".codex/hooks.json"
    for agent in ("a1", "a2"):
        assert hooks(main, agent, "--client", "codex", "--write")[0] == 0
    assert agentgrid(main, "remove", "a1").code == 0
    assert shared.exists()
    assert agentgrid(main, "remove", "a2").code == 0
    assert not shared.parent.exists()


def run_settings(file: Path, event: str, where: Path, call: dict[str, object]) -> subprocess.CompletedProcess[str]:
    """As a client runs what stands in its settings."""
    command = json.loads(file.read_text())["hooks"][event][0]["hooks"][0]["command"]
    return subprocess.run(["sh", "-c", command], cwd=where, input=json.dumps(call), capture_output=True, text=True,
                          check=False)  # fmt: skip


def test_a_script_that_is_gone_is_no_yes(own_grid: GridSandbox) -> None:
    a2 = own_grid.desks["a2"]
    assert hooks(own_grid.main, "a2", "--write")[0] == 0
    call = write_call(a2, BILLING)
    assert run_settings(a2.path / LOCAL, "PreToolUse", a2.path, call).returncode == 0
    edit_hook_of(a2).unlink()
    done = run_settings(a2.path / LOCAL, "PreToolUse", a2.path, call)
    assert (done.returncode, done.stdout, done.stderr.splitlines()[-1]) == (2, "", GONE)


def test_the_shared_one_finds_the_agent_from_where_it_runs(own_grid: GridSandbox, tmp_path: Path) -> None:
    main, a2 = own_grid.main, own_grid.desks["a2"]
    assert hooks(main, "a2", "--write")[0] == 0
    shared = main.path / LOCAL
    for place in (a2.path, a2.path / "services"):
        assert "belongs to a1" in run_settings(shared, "PreToolUse", place, write_call(a2, ORDERS)).stdout
        assert run_settings(shared, "PreToolUse", place, write_call(a2, BILLING)).stdout == ""
    for place in (main.path, main.path / "services", tmp_path, Path("/")):
        done = run_settings(shared, "PreToolUse", place, write_call(main, ORDERS))
        assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_an_agent_without_hooks_gets_no_yes_from_the_shared_one(own_grid: GridSandbox) -> None:
    main, a2 = own_grid.main, own_grid.desks["a2"]
    assert hooks(main, "a2", "--write")[0] == 0
    edit_hook_of(a2).unlink()
    assert run_settings(main.path / LOCAL, "PreToolUse", a2.path, write_call(a2, BILLING)).returncode == 2


def test_a_moved_repository_gets_the_new_place_with_the_next_command(small_grid: InitialisedGrid) -> None:
    top = small_grid.main.path.parent
    moved = top.with_name("moved")
    os.rename(top, moved)
    try:
        main = Sandbox(moved / small_grid.main.path.name)
        main.git("worktree", "repair", *(str(moved / desk.path.name) for desk in small_grid.desks.values()))
        assert agentgrid(main, "status").code == 0
        text = (moved / small_grid.desks["a1"].path.name / LOCAL).read_text()
        assert f"{main.path}/.git/agentgrid/agents/a1/edit-hook claude" in text
        assert f"{small_grid.main.path}/" not in text
    finally:
        os.rename(moved, top)


def test_a_bare_repository_has_what_it_can(tmp_path: Path) -> None:
    source = make_grid(tmp_path / "elsewhere" / "source").main
    source.git("clone", "--quiet", "--bare", str(source.path), str(tmp_path / "shop.git"))
    bare = Sandbox(tmp_path / "shop.git")
    assert agentgrid(bare, "init", "--yes").code == 0
    desk = Path(agentgrid(bare, "path", "a2").out.strip())
    assert "/agents/a2/edit-hook claude" in (desk / LOCAL).read_text()
    answer = agentgrid(bare, "agent", "hooks", "a2", "--client", "codex", "--write")
    assert answer.code == 1
    assert "this repository has none" in answer.err
