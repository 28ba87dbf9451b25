"""TCP ports of this machine: which are free now, which the system hands out by itself, who listens on one."""

import errno
import re
import socket
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

_LINUX_RANGE = Path("/proc/sys/net/ipv4/ip_local_port_range")
_IANA_RANGE = (49152, 65535)
# Loopback by name as well: BSD lets a socket on every address stand beside one on a single address.
_PLACES = (
    (socket.AF_INET, "127.0.0.1"),
    (socket.AF_INET, "0.0.0.0"),  # noqa: S104 - bound for a moment to see whether it can be, nobody listens
    (socket.AF_INET6, "::1"),
    (socket.AF_INET6, "::"),
)


@dataclass(frozen=True, slots=True)
class Listener:
    """A process that listens on a port: what it is called, where it works, and the environment it was started with."""

    pid: int
    name: str
    directory: str
    environ: Mapping[str, str]


def is_port_free(port: int) -> bool:
    """Whether a server could listen on `port` now, on any address, IPv4 or IPv6."""
    return all(_can_bind(family, address, port) for family, address in _PLACES)


def ephemeral_range() -> tuple[int, int]:
    """First and last of the ports that the system gives to outgoing connections: nobody can count on those."""
    try:
        first, last = _LINUX_RANGE.read_text(encoding="ascii").split()
        return int(first), int(last)
    except (OSError, ValueError):
        return _bsd_range()


def find_listener(port: int) -> Listener | None:
    """A process that listens on `port`; None when this user can't look into any that does."""
    import psutil

    for pid in _listening_pids(port):
        try:
            process = psutil.Process(pid)
            return Listener(pid, process.name(), process.cwd(), process.environ())
        except (psutil.Error, OSError):
            continue
    return None


def _can_bind(family: socket.AddressFamily, address: str, port: int) -> bool:
    try:
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            if family == socket.AF_INET6:
                probe.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            if sys.platform == "linux":
                # Connections that were closed a moment ago are no listener; elsewhere this would pass one over.
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((address, port))
    except OSError as error:
        return error.errno in {errno.EAFNOSUPPORT, errno.EADDRNOTAVAIL, errno.EPROTONOSUPPORT}  # no IPv6 here
    return True


def _bsd_range() -> tuple[int, int]:
    names = ("net.inet.ip.portrange.first", "net.inet.ip.portrange.last")
    try:
        said = subprocess.run(["sysctl", "-n", *names], capture_output=True, text=True, check=True, timeout=5).stdout
        first, last = (int(word) for word in re.findall(r"\d+", said))
    except (OSError, subprocess.SubprocessError, ValueError):
        return _IANA_RANGE
    return min(first, last), max(first, last)


def _listening_pids(port: int) -> "Iterator[int]":
    import psutil

    try:
        for found in psutil.net_connections(kind="tcp"):
            if found.pid is not None and _listens(found, port):
                yield found.pid
    except psutil.Error:  # macOS tells it only of one's own processes, one by one
        for process in psutil.process_iter():
            try:
                if any(_listens(found, port) for found in process.net_connections(kind="tcp")):
                    yield process.pid
            except psutil.Error:
                continue


def _listens(found: Any, port: int) -> bool:
    import psutil

    return found.status == psutil.CONN_LISTEN and bool(found.laddr) and found.laddr.port == port
