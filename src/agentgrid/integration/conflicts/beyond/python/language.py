"""What a side did to a Python file: definitions changed, signatures and names that others rely on, new uses."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from agentgrid.git.paths import show_path
from agentgrid.integration.conflicts.beyond.facts import REMOVED, Break, Change, Collision, Facts, Use
from agentgrid.integration.conflicts.beyond.python.outline import OWN_BODY, Definition, Outline, dotted, read_outline
from agentgrid.integration.conflicts.beyond.python.reach import Reach, find_reach
from agentgrid.integration.conflicts.beyond.python.signatures import Call, Signature, find_misfit
from agentgrid.integration.conflicts.beyond.python.uses import Mention, Origin, find_mentions, newly_used
from agentgrid.integration.conflicts.model import LineRange


@dataclass(frozen=True)
class PythonUse:
    """A name that a side newly uses."""

    path: bytes
    lines: LineRange
    origin: Origin
    call: Call | None


@dataclass(frozen=True)
class PythonBreak:
    """A name whose signature a side changed, or that it took away: `after` None. `whole`: the name from the top of the
    repository on. `is_method`: it may be called on objects that nobody knows the class of."""

    path: bytes
    whole: str
    label: str
    is_method: bool
    before: Signature | None
    after: Signature | None
    was: LineRange | None = field(default=None, compare=False)
    now: LineRange | None = field(default=None, compare=False)

    def strike(self, use: Use) -> Collision | None:
        if not isinstance(use, PythonUse):
            return None
        reach = find_reach(self.whole, self.is_method, use.origin, use.path)
        if reach is None:
            return None
        if self.after is None:
            return self._gone(use, reach)
        if self.before is None or use.call is None:
            return None
        misfit = find_misfit(self.before, self.after, use.call)
        if misfit is None:
            return None
        here, there = show_path(self.path), show_path(use.path)
        return Collision("signature", f"{{here}} changes what {self.label} takes ({here}): it {misfit}; "
                                      f"{{there}} newly calls {reach.words} in {there}")  # fmt: skip

    def _gone(self, use: PythonUse, reach: Reach) -> Collision:
        here, there = show_path(self.path), show_path(use.path)
        said = f"{{here}} deletes or renames {self.label} ({here}), and {{there}} newly uses {reach.words} in {there}"
        return Collision("deleted-name", said)


class Python:
    """Python's files."""

    name = "python"

    def handles(self, path: bytes) -> bool:
        return path.endswith((b".py", b".pyi"))

    def parse(self, path: bytes, content: bytes) -> Outline:  # noqa: ARG002 - the content says it all
        return read_outline(content)

    def compare(self, path: bytes, before: Any, after: Any) -> Facts:
        module, is_package = dotted(path), path.endswith(b"/__init__.py")
        changes = {change.key: change for change in _changes(path, before, after)}
        breaks: dict[str, list[Break]] = {}
        for each in _breaks(path, module, before, after):
            breaks.setdefault(each.whole.rpartition(".")[2], []).append(each)
        old, new = (find_mentions(each, module, is_package=is_package) if each else [] for each in (before, after))
        uses: dict[str, list[Use]] = {}
        for mention in newly_used(old, new):
            uses.setdefault(mention.name, []).append(_use(path, mention))
        return Facts(changes, breaks, uses)


def _use(path: bytes, mention: Mention) -> PythonUse:
    return PythonUse(path, mention.lines, mention.origin, mention.call)


def _changes(path: bytes, before: Outline | None, after: Outline | None) -> Iterator[Change]:
    old, new = before.definitions if before else {}, after.definitions if after else {}
    place = path.decode("utf-8", "surrogateescape")
    for names in {**old, **new}:
        was, now = old.get(names), new.get(names)
        if was and now and (was.text == now.text or was.state == now.state):
            continue
        state = now.state if now else REMOVED
        yield Change("function", ("function", place, *names), state, path, _label(names), was is None,
                     was.lines if was else None, now.lines if now else None)  # fmt: skip


def _label(names: tuple[str, ...]) -> str:
    return f"class {'.'.join(names[:-1])}" if names[-1] == OWN_BODY else f"{'.'.join(names)}()"


def _breaks(path: bytes, module: str, before: Outline | None, after: Outline | None) -> Iterator[PythonBreak]:
    if before is None:
        return
    if after is None:
        yield PythonBreak(path, module, f"the module {module.rpartition('.')[2]}", False, None, None)
        return
    yield from _gone_names(path, module, before, after)
    for names, was in before.definitions.items():
        now = after.definitions.get(names)
        is_in_reach = len(names) == 1 or (len(names) == 2 and names[0] in before.members)
        if now and is_in_reach and was.signature and now.signature and was.signature != now.signature:
            yield _changed_signature(path, module, names, (was, now), (was.signature, now.signature))


def _changed_signature(
    path: bytes, module: str, names: tuple[str, ...], found: tuple[Definition, Definition], taken: tuple[Signature, ...]
) -> PythonBreak:
    is_making = len(names) == 2 and names[1] == "__init__"
    if is_making:
        names, taken = names[:1], tuple(_made(each) for each in taken)
    was, now = found
    whole, label = ".".join([module, *names]), f"{'.'.join(names)}()"
    return PythonBreak(path, whole, label, len(names) == 2, taken[0], taken[1], was.lines, now.lines)


def _made(signature: Signature) -> Signature:
    """What a class takes when it is called, from its `__init__`."""
    return Signature(
        signature.positional[1:], max(signature.by_name_from - 1, 0), max(signature.needed - 1, 0),
        signature.takes_more, signature.names, signature.needed_names, signature.takes_any_name, signature.form,
    )  # fmt: skip


def _gone_names(path: bytes, module: str, before: Outline, after: Outline) -> Iterator[PythonBreak]:
    if not after.is_open and not before.is_open:
        for name in sorted(before.names - after.names):
            was = _lines(before, (name,))
            yield PythonBreak(path, f"{module}.{name}", name, False, None, None, was)
    elsewhere = {name for names in after.members.values() for name in names}
    for owner, members in before.members.items():
        for name in sorted(members - after.members.get(owner, members) - elsewhere):
            was = _lines(before, (owner, name))
            yield PythonBreak(path, f"{module}.{owner}.{name}", f"{owner}.{name}", True, None, None, was)


def _lines(outline: Outline, names: tuple[str, ...]) -> LineRange | None:
    found = outline.definitions.get(names) or outline.definitions.get((*names, OWN_BODY))
    return found.lines if found else None
