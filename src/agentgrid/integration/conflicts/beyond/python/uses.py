"""The names that a Python file uses, as far as it can be told from the file alone whose they are."""

import ast
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from agentgrid.integration.conflicts.beyond.python.outline import Outline
from agentgrid.integration.conflicts.beyond.python.signatures import Call, Function, read_call
from agentgrid.integration.conflicts.model import LineRange

Names = dict[str, "Origin | None"]


@dataclass(frozen=True)
class Origin:
    """What a name stands for. `is_exact`: `target` starts at the top of the repository; else somewhere on the import
    path. An empty target: a method of nobody knows what."""

    target: str
    is_exact: bool


@dataclass(frozen=True)
class Mention:
    """One use in one version of a file. `call`: what it gives, when it is called; a call that gives something else is
    another use."""

    origin: Origin
    name: str
    call: Call | None
    lines: LineRange


def find_mentions(outline: Outline, module: str, *, is_package: bool) -> list[Mention]:
    """All uses in a file, found once for each outline. `module`: its whole path as a module's name."""
    if module not in outline.mentions:
        outline.mentions[module] = _find(outline, module, is_package=is_package)
    found: list[Mention] = outline.mentions[module]
    return found


def _find(outline: Outline, module: str, *, is_package: bool) -> list[Mention]:
    visitor = _Visitor(module, is_package=is_package)
    top = {name: Origin(f"{module}.{name}", is_exact=True) for name in outline.names}
    visitor.names = {**top, **visitor.imported(outline.tree.body)}
    visitor.members = outline.members
    visitor.visit_all(outline.tree.body)
    return visitor.found


def newly_used(before: list[Mention], after: list[Mention]) -> list[Mention]:
    """Those of `after` that are more than there were."""
    left = Counter((each.origin, each.name, each.call) for each in before)
    new = []
    for each in after:
        key = (each.origin, each.name, each.call)
        if left[key]:
            left[key] -= 1
        else:
            new.append(each)
    return new


