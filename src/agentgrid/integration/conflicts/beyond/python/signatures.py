"""What a function takes, what a call gives, and whether the two fit."""

import ast
from dataclasses import dataclass
from typing import Literal

Form = Literal["", "async", "property", "staticmethod", "classmethod"]
_FORMS: dict[str, Form] = {
    "property": "property",
    "cached_property": "property",
    "staticmethod": "staticmethod",
    "classmethod": "classmethod",
}
Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Signature:
    """What a function takes. `positional`: by position, and by name from the `by_name_from`-th on. `needed`: how many
    of them have no default. `needed_names`: keyword-only ones without default."""

    positional: tuple[str, ...]
    by_name_from: int
    needed: int
    takes_more: bool
    names: tuple[str, ...]
    needed_names: tuple[str, ...]
    takes_any_name: bool
    form: Form
    is_method: bool = False


@dataclass(frozen=True)
class Call:
    """What a call gives. `is_open`: by a star as well, so nobody can count. `has_receiver`: on an object, which then
    is the first argument; on a class it is not."""

    given: int
    names: tuple[str, ...]
    is_open: bool
    has_receiver: bool = False


def read_signature(node: Function, *, is_method: bool = False) -> Signature:
    """What `node` takes."""
    arguments = node.args
    positional = tuple(each.arg for each in (*arguments.posonlyargs, *arguments.args))
    keyword_only = list(zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True))
    return Signature(
        positional,
        len(arguments.posonlyargs),
        len(positional) - len(arguments.defaults),
        arguments.vararg is not None,
        tuple(each.arg for each, _ in keyword_only),
        tuple(each.arg for each, default in keyword_only if default is None),
        arguments.kwarg is not None,
        _form_of(node),
        is_method,
    )


def read_call(node: ast.Call, *, has_receiver: bool) -> Call:
    """What `node` gives."""
    is_open = any(isinstance(each, ast.Starred) for each in node.args) or any(not each.arg for each in node.keywords)
    given = sum(not isinstance(each, ast.Starred) for each in node.args)
    return Call(given, tuple(each.arg for each in node.keywords if each.arg), is_open, has_receiver)


def find_misfit(before: Signature, after: Signature, call: Call) -> str | None:
    """Why a call that was written for `before` doesn't do under `after`, as words that go on from "the function"; None
    when it does, or never fitted."""
    if before.form != after.form:
        return _say_form(before.form, after.form)
    old, new = _bind(before, call), _bind(after, call)
    if isinstance(old, str):
        return None
    if isinstance(new, str):
        return new
    swapped = [name for place, name in enumerate(old) if name in new and new.index(name) != place]
    return f"takes {swapped[0]} in another place" if swapped else None


def _bind(signature: Signature, call: Call) -> list[str] | str:
    """The parameters that the call's positional arguments go to; or what is wrong."""
    positional, skipped = signature.positional, _skipped(signature, call)
    names = positional[skipped:]
    if call.given > len(names) and not signature.takes_more:
        return f"takes {len(names)} arguments by position"
    filled = list(names[: call.given])
    by_name = {*positional[max(signature.by_name_from, skipped) :], *signature.names}
    for name in call.names:
        if name in filled and name in by_name:
            return f"has {name} twice then"
        if name not in by_name and not signature.takes_any_name:
            return f"takes no {name}"
    if call.is_open:
        return filled
    needed = (*positional[skipped : signature.needed], *signature.needed_names)
    lacking = [name for name in needed if name not in filled and name not in call.names]
    return f"needs {lacking[0]}" if lacking else filled


def _skipped(signature: Signature, call: Call) -> int:
    """How many parameters the call fills without an argument: the object that a method is called on."""
    if not signature.is_method or signature.form == "staticmethod" or not signature.positional:
        return 0
    return int(call.has_receiver or signature.form == "classmethod")


def _form_of(node: Function) -> Form:
    for each in node.decorator_list:
        name = each.attr if isinstance(each, ast.Attribute) else each.id if isinstance(each, ast.Name) else ""
        if name in _FORMS:
            return _FORMS[name]
    return "async" if isinstance(node, ast.AsyncFunctionDef) else ""


def _say_form(before: Form, after: Form) -> str:
    words = {"": "a plain function", "async": "asynchronous", "property": "a property",
             "staticmethod": "a static method", "classmethod": "a class method"}  # fmt: skip
    return f"is {words[after]} now, no longer {words[before]}"
