"""Django's migrations: read as a chain, told, named provisionally, given their places."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from agentgrid.errors import InputError
from agentgrid.integration.migrations.styles.chain import Incoming
from agentgrid.integration.migrations.styles.django.rewriting import rename_references
from agentgrid.integration.migrations.styles.registry import style_for
from support import lineages
from support.django_lineages import chain_files, migration
from support.lineages import Files, place_all, require_whole

DJANGO = style_for("django")
PATH = "services/shop/migrations"


def submit(files: Files, first: int, number: int) -> list[Incoming]:
    return lineages.submit(DJANGO, files, first, number, PATH)


def written(lists: str, *, head: str = "", ending: str = "") -> bytes:
    return f"{head}class Migration(migrations.Migration):\n{lists}    operations = []\n{ending}".encode()


# Read


def test_a_lineage_is_read_in_the_order_in_which_it_runs() -> None:
    files = {
        **chain_files("0001_initial", "0002_b", "0010_c"),
        b"900000012_mine.py": migration("X", "0010_c"),
        b"__init__.py": b"",
        b"_helper.py": b"X = 1\n",
        b"max_migration.txt": b"0010_c\n",
        b"sub/0003_x.py": b"",
    }
    chain = DJANGO.read_chain(files)
    assert [(each.key, each.number, each.parents) for each in chain.entries] == [
        ("0001_initial", 1, ()),
        ("0002_b", 2, ("0001_initial",)),
        ("0010_c", 10, ("0002_b",)),
        ("900000012_mine", None, ("0010_c",)),
    ]
    assert (chain.heads, chain.next_number, chain.gaps, chain.broken) == (("0010_c",), 11, (3, 4, 5, 6, 7, 8, 9), ())


def test_other_apps_migrations_of_the_same_name_are_no_parents() -> None:
    files = {
        b"0001_initial.py": migration("A", ("auth", "0001_initial")),
        b"0002_b.py": migration("B", "0001_initial", ("auth", "0001_initial"), ("auth", "0012_x")),
        b"0003_c.py": migration("C", "0002_b", ("billing", "0002_b")),
    }
    chain = require_whole(DJANGO.read_chain(files))
    assert [each.parents for each in chain.entries] == [(), ("0001_initial",), ("0002_b",)]


@pytest.mark.parametrize(
    "lists",
    [
        "    dependencies = [('shop', '0001_a')]\n",
        "    dependencies = (('shop', '0001_a'),)\n",
        "    dependencies: list[tuple[str, str]] = [('shop', '0001_a')]\n",
        "    dependencies = [migrations.swappable_dependency(settings.AUTH_USER_MODEL), ('shop', '0001_a')]\n",
        "    dependencies = [('auth', '__first__')] + [('shop', '0001_a')]\n",
    ],
)
def test_every_way_to_list_is_read(lists: str) -> None:
    chain = require_whole(DJANGO.read_chain({**chain_files("0001_a"), b"0002_b.py": written(lists)}))
    assert chain.entries[1].parents == ("0001_a",)


def test_an_unknown_parent_is_told_though_another_apps_names_are_known() -> None:
    files = {
        b"0001_initial.py": migration("A", ("accounts", "0001_initial")),
        b"0002_b.py": migration("B", ("accounts", "0001_initial"), "0001_initial"),
        b"0003_c.py": migration("C", "0002_gone"),
    }
    assert DJANGO.read_chain(files).broken == ("0003_c.py follows 0002_gone, which isn't there",)


def test_two_leaves_are_told_and_a_merge_ends_them() -> None:
    files = {**chain_files("0001_a", "0002_b"), b"0002_c.py": migration("C", "0001_a")}
    chain = DJANGO.read_chain(files)
    assert (chain.heads, chain.doubles) == (("0002_b", "0002_c"), ((b"0002_b.py", b"0002_c.py"),))
    assert DJANGO.read_chain({**files, b"0003_m.py": migration("M", "0002_b", "0002_c")}).heads == ("0003_m",)


SQUASHED = "    replaces = [('shop', '0001_a'), ('shop', '0002_b')]\n    dependencies = []\n"


def test_a_squashed_migration_stands_for_those_that_it_replaces() -> None:
    files = {**chain_files("0001_a", "0002_b", "0003_c"), b"0001_squashed_0002_b.py": written(SQUASHED)}
    chain = require_whole(DJANGO.read_chain(files))
    assert (chain.heads, chain.next_number) == (("0003_c",), 4)
    assert DJANGO.read_chain(
        {**chain_files("0001_a", "0002_b"), b"0001_squashed_0002_b.py": written(SQUASHED)}
    ).heads == ("0001_squashed_0002_b",)


def test_numbers_that_were_squashed_are_no_gap() -> None:
    files = {
        b"0001_squashed_0004_x.py": migration("A"),
        b"0005_y.py": migration("B", "0001_squashed_0004_x"),
    }
    chain = require_whole(DJANGO.read_chain(files))
    assert (chain.heads, chain.next_number) == (("0005_y",), 6)


def test_run_before_is_an_order_too() -> None:
    files = {b"0001_z.py": migration("Z"), b"0002_a.py": written("    run_before = [('shop', '0001_z')]\n")}
    chain = DJANGO.read_chain(files)
    assert [each.key for each in chain.entries] == ["0002_a", "0001_z"]


@pytest.mark.parametrize(
    ("files", "broken"),
    [
        ({**chain_files("0001_a", "0002_b"), b"0003_c.py": migration("C", "0002_gone", "0002_b")},
         "0003_c.py follows 0002_gone, which isn't there"),
        ({b"0001_a.py": migration("A", "0002_b"), b"0002_b.py": migration("B", "0001_a")},
         "0001_a → 0002_b → 0001_a follow one another"),
        ({b"0001_a.py": b"X = 1\n"}, "0001_a.py has no class Migration"),
        ({b"0001_a.py": written("    dependencies = find()\n")}, "0001_a.py:2: dependencies isn't a list of literals"),
    ],
)  # fmt: skip
def test_what_does_not_hang_together_is_told(files: Files, broken: str) -> None:
    assert broken in DJANGO.read_chain(files).broken


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"x = 1\nclass Migration(:\n", "0001_a.py:2: invalid syntax"),
        (b"x = 1\n\0", "0001_a.py:2: there is a NUL in it"),
        (b"x = '\xe4'\n", "0001_a.py:1: this is not UTF-8"),
    ],
)
def test_a_file_that_python_can_not_read_is_refused_with_its_line(content: bytes, message: str) -> None:
    with pytest.raises(InputError) as caught:
        DJANGO.read_chain({b"0001_a.py": content})
    assert caught.value.message.startswith(message)


# Given their places


def test_chains_of_three_agents_become_one() -> None:
    base = {**chain_files("0001_initial", "0002_b"), b"max_migration.txt": b"0002_b\n"}
    a1 = {b"0003_x.py": migration("X", "0002_b"), b"0004_y.py": migration("Y", "0003_x", ("auth", "0003_x"))}
    a2 = {b"0003_x.py": migration("Z", ("auth", "0001_initial"), "0002_b")}
    a3 = {b"0002_u.py": migration("U", "0001_initial")}
    placed = place_all(DJANGO, base, submit(a2, 1, 3) + submit(a3, 2, 4), PATH)
    placed = place_all(DJANGO, placed, submit({b"0003_x.py": a1[b"0003_x.py"]}, 3, 5), PATH)
    assert placed == base | {
        b"0003_x.py": migration("Z", ("auth", "0001_initial"), "0002_b"),
        b"0004_u.py": migration("U", "0003_x"),
        b"0005_x.py": migration("X", "0004_u"),
        b"max_migration.txt": b"0005_x\n",
    }
    require_whole(DJANGO.read_chain(placed))


def test_a_chain_keeps_its_order_and_its_references_follow() -> None:
    mine = {
        b"0002_x.py": migration("X", "0001_a"),
        b"0003_y.py": migration("Y", ("auth", "0009_z"), "0002_x"),
        b"0004_z.py": migration("Z", "0003_y", "0002_x"),
    }
    placed = place_all(DJANGO, chain_files("0001_a", "0002_b"), submit(mine, 8, 3), PATH)
    assert {name: placed[name] for name in (b"0003_x.py", b"0004_y.py", b"0005_z.py")} == {
        b"0003_x.py": migration("X", "0002_b"),
        b"0004_y.py": migration("Y", ("auth", "0009_z"), "0003_x"),
        b"0005_z.py": migration("Z", "0004_y"),
    }


@pytest.mark.parametrize(
    ("base", "own", "waiting", "expected"),
    [
        (b"0006_x.py", b"0007_add.py", b"900000012_add.py", b"0007_add.py"),
        (b"006_x.py", b"7_add.py", b"900000012_add.py", b"007_add.py"),
        (b"0006_x.py", b"add_users.py", b"900000012_add_users.py", b"0007_add_users.py"),
        (b"0006_x.py", b"0001_squashed_0003_x.py", b"900000012_squashed_0003_x.py", b"0007_squash_0003_x.py"),
        (b"initial.py", b"0002_add.py", b"900000012_add.py", b"0007_add.py"),
        (b"0006_x.py", b"0007.py", b"900000012.py", b"0007.py"),
    ],
)
def test_a_file_gets_the_next_number(base: bytes, own: bytes, waiting: bytes, expected: bytes) -> None:
    before = {base: migration("A")}
    content = migration("B", base.removesuffix(b".py").decode())
    assert DJANGO.provisional(own, content, 12, {}) == (waiting, content, waiting.removesuffix(b".py").decode())
    placed = place_all(DJANGO, before, [Incoming("m12", "x", 7, {waiting: content})], PATH)
    assert placed.keys() - before.keys() == {expected}


def test_the_first_migrations_of_an_app_get_the_first_numbers() -> None:
    mine = {b"0001_initial.py": migration("A", ("auth", "0001_initial")), b"0002_b.py": migration("B", "0001_initial")}
    assert place_all(DJANGO, {}, submit(mine, 1, 1), PATH) == mine


def test_an_apps_own_label_is_found_where_its_directory_is_called_otherwise() -> None:
    base = {b"0001_initial.py": migration("A", ("auth", "0001_initial")),
            b"0002_b.py": migration("B", ("store", "0001_initial"))}  # fmt: skip
    mine = {b"0002_x.py": migration("X", ("store", "0001_initial"), ("auth", "0001_initial"))}
    placed = place_all(DJANGO, base, submit(mine, 1, 3), PATH)
    assert placed[b"0003_x.py"] == migration("X", ("store", "0002_b"), ("auth", "0001_initial"))


def test_another_apps_migration_of_the_same_name_is_left_alone() -> None:
    mine = {b"0002_x.py": migration("X", "0001_a", ("billing", "0001_a"), ("billing", "0002_x"))}
    placed = place_all(DJANGO, chain_files("0001_a", "0002_b"), submit(mine, 1, 3), PATH)
    assert placed[b"0003_x.py"] == migration("X", "0002_b", ("billing", "0001_a"), ("billing", "0002_x"))


def test_a_merge_migration_follows_every_leaf() -> None:
    base = {
        **chain_files("0001_a", "0002_b"),
        b"0002_c.py": migration("C", "0001_a"),
        b"0003_d.py": migration("D", "0002_c"),
    }
    placed = place_all(DJANGO, base, submit({b"0003_merge.py": migration("M", "0002_b", "0002_c")}, 1, 4), PATH)
    assert placed[b"0004_merge.py"] == migration("M", "0002_b", "0003_d")


def test_a_squashed_migration_keeps_what_it_replaces() -> None:
    squashed = written(SQUASHED)
    placed = place_all(
        DJANGO, chain_files("0001_a", "0002_b"), submit({b"0001_squashed_0002_b.py": squashed}, 1, 3), PATH
    )
    assert placed[b"0003_squash_0002_b.py"] == squashed
    placed = place_all(DJANGO, placed, submit({b"0003_c.py": migration("C", "0002_b")}, 2, 4), PATH)
    assert placed[b"0004_c.py"] == migration("C", "0003_squash_0002_b")
    require_whole(DJANGO.read_chain(placed))


def test_a_squashed_migration_of_new_ones_follows_their_names() -> None:
    mine = {
        b"0002_x.py": migration("X", "0001_a"),
        b"0003_y.py": migration("Y", "0002_x"),
        b"0002_x_squashed_0003_y.py": written(
            "    replaces = [('shop', '0002_x'), ('shop', '0003_y')]\n    dependencies = [('shop', '0001_a')]\n"
        ),
    }
    placed = place_all(DJANGO, chain_files("0001_a"), submit(mine, 1, 2), PATH)
    assert placed[b"0004_x_squash_0003_y.py"] == written(
        "    replaces = [('shop', '0002_x'), ('shop', '0003_y')]\n    dependencies = [('shop', '0001_a')]\n"
    )
    placed = place_all(DJANGO, chain_files("0001_a", "0002_b"), submit(mine, 1, 3), PATH)
    assert placed[b"0005_x_squash_0003_y.py"] == written(
        "    replaces = [('shop', '0003_x'), ('shop', '0004_y')]\n    dependencies = [('shop', '0002_b')]\n"
    )


def test_what_was_squashed_stays_squashed_only_if_nothing_came_between() -> None:
    mine = {
        b"0002_x.py": migration("X", "0001_a"),
        b"0001_squashed_0002_x.py": written("    replaces = [('shop', '0001_a'), ('shop', '0002_x')]\n"),
    }
    placed = place_all(DJANGO, chain_files("0001_a"), submit(mine, 1, 2), PATH)
    assert DJANGO.read_chain(placed).heads == ("0003_squash_0002_x",)
    with pytest.raises(InputError, match="m2 replaces migrations between which others have come"):
        DJANGO.place(chain_files("0001_a", "0002_b"), submit(mine, 1, 3), PATH)


def test_run_before_follows_what_comes_later() -> None:
    mine = [
        Incoming("m1", "x", 2, {b"900000001_x.py": written(
            "    dependencies = [('shop', '0001_a')]\n"
            "    run_before = [('shop', '900000002_y'), ('auth', '0001_initial')]\n")}),
        Incoming("m2", "y", 3, {b"900000002_y.py": migration("Y", "0001_a")}),
    ]  # fmt: skip
    placed = place_all(DJANGO, chain_files("0001_a"), mine, PATH)
    assert b"run_before = [('shop', '0003_y'), ('auth', '0001_initial')]" in placed[b"0002_x.py"]
    assert placed[b"0003_y.py"] == migration("Y", "0002_x")


@pytest.mark.parametrize(
    ("base", "mine", "message"),
    [
        (
            {**chain_files("0001_a", "0002_b"), b"0002_c.py": migration("C", "0001_a")},
            [migration("D", "0002_b")],
            f"{PATH} has 2 leaves: 0002_b, 0002_c",
        ),
        (
            chain_files("0001_a"),
            [migration("D", "0001_gone")],
            f"m1: 900000001_0.py follows 0001_gone, which {PATH} doesn't have",
        ),
        (
            chain_files("0001_a"),
            [migration("D", "900000002_1"), migration("E", "0001_a")],
            "m1 follows m2, which comes after it",
        ),
        (chain_files("0001_a"), [migration("D", "900000001_0")], "m1 follows itself"),
        (
            chain_files("0001_a"),
            [migration("D", "900000007_x")],
            f"m1: 900000001_0.py follows 900000007_x (the file of m7), which {PATH} doesn't have",
        ),
        (
            chain_files("0001_a"),
            [written("    run_before = [('shop', '0001_a')]\n")],
            "m1 is to run before 0001_a, which has its place already",
        ),
        (
            chain_files("0001_a"),
            [written("    replaces = [('shop', '0001_gone')]\n")],
            f"m1: 900000001_0.py replaces 0001_gone, which {PATH} doesn't have",
        ),
        (
            chain_files("0001_a"),
            [written("    dependencies = find()\n")],
            "900000001_0.py:2: dependencies isn't a list of literals",
        ),
        (
            chain_files("0001_a", "0002_b"),
            [written("    dependencies = [('shop', '0001_a')] + [('auth', '0001_x')]\n")],
            "900000001_0.py: dependencies isn't one literal list",
        ),
        (chain_files("0001_a"), [b"x = 1\n"], "900000001_0.py: there is no `class Migration` in it"),
        (chain_files("0005_a"), [migration("D", "0005_a")], "m1 is to get number 2, and the lineage has 5 already"),
        (
            {b"0001_a.py": migration("A", "0002_b"), b"0002_b.py": migration("B", "0001_a")},
            [migration("D", "0002_b")],
            f"{PATH}: 0001_a → 0002_b → 0001_a follow one another",
        ),
        (
            chain_files("0001_a", "0002_b"),
            [b"\x0cX = 1\n" + migration("D", "0001_a")],
            "900000001_0.py: this can't be written back byte for byte",
        ),
    ],
)
def test_what_has_no_place_is_refused(base: Files, mine: list[bytes], message: str) -> None:
    first = 3 if b"0002_b.py" in base else 2
    incoming = [
        Incoming(f"m{at + 1}", "x", first + at, {f"90000000{at + 1}_{at}.py".encode(): content})
        for at, content in enumerate(mine)
    ]
    with pytest.raises(InputError) as caught:
        DJANGO.place(base, incoming, PATH)
    assert caught.value.message.startswith(message)


# Rewriting

HEAD = "    dependencies = "


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("[('shop', '0001_a')]", "[('shop', '0002_b')]"),
        ('[("shop", "0001_a")]  # why', '[("shop", "0002_b")]  # why'),
        ("[]", '[("shop", "0002_b")]'),
        ("[('auth', '0001_x')]", "[(\"shop\", \"0002_b\"), ('auth', '0001_x')]"),
        ("(('shop', '0001_a'),)", "(('shop', '0002_b'),)"),
        (
            "[\n        # first\n        ('auth', '0001_x'),  # theirs\n        ('shop', '0001_a'),  # ours\n    ]",
            "[\n        # first\n        ('auth', '0001_x'),  # theirs\n        ('shop', '0002_b'),  # ours\n    ]",
        ),
        (
            "[\n        ('auth', '0001_x'),\n    ]",
            "[\n        (\"shop\", \"0002_b\"),\n        ('auth', '0001_x'),\n    ]",
        ),
        (
            "[\n        ('auth', '0001_x')\n    ]",
            "[\n        (\"shop\", \"0002_b\"),\n        ('auth', '0001_x')\n    ]",
        ),
        (
            "[\n        ('shop', '0001_a'),\n        ('auth', '0001_x'),\n        ('shop', '0001_a'),\n    ]",
            "[\n        ('shop', '0002_b'),\n        ('auth', '0001_x'),\n    ]",
        ),
        (
            "[  # why\n        # first\n        ('auth', '0001_x'),\n    ]",
            "[  # why\n        # first\n        (\"shop\", \"0002_b\"),\n        ('auth', '0001_x'),\n    ]",
        ),
        ("[('shop', '0001_a'), ('shop', '0001_a')]", "[('shop', '0002_b')]"),
        (
            "[migrations.swappable_dependency(settings.AUTH_USER_MODEL), ('shop', '0001_a')]",
            "[migrations.swappable_dependency(settings.AUTH_USER_MODEL), ('shop', '0002_b')]",
        ),
        ("[('shop', '0001' '_a')]", "[('shop', \"0002_b\")]"),
    ],
)
@pytest.mark.parametrize("ending", ["\n", "\r\n"])
def test_only_the_apps_own_dependencies_are_changed(old: str, new: str, ending: str) -> None:
    before, after = (
        written(f"{HEAD}{each}\n", head="# -*- coding: utf-8 -*-\n").replace(b"\n", ending.encode())
        for each in (old, new)
    )
    placed = place_all(
        DJANGO, chain_files("0001_a", "0002_b"), [Incoming("m1", "x", 3, {b"900000001_z.py": before})], PATH
    )
    assert placed[b"0003_z.py"].decode() == after.decode()


def test_dependencies_are_added_where_there_are_none() -> None:
    before = b'class Migration(migrations.Migration):\n    """Why."""\n    operations = []\n'
    placed = place_all(DJANGO, chain_files("0001_a"), [Incoming("m1", "x", 2, {b"900000001_z.py": before})], PATH)
    assert placed[b"0002_z.py"] == (
        b'class Migration(migrations.Migration):\n    """Why."""\n'
        b'    dependencies = [("shop", "0001_a")]\n    operations = []\n'
    )


def test_another_encoding_is_kept() -> None:
    before = written(f"{HEAD}[('shop', '0001_a')]\n", head="# coding: latin-1\n# ä\n").decode().encode("latin-1")
    placed = place_all(
        DJANGO, chain_files("0001_a", "0002_b"), [Incoming("m1", "x", 3, {b"900000001_z.py": before})], PATH
    )
    assert placed[b"0003_z.py"] == before.replace(b"0001_a", b"0002_b")


def test_files_of_other_apps_follow_a_new_name() -> None:
    other = migration("B", ("billing", "0001_a"), ("shop", "900000012_x"), ("auth", "900000012_x"))
    assert rename_references(b"0002_b.py", other, "shop", {"900000012_x": "0007_x"}) == migration(
        "B", ("billing", "0001_a"), ("shop", "0007_x"), ("auth", "900000012_x")
    )


def test_one_name_under_two_labels_is_the_directorys_while_it_waits() -> None:
    content = migration("Y", "0001_initial", ("billing", "0001_initial"))
    _, changed, _ = DJANGO.provisional(b"0002_y.py", content, 13, {"0001_initial": "900000012_initial"}, PATH)
    assert changed == migration("Y", "900000012_initial", ("billing", "0001_initial"))


def test_one_name_under_two_other_labels_is_refused_while_it_waits() -> None:
    with pytest.raises(InputError, match=r"0008_y\.py names one migration under billing and shop"):
        DJANGO.provisional(b"0008_y.py", migration("Y", "0007_x", ("billing", "0007_x")), 13, {"0007_x": "900000012_x"})


# What a file tells


def told(*operations: str) -> tuple[tuple[str, ...], tuple[str, ...], bool]:
    listed = "".join(f"        migrations.{each},\n" for each in operations)
    head = "class Migration(migrations.Migration):\n    dependencies = [('shop', '0006_x')]\n"
    text = f"{head}    operations = [\n{listed}    ]\n"
    found = DJANGO.tell(b"0007_add_users.py", text.encode(), PATH)
    assert (found.key, found.parents, found.title) == ("0007_add_users", ("0006_x",), "add users")
    return found.objects, found.destructive, found.is_reversible


@pytest.mark.parametrize(
    ("operation", "objects"),
    [
        (
            'CreateModel(name="User", fields=[("id", models.AutoField()), ("boss", models.ForeignKey("self"))])',
            ("shop_user", "shop_user.boss_id", "shop_user.id"),
        ),
        ('CreateModel("User", [("id", models.AutoField())], {"db_table": "people"})', ("people", "people.id")),
        ('CreateModel("User", [("groups", models.ManyToManyField("x"))])', ("shop_user", "shop_user_groups")),
        ('AddField(model_name="user", name="email", field=models.TextField())', ("shop_user", "shop_user.email")),
        ('AddField("user", "email", models.TextField(db_column="mail"))', ("shop_user", "shop_user.mail")),
        ('RenameField("user", "a", "b")', ("shop_user", "shop_user.a", "shop_user.b")),
        ('RenameModel("User", "Person")', ("shop_person", "shop_user")),
        ('AlterModelTable("user", "people")', ("people", "shop_user")),
        ('AddIndex(model_name="user", index=models.Index(fields=["a"], name="i"))', ("shop_user",)),
        ("SeparateDatabaseAndState(state_operations=[migrations.DeleteModel('user')])", ()),
        ("SeparateDatabaseAndState([migrations.AddField('user', 'a', models.X())])", ("shop_user", "shop_user.a")),
        ("RunPython(forwards, backwards)", ()),
    ],
)  # fmt: skip
def test_operations_name_what_they_touch(operation: str, objects: tuple[str, ...]) -> None:
    assert told(operation)[0] == objects


def test_operations_that_lose_data_are_told_with_their_line() -> None:
    assert told('DeleteModel("User")', 'RemoveField("order", "note")', 'AddField("a", "b", x)')[1] == (
        "drops shop_user (line 4)",
        "drops shop_order.note (line 5)",
    )


@pytest.mark.parametrize(
    ("operation", "is_reversible"),
    [
        ('DeleteModel("User")', True),
        ('RunSQL("x", reverse_sql="y")', True),
        ('RunSQL("x", "y")', True),
        ('RunSQL("x", migrations.RunSQL.noop)', True),
        ('RunSQL("x")', False),
        ('RunSQL("x", reverse_sql=None)', False),
        ("RunPython(forwards)", False),
        ("RunPython(forwards, reverse_code=migrations.RunPython.noop)", True),
        ('SeparateDatabaseAndState([migrations.RunSQL("x")])', False),
    ],
)
def test_a_way_back_is_one_for_every_operation(operation: str, is_reversible: bool) -> None:
    assert told(operation)[2] is is_reversible


def test_operations_that_are_made_can_not_be_known_to_have_a_way_back() -> None:
    text = b"class Migration(migrations.Migration):\n    operations = make()\n"
    assert not DJANGO.tell(b"0007_x.py", text, PATH).is_reversible


def test_literal_sql_is_told_at_its_line() -> None:
    text = b"""class Migration(migrations.Migration):
    operations = [
        migrations.RunSQL(
            "CREATE TABLE a (id int)",
            "DROP TABLE a",
        ),
        migrations.RunSQL([("UPDATE a SET id = %s", [1]), "DELETE FROM b"]),
    ]
