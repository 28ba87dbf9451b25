"""Lineages of migrations in memory: made, placed, read again."""

from collections.abc import Mapping, Sequence

from agentgrid.boundaries.migrations.names import parse_name
from agentgrid.integration.migrations.styles.chain import Chain, Incoming, Placement, Style

Files = dict[bytes, bytes]


def after(files: Mapping[bytes, bytes], placement: Placement) -> Files:
    """The lineage's files once `placement` is made."""
    left = {name: content for name, content in files.items() if name not in placement.remove}
    return left | dict(placement.write)


def submit(style: Style, files: Files, first: int, number: int, path: str) -> list[Incoming]:
    """An agent's own migrations, in order, as requests from m<first> on that get numbers from `number` on."""
    renamed: dict[str, str] = {}
    made = []
    for at, (name, content) in enumerate(files.items()):
        waiting, changed, key = style.provisional(name, content, first + at, renamed, path)
        renamed[style.tell(name, content, path).key] = key
        made.append(Incoming(f"m{first + at}", "x", number + at, {waiting: changed}))
    return made


def place_all(style: Style, files: Mapping[bytes, bytes], incoming: Sequence[Incoming], path: str) -> Files:
    """The lineage with `incoming` in it; holds what always must hold of a placement."""
    placement = style.place(files, incoming, path)
    assert placement == style.place(dict(reversed(list(files.items()))), incoming, path)
    support = {b"max_migration.txt"}
    assert not placement.write.keys() & (files.keys() - support)
    assert not set(placement.remove) & files.keys()
    placed = after({**files, **{name: each.files[name] for each in incoming for name in each.files}}, placement)
    for each in placement.placed:
        assert each.file in placed
    assert all((parts := parse_name(name)) is None or not parts.is_provisional for name in placed)
    nothing = style.place(placed, [], path)
    assert (nothing.write.keys() - support, nothing.remove, nothing.placed) == (set(), (), ())
    return placed


def require_whole(chain: Chain) -> Chain:
    """The same chain; one head at most, nothing double or missing or broken."""
    assert len(chain.heads) <= 1
    assert (chain.doubles, chain.gaps, chain.broken) == ((), (), ())
    return chain
