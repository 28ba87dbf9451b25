"""The edit hook: the verdict that a commit of the edit would get, in words for the agent; never a yes by mistake."""

import json
import os
import shutil
from pathlib import Path

import pytest

from agentgrid.boundaries.leases.ledger import Ledger
from agentgrid.grid import Grid
from agentgrid.hooks import edit_point
from agentgrid.hooks.dialects.names import DIALECTS, load_dialect
from agentgrid.hooks.guard import run_hook
from support.edits import EditAnswer, ask_hook, edit_hook_of, recorded_call, refusal, run_asked, write_call
from support.grids import BILLING, GRID, ORDERS, GridSandbox, admin_dir_of, make_grid, try_commit
from support.program import agentgrid
from support.repositories import Sandbox

CACHE = "services/common/cache.py"
FOREIGN = (
    f"agentgrid: refused: a2 may not make this edit. {ORDERS} belongs to a1 by `services/orders/**` at "
    "config/agents/a1.yaml:4. Leave this file as it is; if your task needs the change, ask a1 or a person to type: "
    f"agentgrid grant {ORDERS} --to a2."
)


def leased(desk: Sandbox, path: str) -> bool:
    """Whether the desk's agent has a live lease on the path."""
    grid = Grid.open(desk.path)
    agent = grid.acting_agent()
    assert agent is not None
    lease = Ledger.read(grid.store).standing(path.encode(), agent).lease
    return lease is not None and lease.holder == agent and lease.ended_at is None


def link(desk: Sandbox, path: str, target: str | Path) -> str:
    place = desk.path / path
    place.parent.mkdir(parents=True, exist_ok=True)
    place.symlink_to(target)
    return path


def test_a_foreign_file_is_refused_in_one_paragraph_with_the_command_to_ask(a2: Sandbox) -> None:
    answer = ask_hook(a2, write_call(a2, ORDERS))
    assert (answer.code, answer.reason, answer.err) == (0, FOREIGN, "")


def test_an_own_file_passes_in_silence(a2: Sandbox) -> None:
    assert ask_hook(a2, write_call(a2, BILLING)) == EditAnswer(0, "", "")


def test_without_the_guard_the_same_call_is_let_through(tmp_path: Path) -> None:
    a2 = make_grid(tmp_path / "shop").desks["a2"]
    assert ask_hook(a2, write_call(a2, ORDERS)).reason == FOREIGN
    hook = edit_hook_of(a2)
    hook.unlink()
    hook.write_text("#!/bin/sh\nexit 0\n")
    hook.chmod(0o755)
    assert ask_hook(a2, write_call(a2, ORDERS)).reason is None
    assert try_commit(a2, ORDERS).code == 1  # what escapes it is met at the commit, which puts the hook back
    assert ask_hook(a2, write_call(a2, ORDERS)).reason == FOREIGN


@pytest.mark.parametrize("path", [CACHE, "notes/new.md"])
def test_a_free_lease_is_taken_at_the_edit(grid: GridSandbox, a2: Sandbox, path: str) -> None:
    assert refusal(a2, path) is None
    assert leased(a2, path)
    said = refusal(grid.desks["a1"], path)
    assert said is not None
    assert f"{path} is locked by a2 (lease 1)" in said
    assert f"Work on something else, or wait for it: agentgrid lock --wait 30m {path}." in said


def test_nothing_is_taken_for_an_edit_that_is_refused(a2: Sandbox) -> None:
    call = recorded_call("codex-apply-patch", a2.path)
    patch = f"*** Begin Patch\n*** Update File: {CACHE}\n*** Update File: {ORDERS}\n*** End Patch"
    call["tool_input"] = {"command": patch}
    answer = ask_hook(a2, call, dialect="codex")
    assert answer.reason == FOREIGN
    assert not leased(a2, CACHE)
    call["tool_input"] = {"command": patch.replace(ORDERS, BILLING)}
    assert ask_hook(a2, call, dialect="codex").out == ""
    assert leased(a2, CACHE)


