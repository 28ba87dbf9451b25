"""Pairs are looked at beyond lines: found in a real grid, gathered once, kept, gathered again where lost."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from agentgrid.boundaries.migrations.lineages import LineagePlace
from agentgrid.config.places import grid_directory
from agentgrid.git.tree_changes import Changes
from agentgrid.grid import Grid
from agentgrid.integration.conflicts import looking_beyond
from agentgrid.integration.conflicts.beyond.facts import Facts
from agentgrid.integration.conflicts.beyond.gathering import Memo, facts_of
from agentgrid.integration.conflicts.beyond.remembering import Unreadable, decode_facts, encode_facts
from agentgrid.integration.conflicts.model import Pair
from support.grids import ORDERS, GridSandbox, make_grid
from support.repositories import Sandbox

COMMON = "services/common/cache.py"
BEFORE = "def expire(key):\n    return key\n\n\n" + "x = 1\n" * 20


@pytest.fixture
def duo(tmp_path: Path) -> GridSandbox:
    grid = make_grid(tmp_path / "shop")
    grid.main.commit("Start", **{COMMON: BEFORE})
    for desk in grid.desks.values():
        desk.git("-c", "core.hooksPath=/dev/null", "merge", "--quiet", "main")
    desks = grid.desks
    desks["a1"].write(COMMON, BEFORE.replace("expire(key):", "expire(key, ttl):"))
    desks["a2"].write(ORDERS, "from services.common.cache import expire\n\nexpire('k')\n")
    return grid


def pair_of(main: Sandbox) -> Pair:
    found = {(pair.a, pair.b): pair for pair in Grid.open(main.path).integration.pairs()}
    return found["a1", "a2"]


def kept_in(grid: GridSandbox) -> Path:
    return grid_directory(grid.repository) / "cache" / "beyond.json"


def test_a_call_of_a_signature_that_another_agent_changed_is_an_overlap(duo: GridSandbox) -> None:
    pair = pair_of(duo.main)

    assert pair.level == "overlap"
    assert [(each.path, each.kind) for each in pair.files] == [(COMMON.encode(), "signature")]
    assert "a1" in pair.files[0].reason
    assert "a2" in pair.files[0].reason


def test_sides_that_did_not_move_are_not_gathered_again(duo: GridSandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    first = pair_of(duo.main)
    gathered: list[object] = []
    real = looking_beyond._gather_side

    def watched(changes: Changes, content: dict[bytes, bytes], lineages: Sequence[LineagePlace], memo: Memo) -> Facts:
        gathered.append(sorted(changes))
        return real(changes, content, lineages, memo)

    monkeypatch.setattr(looking_beyond, "_gather_side", watched)

    assert pair_of(duo.main) == first
    assert gathered == []
    duo.desks["a2"].write(ORDERS, "from services.common.cache import expire\n\nexpire('k', 2)\n")
    assert pair_of(duo.main).level == "clean"
    assert gathered == [[ORDERS.encode()]]


@pytest.mark.parametrize("broken", ["", "{", "[]", '{"x": 1}', "everything"])
def test_what_is_broken_there_is_gathered_again(duo: GridSandbox, broken: str) -> None:
    first = pair_of(duo.main)
    file = kept_in(duo)
    file.write_text(file.read_text().replace("PythonBreak", "Popen") if broken == "everything" else broken)

    assert pair_of(duo.main) == first


def test_facts_are_the_same_after_they_were_kept() -> None:
    after = BEFORE.replace("expire(key):", "expire(key, *, ttl=None):") + "import os\nos.getcwd()\n"
    for path, old, new in [(b"a.py", BEFORE, after), (b"a.py", BEFORE, None), (b"a.json", '{"k": 1}', '{"k": 2}')]:
        facts = facts_of(path, old.encode(), new.encode() if new is not None else None)
        again = decode_facts(encode_facts(facts))
        assert dict(again.changes) == dict(facts.changes)
        assert {name: tuple(found) for name, found in facts.uses.items()} == dict(again.uses)
        assert {name: tuple(found) for name, found in facts.breaks.items()} == dict(again.breaks)


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{}", '{"changes": [1], "breaks": {}, "uses": {}}', '{"changes": [], "breaks": {"x": [1]}, "uses": {}}',
     '{"changes": [{"Popen": ["ls"]}], "breaks": {}, "uses": {}}', "[" * 100_000],
)  # fmt: skip
def test_what_was_not_written_by_us_is_not_read(text: str) -> None:
    with pytest.raises(Unreadable):
        decode_facts(text)
