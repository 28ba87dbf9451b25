"""pydantic's validation errors as our problems: file, line, key, what is accepted, the nearest known key."""

import difflib
import re
import types
from collections.abc import Iterable
from typing import Any, TypeVar, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from agentgrid.config.documents import Document, KeyPath, format_key
from agentgrid.errors import ConfigProblem

_UNION_BRANCH = re.compile(r"\[key\]|str|(dict|tuple|literal)(\[.*\])?")
M = TypeVar("M", bound=BaseModel)


def validate_model(model: type[M], document: Document, prefix: KeyPath = ()) -> M | list[ConfigProblem]:
    """The model made from the document's value below `prefix`, or every problem in it."""
    value = document.value
    for part in prefix:
        value = value[part]
    if not isinstance(value, dict):
        message = f"{_kind(value)} where a mapping is expected"
        return [
            ConfigProblem(document.name, document.line_of(prefix), format_key(prefix), message, accepted="key: value")
        ]
    try:
        return model.model_validate(value)
    except ValidationError as error:
        problems: dict[str, ConfigProblem] = {}
        for detail in error.errors(include_url=False):
            problem = _problem(model, document, prefix, detail)
            known = problems.setdefault(problem.key, problem)
            if known is not problem and known.accepted and problem.accepted:  # a union reports each of its branches
                known.accepted += f", or {problem.accepted}"
        # Of a union the branch that got further is the one that was meant.
        return [problem for key, problem in problems.items() if not _has_below(key, problems)]


def _has_below(key: str, keys: Iterable[str]) -> bool:
    return any(other.startswith((f"{key}.", f"{key}[")) for other in keys)


def nearest(word: str, known: list[str]) -> str | None:
    """The known word that `word` was probably meant to be."""
    close = difflib.get_close_matches(word, known, n=1, cutoff=0.6)
    return close[0] if close else None


def _problem(model: type[BaseModel], document: Document, prefix: KeyPath, detail: ErrorDetails) -> ConfigProblem:
    found = _real_path(document, prefix, detail["loc"])
    path, line = format_key(found), document.line_of(found)
    if detail["type"] == "extra_forbidden":
        known = _known_keys(model, found[len(prefix) : -1])
        guess = nearest(str(found[-1]), known)
        hint = f"did you mean `{guess}`?" if guess else None
        return ConfigProblem(document.name, line, path, "unknown key", accepted=", ".join(known), hint=hint)
    message, accepted = _explain(detail)
    if "keys" in found:  # somebody wrote the key itself there: it is not repeated
        message = _kind(detail["input"])
    return ConfigProblem(document.name, line, path, message, accepted=accepted)


def _explain(detail: ErrorDetails) -> tuple[str, str | None]:
    kind, given, context = detail["type"], detail["input"], detail.get("ctx", {})
    if kind == "value_error":
        message, _, accepted = str(context["error"]).partition("|")
        return message, accepted or None
    if kind == "literal_error":
        expected = str(context["expected"]).replace("'", "")
        return f"{given!r} is not known", expected
    if kind == "missing":
        return "is required", None
    if kind == "string_pattern_mismatch":
        return f"{given!r} does not have the right form", f"text that matches {context['pattern']}"
    wanted = detail["msg"].removeprefix("Input should be ").removeprefix("a valid ")
    return f"{_kind(given)} ({given!r})" if not isinstance(given, dict | list) else _kind(given), wanted


def _real_path(document: Document, prefix: KeyPath, location: tuple[int | str, ...]) -> KeyPath:
    """Pydantic's location without the parts it invents for unions and mapping keys."""
    path = prefix
    for part in location:
        if (*path, part) in document.lines or location[-1] == part:
            path = (*path, part)
    while path and path not in document.lines and _UNION_BRANCH.fullmatch(str(path[-1])):
        path = path[:-1]
    return path


def _known_keys(model: type[BaseModel], path: KeyPath) -> list[str]:
    current: Any = model
    for part in path:
        if isinstance(current, type) and issubclass(current, BaseModel):
            fields = {field.alias or name: field.annotation for name, field in current.model_fields.items()}
            current = _strip(fields.get(str(part)))
        else:
            current = _strip(get_args(current)[-1] if get_origin(current) is dict else (get_args(current) or [None])[0])
    if isinstance(current, type) and issubclass(current, BaseModel):
        return [field.alias or name for name, field in current.model_fields.items()]
    return []


def _strip(annotation: Any) -> Any:
    """The model inside `Model | None`."""
    if get_origin(annotation) is types.UnionType:
        return next(part for part in get_args(annotation) if part is not type(None))
    return annotation


def _kind(value: object) -> str:
    names = {
        dict: "a mapping",
        list: "a list",
        str: "text",
        bool: "true/false",
        int: "a number",
        float: "a number",
    }
    return "nothing" if value is None else names.get(type(value), type(value).__name__)
