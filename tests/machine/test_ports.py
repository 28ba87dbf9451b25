"""Ports of this machine, with real sockets."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator

import pytest

from agentgrid.machine.ports import ephemeral_range, find_listener, is_port_free


@pytest.fixture(params=[(socket.AF_INET, "127.0.0.1"), (socket.AF_INET, "0.0.0.0"), (socket.AF_INET6, "::1"),
                        (socket.AF_INET6, "::")], ids=lambda each: each[1])  # fmt: skip
def listener(request: pytest.FixtureRequest) -> Iterator[socket.socket]:
    family, address = request.param
    with socket.socket(family, socket.SOCK_STREAM) as server:
        try:
            server.bind((address, 0))
        except OSError:
            pytest.skip(f"no {address} here")
        server.listen()
        yield server


def test_a_port_with_a_listener_is_not_free_whatever_it_listens_on(listener: socket.socket) -> None:
    port = listener.getsockname()[1]
    assert not is_port_free(port)

    listener.close()
    assert is_port_free(port)


def test_a_port_whose_connections_were_just_closed_is_free() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        client = socket.create_connection(("127.0.0.1", port))
        accepted, _ = server.accept()
        accepted.close()
        client.close()

    assert is_port_free(port)


def test_a_listener_is_known_by_what_it_was_started_with() -> None:
    code = ("import socket, sys; s = socket.create_server(('127.0.0.1', 0)); print(s.getsockname()[1], flush=True);"
            "sys.stdin.read()")  # fmt: skip
    server = subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                              env={**os.environ, "AGENT_ID": "a1"})  # fmt: skip
    assert server.stdout is not None
    port = int(server.stdout.readline())

    found = find_listener(port)
    server.communicate("")

    assert found is not None
    assert (found.pid, found.environ["AGENT_ID"], found.directory) == (server.pid, "a1", os.getcwd())
    assert find_listener(port) is None


def test_the_system_says_which_ports_it_gives_away() -> None:
    first, last = ephemeral_range()

    assert 0 < first < last < 65536