class _Visitor(ast.NodeVisitor):
    def __init__(self, module: str, *, is_package: bool) -> None:
        self.module, self.is_package = module, is_package
        self.names: Names = {}
        self.members: dict[str, frozenset[str]] = {}
        self.owner: str | None = None
        self.found: list[Mention] = []

    def visit_all(self, nodes: Iterable[ast.AST]) -> None:
        for node in nodes:
            self.visit(node)

    def imported(self, nodes: Iterable[ast.AST]) -> Names:
        """What the import statements of a scope bind."""
        found: Names = {}
        for node in nodes:
            if isinstance(node, ast.Import):
                for each in node.names:
                    found[each.asname or each.name.partition(".")[0]] = Origin(
                        each.name if each.asname else each.name.partition(".")[0], is_exact=False
                    )
            elif isinstance(node, ast.ImportFrom):
                source = self.source_of(node)
                for each in node.names:
                    found[each.asname or each.name] = Origin(f"{source.target}.{each.name}", source.is_exact)
        return found

    def source_of(self, node: ast.ImportFrom) -> Origin:
        if not node.level:
            return Origin(node.module or "", is_exact=False)
        places = self.module.split(".")
        up = node.level - 1 if self.is_package else node.level
        package = places[: len(places) - up] if up else places
        return Origin(".".join([*package, *([node.module] if node.module else [])]), is_exact=True)

    def visit_Import(self, node: ast.Import) -> None:
        for each in node.names:
            self.mention(node, Origin(each.name, is_exact=False))

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        source = self.source_of(node)
        self.mention(node, source)
        for each in node.names:
            if each.name != "*":
                self.mention(node, Origin(f"{source.target}.{each.name}", source.is_exact))

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        self.function(node)

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> None:
        self.function(node)

    def function(self, node: Function) -> None:
        self.visit_all(node.decorator_list)
        self.visit(node.args)
        if node.returns is not None:
            self.visit(node.returns)
        outer, own = self.names, _own_nodes(node.body)
        parameters = dict.fromkeys(each.arg for each in ast.walk(node.args) if isinstance(each, ast.arg))
        self.names = {**outer, **dict.fromkeys(_locals(own)), **self.imported(own), **parameters}
        if self.owner is not None and node.args.args and (*node.args.posonlyargs, *node.args.args)[0].arg in _SELVES:
            self.names[(*node.args.posonlyargs, *node.args.args)[0].arg] = Origin("self", is_exact=False)
        self.visit_all(node.body)
        self.names = outer

    def visit_Lambda(self, node: ast.Lambda) -> None:
        outer = self.names
        self.names = {**outer, **{each.arg: None for each in ast.walk(node.args) if isinstance(each, ast.arg)}}
        self.generic_visit(node)
        self.names = outer

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        self.visit_all([*node.decorator_list, *node.bases, *node.keywords])
        outer = self.owner
        self.owner = node.name if outer is None and node.name in self.members else None
        self.visit_all(node.body)
        self.owner = outer

    def visit_Call(self, node: ast.Call) -> None:
        self.use(node.func, node)
        self.visit_all([*node.args, *node.keywords])

    def visit_Attribute(self, node: ast.Attribute) -> None:
        self.use(node, None)

    def visit_Name(self, node: ast.Name) -> None:
        if isinstance(node.ctx, ast.Load):
            self.use(node, None)

    def use(self, node: ast.expr, call: ast.Call | None) -> None:
        """A name, or names behind dots, that are called or only read."""
        chain, root = _chain(node)
        origin = self.names.get(root.id) if isinstance(root, ast.Name) else None
        if not isinstance(root, ast.Name):
            self.visit(root)
        if origin is not None and origin.target == "self":
            self.use_of_own(node, chain, call)
        elif origin is not None:
            self.use_of_known(node, origin, chain, call)
        elif call is not None and chain and not _is_super(root):
            self.mention(node, Origin("", is_exact=False), chain[-1], call, has_receiver=True)

    def use_of_own(self, node: ast.expr, chain: list[str], call: ast.Call | None) -> None:
        """Something of the object whose method this is."""
        if len(chain) == 1 and self.owner is not None and chain[0] in self.members[self.owner]:
            origin = Origin(f"{self.module}.{self.owner}.{chain[0]}", is_exact=True)
            self.mention(node, origin, None, call, has_receiver=True)
        elif call is not None and chain:
            self.mention(node, Origin("", is_exact=False), chain[-1], call, has_receiver=True)

    def use_of_known(self, node: ast.expr, origin: Origin, chain: list[str], call: ast.Call | None) -> None:
        for length in range(len(chain) + 1):
            whole = ".".join([origin.target, *chain[:length]])
            last = call if length == len(chain) else None
            self.mention(node, Origin(whole, origin.is_exact), None, last)

    def mention(
        self, node: ast.AST, origin: Origin, name: str | None = None,
        call: ast.Call | None = None, *, has_receiver: bool = False,
    ) -> None:  # fmt: skip
        given = read_call(call, has_receiver=has_receiver) if call is not None else None
        first: int = getattr(node, "lineno", 1)
        lines = LineRange(first, (getattr(call or node, "end_lineno", None) or first) - first + 1)
        self.found.append(Mention(origin, name or origin.target.rpartition(".")[2], given, lines))


_SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)
_SELVES = ("self", "cls")


def _chain(node: ast.expr) -> tuple[list[str], ast.expr]:
    """`a.b.c` as (["b", "c"], a)."""
    chain: list[str] = []
    while isinstance(node, ast.Attribute):
        chain.append(node.attr)
        node = node.value
    return chain[::-1], node


def _is_super(node: ast.expr) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "super"


def _own_nodes(body: Iterable[ast.AST]) -> list[ast.AST]:
    """The nodes of a scope, in no order; those of functions and classes in it are theirs."""
    left, found = list(body), []
    while left:
        node = left.pop()
        found.append(node)
        if not isinstance(node, _SCOPES):
            left.extend(ast.iter_child_nodes(node))
    return found


def _locals(nodes: Iterable[ast.AST]) -> set[str]:
    """The names that a function binds for itself."""
    names: set[str] = set()
    elsewhere: set[str] = set()
    for node in nodes:
        if isinstance(node, ast.Name):
            if not isinstance(node.ctx, ast.Load):
                names.add(node.id)
        elif isinstance(node, Function | ast.ClassDef | ast.ExceptHandler | ast.MatchAs | ast.MatchStar) and node.name:
            names.add(node.name)
        elif isinstance(node, ast.MatchMapping) and node.rest:
            names.add(node.rest)
        elif isinstance(node, ast.Global):
            elsewhere.update(node.names)
    return names - elsewhere
