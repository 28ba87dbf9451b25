"""Names of revision files: while they wait, and once they have their place. Pure.

A lineage's `file_template` is anybody's choice, so a file keeps its own name: it waits with a number before it
(`900000012_1975ea83b712_add.py`) and loses that again. An id that changes is followed in the name.
"""

import re

from agentgrid.boundaries.migrations.names import MigrationName, parse_name
from agentgrid.integration.migrations.styles.alembic.revision import name_number


def provisional_name(own: bytes, digits: bytes) -> bytes:
    """The name (no directory) of a waiting file: a number that somebody counted gives way, anything else stays behind
    the provisional one."""
    if re.match(re.escape(digits) + rb"(?!\d)", own):
        return own
    parts = name_number(own)
    return digits + b"_" + own if parts is None else parts.with_digits(digits).text()


def final_name(own: bytes, old_id: str, new_id: str, numbered_as: MigrationName | None, number: int) -> bytes:
    """The name (no directory) of a file that has its place. `numbered_as`: the newest name of a lineage whose names
    begin with a number that isn't the id; None for any other."""
    swapped = swap_id(own, old_id, new_id)
    parts = parse_name(swapped)
    if parts is not None and parts.is_provisional:
        ending = b"." + parts.ending
        swapped = parts.slug + ending if parts.slug else new_id.encode() + ending
    if numbered_as is None or name_number(swapped) is not None:
        return swapped
    digits = str(number).encode().rjust(len(numbered_as.digits), b"0")
    return digits + (numbered_as.separator or b"_") + swapped


def swap_id(own: bytes, old: str, new: str) -> bytes:
    """The name with the last `old` that stands alone in it as `new`."""
    found = list(re.finditer(rb"(?<![A-Za-z0-9])" + re.escape(old.encode()) + rb"(?![A-Za-z0-9])", own))
    if old == new or not found:
        return own
    return own[: found[-1].start()] + new.encode() + own[found[-1].end() :]
