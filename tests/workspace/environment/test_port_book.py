"""Ports of a real grid: kept, checked against listeners, moved only for strangers."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest

from agentgrid.workspace.environment.port_book import PortBook
from support.desks import open_repository
from support.repositories import Sandbox

LISTEN = (
    "import socket, sys; s = socket.create_server(('127.0.0.1', int(sys.argv[1]))); print(flush=True); sys.stdin.read()"
)


def book(repo: Sandbox, *agents: str, services: tuple[str, ...] = ("api", "worker")) -> PortBook:
    return PortBook(open_repository(repo), agents, services)


@contextmanager
def listening(port: int, *, cwd: Path | None = None, env: Mapping[str, str] | None = None) -> Iterator[None]:
    server = subprocess.Popen([sys.executable, "-c", LISTEN, str(port)], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                              cwd=cwd, env={**os.environ, **(env or {})})  # fmt: skip
    assert server.stdout is not None
    server.stdout.readline()
    try:
        yield
    finally:
        server.communicate(b"")


def test_an_agent_has_the_same_ports_ever_after(repo: Sandbox) -> None:
    first = book(repo, "a1", "a2").give("a1")
    book(repo, "a1", "a2").give("a2")

    assert book(repo, "a1", "a2").give("a1") == first
    assert list(first.ports) == ["", "api", "worker"]


def test_two_hundred_agents_at_once_have_ports_of_their_own(repo: Sandbox) -> None:
    agents = [f"a{number}" for number in range(200)]
    with ThreadPoolExecutor(8) as pool:
        given = list(pool.map(lambda agent: book(repo, *agents).give(agent).ports, agents))

    ports = [port for each in given for port in each.values()]
    assert len(set(ports)) == len(ports) == 600


@pytest.mark.parametrize("damage", [b"", b"{", b"[]", b'{"a1": 3}', b'{"a1": {"first": "x"}}'])
def test_a_damaged_file_is_written_anew_with_the_same_ports(repo: Sandbox, damage: bytes) -> None:
    first = book(repo, "a1").give("a1")
    (repo.path / ".git/agentgrid/ports.json").write_bytes(damage)

    assert book(repo, "a1").give("a1") == first


def test_a_port_that_somebody_listens_on_is_not_given(repo: Sandbox) -> None:
    port = book(repo, "a1").give("a1").ports["api"]
    (repo.path / ".git/agentgrid/ports.json").unlink()

    with socket.create_server(("127.0.0.1", port)):
        assert port not in book(repo, "a1").give("a1").ports.values()


def test_a_stranger_on_an_agents_port_moves_that_one_and_it_is_told(repo: Sandbox) -> None:
    before = book(repo, "a1").give("a1")

    with listening(before.ports["api"]):
        after = book(repo, "a1").give("a1", repo.path / "worktree")

    assert after.ports["api"] != before.ports["api"]
    assert {**after.ports, "api": 0} == {**before.ports, "api": 0}
    assert after.notices == (
        f"another program listens on {before.ports['api']}: api has port {after.ports['api']} from now on",
    )
    assert book(repo, "a1").give("a1").ports == after.ports


def test_the_agents_own_server_moves_nothing(repo: Sandbox) -> None:
    before = book(repo, "a1").give("a1")
    own = {"AGENT_ID": "a1", "PORT_BASE": str(before.ports[""])}

    with listening(before.ports["api"], env=own):
        assert book(repo, "a1").give("a1") == before
    with listening(before.ports["api"], cwd=repo.path / "services"):  # started by hand in its worktree
        assert book(repo, "a1").give("a1", repo.path) == before


def test_agents_that_are_gone_give_way_when_room_is_short(repo: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    from agentgrid.workspace.environment import port_book

    monkeypatch.setattr(port_book, "usable_range", lambda _: (29000, 29019))
    book(repo, "a1").give("a1")

    assert book(repo, "a2").give("a2").ports[""] == 29000
