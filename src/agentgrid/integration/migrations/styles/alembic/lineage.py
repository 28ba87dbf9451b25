"""A lineage of revisions as one chain: its order, its heads, and what doesn't hang together. Pure."""

from collections.abc import Iterable, Mapping

from agentgrid.boundaries.migrations.lineages import is_alembic_revision
from agentgrid.git.paths import show_path
from agentgrid.integration.migrations.styles.alembic.revision import (
    Revision,
    describe_unclear,
    read_revision,
)
from agentgrid.integration.migrations.styles.chain import Chain, Entry
from agentgrid.integration.migrations.styles.ordering import find_cycle, find_gaps, order_by_parents


def read_revisions(files: Mapping[bytes, bytes]) -> list[Revision]:
    """Every revision file, by name. A Python file beside `versions/` is no revision."""
    names = sorted(name for name in files if is_alembic_revision(name))
    if any(b"versions" in name.split(b"/")[:-1] for name in names):
        names = [name for name in names if b"versions" in name.split(b"/")[:-1]]
    return [read_revision(name, files[name]) for name in names]


def chain_of(revisions: Iterable[Revision]) -> Chain:
    """The chain that they make."""
    named = [each for each in revisions if each.id]
    named.sort(key=lambda each: (each.is_provisional, each.number is None, each.number or 0, each.name))
    by_id: dict[str, Revision] = {}
    for each in named:
        by_id.setdefault(each.id, each)
    parents = {key: (*each.follows, *each.depends_on) for key, each in by_id.items()}
    order, is_possible = order_by_parents(list(by_id), parents)
    given = [each for each in named if not each.is_provisional]
    entries = _entries(order, named)
    followed = {key for each in given for key in each.follows}
    heads = tuple(each.key for each in entries if not each.is_provisional and each.key not in followed)
    numbers = [each.number for each in entries if not each.is_provisional]
    cycle = () if is_possible else find_cycle(by_id, parents)
    return Chain(
        entries, tuple(dict.fromkeys(heads)), _doubles(given), find_gaps(numbers) if None not in numbers else (),
        (*_broken(revisions, by_id), *([f"{' → '.join([*cycle, cycle[0]])} follow one another"] if cycle else [])),
    )  # fmt: skip


def _entries(order: Iterable[str], named: Iterable[Revision]) -> tuple[Entry, ...]:
    """In their order, what is provisional last."""
    of_id: dict[str, list[Revision]] = {}
    for each in named:
        of_id.setdefault(each.id, []).append(each)
    found = [
        Entry(key, None if each.is_provisional else each.number, (each.name,), each.follows, each.is_provisional)
        for key in order
        for each in of_id[key]
    ]
    return tuple(sorted(found, key=lambda each: each.is_provisional))


def _doubles(given: Iterable[Revision]) -> tuple[tuple[bytes, bytes], ...]:
    first: dict[str | int, bytes] = {}
    doubles: list[tuple[bytes, bytes]] = []
    for each in given:
        known = first.setdefault(each.id, each.name)
        if known == each.name and each.number is not None:
            known = first.setdefault(each.number, each.name)
        if known != each.name:
            doubles.append((known, each.name))
    return tuple(doubles)


def _broken(revisions: Iterable[Revision], by_id: Mapping[str, Revision]) -> list[str]:
    told: list[str] = []
    for each in revisions:
        shown = show_path(each.name)
        if each.unclear:
            told.append(describe_unclear(each))
        elif not each.id:
            told.append(f"{shown} has no revision")
        told += [f"{shown} follows {key}, which isn't there" for key in each.follows if key not in by_id]
    return told
