"""A revision file with other ids, everything else byte for byte as it was: quotes, annotations, comments, line endings.

The docstring's lines `Revision ID:` and `Revises:` follow, as Alembic's template writes them.
"""

import ast
import re
from typing import TYPE_CHECKING

from agentgrid.errors import InputError
from agentgrid.git.paths import show_path
from agentgrid.integration.migrations.styles.python_source import parse_exactly, require_plain, write_back

if TYPE_CHECKING:
    import libcst

_ID_LINE = re.compile(r"(?m)^([ \t]*Revision ID:[ \t]*)(.*?)([ \t]*\r?)$")
_REVISES_LINE = re.compile(r"(?m)^([ \t]*Revises:)([ \t]*)(.*?)([ \t]*\r?)$")

Values = dict[str, tuple[str, ...]]
"""Variable → its ids; none for None."""


def rewrite_revision(name: bytes, content: bytes, values: Values) -> bytes:
    """The file with these variables set. Raises InputError when one isn't set once, at the top of the file."""
    require_plain(name, [each for ids in values.values() for each in ids])
    module = parse_exactly(name, content)
    left = dict(values)
    body = [_statement(module, node, left, values, is_first=at == 0) for at, node in enumerate(module.body)]
    for variable, ids in left.items():
        if ids or variable == "revision":
            raise InputError(f"{show_path(name)}: {variable} isn't set at the top of the file")
    return write_back(name, module.with_changes(body=body))


def _statement(
    module: "libcst.Module",
    node: "libcst.SimpleStatementLine | libcst.BaseCompoundStatement",
    left: Values,
    values: Values,
    *,
    is_first: bool,
) -> "libcst.SimpleStatementLine | libcst.BaseCompoundStatement":
    import libcst

    if not isinstance(node, libcst.SimpleStatementLine):
        return node
    parts: list[libcst.BaseSmallStatement] = []
    for part in node.body:
        changed = part
        if is_first and isinstance(part, libcst.Expr) and isinstance(part.value, libcst.SimpleString):
            text = _docstring(part.value.value, values)
            changed = part.with_changes(value=part.value.with_changes(value=text))
        elif isinstance(part, libcst.Assign | libcst.AnnAssign) and part.value is not None:
            variable = _target(part)
            if variable in left:
                changed = part.with_changes(value=_value(module, part.value, left.pop(variable)))
        parts.append(changed)
    return node.with_changes(body=parts)


def _target(part: "libcst.Assign | libcst.AnnAssign") -> str:
    import libcst

    if isinstance(part, libcst.AnnAssign):
        target: libcst.BaseExpression = part.target
    else:
        target = part.targets[0].target
        if len(part.targets) > 1:
            return ""
    return target.value if isinstance(target, libcst.Name) else ""


def _value(module: "libcst.Module", old: "libcst.BaseExpression", ids: tuple[str, ...]) -> "libcst.BaseExpression":
    """The expression for `ids`, in the form that the old one has as far as it can be."""
    import libcst

    source = module.code_for_node(old)
    if _ids(source) == ids:
        return old
    if isinstance(old, libcst.SimpleString) and len(ids) == 1:
        return old.with_changes(value=f"{old.prefix}{old.quote}{ids[0]}{old.quote}")
    if isinstance(old, libcst.Tuple | libcst.List) and len(old.elements) == len(ids):
        texts = [each.value for each in old.elements]
        if all(isinstance(each, libcst.SimpleString) for each in texts):
            elements = [
                each.with_changes(value=_value(module, each.value, (id_,)))
                for each, id_ in zip(old.elements, ids, strict=True)
            ]
            return old.with_changes(elements=elements)
    quote = "'" if "'" in source or ('"' not in source and _prefers_single(module)) else '"'
    quoted = [f"{quote}{each}{quote}" for each in ids]
    text = "None" if not ids else quoted[0] if len(ids) == 1 else f"({', '.join(quoted)})"
    return libcst.parse_expression(text)


def _prefers_single(module: "libcst.Module") -> bool:
    """Whether the file's `revision` stands in single quotes, as Alembic's template writes it."""
    return re.search(r"(?m)^revision\b[^=\n]*=\s*'", module.code) is not None


def _ids(source: str) -> tuple[str, ...] | None:
    try:
        found = ast.literal_eval(source.strip())
    except (ValueError, SyntaxError):
        return None
    if found is None:
        return ()
    return (found,) if isinstance(found, str) else tuple(found)


def _docstring(text: str, values: Values) -> str:
    if "revision" in values:
        text = _ID_LINE.sub(lambda at: at[1] + values["revision"][0] + at[3], text, count=1)
    if "down_revision" in values:
        follows = ", ".join(values["down_revision"])
        text = _REVISES_LINE.sub(lambda at: at[1] + (at[2] or " " * bool(follows)) + follows + at[4], text, count=1)
    return text
