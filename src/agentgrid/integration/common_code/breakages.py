"""One of griffe's breakages in our words: where it stands in the repository, and under which names it is used."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from agentgrid.integration.common_code.loading import Loaded
from agentgrid.integration.common_code.model import Break, Change, Kind

if TYPE_CHECKING:
    import griffe

    Named = griffe.Object | griffe.Alias

_KINDS: dict[str, Kind] = {
    "PARAMETER_MOVED": "parameter-moved",
    "PARAMETER_REMOVED": "parameter-removed",
    "PARAMETER_CHANGED_KIND": "parameter-kind",
    "PARAMETER_CHANGED_DEFAULT": "parameter-default",
    "PARAMETER_CHANGED_REQUIRED": "parameter-required",
    "PARAMETER_ADDED_REQUIRED": "parameter-added",
    "OBJECT_CHANGED_KIND": "kind",
    "ATTRIBUTE_CHANGED_TYPE": "attribute-type",
    "ATTRIBUTE_CHANGED_VALUE": "attribute-value",
    "CLASS_REMOVED_BASE": "base-removed",
}
_MAKERS = frozenset({"__init__", "__new__"})
_LONGEST = 40


@dataclass(frozen=True)
class Place:
    """Where two sides are compared: modules below `root`. `moved`: path of what stands elsewhere now → its path
    before."""

    root: bytes
    before: Loaded
    after: Loaded
    moved: dict[str, str] = field(default_factory=dict)

    def gone_modules(self, module: "Named") -> Iterator[Break]:
        """A module that is gone, with all in it; of a folder that is no package, each module in it."""
        if str(module.filepath) in self.before.files:
            yield self._make(module, module, self.before, Change("removed", "is gone"))
            return
        for each in module.modules.values():
            if not each.is_alias:
                yield from self.gone_modules(each)

    def gone(self, old: "Named") -> Break:
        """A name that is gone."""
        return self._make(old, old, self.before, Change("removed", "is gone"))

    def changed(self, new: "Named", old: "Named", change: Change) -> Break:
        """A name that is another thing now."""
        return self._make(new, old, self.after, change)

    def _make(self, shown: "Named", old: "Named", side: Loaded, change: Change) -> Break:
        is_module = old.is_module and not old.is_alias
        module = _module_of(shown)
        path = side.files.get(str(module.filepath), b"")
        line = getattr(shown, "alias_lineno", None) or shown.lineno
        names = () if is_module else tuple(old.path[len(_module_of(old).path) + 1 :].split("."))
        owner = old.parent
        is_method = owner is not None and owner.is_class
        is_maker = is_method and old.name in _MAKERS
        used = owner if is_maker and owner is not None else old
        return Break(
            old.path, path, line or 1, (change,), path, names, self._wholes(used),
            is_gone=side is self.before, is_module=is_module, is_method=is_method and not is_maker,
        )  # fmt: skip

    def _wholes(self, old: "Named") -> tuple[str, ...]:
        """Its names from the top of the repository on; through packages that pass it on as well."""
        names = [old.path, *_aliases(old)]
        owner = old.parent
        if owner is not None and owner.is_class:
            names += [f"{each}.{old.name}" for each in _aliases(owner)]
        root = self.root.decode("utf-8", "surrogateescape").replace("/", ".")
        return tuple(dict.fromkeys(f"{root}.{name}" if root else name for name in names))


def read_breakage(place: Place, top: "griffe.Module", breakage: "griffe.Breakage") -> Iterator[Break]:
    """What broke; nothing for what only an annotation says (a return type that is no longer written down)."""
    kind = breakage.kind.name
    if kind == "OBJECT_REMOVED":
        is_module = breakage.obj.is_module and not breakage.obj.is_alias
        yield from place.gone_modules(breakage.obj) if is_module else [place.gone(breakage.obj)]
    elif kind in _KINDS:
        change = Change(_KINDS[kind], _tell(kind, breakage.old_value, breakage.new_value))
        yield place.changed(breakage.obj, _find_old(place, top, breakage.obj), change)


def _module_of(named: "Named") -> "griffe.Module":
    """The module that a name stands in; an imported name stands in the one that imports it."""
    import griffe

    each: griffe.Object | griffe.Alias | None = named
    while each is not None and (each.is_alias or not each.is_module):
        each = each.parent
    assert isinstance(each, griffe.Module)
    return each


def _find_old(place: Place, top: "griffe.Module", new: "Named") -> "Named":
    path = new.path
    for now, was in place.moved.items():
        if path == now or path.startswith(now + "."):
            path = was + path[len(now) :]
            break
    try:
        found: Named = top.modules_collection[path]
    except KeyError:
        return new
    return found


def _aliases(old: "Named") -> list[str]:
    return [path for path in old.aliases if path != old.path]


def _tell(kind: str, old: Any, new: Any) -> str:
    name = getattr(old or new, "name", "")
    if kind == "PARAMETER_CHANGED_KIND":
        return f"takes {name} as {new.kind.value} now"
    if kind == "PARAMETER_CHANGED_DEFAULT":
        return f"takes {_cut(new.default)} for {name} by default, no longer {_cut(old.default)}"
    if kind == "OBJECT_CHANGED_KIND":
        return f"is {_one(new.value)} now, no longer {_one(old.value)}"
    if kind == "CLASS_REMOVED_BASE":
        return f"no longer derives from {_lost(old, new)}"
    return {
        "PARAMETER_MOVED": f"takes {name} in another place",
        "PARAMETER_REMOVED": f"takes no {name} any more",
        "PARAMETER_CHANGED_REQUIRED": f"has no default for {name} any more",
        "PARAMETER_ADDED_REQUIRED": f"needs {name}",
        "ATTRIBUTE_CHANGED_TYPE": "is of another type",
        "ATTRIBUTE_CHANGED_VALUE": "has another value",
    }[kind]


def _one(noun: str) -> str:
    return f"an {noun}" if noun[:1] in "aeiou" else f"a {noun}"


def _cut(value: object) -> str:
    text = " ".join(str(value).split())
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


def _lost(old: list[Any], new: list[Any]) -> str:
    kept = {str(each) for each in new}
    lost = [str(each) for each in old if str(each) not in kept]
    return " and ".join(lost or [str(each) for each in old])
