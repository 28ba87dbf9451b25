"""A real PostgreSQL server on loopback, in a directory of its own, for the tests of one worker."""

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest

from support.tools import IS_CI

PASSWORD = "not-for-anybodys-eyes"  # of a server that lives as long as the tests
_USER = "tester"
_PLACES = ("/usr/lib/postgresql", "/opt/homebrew/opt", "/usr/local/opt")
_START_S = 60
_SETTINGS = {
    "listen_addresses": "127.0.0.1", "unix_socket_directories": "", "fsync": "off", "full_page_writes": "off",
    "synchronous_commit": "off", "shared_buffers": "16MB", "max_connections": "60", "autovacuum": "off",
    "max_wal_size": "1GB",
}  # fmt: skip


@dataclass(frozen=True)
class TestServer:
    """`url`: of a user who may do everything."""

    __test__ = False  # nothing that pytest collects
    port: int
    url: str

    def ask(self, sql: str, *, database: str = "postgres") -> list[tuple[Any, ...]]:
        with psycopg.connect(self.url_of(database), autocommit=True) as connection:
            cursor = connection.execute(sql.encode())
            return cursor.fetchall() if cursor.description else []

    def url_of(self, database: str, *, user: str = _USER) -> str:
        return f"postgresql://{user}:{PASSWORD}@127.0.0.1:{self.port}/{database}"

    def databases(self) -> list[str]:
        """Those that are no part of a fresh server."""
        told = self.ask("SELECT datname FROM pg_database WHERE NOT datistemplate AND datname <> 'postgres' ORDER BY 1")
        return [name for (name,) in told]


@contextmanager
def serve_postgres() -> Iterator[TestServer]:
    """Started for the block. Without PostgreSQL the test is skipped, and in CI it fails."""
    programs = find_programs()
    if programs is None:
        told = "not on this machine: PostgreSQL: apt-get install postgresql, brew install postgresql"
        (pytest.fail if IS_CI else pytest.skip)(told)
    place = Path(os.path.realpath(tempfile.mkdtemp(prefix="agentgrid-postgres-")))
    try:
        port = _free_port()
        process = _start(programs, place, port)
        try:
            _wait_until_ready(process, port, place / "log")
            yield TestServer(port, f"postgresql://{_USER}:{PASSWORD}@127.0.0.1:{port}/postgres")
        finally:
            process.send_signal(signal.SIGINT)  # whoever is connected is cut off
            process.wait(_START_S)
    finally:
        shutil.rmtree(place, ignore_errors=True)


def find_programs() -> Path | None:
    """The directory that has `initdb` and `postgres`."""
    if found := shutil.which("initdb"):
        return Path(os.path.realpath(found)).parent
    places = [each for place in _PLACES for each in sorted(Path(place).glob("*/bin/initdb"), reverse=True)]
    return places[0].parent if places else None


def _start(programs: Path, place: Path, port: int) -> "subprocess.Popen[bytes]":
    account = _account()
    (place / "password").write_text(PASSWORD, encoding="utf-8")
    for each in (place, place / "password"):
        os.chown(each, account.get("user", -1), account.get("group", -1))
    data = str(place / "data")
    initdb = [str(programs / "initdb"), "-D", data, "-U", _USER, "--auth=scram-sha-256", "-E", "UTF8", "--locale=C",
              f"--pwfile={place / 'password'}", "--no-sync"]  # fmt: skip
    subprocess.run(initdb, check=True, stdout=subprocess.DEVNULL, cwd=place, **account)
    settings = [word for name, value in _SETTINGS.items() for word in ("-c", f"{name}={value}")]
    command = [str(programs / "postgres"), "-D", data, "-p", str(port), *settings]
    with (place / "log").open("wb") as log:
        return subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=place, **account)


def _account() -> Mapping[str, Any]:
    """Whom the server runs as: it refuses to be root."""
    if os.getuid() != 0:
        return {}
    names = {each.pw_name: each for each in pwd.getpwall()}
    found = names.get("postgres") or names["nobody"]
    return {"user": found.pw_uid, "group": found.pw_gid, "extra_groups": []}


def _wait_until_ready(process: "subprocess.Popen[bytes]", port: int, log: Path) -> None:
    until = time.monotonic() + _START_S
    while time.monotonic() < until and process.poll() is None:
        try:
            psycopg.connect(host="127.0.0.1", port=port, user=_USER, password=PASSWORD, dbname="postgres").close()
        except psycopg.OperationalError:
            time.sleep(0.05)
        else:
            return
    pytest.fail(f"PostgreSQL didn't start:\n{log.read_text(encoding='utf-8', errors='replace')}")


def _free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
