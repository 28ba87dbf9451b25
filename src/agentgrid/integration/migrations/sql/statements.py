"""SQL cut into statements, each read by sqlglot in the lineage's dialect.

sqlglot reads much that is no SQL as an expression, and keeps what it doesn't know as it is. So a statement has to begin
with a word that begins statements, and what CREATE, ALTER and DROP are about has to be something that a database has.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from agentgrid.errors import InputError

if TYPE_CHECKING:
    from sqlglot import Token, exp

# Of these sqlglot knows what databases accept: what it can't read is a mistake.
_READ = frozenset(("SELECT", "WITH", "VALUES", "INSERT", "UPDATE", "DELETE", "MERGE", "CREATE", "ALTER", "DROP",
                   "TRUNCATE", "GRANT", "REVOKE", "("))  # fmt: skip
# The rest is kept as it is where sqlglot doesn't know it.
_KEPT = frozenset(
    """ABORT ANALYSE ANALYZE ASSERT ATTACH AUDIT BEGIN BULK CALL CHECKPOINT CLUSTER COMMENT COMMIT COPY DBCC DEALLOCATE
    DECLARE DENY DESC DESCRIBE DETACH DISABLE DISCARD DO ENABLE END EXEC EXECUTE EXPLAIN EXPORT FLASHBACK FLUSH FROM GET
    HANDLER IF IMPORT INSTALL KILL LISTEN LOAD LOCK NOTIFY OPTIMIZE PRAGMA PREPARE PRINT PURGE PUT RAISERROR REASSIGN
    REFRESH REINDEX RELEASE RENAME REPLACE RESET ROLLBACK SAVE SAVEPOINT SECURITY SET SHOW START SUMMARIZE TABLE THROW
    UNDROP UNLISTEN UNLOCK UNSET USE VACUUM WHILE""".split()  # noqa: SIM905 - read as a list of words
)
_KINDS = frozenset(
    """ACCESS AGGREGATE ALGORITHM APPLICATION ASSEMBLY ASSIGNMENT AVAILABILITY BITMAP CAPACITY CAST CATALOG
    CERTIFICATE CLUSTER CLUSTERED COLLATION COLUMN COLUMNS COLUMNSTORE COMPUTE CONNECTION CONSTRAINT CONTEXT
    CONVERSION DATABASE DATASHARE DEFAULT DEFINER DIRECTORY DOMAIN DYNAMIC EDITIONABLE EVENT EXTENSION EXTERNAL
    FILE FORCE FOREIGN FULLTEXT FUNCTION GLOBAL GROUP HYBRID ICEBERG INDEX INSTANCE INTEGRATION LANGUAGE LARGE
    LIBRARY LOCAL LOGFILE LOGIN MACRO MASKING MATERIALIZED MODEL NETWORK NOFORCE NONCLUSTERED NONEDITIONABLE
    NOTIFICATION OPERATOR OR OWNED PACKAGE PARTITION PIPE POLICY PREPARE PRIMARY PROCEDURE PROFILE PUBLIC
    PUBLICATION RECURSIVE REMOTE RESERVATION RESOURCE ROLE ROLLBACK ROUTINE ROW RULE SCHEMA SEARCH SECRET SECURE
    SECURITY SEQUENCE SERVER SESSION SHARE SNAPSHOT SPATIAL SQL STAGE STATISTICS STORAGE STREAM SUBSCRIPTION
    SYNONYM SYSTEM TABLE TABLESPACE TAG TASK TEMP TEMPORARY TEXT TRANSFORM TRANSIENT TRIGGER TYPE UNDO UNIQUE
    UNLOGGED USER VECTOR VIEW VIRTUAL VOLATILE WAREHOUSE WORKLOAD XML""".split()  # noqa: SIM905 - read as a list of words
)
_ROUTINES = frozenset(("TRIGGER", "PROCEDURE", "FUNCTION", "PACKAGE", "EVENT"))
_AFTER_END = frozenset(("IF", "LOOP", "WHILE", "REPEAT", "FOR"))  # what END closes without a BEGIN of its own
_BATCH_END = {"tsql": re.compile(r"^([ \t]*)GO([ \t\r]*(?:\d+[ \t\r]*)?)$", re.IGNORECASE | re.MULTILINE),
              "oracle": re.compile(r"^([ \t]*)/([ \t\r]*)$", re.MULTILINE)}  # fmt: skip


@dataclass(frozen=True)
class Statement:
    """`line`: where it begins, from 1. `tree`: what sqlglot made of it, None where it is only kept. `text`: as it is
    written, without its semicolon."""

    line: int
    tree: "exp.Expression | None"
    text: str


def read_statements(sql: str, dialect: str, name: str) -> list[Statement]:
    """Every statement of `sql`. `dialect`: as the configuration calls it. `name`: of the file, for errors.

    Raises InputError that names file, line and column of what can't be read, and when there is no statement at all.
    """
    import logging

    from sqlglot.errors import TokenError

    # What it doesn't know it tells in a warning, which is no answer and no error of ours.
    logging.getLogger("sqlglot").addHandler(logging.NullHandler())
    text = _plain_batches(sql, dialect)
    try:
        statements = [_read(chunk, text, dialect, name) for chunk in _cut(_tokens(text, dialect), dialect, name)]
    except TokenError as error:
        raise _unclosed(error, text, name) from error
    except RecursionError as error:
        raise InputError(f"{name}: a statement is nested too deeply to be read") from error
    if not statements:
        raise InputError(f"{name} has no statement, only comments", hint="a migration has at least one statement")
    return statements


def _tokens(text: str, dialect: str) -> "list[Token]":
    from sqlglot import Dialect

    return Dialect.get_or_raise(dialect).tokenize(text)


def _plain_batches(sql: str, dialect: str) -> str:
    """What ends a batch becomes a semicolon in the same place."""
    pattern = _BATCH_END.get(dialect)
    if pattern is None:
        return sql
    return pattern.sub(lambda found: f"{found[1]};{' ' * (len(found[0]) - len(found[1]) - 1)}", sql)


def _cut(tokens: "Sequence[Token]", dialect: str, name: str) -> "Iterator[list[Token]]":
    """The tokens of each statement; a routine's body stays with it."""
    from sqlglot import TokenType

    chunk: list[Token] = []
    for token in tokens:
        if token.token_type != TokenType.SEMICOLON:
            chunk.append(token)
        elif chunk and not _is_inside(chunk, dialect):
            yield chunk
            chunk = []
        elif chunk:
            chunk.append(token)
    if chunk and _is_inside(chunk, dialect):
        raise InputError(f"{name}:{chunk[0].line}: a BEGIN of this statement has no END")
    if chunk:
        yield chunk


