"""What the SQL of a migration touches, and what it loses: for owners, who decide, and for those who meet there.

Names are lower case unless they are quoted, and without schema and database.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from agentgrid.integration.migrations.sql.kept import kept_facts
from agentgrid.integration.migrations.sql.statements import Statement, read_statements

if TYPE_CHECKING:
    from sqlglot import exp

_NOT_TABLES = frozenset(("SCHEMA", "DATABASE", "FUNCTION", "PROCEDURE", "TYPE", "SEQUENCE", "CONSTRAINT", "DOMAIN",
                         "EXTENSION", "ROLE", "USER", "TRIGGER", "POLICY", "CATALOG"))  # fmt: skip
_EMPTIED = {"TABLE": "table", "SCHEMA": "schema", "DATABASE": "database"}


@dataclass(frozen=True, slots=True)
class SqlFacts:
    """`objects`: tables, and columns as `table.column`, sorted. `destructive`: statements that lose data or names that
    others may use, each in words with its line. `statements`: how many there are."""

    objects: tuple[str, ...]
    destructive: tuple[str, ...]
    statements: int


def read_facts(sql: str, dialect: str, name: str) -> SqlFacts:
    """The facts of `sql`. Raises InputError as `read_statements`."""
    statements = read_statements(sql, dialect, name)
    objects: set[str] = set()
    destructive: list[str] = []
    for each in statements:
        touched, lost = _facts_of(each, dialect)
        objects.update(touched)
        destructive += [f"{words} (line {each.line})" for words in dict.fromkeys(lost)]
    return SqlFacts(tuple(sorted(objects)), tuple(destructive), len(statements))


def _facts_of(statement: Statement, dialect: str) -> tuple[set[str], list[str]]:
    from sqlglot import exp

    tree = statement.tree
    if tree is None or isinstance(tree, exp.Command):
        return kept_facts(statement.text)
    if isinstance(tree, exp.Execute):
        renames = tree.this.name.lower() == "sp_rename"
        return set(), [f"renames {', '.join(each.name for each in tree.expressions[:2])}"] if renames else []
    return {*_tables(tree), *_columns(tree)}, list(_lost(tree, dialect))


def _name(node: "exp.Expression | None") -> str:
    """The name of a table or column, its last part."""
    from sqlglot import exp

    identifier = node if isinstance(node, exp.Identifier) else getattr(node, "this", None)
    if isinstance(identifier, exp.Identifier):
        return identifier.name if identifier.args.get("quoted") else identifier.name.lower()
    return _name(identifier) if isinstance(identifier, exp.Expression) else ""


def _tables(tree: "exp.Expression") -> Iterator[str]:
    from sqlglot import exp

    within = {each.alias.lower() for each in tree.find_all(exp.CTE)}
    for table in tree.find_all(exp.Table):
        owner = table.parent
        is_named_so = isinstance(owner, exp.Drop | exp.Create) and str(owner.args.get("kind")).upper() in _NOT_TABLES
        is_routine = isinstance(owner, exp.UserDefinedFunction | exp.StoredProcedure)
        if not is_named_so and not is_routine and _name(table) and _name(table) not in within:
            yield _name(table)


def _columns(tree: "exp.Expression") -> Iterator[str]:
    from sqlglot import exp

    for schema in tree.find_all(exp.Schema):
        table = _name(schema.this)
        yield from (f"{table}.{_name(each)}" for each in schema.expressions
                    if table and isinstance(each, exp.ColumnDef | exp.Identifier))  # fmt: skip
    if isinstance(tree, exp.Alter):
        yield from (f"{_name(tree.this)}.{column}" for column in _altered(tree) if column)
    elif isinstance(tree, exp.Update):
        yield from (f"{_name(tree.this)}.{_name(each.this)}" for each in tree.expressions if _name(each.this))
    elif isinstance(tree, exp.Create) and isinstance(tree.this, exp.Index):
        parameters = tree.this.args.get("params")
        for each in (parameters or tree.this).find_all(exp.Column):
            yield f"{_name(tree.this.args.get('table'))}.{_name(each)}"
    elif isinstance(tree, exp.Comment) and isinstance(tree.this, exp.Column) and tree.this.table:
        yield f"{tree.this.table.lower()}.{_name(tree.this)}"


def _altered(tree: "exp.Alter") -> Iterator[str]:
    from sqlglot import exp

    for action in tree.args.get("actions") or ():
        if isinstance(action, exp.ColumnDef | exp.AlterColumn):
            yield _name(action)
        elif isinstance(action, exp.Drop) and action.args.get("kind") == "COLUMN":
            yield from (_name(each) for each in action.args["tables"])
        elif isinstance(action, exp.RenameColumn):
            yield from (_name(action.this), _name(action.args.get("to")))
        elif isinstance(action, exp.ModifyColumn):
            yield from (_name(action.this), _name(action.args.get("rename_from")))
        elif isinstance(action, exp.AddConstraint):
            keys = (key for key in action.find_all(exp.ForeignKey, exp.PrimaryKey))
            yield from (_name(each) for key in keys for each in key.expressions)


def _lost(tree: "exp.Expression", dialect: str) -> Iterator[str]:
    """What the statement loses, in words."""
    from sqlglot import exp

    if isinstance(tree, exp.Drop):
        yield from _dropped(tree)
    elif isinstance(tree, exp.TruncateTable):
        yield from (f"empties the table {_name(each)}" for each in tree.expressions)
    elif isinstance(tree, exp.Alter):
        for action in tree.args.get("actions") or ():
            yield from _lost_by(action, _name(tree.this), dialect)
    elif isinstance(tree, exp.Create) and tree.args.get("replace") and tree.args.get("kind") == "TABLE":
        yield f"replaces the table {_name(tree.this)}"
    for each in tree.find_all(exp.Delete, exp.Update):
        if each.args.get("where") is None and not isinstance(each.parent, exp.When):
            table = _name(each.this)
            words = "deletes every row of" if isinstance(each, exp.Delete) else "changes every row of"
            yield f"{words} {table}"


def _dropped(tree: "exp.Drop") -> Iterator[str]:
    kind = _EMPTIED.get(str(tree.args.get("kind")))
    if kind is None or tree.args.get("temporary"):
        return
    more = " and what depends on it" if tree.args.get("cascade") else ""
    for each in tree.args["tables"]:
        yield f"drops the {kind} {_name(each) or each.db or each.sql()}{more}"


def _lost_by(action: "exp.Expression", table: str, dialect: str) -> Iterator[str]:
    """What one action of an ALTER TABLE loses."""
    from sqlglot import exp

    if isinstance(action, exp.Drop) and action.args.get("kind") == "COLUMN":
        yield from (f"drops the column {table}.{_name(each)}" for each in action.args["tables"])
    elif isinstance(action, exp.AlterColumn) and action.args.get("dtype") is not None:
        yield from _retyped(f"{table}.{_name(action)}", action.args["dtype"], dialect)
    elif isinstance(action, exp.ModifyColumn):
        column = f"{table}.{_name(action.this)}"
        if action.args.get("rename_from") is not None:
            yield f"renames {table}.{_name(action.args['rename_from'])} to {_name(action.this)}"
        yield from _retyped(column, action.this.args.get("kind"), dialect)
    elif isinstance(action, exp.AlterRename):
        yield f"renames the table {table} to {_name(action.this)}"
    elif isinstance(action, exp.RenameColumn):
        yield f"renames {table}.{_name(action.this)} to {_name(action.args.get('to'))}"
    elif re.match(r"DropPartition", type(action).__name__):
        yield f"drops a partition of {table}"


def _retyped(column: str, kind: "exp.Expression | None", dialect: str) -> Iterator[str]:
    """Every value has a text; any other type may not hold what is there."""
    written = kind.sql(dialect=dialect) if kind is not None else ""
    if written and written.upper() not in {"TEXT", "VARCHAR", "LONGTEXT", "STRING"}:
        yield f"changes the type of {column} to {written}"
