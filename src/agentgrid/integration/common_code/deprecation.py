"""Whether code says of itself that it will go: by a decorator, a warning, or a module's `__getattr__`. Pure."""

import ast
from collections.abc import Iterator, Sequence

from agentgrid.integration.common_code.sources import parse

_CATEGORIES = frozenset({"DeprecationWarning", "PendingDeprecationWarning", "FutureWarning"})
_WARNERS = frozenset({"warn", "warn_explicit"})
_MAKERS = frozenset({"__init__", "__new__", "__init_subclass__"})
_Function = ast.FunctionDef | ast.AsyncFunctionDef


def has_warned(text: str, names: Sequence[str]) -> bool:
    """Whether the module `text` warns of what `names` lead to (`["Cache", "get"]`; none: of itself): there, or of what
    it stands in."""
    tree = parse(text)
    if tree is None:
        return False
    if any(_warns(node) for node in tree.body if not isinstance(node, _Function | ast.ClassDef)):
        return True
    body: Sequence[ast.stmt] = tree.body
    for name in names:
        found = [node for node in _definitions(body) if node.name == name]
        if any(_is_deprecated(node) for node in found):
            return True
        body = [each for node in found for each in node.body]
    return bool(names) and len(names) == 1 and hands_on(text, names[0], with_warning=True)


def hands_on(text: str, name: str, *, with_warning: bool) -> bool:
    """Whether the module's `__getattr__` still answers for `name`; `with_warning`: and warns of it."""
    tree = parse(text)
    for node in _definitions(tree.body if tree is not None else ()):
        if node.name != "__getattr__" or not isinstance(node, _Function):
            continue
        if tree is not None and (not with_warning or _warns(node)) and name in _constants(tree, node):
            return True
    return False


def _definitions(body: Sequence[ast.stmt]) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef]:
    for node in body:
        if isinstance(node, _Function | ast.ClassDef):
            yield node
        for inner in ("body", "orelse", "finalbody", "handlers"):
            if not isinstance(node, _Function | ast.ClassDef):
                for each in getattr(node, inner, []):
                    yield from _definitions(each.body if isinstance(each, ast.ExceptHandler) else [each])


def _is_deprecated(node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) -> bool:
    for each in node.decorator_list:
        called = each.func if isinstance(each, ast.Call) else each
        if _last_name(called) == "deprecated":
            return True
    if isinstance(node, ast.ClassDef):
        return any(_warns(each) for each in node.body if isinstance(each, _Function) and each.name in _MAKERS)
    return _warns(node)


def _warns(node: ast.AST) -> bool:
    for each in ast.walk(node):
        if isinstance(each, ast.Call) and _last_name(each.func) in _WARNERS:
            said = [*each.args, *(keyword.value for keyword in each.keywords)]
            if any(_last_name(value.func if isinstance(value, ast.Call) else value) in _CATEGORIES for value in said):
                return True
    return False


def _constants(tree: ast.Module, function: _Function) -> set[str]:
    """The texts that the function has, and those of the module's own values that it speaks of."""
    spoken = {each.id for each in ast.walk(function) if isinstance(each, ast.Name)}
    values: list[ast.AST] = [function]
    for node in tree.body:
        targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
        if any(isinstance(each, ast.Name) and each.id in spoken for each in targets):
            values.append(node)
    return {each.value for value in values for each in ast.walk(value)
            if isinstance(each, ast.Constant) and isinstance(each.value, str)}  # fmt: skip


def _last_name(node: ast.AST) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""
