"""The commits of the sample repository: services change by themselves, with their neighbours, with common code."""

import random
from collections.abc import Iterator
from dataclasses import dataclass

from support.sample_tree import COMMON_FILES, MIGRATIONS, Service, Tree, migration_text, module_text

_HOUR_S = 3600


@dataclass(frozen=True, slots=True)
class Change:
    """One commit: who (an area's name), what it says, how long after the last one, the files it writes."""

    author: str
    message: str
    after_s: int
    files: dict[str, str]


def plan_history(tree: Tree, commits: int, seed: int) -> list[Change]:
    """`commits` changes: the first writes the whole tree, the others each touch a few files of one area.

    Four in ten touch common code of that area too, one in eight adds a migration, so that what changes together
    can be read from the history.
    """
    first = Change("core", "Start", 0, tree.all_files())
    return [first, *_later_changes(tree, commits - 1, random.Random(seed + 1))]


def _later_changes(tree: Tree, count: int, dice: random.Random) -> Iterator[Change]:
    owned = [service for service in tree.services if service.area is not None]
    migration = sum(path.startswith(f"{MIGRATIONS}/") for service in owned for path in service.files)
    for number in range(1, count + 1):
        service = dice.choice(owned)
        assert service.area is not None
        files = dict(_edits(service, dice))
        message = f"{service.area}: work on {service.name} ({number})"
        if dice.random() < 0.3:
            neighbour = dice.choice([other for other in owned if other.area == service.area])
            files.update(_edits(neighbour, dice))
        if dice.random() < 0.4:
            files.update(_common_edit(service.area, number, dice))
        if dice.random() < 0.125:
            migration += 1
            path, sql = migration_text(migration, dice)
            files[path] = sql
        yield Change(service.area, message, dice.randint(1, 5) * _HOUR_S, files)


def _edits(service: Service, dice: random.Random) -> Iterator[tuple[str, str]]:
    modules = [path for path in service.files if path.endswith(".py") and service.files[path].startswith('"""')]
    modules = modules or [f"services/{service.name}/first.py"]
    for path in dice.sample(modules, min(dice.randint(1, 5), len(modules))):
        yield path, module_text(path.rsplit("/", 1)[1].removesuffix(".py"), dice)


def _common_edit(area: str, number: int, dice: random.Random) -> Iterator[tuple[str, str]]:
    names = [name for name, its_area in COMMON_FILES.items() if its_area == area and "__init__" not in name]
    name = dice.choice(names)
    text = module_text(name.removesuffix(".py").replace("/", " "), dice)
    yield f"services/common/{name}", f"{text}\n\nREVISION = {number}\n"
