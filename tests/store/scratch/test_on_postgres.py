"""Scratch databases on a PostgreSQL server: made, dropped, and found again after a kill."""

from agentgrid.store.scratch.on_postgres import scratch_server
from support.postgres import TestServer


def test_x(postgres: TestServer) -> None:
    with scratch_server(postgres.url) as server, server.scratch() as scratch:
        scratch.run("CREATE TABLE t (id int); CREATE TABLE u (id int)")
        assert len(postgres.databases()) == 1
    assert postgres.databases() == []
