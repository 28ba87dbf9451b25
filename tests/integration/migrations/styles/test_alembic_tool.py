"""Alembic itself, on SQLite, agrees with what the style makes of three agents' chains."""

import re
from pathlib import Path

import pytest

from agentgrid.integration.migrations.styles.chain import Incoming
from agentgrid.integration.migrations.styles.registry import style_for
from support import lineages
from support.alembic_lineages import alembic, chain_files, make_environment, revision
from support.lineages import Files, place_all

ALEMBIC = style_for("alembic")


def submit(files: Files, first: int, number: int) -> list[Incoming]:
    return lineages.submit(ALEMBIC, files, first, number, "alembic")


def three_agents(*, counted: bool) -> tuple[Files, list[Incoming]]:
    """(base, requests): chains of two, one and three, all begun at the same head."""
    ids = [f"{at:04d}" for at in range(1, 6)] if counted else [f"{letter}1b2c3d4e5f6" for letter in "abcde"]
    base = chain_files(*ids[:2])
    head = ids[1]
    a1 = {b"%b_x.py" % ids[2].encode(): revision(ids[2], head, table="x1"),
          b"%b_y.py" % ids[3].encode(): revision(ids[3], ids[2], table="x2", depends=ids[2])}  # fmt: skip
    a2 = {b"2026/%b_z.py" % ids[2].encode(): revision(ids[2], head, table="y1")}
    a3 = {b"%b_u.py" % ids[2].encode(): revision(ids[2], ids[0], table="z1"),
          b"%b_v.py" % ids[3].encode(): revision(ids[3], ids[2], table="z2"),
          b"%b_w.py" % ids[4].encode(): revision(ids[4], ids[3], table="z3", depends=(ids[2], ids[0]))}  # fmt: skip
    return base, [*submit(a1, 1, 3), *submit(a2, 3, 5), *submit(a3, 4, 6)]


TABLES = ["x1", "x2", "y1", "z1", "z2", "z3"]


@pytest.mark.parametrize("counted", [True, False])
def test_alembic_runs_what_was_placed_up_and_down(tmp_path: Path, *, counted: bool) -> None:
    base, incoming = three_agents(counted=counted)
    placed = place_all(ALEMBIC, base, incoming, "alembic/versions")
    chain = ALEMBIC.read_chain(placed)
    tables = [*(f"t_{each.key}" for each in chain.entries[:2]), *TABLES]
    place = make_environment(tmp_path / "app", placed, tables)

    assert alembic(place, "heads") == f"{chain.heads[0]} (head)"
    history = re.findall(r"-> (\w+)", alembic(place, "history"))
    assert history == [each.key for each in reversed(chain.entries)]
    alembic(place, "upgrade", "head")
    assert alembic(place, "current") == f"{chain.heads[0]} (head)"
    assert alembic(place, "check") == "No new upgrade operations detected."
    alembic(place, "downgrade", "-6")
    assert alembic(place, "current") == chain.entries[1].key
    alembic(place, "upgrade", "head")
    alembic(place, "downgrade", "base")
    assert alembic(place, "current") == ""


def test_alembic_runs_a_waiting_file_after_what_there_is(tmp_path: Path) -> None:
    base = chain_files("0001", "0002")
    waiting = {name: content for each in submit({b"0003_x.py": revision("0003", "0002", table="x1"),
                                                 b"0004_y.py": revision("0004", "0003", table="x2")}, 12, 3)
               for name, content in each.files.items()}  # fmt: skip
    place = make_environment(tmp_path / "app", base | waiting, ["t_0001", "t_0002", "x1", "x2"])
    assert alembic(place, "heads") == "900000013 (head)"
    alembic(place, "upgrade", "head")
    assert alembic(place, "check") == "No new upgrade operations detected."


def test_alembic_merges_with_a_placed_merge_revision(tmp_path: Path) -> None:
    base = {**chain_files("aa", "bb"), b"cc.py": revision("cc", "aa"), b"dd.py": revision("dd", "bb")}
    place = make_environment(tmp_path / "before", base, [])
    assert len(alembic(place, "heads").splitlines()) == 2
    placed = place_all(ALEMBIC, base, submit({b"ee.py": revision("ee", ("bb", "cc"))}, 1, 5), "alembic/versions")
    place = make_environment(tmp_path / "after", placed, [f"t_{each}" for each in ("aa", "bb", "cc", "dd", "ee")])
    assert alembic(place, "heads") == "ee (head)"
    alembic(place, "upgrade", "head")
    assert alembic(place, "check") == "No new upgrade operations detected."


DATED = "%%(year)d_%%(month).2d_%%(day).2d_%%(hour).2d%%(minute).2d-%%(rev)s_%%(slug)s"


@pytest.mark.parametrize("file_template", ["%%(rev)s_%%(slug)s", DATED])
def test_what_alembic_makes_for_three_agents_becomes_one_chain(tmp_path: Path, file_template: str) -> None:
    base = made_by_alembic(tmp_path / "base", {}, file_template, "first")
    incoming: list[Incoming] = []
    for agent in (1, 2, 3):
        mine = made_by_alembic(tmp_path / f"a{agent}", base, file_template, f"Add {agent}", f"and then {agent}")
        incoming += submit(mine, 2 * agent, 2 * agent)
    placed = place_all(ALEMBIC, base, incoming, "alembic/versions")
    assert placed.keys() == {*base, *(name.partition(b"_")[2] for each in incoming for name in each.files)}
    place = make_environment(tmp_path / "all", placed, [])
    chain = ALEMBIC.read_chain(placed)
    assert alembic(place, "heads") == f"{chain.heads[0]} (head)"
    alembic(place, "upgrade", "head")
    assert alembic(place, "check") == "No new upgrade operations detected."
    alembic(place, "downgrade", "base")


def test_what_alembic_merges_gets_its_place(tmp_path: Path) -> None:
    base = {**chain_files("aa", "bb"), b"cc.py": revision("cc", "aa")}
    place = make_environment(tmp_path / "before", base, [])
    alembic(place, "merge", "heads", "-m", "merge")
    [merge] = (place / "alembic" / "versions").glob("*_merge.py")
    placed = place_all(ALEMBIC, base, submit({merge.name.encode(): merge.read_bytes()}, 1, 4), "alembic/versions")
    assert placed[merge.name.encode()] == merge.read_bytes()
    place = make_environment(tmp_path / "after", placed, ["t_aa", "t_bb", "t_cc"])
    assert len(alembic(place, "heads").splitlines()) == 1
    alembic(place, "upgrade", "head")
    assert alembic(place, "check") == "No new upgrade operations detected."


def made_by_alembic(place: Path, base: Files, file_template: str, *messages: str) -> Files:
    """The files that `alembic revision` makes on top of `base`, in their order."""
    make_environment(place, base, [])
    with (place / "alembic.ini").open("a") as settings:
        settings.write(f"file_template = {file_template}\n")
    made: Files = {}
    for message in messages:
        alembic(place, "revision", "-m", message)
        files = {file.name.encode(): file.read_bytes() for file in (place / "alembic" / "versions").glob("*.py")}
        made |= {name: content for name, content in files.items() if name not in base and name not in made}
    return made