def test_where_leases_are_asked_for_none_is_taken(tmp_path: Path) -> None:
    a2 = make_grid(tmp_path / "shop", grid=GRID + "locks: {auto: false}\n").desks["a2"]
    said = refusal(a2, CACHE)
    assert said is not None
    assert said.endswith(f"nobody has asked for one. Ask for the lease first: agentgrid lock {CACHE}.")
    assert agentgrid(a2, "lock", CACHE).code == 0
    assert refusal(a2, CACHE) is None


def test_a_common_file_that_the_base_has_changed_since_is_brought_in_first(grid: GridSandbox, a2: Sandbox) -> None:
    grid.main.commit("Landed", **{CACHE: "TTL_S = 1\n"})
    said = refusal(a2, CACHE)
    assert said is not None
    assert "Bring it in first: git merge --autostash " in said


def test_while_the_base_is_merged_in_a_conflict_can_be_resolved(grid: GridSandbox, a2: Sandbox) -> None:
    a2.commit("Mine", **{CACHE: "TTL_S = 2\n"})
    grid.main.commit("Landed", **{CACHE: "TTL_S = 1\n"})
    a2.git("-c", f"core.hooksPath={os.devnull}", "merge", "--quiet", "main", accept=(1,))
    assert refusal(a2, CACHE) is None


def test_frozen_files_are_left_to_a_person(a2: Sandbox) -> None:
    said = refusal(a2, "LICENSE")
    assert said == ("agentgrid: refused: a2 may not make this edit. LICENSE is frozen for every agent by `/LICENSE` at "
                    "agentgrid.yaml:4. Leave it to a person.")  # fmt: skip


def test_on_the_base_branch_no_agent_edits(grid: GridSandbox, a2: Sandbox) -> None:
    grid.main.git("switch", "--quiet", "-c", "elsewhere")
    a2.git("-c", f"core.hooksPath={os.devnull}", "switch", "--quiet", "main")
    said = refusal(a2, BILLING)
    assert said is not None
    assert "Put the work on a branch: git switch -c BRANCH." in said


def test_a_new_file_that_differs_from_another_by_case_alone_gets_another_name(a2: Sandbox) -> None:
    said = refusal(a2, "services/billing/MAIN.py")
    assert said is not None
    assert "differs from services/billing/main.py only by upper and lower case" in said
    a2.write("services/billing/MAIN.py", "there by now\n")
    assert refusal(a2, "services/billing/MAIN.py") is None


def test_what_the_map_allowed_where_the_branch_forked_off_is_allowed(tmp_path: Path) -> None:
    grid = make_grid(tmp_path / "shop")
    a2 = grid.desks["a2"]
    grid.main.commit("Moved", **{"config/agents/a2.yaml": "id: a2\nowns: {critical: [services/invoices/**]}\n",
                                 "config/agents/a1.yaml": "id: a1\nowns: {critical: [services/**]}\n"})  # fmt: skip
    assert refusal(a2, BILLING) is None
    assert refusal(a2, ORDERS) is not None


def test_what_git_ignores_is_nobodys_business_unless_it_is_tracked(grid: GridSandbox, a2: Sandbox) -> None:
    (grid.main.path / ".git/info/exclude").write_text("*.log\n/services/orders/\n")
    assert refusal(a2, "services/orders/build.log") is None
    assert refusal(a2, "notes.log") is None
    assert not leased(a2, "notes.log")
    assert refusal(a2, ORDERS) == FOREIGN


def test_a_link_is_judged_at_both_ends(a2: Sandbox) -> None:
    said = refusal(a2, link(a2, "services/billing/link.py", "../orders/main.py"))
    assert said is not None
    assert f"{ORDERS} the link services/billing/link.py leads there: belongs to a1" in said
    assert refusal(a2, link(a2, "services/billing/folder", "../orders") + "/main.py") == FOREIGN
    assert refusal(a2, link(a2, "services/billing/own.py", "main.py")) is None
    assert refusal(a2, link(a2, "services/billing/shared.py", "../common/cache.py")) is None
    assert leased(a2, CACHE)


