"""Which of SQLite's complaints about a translated statement are the migration's own mistakes. Pure.

Only what every database would say counts: a table that isn't there, a column that is there already, a broken
constraint. All else may be the translation's doing. So may what concerns an object that an earlier statement touched
which SQLite couldn't be asked.
"""

import re
from collections.abc import Callable
from collections.abc import Set as AbstractSet

from agentgrid.integration.migrations.trying.translating import Ask

_SYSTEM = ("information_schema", "pg_", "sys.", "mysql.")
_TABLE = r"\"?(?P<name>[^\"]+?)\"?"
_SIGNS: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (kind, re.compile(pattern))
    for kind, pattern in (
        ("table", r"no such (?:table|view|index): (?:main\.)?(?P<name>.+)"),
        ("table", rf"(?:table|view|index) {_TABLE} already exists"),
        ("table", rf"there is already (?:a table|an index|another table or index) .*?(?:named|name:) {_TABLE}"),
        ("column", rf"duplicate column name: {_TABLE}"),
        ("column", rf"no such column: {_TABLE}"),
        ("column", r"table .+ has no column named (?P<name>.+)"),
        ("count", r"table .+ has \d+ columns but \d+ values were supplied(?P<name>)"),
        ("count", r"\d+ values for \d+ columns(?P<name>)"),
        ("constraint", r"(?:UNIQUE|NOT NULL) constraint failed: (?P<name>[^,]+).*"),
        ("constraint", r"(?:CHECK|FOREIGN KEY) constraint failed(?:: )?(?P<name>.*)"),
    )
)


def is_mistake(words: str, ask: Ask, touched: AbstractSet[str], *, is_loose: bool) -> bool:
    """Whether `words` (SQLite's, about `ask`) tell of a mistake. `touched`: by statements that were left out.
    `is_loose`: tables may be known under another schema's name."""
    for kind, sign in _SIGNS:
        if found := sign.fullmatch(words):
            return not is_loose and _RULES[kind](found["name"].lower(), ask, touched)
    return False


def mistake_signs() -> list[str]:
    """The same complaints as regular expressions whose group `name` is what they are about, for drivers of tools."""
    return [sign.pattern for _, sign in _SIGNS]


def is_forgiven(words: str, ask: Ask) -> bool:
    """Whether the statement itself says that this may be so."""
    return ask.is_forgiving and words.startswith(("duplicate column name", "no such column", "no such table"))


def _of_table(name: str, ask: Ask, touched: AbstractSet[str]) -> bool:
    if name not in ask.names:
        return False  # a function that the translation took for a table
    is_known = bool(touched & {name, name.partition(".")[0], name.rpartition(".")[2]})
    return not is_known and not name.startswith(_SYSTEM)


def _of_column(name: str, ask: Ask, touched: AbstractSet[str]) -> bool:
    name = name.rpartition(".")[2]
    is_named = name in ask.names  # else it is a word that the translation took for a column
    return is_named and not touched & {ask.table, f"{ask.table}.{name}"}


def _of_count(_: str, ask: Ask, touched: AbstractSet[str]) -> bool:
    return ask.table not in touched and not any(each.startswith(f"{ask.table}.") for each in touched)


def _of_constraint(name: str, ask: Ask, touched: AbstractSet[str]) -> bool:
    table = name.rpartition(".")[0] or ask.table
    return not touched & {table, name, f"{table}#"}


_RULES: dict[str, Callable[[str, Ask, AbstractSet[str]], bool]] = {
    "table": _of_table, "column": _of_column, "count": _of_count, "constraint": _of_constraint,
}  # fmt: skip
