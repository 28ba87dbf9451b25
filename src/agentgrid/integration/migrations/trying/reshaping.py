"""How parsed statements of other dialects are bent for SQLite: names, types, defaults, indexes.

Changes trees in place.
"""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sqlglot import exp

_MAIN = frozenset({"public", "dbo", "main"})
"""Schemas whose tables are named without them."""
_COLLATIONS = frozenset({"BINARY", "NOCASE", "RTRIM"})
_HOLLOW = ("LikeProperty", "InheritsProperty", "PartitionedOfProperty", "CloneProperty")
"""Tables that have their columns from elsewhere."""


def flatten_names(parsed: "exp.Expression") -> None:
    """`core.users` becomes one name, so that two schemas' tables of one name stay apart; `public.users` is `users`.
    Strings with escapes become plain ones."""
    from sqlglot import exp

    for table in list(parsed.find_all(exp.Table)):
        schema = table.db
        if not isinstance(table.this, exp.Identifier) or not schema:
            continue
        table.set("db", None)
        table.set("catalog", None)
        if schema.lower() not in _MAIN:
            table.set("this", exp.to_identifier(f"{schema}.{table.name}", quoted=True))
    for escaped in list(parsed.find_all(exp.ByteString)):  # PostgreSQL's E'…'
        escaped.replace(exp.Literal.string(escaped.name))


def table_name(parsed: "exp.Expression") -> str:
    """The first table in it, in small letters."""
    from sqlglot import exp

    table = parsed if isinstance(parsed, exp.Table) else parsed.find(exp.Table)
    return table.name.lower() if table is not None else parsed.name.lower()


def view_name(parsed: "exp.Create") -> "exp.Expression":
    from sqlglot import exp

    view: exp.Expression = parsed.this
    return view.this if isinstance(view, exp.Schema) else view


def mentioned(parsed: "exp.Expression") -> Iterator[str]:
    """Names of whatever it is about: tables, or any word when it could not be taken apart."""
    from sqlglot import exp

    if isinstance(parsed, exp.Command):
        yield from (word.strip('"`[](),;').lower() for word in str(parsed.expression).replace("(", " ").split())
        return
    yield from (each.name.lower() for each in parsed.find_all(exp.Table))


def why_not(parsed: "exp.Create") -> str | None:
    """Why SQLite can't be asked for it at all."""
    properties = parsed.args.get("properties")
    for each in properties.expressions if properties else ():
        if type(each).__name__ in _HOLLOW:
            return "a table that has its columns from another one is nothing that SQLite knows"
    return None


def shape_table(parsed: "exp.Create") -> None:
    from sqlglot import exp

    parsed.set("properties", _temporary(parsed))
    for column in list(parsed.find_all(exp.ColumnDef)):
        _shape_column(column)
    for kind in (exp.ExcludeColumnConstraint, exp.IndexColumnConstraint):  # the second is MySQL's KEY in a table
        for each in list(parsed.find_all(kind)):
            _remove(each)


def weaken_table(parsed: "exp.Create") -> None:
    """Without what SQLite can't compute: checks, defaults, generated columns' expressions."""
    from sqlglot import exp

    for kind in (exp.CheckColumnConstraint, exp.DefaultColumnConstraint, exp.ComputedColumnConstraint):
        for each in list(parsed.find_all(kind)):
            _remove(each)


def shape_view(parsed: "exp.Create") -> None:
    parsed.set("properties", _temporary(parsed))
    parsed.set("replace", False)


def shape_index(parsed: "exp.Create") -> None:
    from sqlglot import exp

    index = parsed.this
    parsed.set("concurrently", None)
    columns = [_shape_indexed(each) for each in index.args["params"].args.get("columns") or []]
    where = index.args["params"].args.get("where")
    index.set("params", exp.IndexParameters(columns=columns, where=where))
    if not index.name:
        named = "_".join([table_name(index), *(each.name or "expr" for each in columns), "idx"])
        index.set("this", exp.to_identifier(named, quoted=True))
    table = index.args.get("table")
    if table is not None and "." in table.name:
        schema = table.name.partition(".")[0]  # an index's name is its schema's own
        index.set("this", exp.to_identifier(f"{schema}.{index.name}", quoted=True))


def _shape_indexed(each: "exp.Expression") -> "exp.Expression":
    from sqlglot import exp

    ordered = each if isinstance(each, exp.Ordered) else exp.Ordered(this=each)
    inner = ordered.this
    while isinstance(inner, (exp.Opclass, exp.Collate)):
        inner = inner.this
    is_down = bool(ordered.args.get("desc"))
    return exp.Ordered(this=inner, desc=is_down or None, nulls_first=not is_down)


