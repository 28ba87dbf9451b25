"""An app's migrations as one chain, with what squashed migrations replace left out of its heads. Pure.

Source: django.db.migrations.graph (`remove_replaced_nodes`: who depended on a replaced one depends on its successor).
"""

from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations

from agentgrid.boundaries.migrations.lineages import is_django_migration
from agentgrid.git.paths import show_path
from agentgrid.integration.migrations.styles.chain import Chain, Entry
from agentgrid.integration.migrations.styles.django.migration import (
    Migration,
    describe_unclear,
    read_migration,
)
from agentgrid.integration.migrations.styles.ordering import find_cycle, find_gaps, order_by_parents

DJANGOS_OWN = frozenset({"admin", "auth", "contenttypes", "flatpages", "redirects", "sessions", "sites"})


def read_migrations(files: Mapping[bytes, bytes]) -> list[Migration]:
    """Every migration file, by name."""
    return [read_migration(name, files[name]) for name in sorted(files) if is_django_migration(name)]


def find_label(migrations: Sequence[Migration], preferred: str | None) -> str | None:
    """The app's label: `preferred` if the files depend on one another by it, or by no label; else the label by which
    most of them do. Another app may have migrations of the same names, so Django's own apps don't count."""
    names = {each.name for each in migrations}
    claims: dict[str, set[str]] = {}
    used: dict[str, set[str]] = {}
    replaced = {label for each in migrations for label, _ in each.replaces}
    for each in migrations:
        for label, name in (*each.dependencies, *each.replaces, *each.run_before):
            if name != each.name and not name.startswith("__"):
                used.setdefault(label, set()).add(each.name)
            if name != each.name and name in names:
                claims.setdefault(label, set()).add(name)
    if preferred in claims or preferred in replaced:
        return preferred
    possible = sorted(claims.keys() - DJANGOS_OWN or (claims if preferred is None else ()))
    if not possible:
        return preferred
    return max(possible, key=lambda each: (each in replaced, len(used[each]), len(claims[each])))


def chain_of(migrations: Iterable[Migration], label: str | None) -> Chain:
    """The chain that they make, as the app `label`."""
    ordered = _sorted(migrations)
    named = {each.name: each for each in ordered if each.has_class}
    runs_after = _runs_after(named, label)
    order, is_possible = order_by_parents(list(named), runs_after)
    entries = [
        Entry(name, _number(named[name]), (named[name].file,), named[name].own(named[name].dependencies, label),
              named[name].is_provisional)
        for name in order
    ]  # fmt: skip
    entries.sort(key=lambda each: each.is_provisional)
    given = [named[each.key] for each in entries if not each.is_provisional]
    cycle = () if is_possible else find_cycle(named, runs_after)
    broken = _broken(ordered, named, label)
    if cycle:
        broken.append(f"{' → '.join([*cycle, cycle[0]])} follow one another")
    return Chain(tuple(entries), leaves_of(given, label), _doubles(given, label), _gaps(given), tuple(broken))


def leaves_of(migrations: Iterable[Migration], label: str | None) -> tuple[str, ...]:
    """What nothing follows of them, waiting ones among them if they are."""
    return _heads([each for each in _sorted(migrations) if each.has_class], label)


def _sorted(migrations: Iterable[Migration]) -> list[Migration]:
    return sorted(
        migrations, key=lambda each: (each.is_provisional, each.leading is None, each.leading or 0, each.name)
    )


def _runs_after(named: Mapping[str, Migration], label: str | None) -> dict[str, set[str]]:
    after = {name: set(each.own(each.dependencies, label)) for name, each in named.items()}
    for name, each in named.items():
        after[name] |= set(each.own(each.replaces, label)) - {name}
        for later in each.own(each.run_before, label):
            after.setdefault(later, set()).add(name)
    return after


def _heads(given: Sequence[Migration], label: str | None) -> tuple[str, ...]:
    """What nothing follows, once each squashed migration stands for those that it replaces."""
    successor = {old: each.name for each in given for old in each.own(each.replaces, label) if old != each.name}
    standing = [each for each in given if each.name not in successor]
    followed: set[str] = set()
    for each in standing:
        for name in each.own(each.dependencies, label):
            seen: set[str] = set()
            while name in successor and name not in seen:  # a squashed one may be squashed again
                seen.add(name)
                name = successor[name]  # noqa: PLW2901 - followed to its end
            followed.add(name)
        followed |= {each.name for _ in each.own(each.run_before, label)}
    return tuple(each.name for each in standing if each.name not in followed)


def _number(each: Migration) -> int | None:
    """The number that it counts for: a squashed one for the last that it stands for."""
    return each.leading if each.squashed_to is None else each.squashed_to


def _doubles(given: Sequence[Migration], label: str | None) -> tuple[tuple[bytes, bytes], ...]:
    """A squashed one may have the numbers of those that it replaces, which stand beside it for a while."""
    names = {each.name for each in given}
    of_number: dict[int, list[Migration]] = {}
    for each in given:
        number = _number(each)
        is_beside = each.squashed_to is not None and not names.isdisjoint(each.own(each.replaces, label))
        if number is not None and not is_beside:
            of_number.setdefault(number, []).append(each)
    return tuple(
        (first.file, second.file)
        for _, several in sorted(of_number.items())
        for first, second in combinations(sorted(several, key=lambda each: each.file), 2)
    )


def _gaps(given: Sequence[Migration]) -> tuple[int, ...]:
    """Numbers that none has; told only where every name has one."""
    covered: list[int] = []
    for each in given:
        if each.leading is None:
            return ()
        covered += range(each.leading, (each.squashed_to or each.leading) + 1)
    return find_gaps(covered)


def _broken(ordered: Sequence[Migration], named: Mapping[str, Migration], label: str | None) -> list[str]:
    replaced = {name for each in ordered for name in each.own(each.replaces, label)}
    told: list[str] = []
    for each in ordered:
        shown = show_path(each.file)
        if not each.has_class:
            told.append(f"{shown} has no class Migration")
        if each.unclear:
            told.append(describe_unclear(each))
        told += [
            f"{shown} follows {name}, which isn't there"
            for name in each.own(each.dependencies, label)
            if name not in named and name not in replaced
        ]
    return told