def test_behind_a_link_two_dots_lead_where_the_system_goes(a2: Sandbox) -> None:
    link(a2, "services/billing/deep", "../orders/tests")
    assert refusal(a2, a2.path / "services/billing/deep/../main.py") == FOREIGN
    assert refusal(a2, a2.path / "services/orders/../billing/main.py") is None


def test_scratch_files_outside_the_repository_are_nobodys_business(a2: Sandbox, tmp_path: Path) -> None:
    assert refusal(a2, tmp_path / "scratch.py") is None
    assert refusal(a2, a2.path / ".." / "elsewhere.py") is None
    assert refusal(a2, link(a2, "services/billing/out", tmp_path) + "/x.py") is None


def test_another_worktree_is_refused_with_the_path_in_the_own_one(grid: GridSandbox, a2: Sandbox) -> None:
    for place, whose in ((grid.desks["a1"], "the worktree of a1"), (grid.main, "a worktree that is no agent's")):
        said = refusal(a2, place.path / BILLING)
        assert said == (f"agentgrid: refused: {place.path / BILLING} is in {whose}, and a2 works in {a2.path}; "
                        f"there the same file is {a2.path / BILLING}")  # fmt: skip
    through = link(a2, "services/billing/over", grid.desks["a1"].path)
    assert "is in the worktree of a1" in (refusal(a2, f"{through}/{ORDERS}") or "")


def test_gits_own_files_are_refused(grid: GridSandbox, a2: Sandbox) -> None:
    places: list[str | Path] = [".git", ".git/x", ".GIT", "services/billing/.git/config"]
    common = grid.main.path / ".git"
    places += [admin_dir_of(a2) / "agentgrid-identity", common / "config", common / "agentgrid/policy/in-force"]
    for place in places:
        assert "is git's own" in (refusal(a2, place) or ""), place


def test_in_a_worktree_inside_its_own_the_agent_is_the_same(a2: Sandbox) -> None:
    a2.git("worktree", "add", "--quiet", "-b", "topic", "inner")
    inner = Sandbox(a2.path / "inner")
    assert [refusal(a2, inner.path / path) for path in (BILLING, ORDERS)] == [None, FOREIGN]
    assert [refusal(inner, path, installed=False) for path in (BILLING, ORDERS)] == [None, FOREIGN]
    assert refusal(inner, a2.path / BILLING, installed=False) is None


def test_the_settings_that_the_hook_stands_in_are_left_alone(tmp_path: Path) -> None:
    a2 = make_grid(tmp_path / "shop").desks["a2"]
    assert agentgrid(a2, "agent", "hooks", "a2", "--write").code == 0
    said = refusal(a2, ".claude/settings.local.json")
    assert said is not None
    assert said.endswith("is where the edit hook stands: a person changes it")
    assert refusal(a2, ".claude/notes.md") is None


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"\xff\xfe", b"null", b'{"tool_name":"Write","tool_inp'])
@pytest.mark.parametrize("name", DIALECTS)
def test_what_cant_be_read_is_refused_in_one_line(a2: Sandbox, name: str, content: bytes) -> None:
    event = edit_point.parse_call(content)
    answer = edit_point.answer_call(name, event, str(admin_dir_of(a2)))
    assert "agentgrid: refused: what the client sent is no JSON object" in answer[0] + answer[1]


def test_the_installed_hook_refuses_what_it_cant_read(a2: Sandbox) -> None:
    cut = json.dumps(write_call(a2, BILLING)).encode()[:-40]
    answer = ask_hook(a2, cut)
    assert answer.reason == "agentgrid: refused: what the client sent is no JSON object; try the edit again"


