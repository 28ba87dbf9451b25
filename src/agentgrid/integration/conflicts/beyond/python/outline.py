"""One version of a Python file: its definitions, the names that it has for others, and the names that it uses."""

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from hashlib import sha1
from typing import Any

from agentgrid.integration.conflicts.beyond.python.signatures import Function, Signature, read_signature
from agentgrid.integration.conflicts.model import LineRange

OWN_BODY = ""
"""The last name of a class's own statements, as against its methods."""

_BLOCKS = (ast.If, ast.Try, ast.TryStar, ast.With, ast.For, ast.While)


@dataclass(frozen=True)
class Definition:
    """All that defines one name: several nodes where it is overloaded. `text`: as written. `signature`: of the last
    node; None for a class's own statements."""

    nodes: tuple[ast.AST, ...]
    lines: LineRange
    text: str
    signature: Signature | None

    @property
    def state(self) -> str:
        """The same for two definitions that mean the same."""
        return sha1("\n".join(_dump(node) for node in self.nodes).encode("utf-8", "backslashreplace")).hexdigest()  # noqa: S324 - no secret is kept by it


@dataclass(frozen=True)
class Outline:
    """`definitions`: by their names from the outermost on. `names`: bound at the top. `members`: class → what stands in
    it. `is_open`: it has names that nobody can list. `tree`: without docstrings. `mentions`: what was found in it, kept
    for the next who asks."""

    definitions: dict[tuple[str, ...], Definition]
    names: frozenset[str]
    members: dict[str, frozenset[str]]
    is_open: bool
    tree: ast.Module
    mentions: dict[str, Any] = field(default_factory=dict, compare=False)


def read_outline(content: bytes) -> Outline:
    """Raises SyntaxError, ValueError, RecursionError or MemoryError for what is no Python."""
    content = content.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    tree = ast.parse(content)
    lines = content.split(b"\n")
    _drop_docstrings(tree)
    found: dict[tuple[str, ...], list[ast.AST]] = {}
    for key, definition in _definitions(tree.body, ()):
        found.setdefault(key, []).append(definition)
    members: dict[str, frozenset[str]] = {}
    for node in _statements(tree.body):
        if isinstance(node, ast.ClassDef):
            members[node.name] = frozenset(bound_names(_statements(node.body)))
    names = frozenset(bound_names(_statements(tree.body)))
    definitions = {
        key: _define(nodes, lines, is_method=len(key) == 2 and key[0] in members) for key, nodes in found.items()
    }
    return Outline(definitions, names, members, "*" in names or "__getattr__" in names, tree)


def _definitions(body: Sequence[ast.stmt], within: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], ast.AST]]:
    for node in _statements(body):
        if isinstance(node, Function):
            yield (*within, node.name), node
            yield from _definitions(node.body, (*within, node.name))
        elif isinstance(node, ast.ClassDef):
            yield (*within, node.name, OWN_BODY), node
            yield from _definitions(node.body, (*within, node.name))


def _statements(body: Sequence[ast.stmt]) -> Iterator[ast.stmt]:
    """The statements of a body, and of blocks that share its names."""
    for node in body:
        yield node
        if isinstance(node, _BLOCKS):
            for inner in ("body", "orelse", "finalbody"):
                yield from _statements(getattr(node, inner, []))
            for handler in getattr(node, "handlers", []):
                yield from _statements(handler.body)


def bound_names(statements: Iterator[ast.stmt]) -> Iterator[str]:
    """The names that these statements bind; `*` where nobody can list them."""
    for node in statements:
        if isinstance(node, Function | ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.Import | ast.ImportFrom):
            yield from (each.asname or each.name.partition(".")[0] for each in node.names)
        else:
            yield from stored_names(node)


def stored_names(node: ast.AST) -> Iterator[str]:
    """The names that a statement or an expression gives a value, functions and classes in it left out."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Name):
            if not isinstance(child.ctx, ast.Load):
                yield child.id
        elif isinstance(child, ast.ExceptHandler | ast.MatchAs | ast.MatchStar) and child.name:
            yield child.name
        elif isinstance(child, ast.MatchMapping) and child.rest:
            yield child.rest
        if not isinstance(child, Function | ast.ClassDef | ast.Lambda):
            yield from stored_names(child)


def _define(nodes: list[ast.AST], lines: list[bytes], *, is_method: bool) -> Definition:
    spans = [_span(node) for node in nodes]
    text = b"\n".join(b"\n".join(lines[first - 1 : last]) for first, last in spans)
    first, last = min(first for first, _ in spans), max(last for _, last in spans)
    node = nodes[-1]
    signature = read_signature(node, is_method=is_method) if isinstance(node, Function) else None
    return Definition(tuple(nodes), LineRange(first, last - first + 1), text.decode("latin-1"), signature)


def _span(node: ast.AST) -> tuple[int, int]:
    assert isinstance(node, Function | ast.ClassDef)
    first = min([node.lineno, *(each.lineno for each in node.decorator_list)])
    return first, node.end_lineno or node.lineno


def _dump(node: ast.AST) -> str:
    if not isinstance(node, ast.ClassDef):
        return ast.dump(node)
    own = [each for each in node.body if not isinstance(each, Function | ast.ClassDef)]
    parts = (*node.decorator_list, *node.bases, *node.keywords, *getattr(node, "type_params", ()), *own)
    return "\n".join([type(node).__name__, *map(ast.dump, parts)])


def _drop_docstrings(tree: ast.Module) -> None:
    for node in ast.walk(tree):
        if isinstance(node, Function | ast.ClassDef | ast.Module) and ast.get_docstring(node, clean=False) is not None:
            del node.body[0]


def dotted(path: bytes) -> str:
    """The whole path of a file as a module's name, from the top of the repository."""
    text = path.decode("utf-8", "surrogateescape").removesuffix(".py")
    return text.removesuffix("/__init__").replace("/", ".")