def _is_inside(chunk: "Sequence[Token]", dialect: str) -> bool:
    """Whether a semicolon after these tokens belongs to the body of a routine."""
    words = _words(chunk)
    is_routine = words[0] in {"CREATE", "ALTER"} and not _ROUTINES.isdisjoint(words[1:6])
    is_block = dialect == "oracle" and words[0] in {"BEGIN", "DECLARE"}
    if not (is_routine or is_block):
        return False
    depth = 0
    for at, word in enumerate(words):
        before, after = words[at - 1] if at else "", words[at + 1] if at + 1 < len(words) else ""
        if word == "BEGIN" or (word == "CASE" and before != "END"):
            depth += 1
        elif word == "END" and after not in _AFTER_END:
            depth -= 1
    return depth > 0 or (is_block and "BEGIN" not in words)


def _words(chunk: "Sequence[Token]") -> list[str]:
    """Upper case, empty for what is quoted."""
    from sqlglot import TokenType

    quoted = {TokenType.STRING, TokenType.IDENTIFIER, TokenType.HEREDOC_STRING, TokenType.RAW_STRING}
    return ["" if token.token_type in quoted else token.text.upper() for token in chunk]


def _read(chunk: "list[Token]", text: str, dialect: str, name: str) -> Statement:
    words = _words(chunk)
    if words[0] not in _READ | _KEPT:
        raise _mistake(chunk[0], name, f"{chunk[0].text!r} begins no statement of {dialect}")
    if words[0] in {"CREATE", "ALTER", "DROP"} and (len(words) < 2 or words[1] not in _KINDS):
        at = min(1, len(chunk) - 1)
        raise _mistake(chunk[at], name, f"{words[0]} is not followed by anything that {dialect} has, as TABLE or INDEX")
    is_routine = ";" in words
    tree = None if is_routine else _parse(chunk, text, dialect, name, is_kept=words[0] in _KEPT)
    return Statement(chunk[0].line, tree, text[chunk[0].start : _end(chunk, text)])


def _end(chunk: "Sequence[Token]", text: str) -> int:
    """Where the statement ends; of what a command carries along sqlglot doesn't tell the right place."""
    last = chunk[-1]
    if len(chunk) == 2 and chunk[0].token_type.name == "COMMAND":
        return max(text.find(last.text, chunk[0].end), chunk[0].end) + len(last.text)
    return last.end + 1


def _parse(
    chunk: "list[Token]", text: str, dialect: str, name: str, *, is_kept: bool
) -> "exp.Expression | None":  # fmt: skip
    from sqlglot import Dialect
    from sqlglot.errors import ErrorLevel, ParseError

    try:
        trees = Dialect.get_or_raise(dialect).parser(error_level=ErrorLevel.IMMEDIATE).parse(chunk, text)
    except ParseError as error:
        if is_kept:
            return None
        raise _not_read(error, chunk, name, dialect) from error
    return trees[0] if trees else None  # type: ignore[return-value] # sqlglot's own classes have an older name too


def _not_read(error: "Exception", chunk: "Sequence[Token]", name: str, dialect: str) -> InputError:
    told: dict[str, Any] = next(iter(getattr(error, "errors", ())), {})
    line, last = told.get("line") or chunk[0].line, told.get("col") or 1
    near = str(told.get("highlight") or "").strip()
    column = max(1, last - len(near) + 1)
    what = str(told.get("description") or "").partition(" but got <")[0].partition(" missing for <")[0]
    said = f" at {near!r}" if near else ""
    return InputError(
        f"{name}:{line}:{column}: this is no {dialect} SQL: {what[:1].lower()}{what[1:]}{said}",
        hint=f"the lineage's dialect is {dialect}: `dialect` in agentgrid.yaml says which",
        details={"line": line, "column": column},
    )


def _mistake(token: "Token", name: str, words: str) -> InputError:
    column = max(1, token.col - len(token.text) + 1)
    return InputError(f"{name}:{token.line}:{column}: {words}",
                      hint="`dialect` of the lineage in agentgrid.yaml says which SQL it is",
                      details={"line": token.line, "column": column})  # fmt: skip


def _unclosed(error: Exception, text: str, name: str) -> InputError:
    """Something that was opened and isn't closed: a string, a quoted name, a comment."""
    found = re.search(r"Missing (.+) from \d+:(\d+)", str(error.__cause__ or error))
    place = min(int(found[2]), len(text) - 1) if found else max(text.rfind("/*"), 0)
    line, column = text.count("\n", 0, place) + 1, place - text.rfind("\n", 0, place)
    what = f"{found[1]} is opened and never closed" if found else "a comment or string is opened and never closed"
    return InputError(f"{name}:{line}:{column}: {what}", details={"line": line, "column": column})
