"""What of a public API broke, by griffe's comparison, and what griffe leaves out: names that a package passes on, names
that leave `__all__`, functions that have to be awaited, another name for the same thing."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from agentgrid.integration.common_code.breakages import Place, read_breakage
from agentgrid.integration.common_code.loading import Loaded
from agentgrid.integration.common_code.model import Break, Change

if TYPE_CHECKING:
    import griffe


def compare_sides(before: Loaded, after: Loaded) -> list[Break]:
    """Every public name of `before` that `after` breaks, by file and line."""
    found: dict[str, Break] = {}
    for key, old in before.tops.items():
        root, _ = key
        place = Place(root, before, after)
        for each in _compare(place, old, after.tops.get(key)):
            known = found.get(each.symbol)
            found[each.symbol] = replace(known, changes=(*known.changes, *each.changes)) if known else each
    return sorted(found.values(), key=lambda each: (each.path, each.line, each.symbol))


def _compare(place: Place, old: "griffe.Module", new: "griffe.Module | None") -> Iterator[Break]:
    import griffe

    if new is None:
        yield from place.gone_modules(old)
        return
    for module in (*_modules(old), *_modules(new)):
        _show_names_passed_on(module)
        _follow_other_names(module)
    place.moved.update(_stand_in(old, new))
    breakages = list(griffe.find_breaking_changes(old, new))
    gone = {each.obj.path for each in breakages if each.kind is griffe.BreakageKind.OBJECT_REMOVED}
    for each in breakages:
        if not _is_inherited(each.obj, gone):
            yield from read_breakage(place, old, each)
    yield from _find_unseen(place, old, new)


def _modules(top: "griffe.Module") -> Iterator["griffe.Module"]:
    yield top
    for each in top.modules.values():
        if not each.is_alias:
            yield from _modules(each)


def _show_names_passed_on(module: "griffe.Module") -> None:
    """`from .cache import get` in an `__init__` without `__all__` is how most packages make a name theirs."""
    if not module.is_init_module or module.exports:
        return
    for name, member in module.members.items():
        if member.is_alias and not name.startswith("_") and _is_resolved(member):
            member.public = True


def _is_resolved(alias: "griffe.Object | griffe.Alias") -> bool:
    import griffe

    try:
        return bool(alias.final_target) if isinstance(alias, griffe.Alias) else False
    except (griffe.AliasResolutionError, griffe.CyclicAliasError):
        return False


def _follow_other_names(module: "griffe.Module") -> None:
    """`Old = New` is the same thing under another name, no constant."""
    import griffe

    for name, member in list(module.members.items()):
        if not isinstance(member, griffe.Attribute) or not isinstance(member.value, griffe.ExprName):
            continue
        target = module.members.get(member.value.name)
        if target is not None and target is not member and (target.is_class or target.is_function):
            known = target if isinstance(target, griffe.Object) else target.final_target
            module.set_member(name, griffe.Alias(name, known, lineno=member.lineno, parent=module))


def _stand_in(old: "griffe.Module", new: "griffe.Module") -> Iterator[tuple[str, str]]:
    """Puts what an import or another name leads to where the thing itself was before: griffe compares only what is of
    one sort. Its path now, its path before."""
    for name, was in old.members.items():
        now = new.members.get(name)
        if now is None or was.is_alias:
            continue
        if was.is_module and not now.is_alias and now.is_module:
            yield from _stand_in(was, now)  # type: ignore[arg-type]
        elif _is_resolved(now) and now.kind is was.kind and not was.is_module:
            new.members[name] = now.final_target  # type: ignore[union-attr]
            yield new.members[name].path, was.path


def _is_inherited(obj: "griffe.Object | griffe.Alias", gone: set[str]) -> bool:
    """Whether it is gone only because its base class lost it, which is told there."""
    import griffe

    return isinstance(obj, griffe.Alias) and obj.inherited and obj.target_path in gone


def _find_unseen(place: Place, old: "griffe.Module", new: "griffe.Module") -> Iterator[Break]:
    for name, member in old.members.items():
        now = new.members.get(name)
        if now is None or not member.is_public:
            continue
        if (
            old.exports
            and new.exports
            and name not in _names(new.exports)
            and not (member.is_module and not member.is_alias)
        ):
            yield place.changed(now, member, Change("not-exported", "is no longer in `__all__`"))
        yield from _find_unseen_member(place, member, now)


def _find_unseen_member(
    place: Place, old: "griffe.Object | griffe.Alias", new: "griffe.Object | griffe.Alias"
) -> Iterator[Break]:
    import griffe

    if isinstance(old, griffe.Module) and isinstance(new, griffe.Module):
        yield from _find_unseen(place, old, new)
    elif isinstance(old, griffe.Class) and isinstance(new, griffe.Class):
        for name, member in old.members.items():
            if member.is_public and name in new.members:
                yield from _find_unseen_member(place, member, new.members[name])
    elif isinstance(old, griffe.Function) and isinstance(new, griffe.Function):
        was, now = "async" in old.labels, "async" in new.labels
        if was != now:
            words = "has to be awaited now" if now else "can't be awaited any more"
            yield place.changed(new, old, Change("form", words))


def _names(exports: "Iterable[str | griffe.ExprName]") -> set[str]:
    return {each if isinstance(each, str) else each.name for each in exports}
