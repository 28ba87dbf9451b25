"""Alembic's revisions: read as a chain, told, named provisionally, given their places."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from agentgrid.errors import InputError
from agentgrid.integration.migrations.styles.chain import Incoming
from agentgrid.integration.migrations.styles.registry import style_for
from support import lineages
from support.alembic_lineages import chain_files, revision
from support.lineages import Files, place_all, require_whole

ALEMBIC = style_for("alembic")


def submit(files: Files, first: int, number: int) -> list[Incoming]:
    return lineages.submit(ALEMBIC, files, first, number, "alembic")


def heads_of(files: Files) -> tuple[str, ...]:
    return ALEMBIC.read_chain(files).heads


def test_a_lineage_is_read_in_the_order_in_which_it_runs() -> None:
    files = {
        b"zz_first.py": revision("zz", None),
        b"aa_last.py": revision("aa", "mm"),
        b"mm_second.py": revision("mm", "zz"),
        b"900000012_bb_mine.py": revision("bb", "mm"),
        b"__init__.py": b"",
    }
    chain = require_whole(ALEMBIC.read_chain(files))
    assert [(each.key, each.parents) for each in chain.entries] == [
        ("zz", ()),
        ("mm", ("zz",)),
        ("aa", ("mm",)),
        ("bb", ("mm",)),
    ]
    assert (chain.heads, chain.next_number) == (("aa",), 4)
    assert [each.is_provisional for each in chain.entries] == [False, False, False, True]


@pytest.mark.parametrize(
    "text",
    [
        'revision = "a"\ndown_revision = None\n',
        'revision: str = "a"\ndown_revision: str | None = None\n',
        "revision = 'a'; down_revision = None\n",
        'revision = ("a")\ndown_revision = ()\n',
    ],
)
def test_every_way_to_set_a_variable_is_read(text: str) -> None:
    [entry] = ALEMBIC.read_chain({b"x.py": text.encode()}).entries
    assert (entry.key, entry.parents) == ("a", ())


def test_two_heads_are_told() -> None:
    files = {**chain_files("aa", "bb"), b"cc.py": revision("cc", "aa")}
    assert heads_of(files) == ("bb", "cc")
    assert heads_of({**files, b"dd.py": revision("dd", ("bb", "cc"))}) == ("dd",)


@pytest.mark.parametrize(
    ("files", "broken"),
    [
        ({b"a.py": revision("aa", "gone")}, "a.py follows gone, which isn't there"),
        ({b"a.py": revision("aa", "bb"), b"b.py": revision("bb", "aa")}, "aa → bb → aa follow one another"),
        ({b"a.py": b"X = 1\n"}, "a.py has no revision"),
        (
            {b"a.py": b"revision = 'a'\ndown_revision = find()\n"},
            "a.py:2: down_revision isn't a string, a tuple of strings or None",
        ),
    ],
)
def test_what_does_not_hang_together_is_told(files: Files, broken: str) -> None:
    assert broken in ALEMBIC.read_chain(files).broken


def test_one_id_in_two_files_is_double() -> None:
    files = {b"a.py": revision("aa", None), b"b.py": revision("aa", None)}
    assert ALEMBIC.read_chain(files).doubles == ((b"a.py", b"b.py"),)


def test_one_number_in_two_names_is_double() -> None:
    files = {b"0001_aa_x.py": revision("aa", None), b"0001_bb_y.py": revision("bb", "aa")}
    assert ALEMBIC.read_chain(files).doubles == ((b"0001_aa_x.py", b"0001_bb_y.py"),)


def test_a_missing_number_is_a_gap_where_all_are_counted() -> None:
    assert ALEMBIC.read_chain({b"a.py": revision("0001", None), b"b.py": revision("0003", "0001")}).gaps == (2,)
    assert ALEMBIC.read_chain({**chain_files("aa"), b"b.py": revision("0003", "aa")}).gaps == ()


def test_only_versions_are_read_where_there_is_a_directory_of_them() -> None:
    files = {
        b"env.py": b"import x\n",
        b"helper.py": b"X = 1\n",
        b"versions/a.py": revision("aa", None),
        b"versions/2026/b.py": revision("bb", "aa"),
        b"versions/__pycache__/c.py": b"",
    }
    chain = require_whole(ALEMBIC.read_chain(files))
    assert [each.files for each in chain.entries] == [(b"versions/a.py",), (b"versions/2026/b.py",)]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"revision = 'a'\ndef f(:\n", "x.py:2: invalid syntax"),
        (b"revision = 'a'\n\n\0", "x.py:3: there is a NUL in it"),
        (b"x = 1\nrevision = '\xe4'\n", "x.py:2: this is not UTF-8"),
        (b"x = 1\n\n\nrevision = '\xe4'\n", "x.py:4: this is not UTF-8"),
        (b"# coding: ascii\nrevision = '\xe4'\n", "x.py:2: this is not ASCII"),
        (b"# coding: hex\nrevision = 'a'\n", "x.py:1: 'hex' is not a text encoding"),
        ("revision = 'a'\n".encode("utf-16"), "x.py:1: "),
        (b"# coding: nonsense\n", "x.py:1: unknown encoding: nonsense"),
        (b"x = " + b"-" * 200_000 + b"1", "x.py:1: this is nested too deeply to be read"),
    ],
)
def test_a_file_that_python_can_not_read_is_refused_with_its_line(content: bytes, message: str) -> None:
    with pytest.raises(InputError) as caught:
        ALEMBIC.read_chain({b"x.py": content})
    assert caught.value.message.startswith(message)


def test_an_escape_that_python_will_refuse_one_day_is_no_obstacle() -> None:
    assert heads_of({b"x.py": b"revision = 'a'\ndown_revision = None\nX = '\\d'\n"}) == ("a",)


# Given their places


def test_chains_of_three_agents_become_one() -> None:
    base = chain_files("aa", "bb")
    a1 = {b"c1_x.py": revision("c1", "bb"), b"c2_x.py": revision("c2", "c1")}
    a2 = {b"d1_x.py": revision("d1", "bb")}
    a3 = {b"e1_x.py": revision("e1", "aa"), b"e2_x.py": revision("e2", "e1", depends="e1")}
    placed = place_all(ALEMBIC, base, submit(a1, 1, 3) + submit(a2, 3, 5) + submit(a3, 4, 6), "alembic")
    chain = require_whole(ALEMBIC.read_chain(placed))
    assert [(each.key, *each.parents) for each in chain.entries][2:] == [
        ("c1", "bb"), ("c2", "c1"), ("d1", "c2"), ("e1", "d1"), ("e2", "e1")
    ]  # fmt: skip
    assert placed[b"c1_x.py"] == a1[b"c1_x.py"]
    assert placed[b"d1_x.py"] == revision("d1", "c2")


def test_a_counted_lineage_counts_on() -> None:
    base = chain_files("0001", "0002")
    a1 = {b"0003_x.py": revision("0003", "0002"), b"0004_y.py": revision("0004", "0003", depends=("0003",))}
    a2 = {b"0003_z.py": revision("0003", "0002")}
    waiting = submit(a2, 8, 3) + submit(a1, 9, 4)
    assert [list(each.files) for each in waiting] == [[b"900000008_z.py"], [b"900000009_x.py"], [b"900000010_y.py"]]
    placed = place_all(ALEMBIC, base, waiting, "alembic")
    assert placed == base | {
        b"0003_z.py": revision("0003", "0002", table="t_0003"),
        b"0004_x.py": revision("0004", "0003", table="t_0003"),
        b"0005_y.py": revision("0005", "0004", table="t_0004", depends=("0004",)),
    }


def test_a_hash_in_a_counted_lineage_becomes_a_number() -> None:
    placed = place_all(ALEMBIC, chain_files("007"), submit({b"abc_x.py": revision("abc", "007")}, 1, 8), "alembic")
    assert heads_of(placed) == ("008",)
    assert b"008_x.py" in placed


def test_a_number_in_a_lineage_of_hashes_stays_one() -> None:
    placed = place_all(ALEMBIC, chain_files("aa"), submit({b"0007_x.py": revision("0007", "aa")}, 1, 2), "alembic")
    assert placed[b"0002_x.py"] == revision("0002", "aa", table="t_0007")


def test_an_id_that_the_lineage_has_is_numbered() -> None:
    mine = {b"bb_mine.py": revision("bb", "aa"), b"cc_mine.py": revision("cc", "bb")}
    placed = place_all(ALEMBIC, chain_files("aa", "bb"), submit(mine, 1, 3), "alembic")
    assert placed[b"0003_mine.py"] == revision("0003", "bb", table="t_bb")
    assert placed[b"cc_mine.py"] == revision("cc", "0003")


@pytest.mark.parametrize(
    ("base", "own", "waiting", "expected"),
    [
        ("{}_add.py", b"abc_x.py", b"900000012_abc_x.py", b"abc_x.py"),
        ("2026_11_25_1015-{}_add.py", b"2026_11_26_1015-abc_x.py", b"900000012_2026_11_26_1015-abc_x.py", None),
        ("20261125_{}_add.py", b"20261126_abc_x.py", b"900000012_20261126_abc_x.py", b"20261126_abc_x.py"),
        ("0006_{}_add.py", b"0007_abc_x.py", b"900000012_abc_x.py", b"0007_abc_x.py"),
        ("0006-{}.py", b"0001-abc.py", b"900000012-abc.py", b"0007-abc.py"),
        ("0006_{}_add.py", b"abc_x.py", b"900000012_abc_x.py", b"0007_abc_x.py"),
        ("{}_add.py", b"2026/abc_x.py", b"2026/900000012_abc_x.py", b"2026/abc_x.py"),
        ("{}_add.py", b"x.py", b"900000012_x.py", b"x.py"),
    ],
)
def test_a_file_keeps_the_pattern_of_its_name(base: str, own: bytes, waiting: bytes, expected: bytes | None) -> None:
    before = {base.format("aa").encode(): revision("aa", None)}
    name, content, key = ALEMBIC.provisional(own, revision("abc", "aa"), 12, {})
    assert (name, content, key) == (waiting, revision("abc", "aa"), "abc")
    placed = place_all(ALEMBIC, before, [Incoming("m12", "x", 7, {name: content})], "alembic")
    assert placed.keys() - before.keys() == {expected or own}


def test_a_counted_id_after_a_date_is_followed_in_the_name() -> None:
    base = {b"2026_11_25-0001_a.py": revision("0001", None)}
    placed = place_all(ALEMBIC, base, submit({b"2026_11_26-0002_b.py": revision("0002", "0001")}, 5, 2), "alembic")
    assert placed[b"2026_11_26-0002_b.py"] == revision("0002", "0001")


def test_the_first_revision_of_a_lineage_follows_nothing() -> None:
    mine = chain_files("aa", "bb")
    assert place_all(ALEMBIC, {}, submit(mine, 1, 1), "alembic") == mine


def test_a_merge_revision_merges_the_heads_that_there_are() -> None:
    base = {**chain_files("aa", "bb"), b"cc.py": revision("cc", "aa"), b"dd.py": revision("dd", "bb")}
    mine = {b"ee.py": revision("ee", ("bb", "cc")), b"ff.py": revision("ff", "ee")}
    placed = place_all(ALEMBIC, base, submit(mine, 1, 5), "alembic")
    assert placed[b"ee.py"] == revision("ee", ("cc", "dd"))
    assert heads_of(placed) == ("ff",)


def test_a_merge_of_what_became_one_chain_is_no_merge_any_more() -> None:
    mine = {b"cc.py": revision("cc", "aa"), b"dd.py": revision("dd", "aa"), b"ee.py": revision("ee", ("cc", "dd"))}
    placed = place_all(ALEMBIC, chain_files("aa"), submit(mine, 1, 2), "alembic")
    assert placed[b"ee.py"] == revision("ee", "dd")


@pytest.mark.parametrize(
    ("base", "mine", "message"),
    [
        (
            {**chain_files("aa"), b"b.py": revision("bb", "aa"), b"c.py": revision("cc", "aa")},
            [revision("dd", "bb")],
            "alembic has 2 heads: bb, cc",
        ),
        (chain_files("aa"), [revision("dd", "gone")], "m1: 900000001_0.py follows gone, which alembic doesn't have"),
        (chain_files("aa"), [revision("dd", "ee"), revision("ee", "aa")], "m1 follows m2, which comes after it"),
        (chain_files("aa"), [revision("dd", "dd")], "m1 follows itself"),
        (
            chain_files("aa"),
            [b"revision = 'x'\ndown_revision = f()\n"],
            "900000001_0.py:2: down_revision isn't a string, a tuple of strings or None",
        ),
        (chain_files("aa"), [b"x = 1\n"], "900000001_0.py: there is no `revision` in it"),
        (
            {b"a.py": revision("aa", "aa")},
            [revision("dd", "aa")],
            "alembic: aa → aa follow one another",
        ),
        (
            {b"a.py": b"revision = 'aa'\ndown_revision = None\nbranch_labels = 'x'\n"},
            [b"revision = 'x'\ndown_revision = 'aa'\nbranch_labels = ('x',)\n"],
            "m1: the branch label x is that of a.py already",
        ),
        (chain_files("0005"), [revision("dd", "0005")], "m1 is to get number 2, and the lineage has 5 already"),
        ({b"0.py": revision("aa", None)}, [revision("dd", "aa")], "0.py is in the lineage already"),
        (
            chain_files("aa", "bb"),
            [b"revision = 'x'\nif True:\n    down_revision = 'aa'\n"],
            "900000001_0.py: down_revision isn't set at the top of the file",
        ),
        (
            chain_files("aa", "bb"),
            [b"\x0crevision = 'x'\ndown_revision = 'aa'\n"],
            "900000001_0.py: this can't be written back byte for byte",
        ),
    ],
)  # fmt: skip
def test_what_has_no_place_is_refused(base: Files, mine: list[bytes], message: str) -> None:
    incoming = [
        Incoming(f"m{at + 1}", "x", at + 2, {f"90000000{at + 1}_{at}.py".encode(): content})
        for at, content in enumerate(mine)
    ]
    with pytest.raises(InputError) as caught:
        ALEMBIC.place(base, incoming, "alembic")
    assert caught.value.message.startswith(message)


# Rewriting


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"revision = 'zz'\ndown_revision = 'aa'  # why\n", b"revision = 'zz'\ndown_revision = 'bb'  # why\n"),
        (b'revision = "zz"\ndown_revision = "aa"\n', b'revision = "zz"\ndown_revision = "bb"\n'),
        (b"revision = 'zz'\ndown_revision = None\n", b"revision = 'zz'\ndown_revision = 'bb'\n"),
        (b'revision = "zz"\ndown_revision = None\n', b'revision = "zz"\ndown_revision = "bb"\n'),
        (b"revision = 'zz'\r\ndown_revision = 'aa'\r\n\r\n", b"revision = 'zz'\r\ndown_revision = 'bb'\r\n\r\n"),
        (b"revision = 'zz'\ndown_revision = 'aa'", b"revision = 'zz'\ndown_revision = 'bb'"),
        (
            b"\xef\xbb\xbfrevision = 'zz'\ndown_revision = 'aa'\n",
            b"\xef\xbb\xbfrevision = 'zz'\ndown_revision = 'bb'\n",
        ),
        (
            b"# -*- coding: latin-1 -*-\nX = '\xe4'\nrevision = 'zz'\ndown_revision = 'aa'\n",
            b"# -*- coding: latin-1 -*-\nX = '\xe4'\nrevision = 'zz'\ndown_revision = 'bb'\n",
        ),
        (
            b"revision = 'zz'\ndown_revision: Union[str, None] = ('aa')\n",
            b"revision = 'zz'\ndown_revision: Union[str, None] = ('bb')\n",
        ),
        (b"revision = 'zz'\ndown_revision = ('aa',)\n", b"revision = 'zz'\ndown_revision = ('bb',)\n"),
        (b"revision = 'zz'; down_revision = 'aa'\n", b"revision = 'zz'; down_revision = 'bb'\n"),
        (b"revision = 'zz'\ndown_revision = 'a' 'a'\n", b"revision = 'zz'\ndown_revision = 'bb'\n"),
        (
            b'"""x\n\nRevision ID: zz\nRevises: aa\n"""\nrevision = "zz"\ndown_revision = "aa"\n',
            b'"""x\n\nRevision ID: zz\nRevises: bb\n"""\nrevision = "zz"\ndown_revision = "bb"\n',
        ),
        (
            b'"""x\r\nRevises:\r\n"""\r\nrevision = "zz"\r\ndown_revision = None\r\n',
            b'"""x\r\nRevises: bb\r\n"""\r\nrevision = "zz"\r\ndown_revision = "bb"\r\n',
        ),
    ],
)  # fmt: skip
def test_only_what_it_follows_is_changed(old: bytes, new: bytes) -> None:
    base = chain_files("aa", "bb")
    placed = place_all(ALEMBIC, base, [Incoming("m1", "x", 3, {b"900000001_zz.py": old})], "alembic")
    assert placed[b"zz.py"] == new


def test_references_follow_while_files_wait() -> None:
    _, changed, key = ALEMBIC.provisional(
        b"0008_y.py", revision("0008", "0007", depends="0007"), 13, {"0007": "900000012"}
    )
    assert key == "900000013"
    assert changed == revision("900000013", "900000012", depends="900000012", table="t_0008")


# What a file tells


def told(upgrade: str, downgrade: str = "pass", head: str = "") -> tuple[tuple[str, ...], tuple[str, ...], bool]:
    text = (
        f'"""Add things"""\nrevision = "zz"\ndown_revision = "aa"\n{head}'
        f"def upgrade():\n    {upgrade}\ndef downgrade():\n    {downgrade}\n"
    )
    found = ALEMBIC.tell(b"zz.py", text.encode(), "alembic")
    assert (found.key, found.parents, found.title) == ("zz", ("aa",), "Add things")
    return found.objects, found.destructive, found.is_reversible


@pytest.mark.parametrize(
    ("upgrade", "objects"),
    [
        (
            'op.create_table("users", sa.Column("id", sa.Integer()), sa.Column("email"))',
            ("users", "users.email", "users.id"),
        ),
        ('op.add_column("users", sa.Column("email", sa.Text()))', ("users", "users.email")),
        ('op.add_column(table_name="users", column=sa.Column("email"))', ("users", "users.email")),
        ('op.alter_column("users", "email", new_column_name="mail")', ("users", "users.email", "users.mail")),
        ('op.create_index(op.f("ix"), "users", ["email", "id"])', ("users", "users.email", "users.id")),
        ('op.drop_index("ix", table_name="users")', ("users",)),
        ('op.create_foreign_key("fk", "orders", "users", ["user_id"], ["id"])', ("orders", "orders.user_id", "users")),
        ('op.rename_table("users", "people")', ("people", "users")),
        ('op.drop_constraint("fk", "users")', ("users",)),
        (
            'with op.batch_alter_table("users") as b:\n        b.add_column(sa.Column("email"))',
            ("users", "users.email"),
        ),
        ("op.add_column(TABLE, sa.Column(name))", ()),
        ("print(1)", ()),
    ],
)  # fmt: skip
def test_operations_name_what_they_touch(upgrade: str, objects: tuple[str, ...]) -> None:
    assert told(upgrade)[0] == objects


@pytest.mark.parametrize(
    ("upgrade", "destructive"),
    [
        ('op.drop_table("users")', ("drops users (line 6)",)),
        ('op.drop_column("users", "email")', ("drops users.email (line 6)",)),
        ('with op.batch_alter_table("users") as b:\n        b.drop_column("email")', ("drops users.email (line 7)",)),
        ("_drop()", ("drops users (line 4)",)),
        ("op.drop_table(TABLE)", ("drops a table (line 6)",)),
        ('op.create_table("users")', ()),
    ],
)
def test_operations_that_lose_data_are_told_with_their_line(upgrade: str, destructive: tuple[str, ...]) -> None:
    head = 'def _drop(): op.drop_table("users")\n'
    assert told(upgrade, 'op.drop_table("other")', head)[1] == destructive


@pytest.mark.parametrize(
    ("downgrade", "is_reversible"),
    [
        ('op.drop_table("users")', True),
        ("pass", False),
        ('"""Nothing."""', False),
        ("...", False),
        ("return", False),
        ("raise NotImplementedError", False),
        ('"""No."""\n    raise RuntimeError("no way back")', False),
    ],
)
def test_a_downgrade_that_does_nothing_is_no_way_back(downgrade: str, is_reversible: bool) -> None:
    assert told('op.create_table("users")', downgrade)[2] is is_reversible


def test_literal_sql_is_told_at_its_line() -> None:
    text = b"""revision = 'zz'
