"""What is told of a migration that doesn't run. Pure."""

from agentgrid.errors import MigrationFails

ENGINE_NAMES = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}
NOT_UNDONE = "taking it back doesn't bring back the schema that was there before"


def place_of(file: str, line: int | None) -> str:
    return f"{file}:{line}" if line else file


def failing(engine: str, file: str, line: int | None, words: str, statement: str = "") -> MigrationFails:
    """A migration that `engine` doesn't take. `file`: as shown. `words`: the database's own. `statement`: in short."""
    about = f" ({statement})" if statement else ""
    return MigrationFails(
        f"{place_of(file, line)}: {ENGINE_NAMES[engine]} says: {words}{about}",
        hint="change the migration in its branch and submit it again; nothing was integrated",
        details={"engine": engine, "file": file, "line": line, "said": words, "statement": statement},
    )


def differing(engine: str, file: str, what: str, difference: str) -> MigrationFails:
    """Schemas that should be equal. `what`: which, as a sentence. `difference`: lines with `-` and `+`."""
    return MigrationFails(
        f"{file}: on {ENGINE_NAMES[engine]} {what}:\n{difference}",
        hint="lines with - are missing, lines with + are too many; change the migration and submit it again",
        details={"engine": engine, "file": file, "line": None, "difference": difference.splitlines()},
    )
