"""A migration of Django's with other names in its lists, everything else byte for byte as it was.

Only pairs of the app's own label are touched; swappable dependencies and other apps' are not.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from agentgrid.errors import InputError
from agentgrid.git.paths import show_path
from agentgrid.integration.migrations.styles.django.migration import LISTS
from agentgrid.integration.migrations.styles.python_source import parse_exactly, require_plain, write_back

if TYPE_CHECKING:
    import libcst

    Element = libcst.BaseElement
    Change = Callable[[libcst.List | libcst.Tuple], libcst.List | libcst.Tuple]


def rename_references(file: bytes, content: bytes, label: str, renamed: Mapping[str, str]) -> bytes:
    """The file with the names of the app `label` in its lists changed: old → new. For files of other apps too."""
    require_plain(file, renamed.values())

    def rename(listed: "libcst.List | libcst.Tuple") -> "libcst.List | libcst.Tuple":
        return listed.with_changes(elements=[_renamed(each, label, renamed) for each in listed.elements])

    return _rewrite(file, content, dict.fromkeys(LISTS, rename))


def set_dependencies(file: bytes, content: bytes, label: str, names: Sequence[str]) -> bytes:
    """The file depending, of its own app, on `names` alone."""
    import libcst

    def follow(listed: "libcst.List | libcst.Tuple") -> "libcst.List | libcst.Tuple":
        return listed.with_changes(elements=_following(listed, label, list(names)))

    require_plain(file, [label, *names])
    pairs = ", ".join(f'("{label}", "{name}")' for name in names)
    adding = libcst.parse_statement(f"dependencies = [{pairs}]\n") if names else None
    return _rewrite(file, content, {"dependencies": follow}, adding=adding)


def _rewrite(
    file: bytes,
    content: bytes,
    changes: "Mapping[str, Change]",
    *,
    adding: "libcst.SimpleStatementLine | libcst.BaseCompoundStatement | None" = None,
) -> bytes:
    """`adding`: put at the head of the class when none of `changes` was made."""
    import libcst

    module = parse_exactly(file, content)
    body = list(module.body)
    places = [
        at for at, node in enumerate(body) if isinstance(node, libcst.ClassDef) and node.name.value == "Migration"
    ]
    if not places:
        raise InputError(f"{show_path(file)}: there is no `class Migration` in it")
    migration = libcst.ensure_type(body[places[-1]], libcst.ClassDef)
    statements: list[libcst.BaseStatement | libcst.BaseSmallStatement] = []
    is_changed = False
    for node in migration.body.body:
        changed = _statement(file, node, changes)
        is_changed = is_changed or changed is not None
        statements.append(changed or node)
    if adding is not None and not is_changed:
        statements.insert(1 if migration.get_docstring() is not None else 0, adding)
    block = migration.body.with_changes(body=statements)
    body[places[-1]] = migration.with_changes(body=block)
    return write_back(file, module.with_changes(body=body))


def _statement(
    file: bytes, node: "libcst.BaseStatement | libcst.BaseSmallStatement", changes: "Mapping[str, Change]"
) -> "libcst.SimpleStatementLine | None":
    """The statement changed; None when it sets none of the lists."""
    import libcst

    if not isinstance(node, libcst.SimpleStatementLine) or len(node.body) != 1:
        return None
    part = node.body[0]
    if not isinstance(part, libcst.Assign | libcst.AnnAssign) or part.value is None:
        return None
    target = part.target if isinstance(part, libcst.AnnAssign) else part.targets[0].target
    if not isinstance(target, libcst.Name) or target.value not in changes:
        return None
    if not isinstance(part.value, libcst.List | libcst.Tuple):
        raise InputError(
            f"{show_path(file)}: {target.value} isn't one literal list",
            hint="accepted: a list of (label, name), as `makemigrations` writes it",
        )
    return node.with_changes(body=[part.with_changes(value=changes[target.value](part.value))])


def _following(listed: "libcst.List | libcst.Tuple", label: str, names: list[str]) -> "list[Element]":
    """The elements with the app's own pairs naming `names`, in the places where own ones stood."""
    import libcst

    kept: list[libcst.BaseElement] = []
    own_at = 0
    for each in listed.elements:
        if _own_name(each, label) is None:
            kept.append(each)
        elif names:
            kept.append(_with_name(each, names.pop(0)))
            own_at = len(kept)
        elif each is listed.elements[-1] and kept:  # what closes the list closes it behind the one before
            kept[-1] = kept[-1].with_changes(comma=each.comma)
    for name in names:
        pair = libcst.parse_expression(f'("{label}", "{name}")')
        kept.insert(own_at, libcst.Element(pair))
        own_at += 1
    return _parted(listed, kept) if names else kept


def _parted(listed: "libcst.List | libcst.Tuple", elements: "list[Element]") -> "list[Element]":
    """Elements with a comma between each two, on lines of their own where the list has them so."""
    import libcst

    space: libcst.BaseParenthesizableWhitespace = libcst.SimpleWhitespace(" ")
    if listed.elements and isinstance(listed, libcst.List):
        opening = listed.lbracket.whitespace_after
        if isinstance(opening, libcst.ParenthesizedWhitespace):
            space = opening.with_changes(first_line=libcst.TrailingWhitespace(), empty_lines=[])  # no comment twice
    comma = libcst.Comma(whitespace_after=space)
    return [
        each.with_changes(comma=comma)
        if isinstance(each.comma, libcst.MaybeSentinel) and at < len(elements) - 1
        else each
        for at, each in enumerate(elements)
    ]


def _own_name(each: "Element", label: str) -> str | None:
    """The migration's name in an element `(label, name)`; None for any other."""
    import libcst

    pair = each.value
    if not isinstance(pair, libcst.Tuple | libcst.List) or len(pair.elements) != 2:
        return None
    texts = [part.value for part in pair.elements]
    if not all(isinstance(part, libcst.SimpleString | libcst.ConcatenatedString) for part in texts):
        return None
    app, name = (part.evaluated_value for part in texts)  # type: ignore[attr-defined] # strings, as held above
    return name if app == label and isinstance(name, str) and not name.startswith("__") else None


def _renamed(each: "Element", label: str, renamed: Mapping[str, str]) -> "Element":
    name = _own_name(each, label)
    return each if name is None or name not in renamed else _with_name(each, renamed[name])


def _with_name(each: "Element", name: str) -> "Element":
    import libcst

    pair = each.value
    assert isinstance(pair, libcst.Tuple | libcst.List)
    app, old = pair.elements
    quote = old.value.quote if isinstance(old.value, libcst.SimpleString) else '"'
    new = old.with_changes(value=libcst.SimpleString(f"{quote}{name}{quote}"))
    return each.with_changes(value=pair.with_changes(elements=[app, new]))