def test_ten_megabytes_are_read_like_any_other_call(a2: Sandbox) -> None:
    call = write_call(a2, BILLING)
    call["tool_input"] = {**call["tool_input"], "content": "x" * 10_000_000}  # type: ignore[dict-item]
    assert ask_hook(a2, call) == EditAnswer(0, "", "")
    call["tool_input"] = {"file_path": str(a2.path / ORDERS), "content": "x" * 10_000_000}
    assert ask_hook(a2, call).reason == FOREIGN
    assert ask_hook(a2, b'{"a": "' + b"x" * 10_000_000).reason is not None


@pytest.mark.parametrize(
    "asked",
    [{}, {"file_path": 7}, {"file_path": ""}, {"file_path": "a\0b"}, {"file_path": "\ud800"}, None, "text"],
)
def test_an_edit_without_a_path_is_refused(a2: Sandbox, asked: object) -> None:
    call: dict[str, object] = {"cwd": str(a2.path), "tool_name": "Write", "tool_input": asked}
    answer = edit_point.answer_call("claude", call, str(admin_dir_of(a2)))
    assert "nobody can tell what this edit changes" in answer[0]


def test_a_tool_that_is_no_edit_is_asked_nothing(a2: Sandbox) -> None:
    call = recorded_call("claude-bash", a2.path)
    assert ask_hook(a2, call) == EditAnswer(0, "", "")
    assert edit_point.answer_call("claude", {**call, "tool_name": "Nonsense"}, str(admin_dir_of(a2)))[0] == ""


def test_a_relative_path_starts_where_the_client_stands(a2: Sandbox) -> None:
    call = write_call(a2, "x", cwd=a2.path / "services")
    call["tool_input"] = {"file_path": "orders/main.py"}
    assert ask_hook(a2, call).reason == FOREIGN
    call["tool_input"] = {"file_path": "billing/main.py"}
    assert ask_hook(a2, call).reason is None
    del call["cwd"]
    assert "starts in a directory that isn't named" in (ask_hook(a2, call).reason or "")


def test_a_directory_that_vanished_changes_no_verdict(a2: Sandbox, tmp_path: Path) -> None:
    gone = a2.path / "services/gone"
    gone.mkdir()
    command = f'cd {gone} && rmdir {gone} && exec "{edit_hook_of(a2)}" claude'
    for path, reason in ((BILLING, None), (ORDERS, FOREIGN)):
        gone.mkdir(exist_ok=True)
        answer = run_asked(["sh", "-c", command], write_call(a2, path, cwd=gone), tmp_path)
        assert (answer.code, answer.reason) == (0, reason)


def test_by_hand_a_directory_that_vanished_is_a_refusal(a2: Sandbox) -> None:
    answer = edit_point.answer_call("claude", write_call(a2, BILLING, cwd=a2.path / "gone"), None)
    assert "agentgrid: refused: " in answer[0]


@pytest.mark.parametrize("name", DIALECTS)
def test_a_person_is_let_be(grid: GridSandbox, tmp_path: Path, name: str) -> None:
    allowed = load_dialect(name).allow()
    for place in (grid.main.path, tmp_path):
        call: dict[str, object] = {"cwd": str(place), "tool_name": "Write", "toolName": "edit", "tool": "write"}
        assert edit_point.answer_call(name, call, None) == allowed


def test_an_environment_variable_makes_nobody_another_agent(grid: GridSandbox, a2: Sandbox) -> None:
    env = {"AGENT_ID": "a1", "GIT_DIR": str(admin_dir_of(grid.desks["a1"])), "AGENTGRID_AS_ME": "1"}
    assert ask_hook(a2, write_call(a2, ORDERS), env=env).reason == FOREIGN
    assert ask_hook(a2, write_call(a2, BILLING), env=env).reason is None


def test_where_the_client_stands_makes_nobody_another_agent(grid: GridSandbox, a2: Sandbox) -> None:
    for place in (grid.main, grid.desks["a1"]):
        answer = ask_hook(a2, write_call(a2, ORDERS, cwd=place.path), cwd=place.path)
        assert answer.reason == FOREIGN


