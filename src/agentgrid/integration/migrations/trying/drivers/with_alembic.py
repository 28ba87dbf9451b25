"""Alembic's own migrations run on two databases, with a small environment instead of the project's."""

# ruff: noqa: SLF001 - what its commands do, without loading every file for each step

from __future__ import annotations

import re
import sys
from typing import Any, Callable  # noqa: UP035 - Python 3.8 too

import sqlalchemy as sa
from alembic.config import Config
from alembic.operations.base import AbstractOperations
from alembic.runtime.environment import EnvironmentContext
from alembic.script import ScriptDirectory
from sqlalchemy.pool import NullPool

_FOREIGN_TYPES = (
    "ARRAY", "BIT", "BYTEA", "CIDR", "CITEXT", "DATERANGE", "DOMAIN", "DOUBLE_PRECISION", "ENUM", "HSTORE", "INET",
    "INT4MULTIRANGE", "INT4RANGE", "INT8RANGE", "INTERVAL", "JSONB", "JSONPATH", "MACADDR", "MACADDR8", "MONEY",
    "NUMRANGE", "OID", "REGCLASS", "REGCONFIG", "TSQUERY", "TSRANGE", "TSTZRANGE", "TSVECTOR", "UUID", "uuid",
)  # fmt: skip
_TABLES = re.compile(
    r"\b(?:TABLE|INDEX|TYPE|VIEW|INTO|UPDATE|ON)\s+(?:IF\s+(?:NOT\s+)?EXISTS\s+)?([\w.\"]+)", re.IGNORECASE
)


def run(plan: dict[str, Any], answer: Any) -> None:
    config = Config()
    config.set_main_option("script_location", plan["scripts"].replace("%", "%%"))
    config.set_main_option("version_locations", plan["versions"].replace("%", "%%"))
    config.set_main_option("path_separator", "newline")  # 1.16 and later
    config.set_main_option("version_path_separator", "os")
    try:
        script = ScriptDirectory.from_config(config)
        if plan["is_lenient"]:
            _be_lenient(plan, answer)
        _Trial(plan, answer, config, script).run()
    except Exception as error:
        original = getattr(error, "orig", None)
        words = " ".join(str(original if original is not None else error).split())
        told = words if original is not None else type(error).__name__ + ": " + words
        if plan["is_lenient"] and not _is_mistake(words, set(), plan) and original is not None:
            file, line = answer.place_of(error)
            answer.note(file, line, words + " (nothing after it is tried)")
            return
        answer.fail(error, told, statement=str(getattr(error, "statement", "") or ""))


class _Trial:
    def __init__(self, plan: dict[str, Any], answer: Any, config: Config, script: ScriptDirectory) -> None:
        self.plan, self.answer, self.config, self.script = plan, answer, config, script
        self.watching: dict[Any, Any] = {}

    def run(self) -> None:
        known, new = self.plan["known"], self.plan["new"]
        self.answer.current = (known + new)[-1]
        blank, head = self._engine("blank"), self._engine("head")
        for target in self._tips(known + new):
            self._up(blank, target)
        self.answer.told["blank"] = self._schema(blank)
        for target in self._tips(known):
            self._up(head, target)
        before = self._schema(head)
        for each in new:
            self.answer.current = each
            self._up(head, each)
            after = self._schema(head)
            self.answer.told["new"].append({"migration": each, "before": before, "after": after})
            before = after
        for each in self.plan["back"]:
            self.answer.current = each
            self._down(head, each)
            self.answer.told["back"].append({"migration": each, "schema": self._schema(head)})
        for each in reversed(self.plan["back"]):
            self.answer.current = each
            self._up(head, each)
        self.answer.told["again"] = self._schema(head)

    def _tips(self, revisions: list[str]) -> list[str]:
        """Those that no other one follows."""
        followed: set[str] = set()
        for each in revisions:
            found = self.script.get_revision(each)
            followed.update(found._all_down_revisions if found is not None else ())
        return [each for each in revisions if each not in followed]

    def _up(self, engine: Any, target: str) -> None:
        self._move(engine, lambda revision: self.script._upgrade_revs(target, revision))

    def _down(self, engine: Any, revision: str) -> None:
        found = self.script.get_revision(revision)
        parents = found._versioned_down_revisions if found is not None else ()
        target = parents[0] if parents else "base"
        self._move(engine, lambda current: self.script._downgrade_revs(target, current))

    def _move(self, engine: Any, steps: Callable[[Any], Any]) -> None:
        def follow(revision: Any, _: Any) -> Any:
            return self._tell_each(steps(revision))

        with engine.connect() as connection, EnvironmentContext(self.config, self.script, fn=follow) as environment:
            environment.configure(connection=connection, transaction_per_migration=True)
            with environment.begin_transaction():
                environment.run_migrations()

    def _tell_each(self, steps: Any) -> Any:
        for step in steps:
            self.answer.current = getattr(step.revision, "revision", self.answer.current)
            yield step

    def _engine(self, name: str) -> Any:
        place = self.plan["databases"][name]
        if self.plan["engine"] == "sqlite":
            engine = sa.create_engine(sa.engine.url.URL.create("sqlite", database=place["path"]), poolclass=NullPool)
            sa.event.listen(engine, "connect", lambda connection, _: connection.execute("PRAGMA synchronous = OFF"))
            return engine  # nothing of it has to last
        driver = "postgresql+" + self.plan["driver"] + "://"
        return sa.create_engine(driver, connect_args=place["parameters"], poolclass=NullPool)

    def _schema(self, engine: Any) -> Any:
        """Asked on a connection that is kept for it: it knows its way about the catalogue by then."""
        if engine not in self.watching:
            self.watching[engine] = engine.connect().execution_options(isolation_level="AUTOCOMMIT")
            self.watching[engine].exec_driver_sql(self.plan["prepare"])
        ask = self.watching[engine].exec_driver_sql
        return {name: [list(row) for row in ask(sql)] for name, sql in self.plan["queries"].items()}


