"""SQL lineages tried: the blank database, the one at head, the way back and forth again."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

from agentgrid.integration.migrations.trying.scripts import Part, Script, read_script
from agentgrid.integration.migrations.trying.sql_on_postgres import SqlOnPostgres
from agentgrid.integration.migrations.trying.sql_on_sqlite import SqlOnSqlite
from agentgrid.integration.migrations.trying.telling import NOT_UNDONE, differing
from agentgrid.integration.migrations.trying.trial import Engine, Trial, TriedOn
from agentgrid.store.scratch.on_postgres import ScratchServer
from agentgrid.store.scratch.on_sqlite import scratch_sqlite
from agentgrid.store.scratch.schema_text import compare_schemas


class Place(Protocol):
    """A database that runs parts of migrations."""

    engine: Engine
    notes: list[str]
    uneasy: set[str]

    def run(self, part: Part) -> None: ...
    def schema(self) -> str: ...
    def renew(self) -> None: ...


def try_sql(
    trial: Trial, directory: Path, server: ScratchServer | None, report: Callable[[str, str], None]
) -> list[TriedOn]:
    """How it went on each engine. `directory`: a private one for files. Raises MigrationFails."""
    scripts, told = _Scripts(trial), f"trying {len(trial.new)} new after {len(trial.known)} on"
    proven = []
    if server is not None:  # first, because its words are those of the lineage's dialect
        report(trial.name, f"{told} PostgreSQL")
        with server.scratch() as first, server.scratch() as second:
            proven.append(_try_on(scripts, SqlOnPostgres(first), SqlOnPostgres(second)))
    report(trial.name, f"{told} SQLite")
    places = (_on_sqlite(directory / f"{name}.db", trial, is_proven=bool(proven)) for name in ("blank", "head"))
    with next(places) as blank, next(places) as head:
        return [_try_on(scripts, blank, head), *proven]


class _Scripts:
    def __init__(self, trial: Trial) -> None:
        place = trial.lineage.path.strip("/")
        read = [read_script(trial.tree / place, place, name) for name in (*trial.known, *trial.new)]
        self.known, self.new = read[: len(trial.known)], read[len(trial.known) :]
        self.reversible = trial.reversible

    def taken_back(self) -> list[tuple[Script, Part]]:
        """New ones that can be taken back, newest first: up to one that can't."""
        found = []
        for each in reversed(self.new):
            if each.name not in self.reversible or each.down is None:
                break
            found.append((each, each.down))
        return found


def _try_on(scripts: _Scripts, blank: Place, head: Place) -> TriedOn:
    for script in (*scripts.known, *scripts.new):
        blank.run(script.up)
    _run_all(scripts.known, head)
    head.renew()  # what is known was applied in another session, long ago
    schemas = [head.schema()]
    for script in scripts.new:
        head.run(script.up)
        schemas.append(head.schema())
    _require_equal(scripts, blank.schema(), schemas[-1], head.engine)
    taken = list[Script]()
    for (script, down), before in zip(scripts.taken_back(), schemas[-2::-1], strict=False):
        head.run(down)
        if not _is_undone(script, down, before, head):
            break
        taken.append(script)
    else:
        _go_forth_again(taken, schemas[-1], head)
    notes = tuple(dict.fromkeys([*blank.notes, *head.notes]))
    back = tuple(script.name for script in taken)
    return TriedOn(head.engine, schemas[-1], len(scripts.known) + len(scripts.new), back, notes)


def _go_forth_again(taken: Sequence[Script], schema: str, head: Place) -> None:
    for script in reversed(taken):
        head.run(script.up)
    if taken and (difference := compare_schemas(schema, head.schema())):
        what = "the schema is another one after going back and forth"
        _object(head, taken[0].up.file, what, difference, is_uneasy=bool(head.uneasy))


def _run_all(scripts: Sequence[Script], place: Place) -> None:
    for each in scripts:
        place.run(each.up)


def _require_equal(scripts: _Scripts, blank: str, head: str, engine: Engine) -> None:
    difference = compare_schemas(blank, head)
    if difference:
        last = (scripts.new or scripts.known)[-1].up.file
        raise differing(engine, last, "a blank database and one at head end with different schemas", difference)


def _is_undone(script: Script, down: Part, before: str, place: Place) -> bool:
    """Whether the schema is the one `before`; False with a note when this engine couldn't be asked all of it. Raises
    MigrationFails otherwise."""
    difference = compare_schemas(before, place.schema())
    if difference:
        is_uneasy = bool({script.up.file, down.file} & place.uneasy)
        _object(place, down.file, NOT_UNDONE, difference, is_uneasy=is_uneasy)
    return not difference


def _object(place: Place, file: str, what: str, difference: str, *, is_uneasy: bool) -> None:
    """A failure, or a note where this engine couldn't be asked everything."""
    if not is_uneasy:
        raise differing(place.engine, file, what, difference)
    place.notes.append(f"{file}: {what}, which may come from statements that this engine couldn't be asked")


@contextmanager
def _on_sqlite(path: Path, trial: Trial, *, is_proven: bool) -> Iterator[SqlOnSqlite]:
    is_own = trial.lineage.dialect == "sqlite"
    with scratch_sqlite(path, timeout_s=trial.timeout_s, with_foreign_functions=not is_own) as scratch:
        yield SqlOnSqlite(scratch, trial.lineage.dialect, is_proven=is_proven)
