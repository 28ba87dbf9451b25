"""Claude Code and Codex themselves, on a model that follows a script, with the settings that agentgrid writes: what an
agent may not change its client doesn't change, and the agent is told why and what to do."""

import json
from pathlib import Path

import pytest

from support.agent_clients import CLAUDE, CLIENTS, CODEX, AgentClient, Session, patch
from support.model_calls import ToolCall
from support.program import BILLING, COMMON, ORDERS, SERVICES, InitialisedGrid, agentgrid
from support.repositories import Sandbox

FOREIGN = "services/billing/main.py belongs to a1"
ASK = "agentgrid grant services/billing/main.py --to a2"


def equip(grid: InitialisedGrid, client: AgentClient, *agents: str) -> list[Path]:
    """Puts the edit hook where the client reads it, as a person does; the settings files."""
    files = []
    for agent in agents:
        written = agentgrid(grid.main, "agent", "hooks", agent, "--client", client.name, "--write", "--json")
        assert written.code == 0, written.err
        print(written.data)
    return files


def change(client: AgentClient, desk: Sandbox, path: str, after: str, *, cwd: str = ".") -> Session:
    """Has the client replace the only line of a file."""
    return client.run(desk, *client.change(desk.path / path, SERVICES[path].rstrip("\n"), after), cwd=cwd)


@pytest.fixture(params=CLIENTS.values(), ids=CLIENTS)
def client(request: pytest.FixtureRequest) -> AgentClient:
    client: AgentClient = request.param
    return client


def test_a_foreign_edit_is_refused(small_grid, client: AgentClient) -> None:
    equip(small_grid, client, "a2")
    desk = small_grid.desks["a2"]
    s = change(client, desk, BILLING, "X = 1")
    print(s)
    assert 0
