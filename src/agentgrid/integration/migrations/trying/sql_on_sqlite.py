"""SQL migrations run on a SQLite database: as they stand when they are SQLite's, else translated."""

import re

from agentgrid.integration.migrations.trying.mistakes import is_forgiven, is_mistake
from agentgrid.integration.migrations.trying.scripts import Part
from agentgrid.integration.migrations.trying.statements import Statement, Unsplittable, split_statements
from agentgrid.integration.migrations.trying.telling import failing, place_of
from agentgrid.integration.migrations.trying.translating import Ask, translate
from agentgrid.integration.migrations.trying.trial import Engine
from agentgrid.store.scratch.fault import ScratchFault
from agentgrid.store.scratch.on_sqlite import SqliteScratch
from agentgrid.store.scratch.schema import sqlite_schema_of

_INDEX_IN_THE_WAY = re.compile(r"error in index (?P<name>.+) after drop column: .*")


class SqlOnSqlite:
    """One database. `notes`: what it couldn't be asked. `uneasy`: files in which there was such a thing."""

    engine: Engine = "sqlite"

    def __init__(self, scratch: SqliteScratch, dialect: str, *, is_proven: bool = False) -> None:
        """`dialect`: of the migrations. `is_proven`: a database of that dialect has taken them, so that what SQLite
        objects to in a translation is the translation's fault."""
        self.notes: list[str] = []
        self.uneasy: set[str] = set()
        self._scratch = scratch
        self._dialect = dialect
        self._is_proven = is_proven
        self._touched: set[str] = set()
        self._is_loose = False

    def run(self, part: Part) -> None:
        """Raises MigrationFails."""
        try:
            statements = split_statements(part.text, self._dialect)
        except Unsplittable as error:
            raise failing(self.engine, part.file, None, f"a string, name or comment has no end ({error})") from error
        for each in statements:
            if self._dialect == "sqlite":
                self._run_own(part, each)
            else:
                self._run_translated(part, each)
        self._require_finished(part)

    def schema(self) -> str:
        return sqlite_schema_of(self._scratch.path)

    def renew(self) -> None:
        self._scratch.renew()

    def _run_own(self, part: Part, statement: Statement) -> None:
        try:
            self._scratch.run(statement.text)
        except ScratchFault as fault:
            raise failing(self.engine, part.file, statement.line, fault.words, statement.told) from fault

    def _require_finished(self, part: Part) -> None:
        if self._scratch.is_in_transaction:
            raise failing(self.engine, part.file, None, "a transaction is begun and never committed")
        if self._dialect != "sqlite":
            return
        try:
            broken = self._scratch.run("PRAGMA foreign_key_check")
        except ScratchFault as fault:  # a key to columns that aren't unique
            raise failing(self.engine, part.file, None, fault.words) from fault
        if broken:
            table, row, parent, _ = broken[0]
            told = f"FOREIGN KEY constraint failed: row {row} of {table} names a row of {parent} that there isn't"
            raise failing(self.engine, part.file, None, told)

    def _run_translated(self, part: Part, statement: Statement) -> None:
        told = translate(statement.text, self._dialect)
        self._is_loose |= told.is_loose
        self._touched |= told.touched
        for reason in told.left_out:
            self._note(part, statement, reason)
        for ask in told.asks:
            self._ask(part, statement, ask)

    def _ask(self, part: Part, statement: Statement, ask: Ask) -> None:
        first: ScratchFault | None = None
        for variant in ask.variants:
            try:
                self._run_past_indexes(variant)
            except ScratchFault as fault:
                if is_forgiven(fault.words, ask):
                    return
                is_loose = self._is_loose or self._is_proven
                if is_mistake(fault.words, ask, self._touched, is_loose=is_loose):
                    raise failing(self.engine, part.file, statement.line, fault.words, statement.told) from fault
                first = first or fault
            else:
                if first is not None:
                    self._note(part, statement, f"made simpler: {first.words}")
                return
        if first is not None:
            self._note(part, statement, first.words)
            self._touched |= {ask.table} | ({each for each in ask.names if statement.begins("CREATE")})

    def _run_past_indexes(self, sql: str) -> None:
        """Others drop a column's indexes with it."""
        dropped: set[str] = set()
        while True:
            try:
                self._scratch.run(sql)
            except ScratchFault as fault:
                found = _INDEX_IN_THE_WAY.fullmatch(fault.words)
                if found is None or found["name"] in dropped:
                    raise
                dropped.add(found["name"])
                self._scratch.run(f'DROP INDEX "{found["name"]}"')
            else:
                return

    def _note(self, part: Part, statement: Statement, reason: str) -> None:
        self.uneasy.add(part.file)
        self.notes.append(f"{place_of(part.file, statement.line)}: not tried on SQLite: {reason} ({statement.told})")
