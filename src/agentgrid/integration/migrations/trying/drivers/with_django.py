"""Django's own migrations of one app run on two databases, with the project's settings or a stub project."""

from __future__ import annotations

import ast
import os
import re
from typing import Any

import django
from django.apps import AppConfig, apps
from django.conf import settings
from django.db.backends.signals import connection_created


def run(plan: dict[str, Any], answer: Any) -> None:
    try:
        label = _set_up(plan)
    except Exception as error:
        answer.told["outside"] = f"the Django project can't be set up: {type(error).__name__}: {_words(error)}"
        return
    trial = _Trial(plan, answer, label)
    connection_created.connect(_hurry)
    try:
        if plan["is_lenient"]:
            _be_lenient(plan, answer)
        trial.run()
    except Exception as error:
        words = _words(error)
        if plan["is_lenient"] and _is_databases_own(error) and not _is_mistake(words, plan):
            file, line = _operation_place(error, plan, answer)
            answer.note(file, line, words + " (nothing after it is tried)")
            return
        place = _operation_place(error, plan, answer)
        if _is_databases_own(error):
            answer.fail(error, words, statement=trial.refused, place=place)
        else:
            answer.fail(error, f"{type(error).__name__}: {words}", place=place)


def _hurry(connection: Any, **_: Any) -> None:
    """Nothing of a scratch file has to last, so nothing waits for the disk."""
    if connection.vendor == "sqlite":
        connection.connection.execute("PRAGMA synchronous = OFF")


class _Trial:
    def __init__(self, plan: dict[str, Any], answer: Any, label: str) -> None:
        self.plan, self.answer, self.label = plan, answer, label
        self.refused = ""

    def run(self) -> None:
        from django.db import connections

        known, new = self.plan["known"], self.plan["new"]
        for name in ("blank", "head"):
            connections[name].execute_wrappers.append(self._remember)
        self._migrate("blank", self._leaves())
        self.answer.told["blank"] = self._schema("blank")
        if known:
            self._migrate("head", [(self.label, known[-1])])
        for each in new:
            self._forward(each)
            self.answer.told["new"][-1]["after"] = self._schema("head")
        names = known + new
        for each in self.plan["back"]:
            self.answer.current = each
            place = names.index(each)
            self._migrate("head", [(self.label, names[place - 1] if place else None)])
            self.answer.told["back"].append({"migration": each, "schema": self._schema("head")})
        if self.plan["back"]:
            self._migrate("head", [(self.label, new[-1])])
        self.answer.told["again"] = self._schema("head")

    def _forward(self, name: str) -> None:
        """First what it needs of other apps, so that taking it back leads to where it began."""
        self.answer.current = name
        executor = self._executor("head")
        plan = executor.migration_plan([(self.label, name)])
        if plan[:-1]:
            executor.migrate([(self.label, name)], plan=plan[:-1])
        done = self.answer.told["new"]
        before = done[-1]["after"] if done and not plan[:-1] else self._schema("head")
        done.append({"migration": name, "before": before})
        self._migrate("head", [(self.label, name)])

    def _leaves(self) -> list[Any]:
        """The end of the app's lineage, without what else waits in its directory."""
        wanted = set(self.plan["known"] + self.plan["new"])
        graph = self._executor("blank").loader.graph
        nodes = [node for node in graph.nodes if node[0] == self.label and node[1] in wanted]
        missing = wanted - {node[1] for node in nodes}
        if missing:
            where = "" if os.path.exists(os.path.join(self.plan["versions"], "__init__.py")) else " (no __init__.py)"
            raise LookupError(f"{self.label} has no migration {', '.join(sorted(missing))}{where}")
        followed = {parent for node in nodes for parent in graph.node_map[node].parents}
        return [node for node in nodes if node not in followed]

    def _executor(self, alias: str) -> Any:
        from django.db import connections
        from django.db.migrations.executor import MigrationExecutor

        return MigrationExecutor(connections[alias], self._tell)

    def _migrate(self, alias: str, targets: list[Any]) -> None:
        self._executor(alias).migrate(targets)

    def _tell(self, action: str, migration: Any = None, fake: bool = False) -> None:  # noqa: ARG002, FBT001, FBT002
        if migration is not None and migration.app_label == self.label:
            self.answer.current = migration.name

    def _remember(self, execute: Any, sql: Any, params: Any, many: Any, context: Any) -> Any:
        try:
            return execute(sql, params, many, context)
        except Exception:
            self.refused = str(sql)
            raise

    def _schema(self, alias: str) -> Any:
        """Asked on a connection that is kept for it: it knows its way about the catalogue by then."""
        from django.db import connections

        rows = {}
        with connections["watching_" + alias].cursor() as cursor:
            cursor.execute(self.plan["prepare"])
            for name, sql in self.plan["queries"].items():
                cursor.execute(sql)
                rows[name] = [list(row) for row in cursor.fetchall()]
        return rows


