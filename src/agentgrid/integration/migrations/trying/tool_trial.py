"""Alembic's and Django's lineages tried: their own tools run them, in one process for each engine.

What the tool's process tells is compared here, as SQL lineages are.
"""

import json
import os
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from agentgrid.errors import AgentGridError, OutsideError
from agentgrid.git.paths import show_path
from agentgrid.integration.migrations.trying.django_project import django_plan
from agentgrid.integration.migrations.trying.interpreters import Interpreter, environment_of, find_interpreter
from agentgrid.integration.migrations.trying.mistakes import mistake_signs
from agentgrid.integration.migrations.trying.telling import ENGINE_NAMES, NOT_UNDONE, differing, failing, place_of
from agentgrid.integration.migrations.trying.trial import Engine, Trial, TriedOn
from agentgrid.machine.logged_command import run_logged
from agentgrid.store.scratch.on_postgres import ScratchServer
from agentgrid.store.scratch.schema import render_schema, schema_questions
from agentgrid.store.scratch.schema_text import compare_schemas

_DRIVING = Path(__file__).parent / "drivers" / "driving.py"
_END_OF_LOG = 2000


def try_with_tool(
    trial: Trial, directory: Path, server: ScratchServer | None, report: Callable[[str, str], None]
) -> list[TriedOn]:
    """How it went on each engine. `directory`: a private one for files.

    Raises MigrationFails; OutsideError when there is no interpreter for it, or it can't be set up.
    """
    interpreter = find_interpreter(trial, trial.lineage.style, directory)
    told = f"trying {len(trial.new)} new after {len(trial.known)} with {trial.lineage.style} on"
    proven = []
    if server is not None:  # first, because its words are those of the lineage's dialect
        report(trial.name, f"{told} PostgreSQL")
        with ExitStack() as stack:
            addresses = {name: stack.enter_context(server.database()) for name in ("blank", "head")}
            places = {name: {"parameters": dict(each.parameters)} for name, each in addresses.items()}
            proven.append(_Run(trial, directory, interpreter, "postgresql", places, server).result())
    report(trial.name, f"{told} SQLite")
    place = {name: {"path": str(directory / f"{name}.db")} for name in ("blank", "head")}
    return [_Run(trial, directory, interpreter, "sqlite", place, is_proven=bool(proven)).result(), *proven]


@dataclass(frozen=True)
class _Check:
    """Two schemas that should be equal. `migration`: which it is about. `what`: what it means when they aren't."""

    migration: str
    file: str
    what: str
    expected: Any
    found: Any


