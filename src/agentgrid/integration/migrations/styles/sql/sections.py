"""The way up and the way down in one SQL file, as dbmate, goose and sql-migrate mark them. Pure.

Sources: dbmate's README ("Creating Migrations"), goose's ("SQL Migrations"), sql-migrate's ("Writing migrations").
"""

import re
from dataclasses import dataclass

from agentgrid.errors import InputError
from agentgrid.git.paths import show_path

_MARK = re.compile(r"--\s*(?:(?P<dbmate>migrate:)|\+(?P<other>goose|migrate)\s+)(?P<way>up|down)\b", re.IGNORECASE)
_IN_ONE_PIECE = re.compile(r"\$\w*\$|\bcreate\s+(?:or\s+replace\s+)?(?:function|procedure|trigger)\b", re.IGNORECASE)
_HEADINGS = {
    "dbmate": ("-- migrate:up", "-- migrate:down"),
    "goose": ("-- +goose Up", "-- +goose Down"),
    "migrate": ("-- +migrate Up", "-- +migrate Down"),
}


@dataclass(frozen=True)
class Sections:
    """`tool`: whose marks they are. `up`, `down`: the file's text with every other line left empty, so that lines keep
    their numbers."""

    tool: str
    up: str
    down: str


def split_sections(text: str) -> Sections | None:
    """The sections of a file; None when nothing in it is marked."""
    tool, way = None, ""
    lines: dict[str, list[str]] = {"": [], "up": [], "down": []}
    for line in text.split("\n"):
        found = _MARK.match(line.lstrip())
        if found is not None:
            tool, way = found["other"] or "dbmate", found["way"].lower()
        for each, kept in lines.items():
            kept.append(line if each == way and found is None else "")
    return None if tool is None else Sections(tool.lower(), "\n".join(lines["up"]), "\n".join(lines["down"]))


def join_sections(tool: str, up: str, down: str) -> str:
    """A file of both ways, as `tool` reads it."""
    heading_up, heading_down = _HEADINGS[tool]
    parts = [heading_up, _body(tool, up), "", heading_down]
    return "\n".join([*parts, _body(tool, down)] if down.strip() else parts) + "\n"


def _body(tool: str, sql: str) -> str:
    """Goose and sql-migrate cut at every semicolon, but for what is marked as one statement."""
    text = sql.strip("\n")
    if tool == "dbmate" or not _IN_ONE_PIECE.search(text):
        return text
    return f"-- +{tool} StatementBegin\n{text}\n-- +{tool} StatementEnd"


def read_sql(name: bytes, content: bytes) -> str:
    """The text of a SQL file. Raises InputError, with the line, when it isn't UTF-8 or has a NUL in it."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise InputError(f"{show_path(name)}:1: this is UTF-16", hint="accepted: SQL in UTF-8")
    if b"\0" in content:
        line = content[: content.index(b"\0")].count(b"\n") + 1
        raise InputError(f"{show_path(name)}:{line}: there is a NUL in it", hint="accepted: SQL in UTF-8")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise InputError(f"{show_path(name)}:{line}: this is not UTF-8", hint="accepted: SQL in UTF-8") from error