down_revision = None
CLEAN = "DELETE FROM users"
def upgrade():
    op.execute("CREATE TABLE a (id int)")
    op.execute(sa.text('''
        DROP TABLE b;
    '''))
    op.execute(CLEAN)
    op.execute(f"DROP TABLE {name}")
    op.get_bind().execute(sa.text("SELECT 1"))
def downgrade():
    op.execute("DROP TABLE a")
"""
    found = ALEMBIC.tell(b"zz.py", text, "alembic")
    lines = found.sql_up.split("\n")
    assert lines[4] == "CREATE TABLE a (id int);"
    assert lines[6].strip() == "DROP TABLE b;"
    assert lines[8] == "DELETE FROM users;"
    assert lines[10] == "SELECT 1;"
    assert found.sql_down.split("\n")[12] == "DROP TABLE a;"


# Whatever comes

NAMES = some.sampled_from(["{}_x.py", "2026_11_26_1015-{}_x.py", "0003_{}_x.py", "versions/{}_x.py"])
CHAINS = some.lists(some.tuples(some.integers(1, 3), NAMES, some.booleans()), max_size=4)


@settings(deadline=None)
@given(counted=some.booleans(), length=some.integers(0, 5), names=NAMES, chains=CHAINS, data=some.data())
def test_whatever_comes_becomes_one_chain(
    counted: bool, length: int, names: str, chains: list[tuple[int, str, bool]], data: some.DataObject
) -> None:
    ids = [f"{at:04d}" if counted else f"a{at}{'f' * 9}" for at in range(1, length + 1)]
    base = {
        names.format(id_).replace("0003_", f"{at:04d}_", 1 if "0003_{}" in names else 0).encode(): revision(id_, before)
        for at, (id_, before) in enumerate(zip(ids, [None, *ids], strict=False), 1)
    }
    incoming: list[Incoming] = []
    for agent, (size, own_names, own_counted) in enumerate(chains):
        fork = data.draw(some.integers(0, length))
        follows = ids[fork - 1] if fork else None
        own: Files = {}
        for at in range(size):
            id_ = f"{fork + at + 1:04d}" if own_counted else f"b{agent}{at}{'e' * 8}"
            directory = "versions/" if names.startswith("versions/") else ""
            own[(directory + own_names.removeprefix("versions/").format(id_)).encode()] = revision(id_, follows)
            follows = id_
        incoming += submit(own, len(incoming) + 1, length + len(incoming) + 1)
    placed = place_all(ALEMBIC, base, incoming, "alembic")
    chain = ALEMBIC.read_chain(placed)
    assert (chain.doubles, chain.broken) == ((), ())
    assert len(chain.heads) == (1 if placed else 0)
    assert len(chain.entries) == len(placed) == length + len(incoming)
    parents = [each.parents for each in chain.entries]
    assert parents == [(), *((each.key,) for each in chain.entries[:-1])][: len(parents)]
