"""Names of scratch databases, and which of those on a server nobody works with any more. Pure.

Whoever makes one keeps a connection open under the same name, from before it is made until after it is dropped. The
server ends that connection when its process dies, however it dies.
"""

import re
from collections.abc import Iterable

PREFIX = "agentgrid_scratch"
OLD_S = 24 * 3600
_NAME = re.compile(rf"(?P<owner>{PREFIX}_(?P<made>\d{{9,12}})_[0-9a-f]{{8}})_\d+")


def owner_name(now_s: int, token: str) -> str:
    """What the connection of one run is called. `now_s`: seconds since 1970. `token`: eight random hex digits."""
    return f"{PREFIX}_{now_s}_{token}"


def database_name(owner: str, counted: int) -> str:
    return f"{owner}_{counted}"


def find_leftovers(databases: Iterable[str], sessions: Iterable[str], now_s: int) -> list[str]:
    """Those of `databases` that are scratch and have no owner among `sessions` (names of open connections, looked up
    after the databases), or are a day old: a run doesn't last that long."""
    alive = set(sessions)
    found = []
    for name in databases:
        told = _NAME.fullmatch(name)
        if told and (told["owner"] not in alive or now_s - int(told["made"]) > OLD_S):
            found.append(name)
    return found
