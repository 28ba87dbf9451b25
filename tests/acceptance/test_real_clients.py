"""Claude Code and Codex themselves, on a model that follows a script, with the settings that agentgrid writes: what an
agent may not change its client doesn't change, and the agent is told why and what to do."""

import json
from pathlib import Path

import pytest

from agentgrid.workspace.clients.known import GONE
from support.agent_clients import CLAUDE, CLIENTS, CODEX, AgentClient, Session, heredoc, patch
from support.grids import remove_guard
from support.model_calls import ToolCall
from support.program import BILLING, COMMON, ORDERS, SERVICES, InitialisedGrid, agentgrid
from support.repositories import Sandbox

FOREIGN = "services/billing/main.py belongs to a1"
NEW_ORDERS = "services/orders/new.py"
ASK = "agentgrid grant services/billing/main.py --to a2"
CHANGED = "CHANGED = True\n"
NOTEBOOK = json.dumps({
    "cells": [{"cell_type": "code", "id": "c1", "metadata": {}, "outputs": [], "execution_count": None, "source": "x"}],
    "metadata": {"language_info": {"name": "python"}},
    "nbformat": 4,
    "nbformat_minor": 5,
})  # fmt: skip
IN_BILLING = (BILLING, "INVOICES = []", "CHANGED = True")
IN_ORDERS = (ORDERS, "ORDERS = []", "CHANGED = True")


@pytest.fixture(params=list(CLIENTS.values()), ids=list(CLIENTS))
def client(request: pytest.FixtureRequest) -> AgentClient:
    client: AgentClient = request.param
    return client


def equip(grid: InitialisedGrid, client: AgentClient, agent: str = "a2") -> list[Path]:
    """Has agentgrid put the edit hook where the client reads it; the settings files."""
    written = agentgrid(grid.main, "agent", "hooks", agent, "--client", client.name, "--write", "--json")
    assert written.code == 0, written.err
    return [Path(path) for path in written.data["paths"]]


def change(client: AgentClient, desk: Sandbox, path: str, *, cwd: str = ".") -> Session:
    """Has the client put CHANGED into a file."""
    before = SERVICES[path].removesuffix("\n")
    return client.run(desk, *client.change(desk.path / path, before, CHANGED.removesuffix("\n")), cwd=cwd)


# The same for every client


def test_a_foreign_edit_is_refused_and_the_agent_reads_whose_it_is_and_what_to_type(
    small_grid: InitialisedGrid, client: AgentClient
) -> None:
    equip(small_grid, client)
    a2 = small_grid.desks["a2"]
    said = change(client, a2, BILLING).last
    assert a2.read(BILLING) == SERVICES[BILLING]
    assert [words for words in (FOREIGN, ASK) if words not in said] == []


def test_without_its_hook_the_client_makes_the_same_edit(small_grid: InitialisedGrid, client: AgentClient) -> None:
    for path in equip(small_grid, client):
        path.unlink()
    a2 = small_grid.desks["a2"]
    change(client, a2, BILLING)
    assert a2.read(BILLING) == CHANGED


def test_a_client_started_in_a_subfolder_asks_too(small_grid: InitialisedGrid, client: AgentClient) -> None:
    equip(small_grid, client)
    a2 = small_grid.desks["a2"]
    said = change(client, a2, BILLING, cwd="services").last
    assert (FOREIGN in said, a2.read(BILLING)) == (True, SERVICES[BILLING])


def test_an_agent_edits_what_it_owns(small_grid: InitialisedGrid, client: AgentClient) -> None:
    equip(small_grid, client)
    a2 = small_grid.desks["a2"]
    change(client, a2, ORDERS)
    assert a2.read(ORDERS) == CHANGED


def test_an_edit_of_common_code_takes_the_lease_and_the_next_agent_reads_who_has_it(
    small_grid: InitialisedGrid, client: AgentClient
) -> None:
    a1, a2 = small_grid.desks["a1"], small_grid.desks["a2"]
    for agent in ("a1", "a2"):
        equip(small_grid, client, agent)
    change(client, a2, COMMON)
    leases = agentgrid(small_grid.main, "locks", "--json").data
    assert a2.read(COMMON) == CHANGED
    assert [(lease["holder"], lease["patterns"]) for lease in leases] == [("a2", [COMMON])]

    said = change(client, a1, COMMON).last
    assert a1.read(COMMON) == SERVICES[COMMON]
    assert f"{COMMON} is locked by a2" in said
    assert f"agentgrid lock --wait 30m {COMMON}" in said


def commit_from_the_shell(client: AgentClient, desk: Sandbox) -> str:
    """Has the client write and commit a foreign file with commands that no edit hook understands; what git said."""
    edit = client.shell(f"printf '%s\\n' 'CHANGED = True' > {BILLING}")
    return client.run(desk, edit, client.shell("git commit --quiet --all --message Foreign")).last


def test_a_shell_edit_that_no_edit_hook_sees_is_refused_at_the_commit(
    small_grid: InitialisedGrid, client: AgentClient
) -> None:
    equip(small_grid, client)
    a2 = small_grid.desks["a2"]
    before = a2.oid()
    said = commit_from_the_shell(client, a2)
    assert (a2.read(BILLING), a2.oid()) == (CHANGED, before)
    assert FOREIGN in said


