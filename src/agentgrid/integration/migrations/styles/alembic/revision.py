"""What a revision file says of itself, read with `ast` alone: a whole lineage is read at every commit. Pure.

Sources: alembic.script.base (`Script`, the variables that it reads; `_only_source_rev_file`, which files are read).
"""

import ast
import re
from dataclasses import dataclass

from agentgrid.boundaries.migrations.names import MigrationName, parse_name
from agentgrid.errors import InputError
from agentgrid.git.paths import show_path
from agentgrid.integration.migrations.styles.placing import split_directory
from agentgrid.integration.migrations.styles.python_source import parse_source

VARIABLES = ("revision", "down_revision", "depends_on", "branch_labels")
_COUNTED = re.compile(r"\d{1,7}")
_REFUSED = re.compile(r"[^\w.]")  # `@`, `-`, `+` and `:` by Alembic itself (alembic.script.revision)
_DATE = re.compile(rb"(?:19|20)\d\d[_.-](?:0?[1-9]|1[0-2])[_.-]")


@dataclass(frozen=True)
class Revision:
    """`id`: its revision, empty when the file has none. `follows`: its down_revision. `unclear`: variables whose value
    isn't literal, each with its line."""

    name: bytes
    id: str = ""
    follows: tuple[str, ...] = ()
    depends_on: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    unclear: tuple[tuple[str, int], ...] = ()

    @property
    def is_provisional(self) -> bool:
        parts = parse_name(split_directory(self.name)[1])
        return parts is not None and parts.is_provisional

    @property
    def is_counted(self) -> bool:
        """Whether its id is a number, as `alembic revision --rev-id 0007` makes it."""
        return _COUNTED.fullmatch(self.id) is not None

    @property
    def number(self) -> int | None:
        """The number that its id is, or that its file's name begins with."""
        if self.is_counted:
            return int(self.id)
        parts = name_number(split_directory(self.name)[1])
        return parts.number if parts and not parts.is_provisional else None


def name_number(own: bytes) -> MigrationName | None:
    """The parts of a file's name (no directory) that begins with a number which somebody counts, or a provisional one;
    None for a hash or a date (`2026_11_26_1015-…`)."""
    parts = parse_name(own)
    if parts is None or parts.prefix or parts.is_stamp or (_DATE.match(own) and not parts.is_provisional):
        return None
    return parts


def read_revision(name: bytes, content: bytes) -> Revision:
    """What the file `name` says. Raises InputError, with the line, for what isn't Python."""
    values: dict[str, tuple[str, ...]] = {}
    unclear: list[tuple[str, int]] = []
    for node in parse_source(name, content).body:
        for variable, value in _assigned(node):
            found = _strings(value)
            if found is None:
                unclear.append((variable, value.lineno))
            else:
                values[variable] = found
    return Revision(
        name, "".join(values.get("revision", ())[:1]), values.get("down_revision", ()), values.get("depends_on", ()),
        values.get("branch_labels", ()), tuple(unclear),
    )  # fmt: skip


def require_revision(name: bytes, content: bytes) -> Revision:
    """As `read_revision`; raises InputError too when it doesn't say, as literals, which it is and what it follows."""
    found = read_revision(name, content)
    if found.unclear:
        raise InputError(describe_unclear(found), hint="accepted: literals, as `alembic revision` writes them")
    if not found.id:
        raise InputError(
            f"{show_path(name)}: there is no `revision` in it", hint="accepted: a file that `alembic revision` made"
        )
    if _REFUSED.search(found.id):
        raise InputError(
            f"{show_path(name)}: {found.id!r} is no id of a revision", hint="accepted: letters, digits, `_` and `.`"
        )
    return found


def describe_unclear(revision: Revision) -> str:
    """In words: the first variable whose value isn't known without running the file."""
    variable, line = revision.unclear[0]
    return f"{show_path(revision.name)}:{line}: {variable} isn't a string, a tuple of strings or None"


def _assigned(node: ast.stmt) -> list[tuple[str, ast.expr]]:
    """The variables of Alembic's that a statement sets."""
    if isinstance(node, ast.Assign):
        targets, value = node.targets, node.value
    elif isinstance(node, ast.AnnAssign) and node.value is not None:
        targets, value = [node.target], node.value
    else:
        return []
    return [(each.id, value) for each in targets if isinstance(each, ast.Name) and each.id in VARIABLES]


def _strings(value: ast.expr) -> tuple[str, ...] | None:
    try:
        found = ast.literal_eval(value)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return None
    if found is None:
        return ()
    several = (found,) if isinstance(found, str) else found
    if not isinstance(several, tuple | list | set | frozenset) or not all(isinstance(each, str) for each in several):
        return None
    return tuple(sorted(several) if isinstance(several, set | frozenset) else several)
