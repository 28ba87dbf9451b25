"""What a revision does to the database, read from its calls of `op`. Pure.

Source: alembic.op (names and places of the arguments).
"""

import ast
from collections.abc import Iterable, Iterator

from agentgrid.integration.migrations.styles.python_source import (
    argument,
    called_name,
    destroying,
    is_empty,
    string_constants,
    text_of,
)

# Operation → where its table stands (place, keyword), and its columns.
_TABLE = {
    "create_table": (0, "table_name"),
    "drop_table": (0, "table_name"),
    "create_table_comment": (0, "table_name"),
    "drop_table_comment": (0, "table_name"),
    "rename_table": (0, "old_table_name"),
    "add_column": (0, "table_name"),
    "drop_column": (0, "table_name"),
    "alter_column": (0, "table_name"),
    "create_index": (1, "table_name"),
    "drop_index": (1, "table_name"),
    "create_check_constraint": (1, "table_name"),
    "create_unique_constraint": (1, "table_name"),
    "create_primary_key": (1, "table_name"),
    "create_foreign_key": (1, "source_table"),
    "create_exclude_constraint": (1, "table_name"),
    "drop_constraint": (1, "table_name"),
}
_COLUMNS = {
    "drop_column": (1, "column_name"),
    "alter_column": (1, "column_name"),
    "create_index": (2, "columns"),
    "create_unique_constraint": (2, "columns"),
    "create_primary_key": (2, "columns"),
    "create_foreign_key": (3, "local_cols"),
}
_NAMES_ANOTHER = {"rename_table": (1, "new_table_name"), "create_foreign_key": (2, "referent_table")}


class Deeds:
    """What the functions of one direction do: `objects` (`users`, `users.email`), `destructive`, `sql` with lines."""

    def __init__(self, constants: dict[str, str]) -> None:
        self._constants = constants
        self.objects: set[str] = set()
        self.destructive: list[str] = []
        self.sql: list[tuple[int, str]] = []

    def read(self, function: ast.AST) -> None:
        batches = dict(_batches(function))
        for call in (each for each in ast.walk(function) if isinstance(each, ast.Call)):
            name = called_name(call)
            batch = batches.get(_receiver(call))
            if name == "execute":
                self._execute(call)
            elif name == "batch_alter_table":
                self._add(text_of(argument(call, 0, "table_name")))
            elif name in _TABLE and isinstance(call.func, ast.Attribute):
                self._operation(name, call, batch)

    def _operation(self, name: str, call: ast.Call, batch: str | None) -> None:
        """`batch`: the table, in a `with op.batch_alter_table(…)`, whose operations don't name it."""
        position, keyword = _TABLE[name]
        table = batch if batch is not None else text_of(argument(call, position, keyword))
        shift = 0 if batch is None else 1
        columns = list(_columns(name, call, shift))
        self._add(table)
        for column in columns:
            self._add(f"{table}.{column}" if table else None)
        if name in _NAMES_ANOTHER:
            place, word = _NAMES_ANOTHER[name]
            self._add(text_of(argument(call, place - shift, word)))
        if name in {"drop_table", "drop_column"}:
            what = ".".join([table or "a table", *columns[:1]])
            self.destructive.append(destroying(f"drops {what}", call))

    def _execute(self, call: ast.Call) -> None:
        given = argument(call, 0, "sqltext", "statement")
        if isinstance(given, ast.Call) and called_name(given) == "text":
            given = argument(given, 0, "text")
        text = self._constants.get(given.id) if isinstance(given, ast.Name) else text_of(given)
        if text is not None and given is not None:
            self.sql.append((given.lineno, text))

    def _add(self, name: str | None) -> None:
        if name:
            self.objects.add(name)


def read_deeds(tree: ast.Module) -> tuple[Deeds, Deeds, bool]:
    """(what the upgrade does, what the downgrade does, whether there is a way back)."""
    functions = {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}
    constants = string_constants(tree)
    ways = []
    for way in ("upgrade", "downgrade"):
        deeds = Deeds(constants)
        for name in _reached(functions, way):
            deeds.read(functions[name])
        ways.append(deeds)
    backs = [node for name, node in functions.items() if name.startswith("downgrade")]
    is_reversible = bool(backs) and not all(is_empty(node.body) for node in backs)
    return ways[0], ways[1], is_reversible


def _reached(functions: dict[str, ast.FunctionDef | ast.AsyncFunctionDef], way: str) -> Iterable[str]:
    """Functions that a direction runs: its own (`upgrade_engine1` too), and those that they name."""
    reached = dict.fromkeys(name for name in functions if name == way or name.startswith(f"{way}_"))
    for name in list(reached):
        waiting = [name]
        while waiting:
            named = {node.id for node in ast.walk(functions[waiting.pop()]) if isinstance(node, ast.Name)}
            fresh = [each for each in functions if each in named and each not in reached]
            reached.update(dict.fromkeys(fresh))
            waiting += fresh
    return reached


def _batches(function: ast.AST) -> Iterator[tuple[str, str]]:
    """(variable, table) of each `with op.batch_alter_table("users") as batch_op:`."""
    for node in ast.walk(function):
        if not isinstance(node, ast.With):
            continue
        for item in node.items:
            call = item.context_expr
            if isinstance(call, ast.Call) and called_name(call) == "batch_alter_table":
                table = text_of(argument(call, 0, "table_name"))
                if isinstance(item.optional_vars, ast.Name) and table is not None:
                    yield item.optional_vars.id, table


def _receiver(call: ast.Call) -> str:
    is_attribute = isinstance(call.func, ast.Attribute) and isinstance(call.func.value, ast.Name)
    return call.func.value.id if is_attribute else ""  # type: ignore[attr-defined] # narrowed above


def _columns(name: str, call: ast.Call, shift: int) -> Iterator[str]:
    if name in {"create_table", "add_column"}:
        for each in (*call.args, *(keyword.value for keyword in call.keywords)):
            if isinstance(each, ast.Call) and called_name(each) == "Column":
                column = text_of(argument(each, 0, "name"))
                if column is not None:
                    yield column
    if name not in _COLUMNS:
        return
    position, keyword = _COLUMNS[name]
    given = argument(call, position - shift, keyword)
    single = text_of(given)
    several = given.elts if isinstance(given, ast.List | ast.Tuple) else []
    yield from [single] if single is not None else [text for each in several if (text := text_of(each)) is not None]
    renamed = text_of(argument(call, -1, "new_column_name"))
    if name == "alter_column" and renamed is not None:
        yield renamed