"""
    found = DJANGO.tell(b"0007_x.py", text, PATH)
    assert found.sql_up.split("\n")[3:8] == [
        "CREATE TABLE a (id int);",
        "",
        "",
        "UPDATE a SET id = %s;",
        "DELETE FROM b;",
    ]
    assert found.sql_down.split("\n")[4] == "DROP TABLE a;"


@pytest.mark.parametrize(
    ("name", "dependency", "parents"),
    [
        (b"0007_x.py", ("store", "0006_y"), ("0006_y",)),
        (b"0007_x.py", ("store", "0003_y"), ()),
        (b"0001_initial.py", ("store", "0000_y"), ()),
    ],
)
def test_one_file_says_another_label_by_the_number_before_it(
    name: bytes, dependency: tuple[str, str], parents: tuple[str, ...]
) -> None:
    assert DJANGO.tell(name, migration("X", dependency), PATH).parents == parents


# Whatever comes

SLUGS = some.sampled_from(["initial", "x", "add_users", "alter_x_2"])


@settings(deadline=None)
@given(
    length=some.integers(0, 5),
    slugs=some.lists(SLUGS, min_size=5, max_size=5),
    chains=some.lists(some.lists(some.tuples(SLUGS, some.booleans()), min_size=1, max_size=3), max_size=4),
    data=some.data(),
)
def test_whatever_comes_becomes_one_chain(
    length: int, slugs: list[str], chains: list[list[tuple[str, bool]]], data: some.DataObject
) -> None:
    names = [f"{at:04d}_{slug}" for at, slug in enumerate(slugs[:length], 1)]
    base = {**chain_files(*names), b"max_migration.txt": b"x\n"}
    incoming: list[Incoming] = []
    for chain in chains:
        fork = data.draw(some.integers(min(1, length), length))
        follows = names[fork - 1] if fork else None
        own: Files = {}
        for at, (slug, has_other) in enumerate(chain, fork + 1):
            other = [("auth", "0001_initial")] if has_other else []
            own[f"{at:04d}_{slug}.py".encode()] = migration("X", *other, *([follows] if follows else []))
            follows = f"{at:04d}_{slug}"
        incoming += submit(own, len(incoming) + 1, length + len(incoming) + 1)
    placed = place_all(DJANGO, base, incoming, PATH)
    result = require_whole(DJANGO.read_chain(placed))
    assert [each.number for each in result.entries] == list(range(1, length + len(incoming) + 1))
    parents = [each.parents for each in result.entries]
    assert parents == [(), *((each.key,) for each in result.entries[:-1])][: len(parents)]
    if incoming:
        assert placed[b"max_migration.txt"].decode() == f"{result.heads[0]}\n"
