"""Which modules have to be read beside the changed ones, so that what they import and pass on is known."""

import ast
import re
from collections.abc import Iterable, Mapping

from agentgrid.integration.common_code.naming import ModuleName, packages_above
from agentgrid.integration.common_code.sources import parse

_Names = Mapping[tuple[str, ...], bytes]


def find_neighbours(
    changed: Iterable[bytes], sides: Iterable[Mapping[bytes, str]], names: Mapping[bytes, ModuleName]
) -> set[bytes]:
    """The changed modules, all that they import of common code, however far, modules that speak of them (those may
    pass their names on), and the packages that they are in. What this Python can't read is left out."""
    sides, by_name = list(sides), _by_name(names)
    found = {path for path in changed if path in names}
    near = _speaking(found, sides, names)
    left = list(found)
    while left:
        path = left.pop()
        imported = {each for side in sides if path in side for each in _imports(side[path], names[path], by_name)}
        left += imported - found
        found |= imported
    found |= near
    found |= {above for path in found for above in packages_above(path) if above in names}
    return {path for path in found if all(parse(side[path]) is not None for side in sides if path in side)}


def _speaking(
    changed: Iterable[bytes], sides: Iterable[Mapping[bytes, str]], names: Mapping[bytes, ModuleName]
) -> set[bytes]:
    words = "|".join({names[path].parts[-1] for path in changed})
    spoken = re.compile(rf"\b(?:{words})\b") if words else None
    return {
        path
        for side in sides
        for path, text in side.items()
        if spoken is not None and path in names and "import" in text and spoken.search(text)
    }


def _by_name(names: Mapping[bytes, ModuleName]) -> _Names:
    """Every way to say a module, from the top of its import path on and shorter: `services.common.cache`,
    `common.cache`. The longest wins where two have one."""
    found: dict[tuple[str, ...], bytes] = {}
    for path, name in names.items():
        for start in range(len(name.parts)):
            key = name.parts[start:]
            if start == 0 or key not in found:
                found[key] = path
    return found


def _imports(text: str, name: ModuleName, by_name: _Names) -> Iterable[bytes]:
    tree = parse(text)
    for node in ast.walk(tree) if tree is not None else ():
        if isinstance(node, ast.ImportFrom):
            source = _source(node, name)
            said = [source, *((*source, each.name) for each in node.names)]
        elif isinstance(node, ast.Import):
            said = [tuple(each.name.split(".")) for each in node.names]
        else:
            continue
        yield from (by_name[each] for each in said if each in by_name)


def _source(node: ast.ImportFrom, name: ModuleName) -> tuple[str, ...]:
    module = tuple(node.module.split(".")) if node.module else ()
    if not node.level:
        return module
    up = node.level - 1 if name.is_package else node.level
    package = name.parts[: len(name.parts) - up] if up else name.parts
    return (*package, *module)
