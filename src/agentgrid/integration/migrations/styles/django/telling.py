"""What a migration of Django's does to the database, read from its operations. Pure.

Sources: django.db.migrations.operations (names and places of the arguments; `reversible` of RunSQL and RunPython),
django.db.models.options (`db_table`: label and model), django.db.models.fields.related (`get_attname`: `…_id`).
"""

import ast
from collections.abc import Iterator

from agentgrid.integration.migrations.styles.python_source import argument, called_name, destroying, text_of

# Operation → the argument that names its model.
_MODEL = {
    "CreateModel": "name",
    "DeleteModel": "name",
    "RenameModel": "old_name",
    "AlterModelTable": "name",
    "AlterModelTableComment": "name",
    "AlterModelOptions": "name",
    "AlterModelManagers": "name",
    "AlterUniqueTogether": "name",
    "AlterIndexTogether": "name",
    "AlterOrderWithRespectTo": "name",
    "AddField": "model_name",
    "RemoveField": "model_name",
    "AlterField": "model_name",
    "RenameField": "model_name",
    "AddIndex": "model_name",
    "RemoveIndex": "model_name",
    "RenameIndex": "model_name",
    "AddConstraint": "model_name",
    "AlterConstraint": "model_name",
    "RemoveConstraint": "model_name",
}
_TO_ONE = frozenset({"ForeignKey", "OneToOneField"})


class Operations:
    """What `operations` do: `objects` (`shop_user`, `shop_user.email`), `destructive`, `up` and `down` (SQL with its
    lines), `is_reversible`."""

    def __init__(self, label: str) -> None:
        self._label = label
        self.objects: set[str] = set()
        self.destructive: list[str] = []
        self.up: list[tuple[int, str]] = []
        self.down: list[tuple[int, str]] = []
        self.is_reversible = True

    def read(self, listed: ast.expr | None) -> None:
        """`listed`: what `operations` is set to; what isn't a literal list can't be known to be reversible."""
        if isinstance(listed, ast.BinOp):
            self.read(listed.left)
            self.read(listed.right)
        elif isinstance(listed, ast.List | ast.Tuple):
            for each in listed.elts:
                self._operation(each)
        elif listed is not None:
            self.is_reversible = False

    def _operation(self, each: ast.expr) -> None:
        if not isinstance(each, ast.Call):
            self.is_reversible = False
            return
        name = called_name(each)
        if name == "RunSQL":
            self._run_sql(each)
        elif name == "RunPython":
            self._require_reverse(argument(each, 1, "reverse_code"))
        elif name == "SeparateDatabaseAndState":
            self.read(argument(each, 0, "database_operations"))
        elif name in _MODEL:
            self._model(name, each)

    def _model(self, name: str, call: ast.Call) -> None:
        model = text_of(argument(call, 0, _MODEL[name]))
        if model is None:
            return
        table = self._table(model)
        if name == "CreateModel":
            self._create(call, table)
            return
        self.objects.add(table)
        if name == "RenameModel":
            renamed = text_of(argument(call, 1, "new_name"))
            self.objects |= {self._table(renamed)} if renamed else set()
        if name == "AlterModelTable":
            renamed = text_of(argument(call, 1, "table"))
            self.objects |= {renamed} if renamed else set()
        columns = list(self._columns(name, call, table))
        self.objects.update(columns)
        if name in {"DeleteModel", "RemoveField"}:
            self.destructive.append(destroying(f"drops {(columns or [table])[0]}", call))

    def _create(self, call: ast.Call, table: str) -> None:
        options = argument(call, 2, "options")
        if isinstance(options, ast.Dict):
            for key, value in zip(options.keys, options.values, strict=True):
                if text_of(key) == "db_table":
                    table = text_of(value) or table
        self.objects.add(table)
        fields = argument(call, 1, "fields")
        for each in fields.elts if isinstance(fields, ast.List | ast.Tuple) else []:
            if isinstance(each, ast.Tuple) and len(each.elts) == 2:
                name = text_of(each.elts[0])
                if name is not None:
                    self.objects.add(_column(table, name, each.elts[1]))

    def _columns(self, name: str, call: ast.Call, table: str) -> Iterator[str]:
        if name in {"AddField", "AlterField", "RemoveField"}:
            field = text_of(argument(call, 1, "name"))
            if field is not None:
                yield _column(table, field, argument(call, 2, "field"))
        elif name == "RenameField":
            for position, keyword in ((1, "old_name"), (2, "new_name")):
                field = text_of(argument(call, position, keyword))
                if field is not None:
                    yield f"{table}.{field.lower()}"

    def _run_sql(self, call: ast.Call) -> None:
        back = argument(call, 1, "reverse_sql")
        self._require_reverse(back)
        self.up += _statements(argument(call, 0, "sql"))
        self.down += _statements(back)

    def _require_reverse(self, given: ast.expr | None) -> None:
        if given is None or (isinstance(given, ast.Constant) and given.value is None):
            self.is_reversible = False

    def _table(self, model: str) -> str:
        return f"{self._label}_{model.lower()}"


def _column(table: str, field: str, made: ast.expr | None) -> str:
    """The column of a field, or the table of its own that many-to-many has."""
    kind = called_name(made) if isinstance(made, ast.Call) else ""
    if kind == "ManyToManyField":
        return f"{table}_{field.lower()}"
    column = text_of(argument(made, -1, "db_column")) if isinstance(made, ast.Call) else None
    return f"{table}.{column or (f'{field}_id' if kind in _TO_ONE else field)}"


def _statements(given: ast.expr | None) -> Iterator[tuple[int, str]]:
    """The SQL of a string, or of a list of strings and of (SQL, parameters)."""
    text = text_of(given)
    if text is not None and given is not None:
        yield given.lineno, text
    elif isinstance(given, ast.List | ast.Tuple):
        for each in given.elts:
            yield from _statements(each.elts[0] if isinstance(each, ast.Tuple | ast.List) and each.elts else each)
