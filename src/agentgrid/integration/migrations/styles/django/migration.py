"""What a migration file of Django's says of itself, read with `ast` alone. Pure.

Sources: django.db.migrations.loader (`load_disk`, which modules are migrations; `add_internal_dependencies`) and
django.db.migrations.autodetector (`parse_number`, the second number of a squashed one).
"""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from agentgrid.boundaries.migrations.names import MigrationName, parse_name
from agentgrid.errors import InputError
from agentgrid.git.paths import show_path
from agentgrid.integration.migrations.styles.python_source import called_name, parse_source, text_of

Named = tuple[str, str]
"""(app's label, migration's name)"""

LISTS = ("dependencies", "replaces", "run_before")
_REFUSED = re.compile(r"[^\w-]")
_SQUASHED = re.compile(r".*_squashed_(\d+)")


@dataclass(frozen=True)
class Migration:
    """`name`: as others depend on it. `unclear`: attributes that aren't literal lists, each with its line."""

    file: bytes
    name: str
    dependencies: tuple[Named, ...] = ()
    replaces: tuple[Named, ...] = ()
    run_before: tuple[Named, ...] = ()
    unclear: tuple[tuple[str, int], ...] = ()
    has_class: bool = True

    @cached_property
    def parts(self) -> MigrationName | None:
        return parse_name(self.file)

    @cached_property
    def is_provisional(self) -> bool:
        return self.parts is not None and self.parts.is_provisional

    @cached_property
    def leading(self) -> int | None:
        """The number that the name begins with; None for none, for a date, and while it waits."""
        parts = self.parts
        return None if parts is None or parts.prefix or parts.is_stamp or parts.is_provisional else parts.number

    @property
    def squashed_to(self) -> int | None:
        """The last number that a squashed migration stands for, as Django names them (`0001_squashed_0004_…`)."""
        found = _SQUASHED.match(self.name)
        last = int(found[1]) if found and len(found[1]) < 8 else None
        return last if last is not None and self.leading is not None and last > self.leading else None

    def own(self, listed: tuple[Named, ...], label: str | None) -> tuple[str, ...]:
        """The names in a list that are of the app `label`."""
        return tuple(name for app, name in listed if app == label and not name.startswith("__"))


def read_migration(file: bytes, content: bytes) -> Migration:
    """What the file says. Raises InputError, with the line, for what isn't Python."""
    lists: dict[str, tuple[Named, ...]] = {}
    unclear: list[tuple[str, int]] = []
    body = _class_body(parse_source(file, content))
    for attribute, value in _assigned(body or []):
        found = list(_flat(value))
        if None in found:
            unclear.append((attribute, value.lineno))
        lists[attribute] = tuple(pair for each in found if each is not None and (pair := _pair(each)) is not None)
    return Migration(
        file, file.removesuffix(b".py").decode("utf-8", "surrogateescape"), lists.get("dependencies", ()),
        lists.get("replaces", ()), lists.get("run_before", ()), tuple(unclear), body is not None,
    )  # fmt: skip


def require_migration(file: bytes, content: bytes) -> Migration:
    """As `read_migration`; raises InputError too when it doesn't say, as literal lists, what it follows."""
    found = read_migration(file, content)
    if not found.has_class:
        raise InputError(
            f"{show_path(file)}: there is no `class Migration` in it", hint="accepted: Django's migrations"
        )
    if _REFUSED.search(found.name):
        raise InputError(
            f"{show_path(file)}: that is no name of a module", hint="accepted: letters, digits, `_` and `-`"
        )
    if found.unclear:
        raise InputError(describe_unclear(found), hint="accepted: literal lists, as `makemigrations` writes them")
    return found


def describe_unclear(migration: Migration) -> str:
    """In words: the first attribute that isn't known without running the file."""
    attribute, line = migration.unclear[0]
    return f"{show_path(migration.file)}:{line}: {attribute} isn't a list of literals"


def label_of_path(lineage_path: str) -> str:
    """The app's label as the lineage's directory says it: the directory above `migrations`."""
    parts = [each for each in lineage_path.split("/") if each not in {"", "."}]
    if len(parts) > 1 and parts[-1] == "migrations":
        return parts[-2]
    return parts[-1] if parts else ""


def class_attribute(tree: ast.Module, name: str) -> ast.expr | None:
    """What `class Migration` sets `name` to."""
    found = None
    for node in _class_body(tree) or []:
        for attribute, value in _set(node):
            if attribute == name:
                found = value
    return found


def _class_body(tree: ast.Module) -> list[ast.stmt] | None:
    found = [node for node in tree.body if isinstance(node, ast.ClassDef) and node.name == "Migration"]
    return found[-1].body if found else None


def _assigned(body: list[ast.stmt]) -> Iterator[tuple[str, ast.expr]]:
    return ((name, value) for node in body for name, value in _set(node) if name in LISTS)


def _set(node: ast.stmt) -> Iterator[tuple[str, ast.expr]]:
    if isinstance(node, ast.Assign):
        yield from ((each.id, node.value) for each in node.targets if isinstance(each, ast.Name))
    elif isinstance(node, ast.AnnAssign) and node.value is not None and isinstance(node.target, ast.Name):
        yield node.target.id, node.value


def _flat(value: ast.expr) -> Iterator[ast.expr | None]:
    """The elements of a list, also of lists that are added; None for what isn't literal."""
    if isinstance(value, ast.List | ast.Tuple):
        for each in value.elts:
            is_swappable = isinstance(each, ast.Call) and called_name(each) == "swappable_dependency"
            yield each if is_swappable or isinstance(each, ast.Tuple | ast.List) else None
    elif isinstance(value, ast.BinOp) and isinstance(value.op, ast.Add):
        yield from _flat(value.left)
        yield from _flat(value.right)
    else:
        yield None


def _pair(each: ast.expr) -> Named | None:
    """(label, name); None for a swappable dependency, and where the label is a variable: that is no app's own."""
    if not isinstance(each, ast.Tuple | ast.List) or len(each.elts) != 2:
        return None
    label, name = text_of(each.elts[0]), text_of(each.elts[1])
    return None if label is None or name is None else (label, name)
