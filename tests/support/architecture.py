"""The rules of the house as data, and a checker that reads a package with `ast` and names what breaks them."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

# Floor and place of each part: a module may import what stands lower, or its own part. Parts of the ground may use
# one another; `coordination` stands beside `work`, so neither imports the other.
RANKS = {
    "errors": 0,
    "machine": 1,
    "git": 1,
    "store": 1,
    "config": 1,
    "workspace": 10,
    "boundaries": 11,
    "integration": 12,
    "work": 13,
    "coordination": 13,
    "insight": 14,
    "onboarding": 15,
    "grid_desks": 19,
    "grid_integration": 19,
    "grid": 20,
    "render": 30,
    "hooks": 31,
    "web": 31,
    "mcp": 31,
    "cli": 32,
    "__main__": 40,
    "__init__": 41,
}
GROUND = 1

DRAWERS = frozenset({"utils", "util", "helpers", "helper", "common", "misc", "manager", "base", "shared"})
LONGEST_FILE = 500

# Module that only some may import → where (a package, or one module of it) → why.
RESERVED: dict[str, dict[str, str]] = {
    "subprocess": {
        "agentgrid.git": "the only place that runs git",
        "agentgrid.machine": "runs the machine's own programs",
        "agentgrid.work": "runs agents and their commands",
    },
    "git": {"agentgrid.git": "GitPython stays behind Repository.objects"},
    "sqlite3": {"agentgrid.store": "the only place that knows SQLite"},
    "_sqlite3": {"agentgrid.hooks": "the guard reads leases without the 4 ms that sqlite3 costs"},
    "psycopg": {"agentgrid.store": "the only place that knows PostgreSQL"},
}


@dataclass(frozen=True, slots=True)
class Rules:
    """What a package is held to; the defaults are the house's."""

    package: str = "agentgrid"
    ranks: dict[str, int] = field(default_factory=lambda: RANKS)
    reserved: dict[str, dict[str, str]] = field(default_factory=lambda: RESERVED)
    longest_file: int = LONGEST_FILE


@dataclass(frozen=True, slots=True)
class Module:
    """One source file: its dotted name, its path below the package's parent, its text and its tree."""

    name: str
    path: str
    text: str
    tree: ast.Module
    is_package: bool

    def part(self) -> str:
        """The part of the house that it belongs to: `git` for agentgrid.git.process, `__init__` for agentgrid."""
        names = self.name.split(".")
        return names[1] if len(names) > 1 else "__init__"


def check_package(source: Path, rules: Rules) -> list[str]:
    """Every broken rule of the package below `source` (the directory that holds it), as `path:line: what`."""
    found: list[str] = []
    for module in _read_modules(source, rules.package):
        found += _check_imports(module, rules)
        found += _check_reserved(module, rules)
        found += _check_shape(module, rules)
    return found


def _read_modules(source: Path, package: str) -> Iterator[Module]:
    for file in sorted((source / package).rglob("*.py")):
        relative = file.relative_to(source)
        names = list(relative.with_suffix("").parts)
        is_package = names[-1] == "__init__"
        text = file.read_text(encoding="utf-8")
        name = ".".join(names[:-1] if is_package else names)
        yield Module(name, relative.as_posix(), text, ast.parse(text), is_package)


def _imports(module: Module) -> Iterator[tuple[int, str]]:
    """(line, dotted name) of everything that the module imports, also inside functions; relative ones resolved."""
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            origin = node.module or ""
            if node.level:
                parents = module.name.split(".")
                depth = len(parents) - node.level + (1 if module.is_package else 0)
                origin = ".".join([*parents[:depth], *([origin] if origin else [])])
            yield from ((node.lineno, f"{origin}.{alias.name}") for alias in node.names)


def _check_imports(module: Module, rules: Rules) -> Iterator[str]:
    part = module.part()
    if part not in rules.ranks:
        yield f"{module.path}:1: {part} has no place in the house: give it one in the architecture test"
        return
    for line, name in _imports(module):
        names = name.split(".")
        if names[0] != rules.package or name == f"{rules.package}.__version__":
            continue
        other = names[1] if len(names) > 1 and names[1] in rules.ranks else "__init__"
        if other != part and not _may_import(rules.ranks[part], rules.ranks[other]):
            yield f"{module.path}:{line}: {part} imports {other}, which is not below it"


def _may_import(importer: int, imported: int) -> bool:
    return imported < importer or importer == imported == GROUND


def _check_reserved(module: Module, rules: Rules) -> Iterator[str]:
    for line, name in _imports(module):
        places = rules.reserved.get(name.split(".")[0])
        if places is not None and not any(f"{module.name}.".startswith(f"{place}.") for place in places):
            yield f"{module.path}:{line}: only {', '.join(places)} may import {name.split('.')[0]}"


def _check_shape(module: Module, rules: Rules) -> Iterator[str]:
    stem = module.name.rsplit(".", 1)[-1]
    if stem in DRAWERS:
        yield f"{module.path}:1: {stem} names a drawer, not a subject"
    is_empty_package = module.is_package and not module.text.strip()
    if not is_empty_package and not ast.get_docstring(module.tree):
        yield f"{module.path}:1: no module docstring"
    lines = module.text.count("\n")
    if lines > rules.longest_file:
        yield f"{module.path}:1: {lines} lines: split it"
