"""SQL migrations run on a PostgreSQL database, as they stand: each file one transaction unless it says otherwise.

Statements that change the whole server (roles, databases, tablespaces) are not tried: they would stay.
"""

from agentgrid.errors import MigrationFails, OutsideError
from agentgrid.integration.migrations.trying.scripts import Part
from agentgrid.integration.migrations.trying.statements import Statement, Unsplittable, line_at, split_statements
from agentgrid.integration.migrations.trying.telling import failing, place_of
from agentgrid.integration.migrations.trying.trial import Engine
from agentgrid.store.scratch.fault import ScratchFault
from agentgrid.store.scratch.on_postgres import PostgresScratch
from agentgrid.store.scratch.schema import ask_schema

_SERVER_WIDE = frozenset({"ROLE", "USER", "GROUP", "DATABASE", "TABLESPACE", "SYSTEM"})
_OPENING = (("BEGIN",), ("START",))
_CLOSING = (("COMMIT",), ("END",), ("ROLLBACK",))
_NO_SUCH_ROLE = "42704"
_ABOUT_ROLES = frozenset({"GRANT", "REVOKE", "OWNER", "ROLE", "AUTHORIZATION", "POLICY", "PRIVILEGES"})
_NO_EXTENSION = frozenset({"0A000", "58P01", "42501"})  # not built in, no file of that name, not for this user


class SqlOnPostgres:
    """One database. `notes`: what it couldn't be asked. `uneasy`: files in which there was such a thing."""

    engine: Engine = "postgresql"

    def __init__(self, scratch: PostgresScratch) -> None:
        self.notes: list[str] = []
        self.uneasy: set[str] = set()
        self._scratch = scratch

    def run(self, part: Part) -> None:
        """Raises MigrationFails; OutsideError when the server lacks an extension."""
        try:
            statements = split_statements(part.text, "postgres")
        except Unsplittable:
            statements = []  # the server says what is wrong with it
        text, wide = part.text, [each for each in statements if is_server_wide(each)]
        for each in wide:
            text = self._leave_out(part, text, each, "it changes the whole server")
        rest = [each for each in statements if each not in wide]
        if rest and (not part.is_whole or any("CONCURRENTLY" in each.words for each in rest)):
            self._run_apart(part, rest)
        elif rest or not statements:
            self._run_whole(part, text, rest)
        if self._scratch.is_in_transaction:
            raise failing(self.engine, part.file, None, "a transaction is begun and never committed")

    def schema(self) -> str:
        return ask_schema(self.engine, self._scratch.look)

    def renew(self) -> None:
        self._scratch.renew()

    def _run_whole(self, part: Part, text: str, statements: list[Statement]) -> None:
        left = list(statements)
        while True:
            try:
                self._scratch.run(text)
            except ScratchFault as fault:
                statement = self._find(left, fault)
                if statement is None or not _lacks_role(fault, statement):
                    raise self._failing(part, text, statement, fault) from fault
                text = self._leave_out(part, text, statement, fault.words)
                left.remove(statement)
            else:
                return

    def _run_apart(self, part: Part, statements: list[Statement]) -> None:
        for each in statements:
            try:
                self._scratch.run(each.text)
            except ScratchFault as fault:
                if _lacks_role(fault, each):
                    self._leave_out(part, part.text, each, fault.words)
                    continue
                offset = None if fault.offset is None else each.start + fault.offset
                moved = ScratchFault(fault.words, code=fault.code, offset=offset)
                raise self._failing(part, part.text, each, moved) from fault

    def _find(self, statements: list[Statement], fault: ScratchFault) -> Statement | None:
        """The statement that the fault is about: by its place, else by running one after the other once more."""
        if fault.offset is not None:
            return next((each for each in statements if each.start <= fault.offset <= each.end), None)
        inner = _without_own_transaction(statements)
        if any(each.words[:1] in _OPENING + _CLOSING for each in inner):
            return None  # what was committed can't be run again
        try:
            self._scratch.run("BEGIN")
            for each in inner:
                try:
                    self._scratch.run_on(each.text)
                except ScratchFault:
                    return each
            return None  # a constraint that is only looked at in the end
        finally:
            self._scratch.recover()

    def _failing(
        self, part: Part, text: str, statement: Statement | None, fault: ScratchFault
    ) -> MigrationFails | OutsideError:
        line = statement.line if statement else None
        if fault.offset is not None:
            line = line_at(text, fault.offset)
        if statement and statement.begins("CREATE", "EXTENSION") and fault.code in _NO_EXTENSION:
            return OutsideError(
                f"{place_of(part.file, line)}: the PostgreSQL server for trying migrations says: {fault.words}",
                hint="install the extension on that server, or let its user create it",
            )
        return failing(self.engine, part.file, line, fault.words, statement.told if statement else "")

    def _leave_out(self, part: Part, text: str, statement: Statement, reason: str) -> str:
        """`text` without the statement, every other one in its place."""
        self.uneasy.add(part.file)
        place = place_of(part.file, statement.line)
        self.notes.append(f"{place}: not tried on PostgreSQL: {reason} ({statement.told})")
        gap = "".join(mark if mark == "\n" else " " for mark in text[statement.start : statement.end])
        return text[: statement.start] + gap + text[statement.end :]


def _without_own_transaction(statements: list[Statement]) -> list[Statement]:
    """What stands between the BEGIN and the COMMIT that it is all in."""
    is_wrapped = len(statements) > 1 and statements[0].words[:1] in _OPENING and statements[-1].words[:1] in _CLOSING
    return statements[1:-1] if is_wrapped else statements


def is_server_wide(statement: Statement) -> bool:
    """Whether it changes more than the database that it is run in."""
    first, second = (*statement.words, "", "")[:2]
    if first == "ALTER" and second in {"ROLE", "USER", "GROUP", "DATABASE", "SYSTEM", "TABLESPACE"}:
        return True
    if second == "USER" and "MAPPING" in statement.words[2:3]:
        return False
    return first in {"CREATE", "DROP", "COMMENT"} and second in _SERVER_WIDE


def _lacks_role(fault: ScratchFault, statement: Statement) -> bool:
    """Whether it names a role that is only on the servers that are worked with."""
    return fault.code == _NO_SUCH_ROLE and bool(_ABOUT_ROLES & set(statement.words))