def _be_lenient(plan: dict[str, Any], answer: Any) -> None:
    """Operations that SQLite can't be asked are noted and passed over."""
    from sqlalchemy.dialects.sqlite.base import SQLiteDDLCompiler, SQLiteTypeCompiler

    touched: set[str] = set()
    invoke, default_of = AbstractOperations.invoke, SQLiteDDLCompiler.get_column_default_string

    def careful(operations: Any, operation: Any) -> Any:
        try:
            return invoke(operations, operation)
        except (NotImplementedError, sa.exc.CompileError, sa.exc.DBAPIError) as error:
            words = " ".join(str(getattr(error, "orig", None) or error).split())
            if _is_mistake(words, _about(operation), plan, touched):
                raise
            touched.update(_touches(operation))
            file, line = answer.place_of_caller(sys._getframe())
            answer.note(file, line, words)
            return None

    def with_brackets(compiler: Any, column: Any) -> Any:
        text = default_of(compiler, column)
        if not text:
            return text
        text = re.sub(r"::[\w ]+(\(\d+\))?(\[\])?", "", text)
        return "(" + text + ")" if "(" in text and not text.startswith("(") else text

    AbstractOperations.invoke = careful  # type: ignore[method-assign,assignment]
    SQLiteDDLCompiler.get_column_default_string = with_brackets  # type: ignore[method-assign,assignment]
    for name in _FOREIGN_TYPES:
        if not hasattr(SQLiteTypeCompiler, "visit_" + name):
            setattr(SQLiteTypeCompiler, "visit_" + name, lambda *_, **__: "TEXT")
    sa.event.listen(sa.engine.Engine, "connect", _teach)


def _teach(connection: Any, _: Any) -> None:
    """A few functions that other databases have."""
    import time
    import uuid

    for name in ("gen_random_uuid", "uuid_generate_v4"):
        connection.create_function(name, 0, lambda: str(uuid.uuid4()))
    connection.create_function("now", 0, lambda: time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime()))


def _is_mistake(words: str, about: set[str], plan: dict[str, Any], touched: Any = ()) -> bool:
    for sign in plan["signs"]:
        found = re.fullmatch(sign, words)
        if found:
            name = found["name"].lower().strip('"')
            table, _, column = name.rpartition(".")
            tables = about | {table}
            names = {name, column} | tables | {each + "#" for each in tables} | {each + "." + column for each in tables}
            return not names & set(touched)
    return False


def _about(operation: Any) -> set[str]:
    names = (getattr(operation, each, None) for each in ("table_name", "source_table"))
    return {str(each).lower() for each in names if each}


def _touches(operation: Any) -> set[str]:
    kind = type(operation).__name__
    if kind == "ExecuteSQLOp":
        return {each.strip('"').lower() for each in _TABLES.findall(str(operation.sqltext))}
    tables = _about(operation)
    if kind == "AlterColumnOp":
        return {each + "#" for each in tables} | {each + "." + operation.column_name.lower() for each in tables}
    if "Constraint" in kind or "ForeignKey" in kind:
        return {each + "#" for each in tables}
    if kind == "AddColumnOp":
        return {each + "." + operation.column.name.lower() for each in tables}
    return tables | {str(getattr(operation, "index_name", "")).lower()}
