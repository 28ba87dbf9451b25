"""The PostgreSQL server that a lineage is tried on, where its `database:` says that there is one."""

import os
from pathlib import Path

from agentgrid.config.schema import Lineage
from agentgrid.errors import OutsideError
from agentgrid.machine.secrets.references import parse_reference
from agentgrid.machine.secrets.sources import SourceFailure, look_up


def find_database(lineage: Lineage, root: Path) -> str | None:
    """The server's URL, None where the lineage names none. A variable that isn't set means that this machine has no
    server: SQLite alone is tried. `root`: what file references are relative to. Raises OutsideError."""
    if lineage.database is None:
        return None
    reference = parse_reference(lineage.database)
    if reference.kind == "env" and not os.environ.get(reference.place):
        return None
    try:
        return look_up(reference, environ=os.environ, root=root).reveal()
    except SourceFailure as error:
        raise OutsideError(f"the database of migrations in {lineage.path}: {error.reason}", hint=error.hint) from error