def shapes_of(action: "exp.Expression") -> "list[Callable[[Any], None]]":
    """What is done to `ALTER TABLE` with this one action, step by step; empty when SQLite has nothing like it."""
    from sqlglot import exp

    if isinstance(action, exp.ColumnDef):
        return [_shape_added, _weaken_added, _strip_added]
    if isinstance(action, exp.Drop) and str(action.args.get("kind")).upper() == "COLUMN":
        return [_shape_dropped]
    if isinstance(action, (exp.RenameColumn, exp.AlterRename)):
        return [_shape_renamed]
    return []


def told_action(action: "exp.Expression") -> str:
    words = " ".join(action.sql("postgres").split())
    return f"SQLite can't alter a table by {words if len(words) <= 60 else words[:57] + '…'}"


def touched_by(table: str, action: "exp.Expression") -> set[str]:
    from sqlglot import exp

    if isinstance(action, exp.AlterColumn):
        return {f"{table}.{action.name.lower()}", f"{table}#"}
    if isinstance(action, exp.AddConstraint):
        return {each.name.lower() for each in action.find_all(exp.Constraint) if each.name}
    if isinstance(action, exp.Drop):
        return {f"{table}#", action.name.lower()}
    return {table}


def _shape_added(alter: "exp.Alter") -> None:
    from sqlglot import exp

    for column in alter.find_all(exp.ColumnDef):
        _shape_column(column)
        column.set("exists", None)
        column.set("position", None)


def _weaken_added(alter: "exp.Alter") -> None:
    """SQLite adds no column that is unique, or whose default has to be computed."""
    _keep_constraints(alter, "NotNullColumnConstraint", "Reference", "CollateColumnConstraint")
    _drop_not_null(alter)


def _strip_added(alter: "exp.Alter") -> None:
    _keep_constraints(alter)


def _keep_constraints(alter: "exp.Alter", *kinds: str) -> None:
    from sqlglot import exp

    for column in alter.find_all(exp.ColumnDef):
        kept = [each for each in column.constraints if type(each.args.get("kind")).__name__ in kinds]
        column.set("constraints", kept)


def _drop_not_null(part: "exp.Expression") -> None:
    from sqlglot import exp

    for each in list(part.find_all(exp.NotNullColumnConstraint)):
        _remove(each)


def _shape_dropped(alter: "exp.Alter") -> None:
    for action in alter.args["actions"]:
        for name in ("exists", "cascade", "constraints"):
            action.set(name, None)


def _shape_renamed(alter: "exp.Alter") -> None:
    for action in alter.args["actions"]:
        action.set("exists", None)


def _shape_column(column: "exp.ColumnDef") -> None:
    from sqlglot import exp

    kind = column.args.get("kind")
    is_counted = isinstance(kind, exp.DataType) and "SERIAL" in kind.this.name if kind else False
    if isinstance(kind, exp.DataType) and (
        is_counted or kind.args.get("nested") or kind.this == exp.DataType.Type.ARRAY
    ):
        column.set("kind", exp.DataType.build("INT" if is_counted else "TEXT"))
    for collation in list(column.find_all(exp.CollateColumnConstraint)):
        if collation.this.name.upper() not in _COLLATIONS:
            _remove(collation)
    is_key = column.find(exp.PrimaryKeyColumnConstraint) is not None
    for each in list(column.find_all(exp.GeneratedAsIdentityColumnConstraint)):
        is_counted = True
        _remove(each)
    if is_counted and not is_key:  # SQLite counts keys alone
        _drop_not_null(column)
    for default in column.find_all(exp.DefaultColumnConstraint):
        default.set("this", _shape_default(default.this))


def _shape_default(value: "exp.Expression") -> "exp.Expression":
    from sqlglot import exp

    while isinstance(value, (exp.Cast, exp.Paren)):
        value = value.this
    plain = (exp.Literal, exp.Null, exp.Boolean, exp.CurrentTimestamp, exp.CurrentDate, exp.CurrentTime, exp.Neg)
    return value.copy() if isinstance(value, plain) else exp.Paren(this=value.copy())


def _remove(part: "exp.Expression") -> None:
    """With the constraint that it is the kind of."""
    from sqlglot import exp

    outer = part.parent
    if isinstance(outer, exp.Constraint) and len(outer.expressions) > 1:
        outer = None
    (outer if isinstance(outer, (exp.ColumnConstraint, exp.Constraint)) else part).pop()


def _temporary(parsed: "exp.Create") -> "exp.Properties | None":
    from sqlglot import exp

    properties = parsed.args.get("properties")
    kept = [each for each in properties.expressions if isinstance(each, exp.TemporaryProperty)] if properties else []
    return exp.Properties(expressions=kept) if kept else None
