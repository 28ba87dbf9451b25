"""Variables as text that other programs read: dotenv, shell, direnv, JSON. Pure; each is read back by those programs.

Bytes that aren't UTF-8 pass as surrogates; who writes the text encodes with `surrogateescape`.
"""

import json
import re
import shlex
from collections.abc import Callable, Mapping
from typing import Literal

Format = Literal["dotenv", "shell", "direnv", "json"]

_PLAIN = re.compile(r"[A-Za-z0-9_./:@%+,~-]+")
_ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"}


def write_as(form: Format, values: Mapping[str, str]) -> str:
    """`values` (name → value) in one of the forms, ending in a newline unless there is nothing."""
    writers: dict[Format, Callable[[Mapping[str, str]], str]] = {
        "dotenv": _dotenv,
        "shell": _shell,
        "direnv": _shell,  # .envrc is a shell script
        "json": _json,
    }
    return writers[form](values)


def _dotenv(values: Mapping[str, str]) -> str:
    return "".join(f"{name}={_dotenv_value(value)}\n" for name, value in values.items())


def _dotenv_value(value: str) -> str:
    """Plain, else in single quotes, which keep a `$` and line ends; in double quotes only what those can't hold."""
    if not value or _PLAIN.fullmatch(value):
        return value
    if "'" not in value and "\\" not in value and "\r" not in value:
        return f"'{value}'"
    if "\r" in value:  # a reader of text files would take it for a line end
        return '"' + "".join(_ESCAPES.get(char, char) for char in value) + '"'
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"


def _shell(values: Mapping[str, str]) -> str:
    return "".join(f"export {name}={shlex.quote(value)}\n" for name, value in values.items())


def _json(values: Mapping[str, str]) -> str:
    return json.dumps(dict(values), indent=2) + "\n"