def test_without_the_guard_at_the_commit_the_shell_edit_is_committed(
    small_grid: InitialisedGrid, client: AgentClient
) -> None:
    equip(small_grid, client)
    a2 = small_grid.desks["a2"]
    remove_guard(a2)
    commit_from_the_shell(client, a2)
    assert a2.git("show", "--name-only", "--format=%s").split() == ["Foreign", BILLING]


def test_a_hook_that_is_gone_is_no_yes(small_grid: InitialisedGrid, client: AgentClient) -> None:
    equip(small_grid, client)
    a2 = small_grid.desks["a2"]
    for hook in (small_grid.main.path / ".git/agentgrid").rglob("edit-hook"):
        hook.parent.chmod(0o755)
        hook.unlink()
    said = change(client, a2, ORDERS).last
    assert (GONE in said, a2.read(ORDERS)) == (True, SERVICES[ORDERS])


# Codex's patches


def test_a_patch_with_one_foreign_file_changes_none(small_grid: InitialisedGrid) -> None:
    equip(small_grid, CODEX)
    a2 = small_grid.desks["a2"]
    said = CODEX.run(a2, ToolCall("apply_patch", patch(IN_ORDERS, IN_BILLING))).last
    assert FOREIGN in said
    assert (a2.read(ORDERS), a2.read(BILLING)) == (SERVICES[ORDERS], SERVICES[BILLING])


def test_a_patch_from_codexs_scripts_is_judged_too(small_grid: InitialisedGrid) -> None:
    equip(small_grid, CODEX)
    a2 = small_grid.desks["a2"]
    script = f"text(JSON.stringify(await tools.apply_patch({json.dumps(patch(IN_BILLING))})))"
    said = CODEX.run(a2, ToolCall("exec", script)).last
    assert (FOREIGN in said, a2.read(BILLING)) == (True, SERVICES[BILLING])


HEREDOCS = {
    "plain": ToolCall("exec_command", {"cmd": heredoc(IN_BILLING)}),
    "after cd": ToolCall("exec_command", {"cmd": "cd services && " + heredoc(("billing/main.py", *IN_BILLING[1:]))}),
    "elsewhere": ToolCall(
        "exec_command", {"cmd": heredoc(("main.py", *IN_BILLING[1:])), "workdir": "services/billing"}
    ),
}


@pytest.mark.parametrize("call", HEREDOCS.values(), ids=HEREDOCS)
def test_a_patch_in_the_shell_is_judged_where_it_would_be_applied(small_grid: InitialisedGrid, call: ToolCall) -> None:
    equip(small_grid, CODEX)
    a2 = small_grid.desks["a2"]
    said = CODEX.run(a2, call).last
    assert (FOREIGN in said, a2.read(BILLING)) == (True, SERVICES[BILLING])


@pytest.mark.parametrize("call", HEREDOCS.values(), ids=HEREDOCS)
def test_without_the_hook_each_of_these_patches_is_applied(small_grid: InitialisedGrid, call: ToolCall) -> None:
    for path in equip(small_grid, CODEX):
        path.unlink()
    a2 = small_grid.desks["a2"]
    CODEX.run(a2, call)
    assert a2.read(BILLING) == CHANGED


# Claude Code's other ways


def test_a_foreign_notebook_is_refused(small_grid: InitialisedGrid) -> None:
    equip(small_grid, CLAUDE)
    a2 = small_grid.desks["a2"]
    notebook = a2.write("services/billing/plan.ipynb", NOTEBOOK)
    edit = {"notebook_path": str(notebook), "cell_id": "c1", "new_source": "y = 2"}
    said = CLAUDE.run(a2, ToolCall("Read", {"file_path": str(notebook)}), ToolCall("NotebookEdit", edit)).last
    assert "services/billing/plan.ipynb belongs to a1" in said
    assert notebook.read_text(encoding="utf-8") == NOTEBOOK


def test_the_worktree_that_claude_asks_for_is_the_agents_and_guarded(small_grid: InitialisedGrid) -> None:
    equip(small_grid, CLAUDE)
    a2 = small_grid.desks["a2"]
    spike = Sandbox(a2.path / ".claude/worktrees/spike")
    foreign = ToolCall("Write", {"file_path": str(spike.path / "services/billing/new.py"), "content": CHANGED})
    own = ToolCall("Write", {"file_path": str(spike.path / NEW_ORDERS), "content": CHANGED})
    commit = CLAUDE.shell("git add . && git commit --quiet --message Try")
    session = CLAUDE.run(a2, foreign, own, commit, options=("--worktree", "spike"))
    assert "services/billing/new.py belongs to a1" in session.results[0]
    assert spike.git("show", "--name-only", "--format=%(trailers:key=Agent)").split() == ["Agent:", "a2", NEW_ORDERS]
    assert spike.git("branch", "--show-current") == "feat/orders/spike__a2"


def test_claude_makes_no_worktree_that_agentgrid_refuses(small_grid: InitialisedGrid) -> None:
    equip(small_grid, CLAUDE)
    a2 = small_grid.desks["a2"]
    before = a2.git("worktree", "list")
    refused = CLAUDE.run(a2, options=("--worktree", "a1"))
    assert (refused.code, a2.git("worktree", "list")) == (1, before)
    assert "an agent doesn't work in that of a1" in refused.err
