"""Python files of migrations: read with `ast` for what they say, with libcst for what is written back. Pure."""

import ast
import io
import re
import tokenize
import warnings
from collections.abc import Iterable, Sequence
from threading import Lock
from typing import TYPE_CHECKING

from agentgrid.errors import InputError
from agentgrid.git.paths import show_path

if TYPE_CHECKING:
    import libcst

_QUIET = Lock()  # catch_warnings changes what the whole process is told
_PLAIN = re.compile(r"[\w.+@:~-]+")
_ACCEPTED_NAMES = "accepted: letters, digits, `_`, `-` and `.`"
_ENCODINGS = "Python in UTF-8, or in what its `coding:` line says"


def parse_source(name: bytes, content: bytes) -> ast.Module:
    """The syntax tree of a file. Raises InputError, with the line, for what Python can't read."""
    if b"\0" in content:
        line = content[: content.index(b"\0")].count(b"\n") + 1
        raise InputError(f"{show_path(name)}:{line}: there is a NUL in it", hint=f"accepted: {_ENCODINGS}")
    try:
        with _QUIET, warnings.catch_warnings():
            warnings.simplefilter("ignore")  # an escape that Python will refuse one day is read today
            return ast.parse(content)
    except (SyntaxError, UnicodeError) as error:
        _refuse_encoding(name, content)
        line, said = (error.lineno or 1, error.msg) if isinstance(error, SyntaxError) else (1, str(error))
        raise InputError(f"{show_path(name)}:{line}: {said}") from error
    except (RecursionError, MemoryError, ValueError) as error:
        raise InputError(f"{show_path(name)}:1: this is nested too deeply to be read") from error


def _refuse_encoding(name: bytes, content: bytes) -> None:
    """Raises InputError, with the line, when the bytes aren't in the file's encoding. How Python itself says so differs
    from version to version."""
    try:
        encoding = tokenize.detect_encoding(io.BytesIO(content).readline)[0]
    except SyntaxError as error:  # an unknown one, or UTF-8 that is none within the first two lines
        encoding, said = "utf-8", str(error)
    else:
        said = f"this is not {encoding.removesuffix('-sig').upper()}"
    try:
        content.decode(encoding)
        line = 1
    except UnicodeDecodeError as error:
        line, said = content[: error.start].count(b"\n") + 1, f"this is not {encoding.removesuffix('-sig').upper()}"
    except LookupError as error:  # `coding: hex` is no encoding of text
        said, line = str(error), 1
    else:
        if not said.startswith("unknown"):
            return
    raise InputError(f"{show_path(name)}:{line}: {said}", hint=f"accepted: {_ENCODINGS}")


def parse_exactly(name: bytes, content: bytes) -> "libcst.Module":
    """The file for rewriting. Raises InputError when it couldn't be written back byte for byte."""
    import libcst

    try:
        module = libcst.parse_module(content)
        is_same = module.bytes == content
    except libcst.ParserSyntaxError as error:
        raise InputError(f"{show_path(name)}:{error.raw_line}: {error.message}") from error
    except (SyntaxError, UnicodeError, RecursionError) as error:
        raise InputError(f"{show_path(name)}:1: {error}", hint=f"accepted: {_ENCODINGS}") from error
    if not is_same:
        raise InputError(
            f"{show_path(name)}: this can't be written back byte for byte",
            hint="line endings are mixed with lone carriage returns, or the file begins with a form feed: mend that",
        )
    return module


def write_back(name: bytes, module: "libcst.Module") -> bytes:
    """The bytes of a rewritten file. Raises InputError when what was written into it isn't in the file's encoding."""
    try:
        return module.bytes
    except UnicodeEncodeError as error:
        raise InputError(
            f"{show_path(name)}: {error.object[error.start : error.end]!r} can't be written in {module.encoding}",
            hint="accepted: names that the file's own encoding has",
        ) from error


def require_plain(name: bytes, names: Iterable[str]) -> None:
    """Raises InputError when one of `names` couldn't stand in quotes as it is."""
    for each in names:
        if not _PLAIN.fullmatch(each):
            raise InputError(f"{show_path(name)}: {each!r} can't be written into a file", hint=_ACCEPTED_NAMES)


def text_of(node: ast.AST | None) -> str | None:
    """The string that an expression is; None when it is none, or isn't known without running it."""
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def texts_of(node: ast.AST | None) -> tuple[str, ...]:
    """The strings in a list, tuple or set; what isn't literal is left out."""
    if not isinstance(node, ast.List | ast.Tuple | ast.Set):
        return ()
    return tuple(text for each in node.elts if (text := text_of(each)) is not None)


def argument(call: ast.Call, position: int, *names: str) -> ast.expr | None:
    """The argument of a call by its name, or by its position."""
    for each in call.keywords:
        if each.arg in names:
            return each.value
    return call.args[position] if 0 <= position < len(call.args) else None


def called_name(call: ast.Call) -> str:
    """The last part of what is called: `CreateModel` for `migrations.CreateModel(…)`."""
    if isinstance(call.func, ast.Attribute):
        return call.func.attr
    return call.func.id if isinstance(call.func, ast.Name) else ""


def string_constants(tree: ast.AST) -> dict[str, str]:
    """The names in a file that are given one string, and it alone: `SQL = \"\"\"…\"\"\"`."""
    found: dict[str, set[str | None]] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign):
            for target in node.targets:
                if isinstance(target, ast.Name):
                    found.setdefault(target.id, set()).add(text_of(node.value))
    return {name: text for name, values in found.items() for text in values if len(values) == 1 and text is not None}


def lay_out(statements: Iterable[tuple[int, str]]) -> str:
    """SQL found in a file, each piece at the line (from 1) where its string begins, as far as they leave room."""
    lines: list[str] = []
    for line, sql in sorted(statements, key=lambda each: each[0]):
        lines += [""] * (line - 1 - len(lines))
        text = sql.rstrip()
        lines += (text if text.endswith(";") or not text else text + ";").split("\n")
    return "\n".join(lines) + "\n" if lines else ""


def destroying(what: str, node: ast.AST) -> str:
    """One destructive operation, in words with its line."""
    return f"{what} (line {getattr(node, 'lineno', 1)})"


def is_empty(body: Sequence[ast.stmt]) -> bool:
    """Whether a function does nothing: a docstring, `pass`, `...`, `return`, or an error that it raises."""
    for each in body:
        if isinstance(each, ast.Raise):
            return True
        is_nothing = isinstance(each, ast.Pass) or (isinstance(each, ast.Expr) and isinstance(each.value, ast.Constant))
        if not is_nothing and not (isinstance(each, ast.Return) and each.value is None):
            return False
    return True