@dataclass(frozen=True)
class _Run:
    """`is_proven`: a database of the lineage's dialect has taken all of it."""

    trial: Trial
    directory: Path
    interpreter: Interpreter
    engine: Engine
    databases: Mapping[str, Any] = field(repr=False)
    server: ScratchServer | None = None
    is_proven: bool = False

    def result(self) -> TriedOn:
        answer = self._answer()
        if "outside" in answer:
            raise OutsideError(
                self._hush(answer["outside"]),
                hint=f"see migrations.{self.trial.name}.settings and migrations.{self.trial.name}.python",
            )
        notes = [self._note(each) for each in answer["notes"]]
        doubts = list(self._judge(list(self._checks(answer)), set(answer["uneasy"])))
        if "failure" in answer and not doubts:
            raise self._failing(answer["failure"])
        notes += doubts
        return TriedOn(
            self.engine,
            self._text(answer["again"]) if answer["again"] else "",
            len(self.trial.known) + len(self.trial.new),
            tuple(each["migration"] for each in answer["back"]) if answer["again"] else (),
            tuple(dict.fromkeys(notes)),
        )

    def _answer(self) -> dict[str, Any]:
        plan, answer, log = (self.directory / f"{self.engine}.{name}" for name in ("plan", "answer", "log"))
        descriptor = os.open(plan, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)  # it may hold a password
        with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
            json.dump(self._plan(str(answer)), stream)
        with log.open("w+b") as output:
            ended = run_logged([self.interpreter.program, "-B", str(_DRIVING), str(plan)], self.directory,
                               environment_of(self.trial), output.fileno(), timeout_s=self.trial.timeout_s,
                               cancel=threading.Event())  # fmt: skip
        if ended.cut == "timeout":
            raise OutsideError(
                f"trying the lineage {self.trial.name} on {ENGINE_NAMES[self.engine]} took longer than"
                f" {self.trial.timeout_s:g} s and was ended"
            )
        if not answer.exists() or ended.code != 0:
            raise OutsideError(
                f"{self.interpreter.program} ended with {ended.code} while trying the lineage {self.trial.name} on"
                f" {ENGINE_NAMES[self.engine]}: {self._end_of(log)}",
                hint=f"another Python can be named in agentgrid.yaml, migrations.{self.trial.name}.python",
            )
        return dict(json.loads(answer.read_bytes()))

    def _plan(self, answer: str) -> dict[str, Any]:
        trial, lineage = self.trial, self.trial.lineage
        if self.engine == "postgresql" and self.interpreter.driver is None:
            raise OutsideError(
                f"{self.interpreter.program} has no driver for PostgreSQL, where {trial.name} is to be tried",
                hint="pip install 'psycopg[binary]' there, or name another Python: "
                f"migrations.{trial.name}.python in agentgrid.yaml",
            )
        prepare, queries = schema_questions(self.engine)
        versions = trial.tree / lineage.path
        tool: dict[str, Any] = {"paths": [str(trial.tree)], "scripts": str(self.directory)}
        if lineage.style == "django":
            tool = django_plan(trial.tree, lineage.path, lineage.settings)
        return {
            **tool, "tool": f"with_{lineage.style}", "answer": answer, "parent": os.getpid(), "engine": self.engine,
            "driver": self.interpreter.driver, "databases": self.databases, "versions": str(versions),
            "known": trial.known, "new": trial.new, "back": self._taken_back(), "prepare": prepare,
            "queries": dict(queries), "signs": [] if self.is_proven else mistake_signs(),
            "is_lenient": self.engine == "sqlite" and lineage.dialect != "sqlite",
        }  # fmt: skip

    def _taken_back(self) -> list[str]:
        """New ones that can be taken back, newest first: up to one that can't."""
        found = []
        for each in reversed(self.trial.new):
            if each not in self.trial.reversible:
                break
            found.append(each)
        return found

    def _checks(self, answer: Mapping[str, Any]) -> Iterator[_Check]:
        """What is to be compared, as far as the tool came."""
        trial, new = self.trial, {each["migration"]: each for each in answer["new"] if "after" in each}
        last = self._named((*trial.known, *trial.new)[-1])
        after = new[trial.new[-1]]["after"] if trial.new and trial.new[-1] in new else None
        after = after if trial.new else answer["again"]
        if after is None:
            return
        yield _Check("", last, "a blank database and one at head end with different schemas", answer["blank"], after)
        for each in answer["back"]:
            own = each["migration"]
            yield _Check(own, self._named(own), NOT_UNDONE, new[own]["before"], each["schema"])
        if answer["again"]:
            uneasy = answer["uneasy"][0] if answer["uneasy"] else ""
            yield _Check(uneasy, last, "the schema is another one after going back and forth", after, answer["again"])

    def _judge(self, checks: list[_Check], uneasy: set[str]) -> Iterator[str]:
        """Notes about what differs where not everything could be asked. Raises MigrationFails elsewhere."""
        for check in checks:
            difference = compare_schemas(self._text(check.expected), self._text(check.found))
            if difference and check.migration in uneasy:
                yield f"{check.file}: {check.what}, which may come from what this engine couldn't be asked"
            elif difference:
                raise differing(self.engine, check.file, check.what, difference)

    def _text(self, rows: Any) -> str:
        return render_schema(self.engine, rows)

    def _named(self, migration: str) -> str:
        """How people know it."""
        return f"{self.trial.lineage.path.strip('/')}: {migration}"

    def _note(self, told: tuple[str | None, int | None, str]) -> str:
        file, line, reason = told
        return f"{place_of(self._shown(file), line)}: not tried on {ENGINE_NAMES[self.engine]}: {self._hush(reason)}"

    def _failing(self, told: Mapping[str, Any]) -> AgentGridError:
        file = self._shown(told["file"])
        if told["file"] is None and told["migration"]:
            file = f"{file}: {told['migration']}"
        statement = " ".join(told["statement"].split())
        short = statement if len(statement) <= 80 else f"{statement[:77]}…"
        return failing(self.engine, file, told["line"], self._hush(told["words"]), self._hush(short))

    def _shown(self, file: str | None) -> str:
        if file is None:
            return self.trial.lineage.path
        return show_path(os.fsencode(os.path.relpath(os.path.realpath(file), os.path.realpath(self.trial.tree))))

    def _end_of(self, log: Path) -> str:
        lines = [
            line for line in log.read_bytes()[-_END_OF_LOG:].decode("utf-8", "replace").splitlines() if line.strip()
        ]
        return self._hush(lines[-1].strip()) if lines else "it said nothing"

    def _hush(self, words: str) -> str:
        return self.server.address.hush(words) if self.server else words