def _set_up(plan: dict[str, Any]) -> str:
    """Configures Django; the label of the lineage's app."""
    databases = {name: _database(plan, place) for name, place in plan["databases"].items()}
    databases.update({"watching_" + name: dict(place) for name, place in databases.items()})
    databases["default"] = databases["head"]
    if plan["settings"]:
        os.environ["DJANGO_SETTINGS_MODULE"] = plan["settings"]
        for alias in settings.DATABASES:
            databases.setdefault(alias, databases["head"])
        settings.DATABASES = databases
        settings.DATABASE_ROUTERS = []
        django.setup()
        return _label_in_project(plan)
    settings.configure(
        DATABASES=databases, USE_TZ=True, SECRET_KEY="for a trial",  # noqa: S106 - of a project that nobody can reach
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        INSTALLED_APPS=[*plan["installed"], *(_stub(label) for label in plan["stubs"])],
        MIGRATION_MODULES=plan["stubs"],
    )  # fmt: skip
    django.setup()
    return str(plan["label"])


def _database(plan: dict[str, Any], place: dict[str, Any]) -> dict[str, Any]:
    if plan["engine"] == "sqlite":
        return {"ENGINE": "django.db.backends.sqlite3", "NAME": place["path"]}
    given = dict(place["parameters"])
    known = {"NAME": "dbname", "USER": "user", "PASSWORD": "password", "HOST": "host", "PORT": "port"}
    told = {name: given.pop(key) for name, key in known.items() if key in given}
    return {"ENGINE": "django.db.backends.postgresql", "OPTIONS": given, **told}


def _label_in_project(plan: dict[str, Any]) -> str:
    versions = os.path.realpath(plan["versions"])
    for config in apps.get_app_configs():
        module = settings.MIGRATION_MODULES.get(config.label)
        if module and versions.endswith(os.path.join(*module.split("."))):
            return str(config.label)
        if os.path.realpath(config.path) == os.path.dirname(versions):
            return str(config.label)
    raise LookupError(f"no app of INSTALLED_APPS has its migrations in {plan['versions']}")


def _stub(label: str) -> str:
    """A module with an app of that label and nothing else; its name."""
    import sys
    import types

    module = types.ModuleType("trial_app_" + label)
    module.__path__ = []
    module.Config = type(  # type: ignore[attr-defined]
        "Config", (AppConfig,), {"name": module.__name__, "label": label, "path": os.getcwd(), "default": True}
    )
    module.apps = module  # type: ignore[attr-defined]
    sys.modules[module.__name__] = module
    return module.__name__ + ".Config"


def _be_lenient(plan: dict[str, Any], answer: Any) -> None:
    """SQL written out for another database is noted and passed over where SQLite has no word for it."""
    from django.db import DatabaseError, transaction
    from django.db.migrations.operations.special import RunSQL

    def careful(method: Any) -> Any:
        def run_it(operation: Any, label: str, editor: Any, before: Any, after: Any) -> None:
            try:
                with transaction.atomic(editor.connection.alias):
                    method(operation, label, editor, before, after)
            except DatabaseError as error:
                if _is_mistake(_words(error), plan):
                    raise
                file, line = _operation_place(error, plan, answer)
                answer.note(file, line, _words(error))

        return run_it

    RunSQL.database_forwards = careful(RunSQL.database_forwards)
    RunSQL.database_backwards = careful(RunSQL.database_backwards)


def _operation_place(error: BaseException, plan: dict[str, Any], answer: Any) -> Any:
    """(file, line) of the operation that was being done, else of the last line of the migration that was run."""
    file, line = answer.place_of(error)
    for inside in _locals(error):
        operation, migration = inside.get("operation"), inside.get("self")
        if operation is not None and operation in getattr(migration, "operations", ()):
            name = os.path.join(plan["versions"], migration.name + ".py")
            found = _line_of(name, list(migration.operations).index(operation))
            return (name, found) if found else (file or name, line)
    if file is None and answer.current:
        file = os.path.join(plan["versions"], answer.current + ".py")
    return file, line


def _locals(error: BaseException) -> Any:
    """What the functions knew that the error came through, and those around them."""
    trace = error.__traceback__
    frame = trace.tb_frame.f_back if trace is not None else None
    while trace is not None:
        yield trace.tb_frame.f_locals
        trace = trace.tb_next
    while frame is not None:
        yield frame.f_locals
        frame = frame.f_back


def _line_of(file: str, place: int) -> int | None:
    try:
        with open(file, encoding="utf-8") as stream:
            tree = ast.parse(stream.read())
    except (OSError, SyntaxError, ValueError):
        return None
    for node in ast.walk(tree):
        names = [each.id for each in getattr(node, "targets", ()) if isinstance(each, ast.Name)]
        if isinstance(node, ast.Assign) and "operations" in names and isinstance(node.value, ast.List):
            return node.value.elts[place].lineno if place < len(node.value.elts) else None
    return None


def _is_databases_own(error: BaseException) -> bool:
    from django.db import Error

    return isinstance(error, Error)


def _is_mistake(words: str, plan: dict[str, Any]) -> bool:
    return any(re.fullmatch(sign, words) for sign in plan["signs"])


def _words(error: BaseException) -> str:
    return " ".join(str(error).split())
