"""Tries migrations on scratch databases: a blank one, and one at head. Nothing of the person's own is touched."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

from agentgrid.integration.migrations.trying.sql_trial import try_sql
from agentgrid.integration.migrations.trying.trial import Trial, TrialReport, TriedOn
from agentgrid.machine.interrupts import ending_as_interrupt
from agentgrid.store.scratch.directory import scratch_directory
from agentgrid.store.scratch.on_postgres import ScratchServer, scratch_server

_POSTGRES = "postgres"


def try_migrations(trial: Trial, report: Callable[[str, str], None]) -> TrialReport:
    """Runs the lineage on SQLite, and on PostgreSQL when `trial.database` is given. `report`: told (lineage, what is
    being done).

    Raises MigrationFails when a migration fails, when the blank database and the one at head end with different
    schemas, or when taking back doesn't; InputError for a file that can't be read; OutsideError when a program or a
    server that is needed can't be used. Scratch databases are gone afterwards in every case, also after Ctrl-C.
    """
    if not trial.known and not trial.new:
        return TrialReport(())
    with ending_as_interrupt(), scratch_directory() as directory, _server(trial) as server:
        if trial.lineage.style in {"sql", "sql-timestamp"}:
            tried = try_sql(trial, directory, server, report)
        else:
            from agentgrid.integration.migrations.trying.tool_trial import try_with_tool

            tried = try_with_tool(trial, directory, server, report)
    return TrialReport(tuple(_tell_unused(trial, tried)))


@contextmanager
def _server(trial: Trial) -> Iterator[ScratchServer | None]:
    if trial.database is None or trial.lineage.dialect != _POSTGRES:
        yield None
        return
    with scratch_server(trial.database, timeout_s=trial.timeout_s) as server:
        yield server


def _tell_unused(trial: Trial, tried: list[TriedOn]) -> list[TriedOn]:
    """A server that isn't used although it was named is told of."""
    if trial.database is None or trial.lineage.dialect == _POSTGRES:
        return tried
    note = f"migrations.{trial.name}: not tried on PostgreSQL: the lineage's dialect is {trial.lineage.dialect}"
    return [replace(tried[0], notes=(note, *tried[0].notes)), *tried[1:]]
