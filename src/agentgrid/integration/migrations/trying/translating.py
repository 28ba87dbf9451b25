"""A statement of another dialect as SQLite takes it, as far as it can. Pure.

What SQLite has no word for is left out and told; nothing is made up that would let a wrong statement pass.
"""

import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from agentgrid.integration.migrations.trying import reshaping

if TYPE_CHECKING:
    from sqlglot import exp

_QUIET = ("Set", "Transaction", "Commit", "Rollback", "Use")
"""Matters of the session: nothing of them stays."""
_APART = ("Comment", "Grant", "Revoke", "Analyze")
"""What they say changes neither tables nor rows."""


@dataclass(frozen=True)
class Ask:
    """One statement for SQLite. `variants`: what to try, the fullest first. `table`: that it is about. `names`: of
    tables, columns and indexes in it. `is_forgiving`: it says IF EXISTS or IF NOT EXISTS where SQLite has no words for
    that."""

    variants: tuple[str, ...]
    table: str = ""
    names: frozenset[str] = frozenset()
    is_forgiving: bool = False


@dataclass(frozen=True)
class Translation:
    """`asks`: what SQLite is asked. `left_out`: what it isn't, each in words. `touched`: objects of what is left out:
    `table`, `table.column`, and `table#` for its constraints. `is_loose`: from here on unqualified names may mean
    tables of another schema."""

    asks: tuple[Ask, ...] = ()
    left_out: tuple[str, ...] = ()
    touched: frozenset[str] = field(default=frozenset())
    is_loose: bool = False


def translate(sql: str, dialect: str) -> Translation:
    """What SQLite is asked instead of the statement `sql`."""
    from sqlglot import parse_one
    from sqlglot.errors import SqlglotError

    logger = logging.getLogger("sqlglot")
    level = logger.level
    logger.setLevel(logging.CRITICAL)  # it warns of what is told here as left out
    try:
        parsed: Any = parse_one(sql, read=dialect)
        return _translate(parsed)
    except SqlglotError:
        return Translation(left_out=("it can't be read",))
    finally:
        logger.setLevel(level)


def _translate(parsed: "exp.Expression") -> Translation:
    from sqlglot import exp

    kind = type(parsed).__name__
    if kind in _QUIET:
        return Translation(is_loose=kind == "Set" and "SEARCH_PATH" in parsed.sql().upper())
    if kind in _APART:
        return Translation(left_out=("it is no matter of SQLite's",))
    reshaping.flatten_names(parsed)
    if isinstance(parsed, exp.Alter):
        return _alter(parsed)
    if isinstance(parsed, exp.TruncateTable):
        return _plain([exp.delete(each) for each in parsed.expressions])
    if isinstance(parsed, exp.Drop):
        return _drop(parsed)
    if isinstance(parsed, exp.Create):
        return _create(parsed)
    if isinstance(parsed, (exp.Insert, exp.Update, exp.Delete, exp.Select, exp.SetOperation, exp.Values)):
        return _plain([parsed])
    return _nothing(parsed, "SQLite has no such statement")


def _create(parsed: "exp.Create") -> Translation:
    kind = str(parsed.args.get("kind") or "").upper()
    if kind not in {"TABLE", "INDEX", "VIEW"}:
        return _nothing(parsed, f"SQLite has no {kind.lower()} like that" if kind else "SQLite has no such statement")
    if reason := reshaping.why_not(parsed):
        return _nothing(parsed, reason)
    name = reshaping.table_name(parsed)
    shapes: Sequence[Callable[[Any], None]] = {
        "TABLE": [reshaping.shape_table, reshaping.weaken_table],
        "INDEX": [reshaping.shape_index],
        "VIEW": [reshaping.shape_view],
    }[kind]
    asks = [Ask(tuple(_variants(parsed, shapes)), name, _names(parsed))]
    if kind == "VIEW" and parsed.args.get("replace"):
        asks.insert(0, Ask((f"DROP VIEW IF EXISTS {reshaping.view_name(parsed).sql('sqlite')}",), name))
    return Translation(tuple(asks))


def _alter(parsed: "exp.Alter") -> Translation:
    from sqlglot import exp

    table = reshaping.table_name(parsed.this)
    asks, left_out, touched = [], [], set()
    for action in parsed.args["actions"]:
        alone = exp.Alter(this=parsed.this.copy(), kind="TABLE", actions=[action.copy()])
        is_table = str(parsed.args.get("kind") or "TABLE").upper() == "TABLE"
        shapes = reshaping.shapes_of(action) if is_table else []
        if not shapes:
            left_out.append(reshaping.told_action(action))
            touched |= reshaping.touched_by(table, action)
            continue
        is_forgiving = bool(action.args.get("exists") or parsed.args.get("exists"))
        asks.append(Ask(tuple(_variants(alone, shapes)), table, _names(alone), is_forgiving))
    return Translation(tuple(asks), tuple(left_out), frozenset(touched))


def _drop(parsed: "exp.Drop") -> Translation:
    kind = str(parsed.args.get("kind") or "").upper()
    if kind not in {"TABLE", "INDEX", "VIEW"}:
        return _nothing(parsed, f"SQLite has no {kind.lower()} like that")
    targets = parsed.args.get("tables") or [parsed.this, *(parsed.args.get("expressions") or [])]
    beginning = f"DROP {kind} IF EXISTS" if parsed.args.get("exists") else f"DROP {kind}"
    return Translation(
        tuple(Ask((f"{beginning} {each.sql('sqlite')}",), reshaping.table_name(each), _names(each)) for each in targets)
    )


def _plain(statements: "list[exp.Expression]") -> Translation:
    return Translation(
        tuple(Ask((each.sql("sqlite"),), reshaping.table_name(each), _names(each)) for each in statements)
    )


def _nothing(parsed: "exp.Expression", reason: str) -> Translation:
    return Translation(left_out=(reason,), touched=frozenset(reshaping.mentioned(parsed)))


def _variants(parsed: "exp.Expression", shapes: "Sequence[Callable[[Any], None]]") -> Iterator[str]:
    """The statement after one shaping, after two, and so on; each is told once."""
    current, seen = parsed.copy(), set()
    for shape in shapes:
        shape(current)
        text = current.sql("sqlite")
        if text not in seen:
            seen.add(text)
            yield text


def _names(parsed: "exp.Expression") -> frozenset[str]:
    from sqlglot import exp

    return frozenset(each.name.lower() for each in parsed.find_all(exp.Identifier))
