"""Scratch databases on a PostgreSQL server: made, dropped, and found again after a kill."""

import signal
import subprocess
import sys
import time
from contextlib import suppress

import pytest

from agentgrid.errors import InputError, OutsideError
from agentgrid.store.scratch.fault import ScratchFault
from agentgrid.store.scratch.on_postgres import scratch_server
from support.postgres import PASSWORD, TestServer

WAIT = """
import sys, time
from agentgrid.store.scratch.on_postgres import scratch_server
with scratch_server(sys.argv[1]) as server, server.scratch() as scratch:
    scratch.run("CREATE TABLE t (id int)")
    print("made", flush=True)
    time.sleep(600)
"""


def wait_in_one(postgres: TestServer) -> "subprocess.Popen[str]":
    """A process that has made a scratch database and keeps it."""
    process = subprocess.Popen([sys.executable, "-c", WAIT, postgres.url], stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE, text=True)  # fmt: skip
    assert process.stdout is not None
    assert process.stdout.readline() == "made\n"
    return process


def test_a_database_is_there_for_the_block_and_gone_afterwards(postgres: TestServer) -> None:
    with scratch_server(postgres.url) as server, server.scratch() as first, server.scratch() as second:
        first.run("CREATE TABLE t (id int); INSERT INTO t VALUES (1)")
        assert first.run("SELECT * FROM t") == [(1,)]
        with pytest.raises(ScratchFault, match='relation "t" does not exist'):
            second.run("SELECT * FROM t")
        assert len(postgres.databases()) == 2
    assert postgres.databases() == []


def test_it_is_gone_after_a_failure_too_whoever_is_connected(postgres: TestServer) -> None:
    with suppress(ZeroDivisionError), scratch_server(postgres.url) as server, server.scratch(), server.scratch():
        raise ZeroDivisionError
    assert postgres.databases() == []


def test_ctrl_c_drops_it(postgres: TestServer) -> None:
    process = wait_in_one(postgres)
    process.send_signal(signal.SIGINT)
    assert "KeyboardInterrupt" in process.communicate(timeout=60)[1]

    assert postgres.databases() == []


def test_what_a_killed_run_left_is_dropped_by_the_next_one_and_what_is_in_use_is_not(postgres: TestServer) -> None:
    alive, dead = wait_in_one(postgres), wait_in_one(postgres)
    try:
        dead.kill()
        dead.communicate(timeout=60)
        assert len(postgres.databases()) == 2
        wait_until_gone(postgres)
        with scratch_server(postgres.url):
            assert len(postgres.databases()) == 1
    finally:
        alive.send_signal(signal.SIGINT)
        alive.communicate(timeout=60)
    assert postgres.databases() == []


def wait_until_gone(postgres: TestServer) -> None:
    """The server takes a moment to see that a process is dead: it has two connections, and so has the living one."""
    until = time.monotonic() + 30
    while time.monotonic() < until:
        told = postgres.ask("SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE 'agentgrid%'")
        if told == [(2,)]:
            return
        time.sleep(0.05)
    pytest.fail("the killed process's connections are still there")


@pytest.mark.parametrize(
    "url",
    [
        f"postgresql://tester:wrong-{PASSWORD}@127.0.0.1:{{port}}/postgres",
        f"postgresql://tester:{PASSWORD}@127.0.0.1:1/postgres",
        f"postgresql://tester:{PASSWORD}@127.0.0.1:{{port}}/no_such_database",
    ],
)
def test_a_server_that_cannot_be_used_is_told_without_the_password(postgres: TestServer, url: str) -> None:
    with pytest.raises(OutsideError, match=r"the PostgreSQL server 127\.0\.0\.1") as raised:
        scratch_server(url.format(port=postgres.port)).__enter__()
    assert PASSWORD not in f"{raised.value} {raised.value.hint} {raised.value.details}"
    assert raised.value.__cause__ is None


def test_a_url_that_cannot_be_read_is_told_without_it() -> None:
    with pytest.raises(InputError, match="can't be read") as raised:
        scratch_server(f"postgresql://tester:{PASSWORD}@[half/x").__enter__()
    assert PASSWORD not in f"{raised.value} {raised.value.hint} {raised.value.details}"


@pytest.mark.parametrize("scheme", ["postgres", "postgresql+asyncpg", "postgresql+psycopg2"])
def test_the_url_may_name_a_driver_as_sqlalchemy_does(postgres: TestServer, scheme: str) -> None:
    with scratch_server(postgres.url.replace("postgresql", scheme, 1)) as server:
        assert PASSWORD not in repr(server.address)


def test_a_user_who_may_not_create_databases_is_told_what_to_do(postgres: TestServer) -> None:
    postgres.ask(f"CREATE ROLE plain LOGIN PASSWORD '{PASSWORD}'")
    with (
        scratch_server(postgres.url_of("postgres", user="plain")) as server,
        pytest.raises(OutsideError, match="permission denied to create database") as raised,
        server.scratch(),
    ):
        pass
    assert "CREATEDB" in str(raised.value.hint)


def test_without_psycopg_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(OutsideError, match="psycopg is not installed") as raised:
        scratch_server("postgresql://x@127.0.0.1/x").__enter__()
    assert raised.value.hint == "pip install 'agentgrid-cli[postgres]'"


def test_a_server_that_ends_the_connection_is_no_fault_of_the_statement(postgres: TestServer) -> None:
    with (
        scratch_server(postgres.url) as server,
        server.scratch() as scratch,
        pytest.raises(OutsideError, match="ended the connection"),
    ):
        scratch.run("SELECT pg_terminate_backend(pg_backend_pid())")
    assert postgres.databases() == []


def test_a_template_that_somebody_is_connected_to_is_no_obstacle(postgres: TestServer) -> None:
    import psycopg

    with psycopg.connect(postgres.url_of("template1")), scratch_server(postgres.url) as server, server.scratch():
        pass
    assert postgres.databases() == []