def test_a_broken_policy_refuses_in_one_line(tmp_path: Path) -> None:
    grid = make_grid(tmp_path / "shop")
    a2 = grid.desks["a2"]
    grid.main.commit("Broken", **{"agentgrid.yaml": "versoin: 1\n"})
    answer = ask_hook(a2, write_call(a2, BILLING))
    assert (answer.code, answer.err) == (0, "")
    assert "agentgrid.yaml:1" in (answer.reason or "")
    assert edit_point.answer_call("claude", write_call(grid.main, ORDERS), None)[0] == ""  # a person


def test_a_damaged_state_refuses_in_one_line(grid: GridSandbox, a2: Sandbox) -> None:
    assert refusal(a2, CACHE) is None
    [database] = (grid.main.path / ".git/agentgrid/state").glob("*.db")
    database.write_bytes(b"no database at all" * 500)
    assert (refusal(a2, CACHE) or "").startswith("agentgrid: refused: ")


def test_a_mistake_of_ours_is_a_refusal(a2: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    def crash(*_: object) -> None:
        raise ZeroDivisionError("two\nlines")

    monkeypatch.setattr(edit_point, "_judge", crash)
    said = refusal(a2, BILLING)
    assert said is not None
    assert said.startswith("agentgrid: refused: the guard failed (ZeroDivisionError: two lines); this is a bug; ")


def test_an_answer_that_cant_be_printed_is_no_yes(a2: Sandbox) -> None:
    command = f'exec "{edit_hook_of(a2)}" claude >&-'
    answer = run_asked(["sh", "-c", command], write_call(a2, ORDERS), a2.path)
    assert answer.code != 0


def test_a_worktree_that_is_gone_is_refused(tmp_path: Path) -> None:
    grid = make_grid(tmp_path / "shop")
    a2, hook = grid.desks["a2"], edit_hook_of(grid.desks["a2"])
    call = write_call(a2, BILLING)
    shutil.move(a2.path, tmp_path / "moved")
    answer = run_asked([hook, "claude"], call, tmp_path)
    assert (answer.code, answer.reason) == (
        0, "agentgrid: refused: the worktree of this edit hook was moved or removed; agentgrid agent repair"
    )  # fmt: skip


@pytest.mark.parametrize("damage", ["interpreter", "package"])
def test_a_program_that_is_gone_refuses_in_one_line(
    grid: GridSandbox, a2: Sandbox, tmp_path: Path, damage: str
) -> None:
    text = edit_hook_of(a2).read_text()
    source = str(Path(edit_point.__file__).resolve().parents[2])
    words = text.split("python=", 1)[1].split("\n", 1)[0]
    broken = text.replace(words, "/nowhere/python3") if damage == "interpreter" else text.replace(source, "/nowhere")
    hook = tmp_path / "edit-hook"
    hook.write_text(broken)
    hook.chmod(0o755)
    answer = run_asked([hook, "claude"], write_call(a2, BILLING), a2.path)
    assert (answer.code, answer.out, answer.err.count("\n")) == (2, "", 1)
    assert answer.err.startswith("agentgrid: refused: the guard's ")


def test_a_dialect_that_nobody_knows_is_named(a2: Sandbox, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_hook(["emacs"]) == 2
    assert "claude, codex, gemini, copilot, cursor, opencode" in capsys.readouterr().err
    assert ask_hook(a2, write_call(a2, BILLING), dialect="emacs").code == 2


@pytest.mark.parametrize(
    "name", ["claude-edit", "codex-heredoc", "gemini-replace", "copilot-edit-as-text", "cursor-write", "opencode-write"]
)
def test_each_client_is_told_no_in_its_own_words(a2: Sandbox, name: str) -> None:
    dialect = name.partition("-")[0]
    text = json.dumps(recorded_call(name, a2.path))
    allowed = ask_hook(a2, text.encode(), dialect=dialect)
    assert (allowed.code, "refused" in allowed.out + allowed.err) == (0, False)
    refused = ask_hook(a2, text.replace("billing", "orders").encode(), dialect=dialect)
    assert f"{ORDERS} belongs to a1" in refused.out + refused.err
