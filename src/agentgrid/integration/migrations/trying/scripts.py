"""SQL migrations as they are to be run: the part that goes forward and the part that takes back, each with the line
numbers of its file.

Knows pairs of `.up.sql` and `.down.sql` (golang-migrate), `V` and `U` (Flyway), and sections of one file (dbmate,
goose, sql-migrate).
"""

import os
import re
from dataclasses import dataclass
from pathlib import Path

from agentgrid.boundaries.migrations.names import parse_name
from agentgrid.errors import InputError
from agentgrid.git.paths import show_path

_SECTION = re.compile(r"^\s*--\s*(?:migrate:|\+goose\s+|\+migrate\s+)(?P<way>up|down)\b(?P<options>.*)$", re.IGNORECASE)
_ANYWHERE = re.compile(r"^\s*--\s*(?:\+goose\s+NO\s+TRANSACTION|no-transaction)\b", re.IGNORECASE)
_NO_TRANSACTION = re.compile(r"transaction\s*:\s*false|\bnotransaction\b", re.IGNORECASE)


@dataclass(frozen=True)
class Part:
    """`file`: relative to the top of the tree, as shown. `text`: with an empty line for each line that isn't its own.
    `is_whole`: it is one transaction."""

    file: str
    text: str
    is_whole: bool = True


@dataclass(frozen=True)
class Script:
    """`name`: the main file's, relative to the lineage's directory. `down` is None when there is no way back."""

    name: str
    up: Part
    down: Part | None = None


def read_script(directory: Path, shown: str, name: str) -> Script:
    """The migration whose main file is `name` in `directory`, which people know as `shown`.

    Raises InputError when a file can't be read as UTF-8.
    """
    file = f"{shown}/{show_path(os.fsencode(name))}"
    sections = split_sections(_read(directory / name, file))
    is_whole = {way: not told for way, (_, told) in sections.items()}
    down = None
    if "down" in sections:
        down = Part(file, sections["down"][0], is_whole["down"])
    elif other := find_down(directory, name):
        told = f"{shown}/{show_path(os.fsencode(other))}"
        text, without = split_sections(_read(directory / other, told))["up"]
        down = Part(told, text, not without)
    return Script(name, Part(file, sections["up"][0], is_whole["up"]), down if down and down.text.strip() else None)


def split_sections(text: str) -> dict[str, tuple[str, bool]]:
    """`up` and perhaps `down` → (text with the line numbers of the whole, whether it says it is no transaction)."""
    lines = text.splitlines(keepends=True)
    marks = [_SECTION.match(line) for line in lines]
    is_apart = any(_ANYWHERE.match(line) for line in lines)
    ways = [mark["way"].lower() for mark in marks if mark]
    if not ways:
        return {"up": (text, is_apart)}
    found = {way: (["\n"] * len(lines), is_apart) for way in {"up", *ways}}
    current = ""
    for place, (line, mark) in enumerate(zip(lines, marks, strict=True)):
        if mark:
            current = mark["way"].lower()
            kept, before = found[current]
            found[current] = (kept, before or bool(_NO_TRANSACTION.search(mark["options"])))
        elif current:
            found[current][0][place] = line
    return {way: ("".join(kept), apart) for way, (kept, apart) in found.items()}


def find_down(directory: Path, name: str) -> str | None:
    """The file that takes back what `name` does."""
    place, _, own = name.rpartition("/")
    before = f"{place}/" if place else ""
    if own.endswith(".up.sql"):
        other = f"{before}{own.removesuffix('.up.sql')}.down.sql"
        return other if (directory / other).is_file() else None
    told = parse_name(os.fsencode(own))
    if told is None or told.prefix != b"V":
        return None
    for each in sorted(os.listdir(directory / place)):
        found = parse_name(os.fsencode(each))
        if found and found.prefix == b"U" and found.number == told.number and each.endswith(".sql"):
            return before + each
    return None


def _read(path: Path, shown: str) -> str:
    try:
        return path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise InputError(f"{shown}: can't be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise InputError(f"{shown}: not UTF-8 at byte {error.start}", hint="save the file as UTF-8") from error
