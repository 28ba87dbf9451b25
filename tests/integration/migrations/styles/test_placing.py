"""What holds in every style: what has its place stays as it is, numbers grow, what waits can be submitted again."""

import subprocess
import sys

import pytest

from agentgrid.errors import InputError
from agentgrid.integration.migrations.styles.chain import Incoming, Placement
from agentgrid.integration.migrations.styles.ordering import find_cycle, find_gaps, order_by_parents
from agentgrid.integration.migrations.styles.placing import finish_placement, require_growing
from agentgrid.integration.migrations.styles.registry import STYLES, style_for, support_while_waiting
from support.alembic_lineages import revision
from support.django_lineages import migration


def test_a_migration_that_has_its_place_is_never_written() -> None:
    with pytest.raises(InputError, match=r"0001_a\.sql is in the lineage already"):
        finish_placement({b"0001_a.sql": b"x"}, {b"0001_a.sql": b"x"}, [], [])


def test_what_supports_migrations_may_be_written_again() -> None:
    placement = finish_placement({b"0001_a.py": b"x"}, {}, [], [], {b"max_migration.txt": b"y"})
    assert placement == Placement({b"max_migration.txt": b"y"}, (), ())


def test_only_what_was_carried_is_taken_away() -> None:
    files, write = {b"0001_a.sql": b"x"}, {b"0002_b.sql": b"y", b"kept.sql": b"z"}
    placement = finish_placement(files, write, [b"900000001_b.sql", b"kept.sql", b"0001_a.sql"], [])
    assert placement.remove == (b"900000001_b.sql",)


def test_numbers_grow_from_the_highest_on() -> None:
    require_growing(6, [Incoming("m1", "x", 7), Incoming("m2", "y", 9)])
    with pytest.raises(InputError, match="m2 is to get number 7, and the lineage has 7 already"):
        require_growing(6, [Incoming("m1", "x", 7), Incoming("m2", "y", 7)])


def test_migrations_run_after_their_parents_else_as_they_came() -> None:
    assert order_by_parents(["d", "c", "b", "a"], {"d": ["b"], "c": ["a", "gone"]}) == (("b", "d", "a", "c"), True)
    assert order_by_parents(["x", "a", "b"], {"a": ["b"], "b": ["a"]}) == (("x", "a", "b"), False)


def test_a_cycle_is_named_from_its_smallest_on() -> None:
    assert find_cycle(["c", "b", "a"], {"c": ["b"], "b": ["a"], "a": ["b"]}) == ("a", "b")
    assert find_cycle(["c", "b", "a"], {"c": ["b"], "b": ["a"]}) == ()


@pytest.mark.parametrize(
    ("numbers", "gaps"), [([], ()), ([3], ()), ([1, 2, 5, None], (3, 4)), ([1, 3_000_000], tuple(range(2, 1002)))]
)
def test_gaps_are_between_the_lowest_and_the_highest(numbers: list[int | None], gaps: tuple[int, ...]) -> None:
    assert find_gaps(numbers) == gaps


CONTENTS = {"alembic": revision("abc", "aa"), "django": migration("A", "0001_a")}
NAMES = {"alembic": b"abc_x.py", "django": b"0002_x.py", "sql": b"0002_x.sql", "sql-timestamp": b"20261126101500_x.sql"}


@pytest.mark.parametrize("name", STYLES)
def test_a_waiting_file_can_be_submitted_again(name: str) -> None:
    style = style_for(name)
    content = CONTENTS.get(name, b"SELECT 1;\n")
    first, changed, _ = style.provisional(NAMES[name], content, 12, {})
    again, same, _ = style.provisional(first, changed, 13, {})
    assert (again, same) == (style.provisional(NAMES[name], content, 13, {})[0], changed)
    assert style.is_migration(again)


def test_support_files_are_those_that_there_are() -> None:
    files = {b"0001_a.py": migration("A"), b"900000012_b.py": migration("B", "0001_a")}
    assert support_while_waiting("django", files, "shop/migrations") == {}
    with_one = files | {b"max_migration.txt": b"0001_a\n"}
    assert support_while_waiting("django", with_one, "shop/migrations") == {b"max_migration.txt": b"900000012_b\n"}
    assert support_while_waiting("alembic", with_one, "alembic") == {}


@pytest.mark.parametrize("name", STYLES)
def test_a_style_says_what_it_is_for(name: str) -> None:
    style = style_for(name)
    assert style.name == name
    assert style.can_be_asked is name.startswith("sql")
    assert style.is_migration(NAMES[name])
    assert NAMES[name].endswith(style.endings)
    assert not style.is_migration(b"README.md")
    assert style.read_chain({}).entries == ()


@pytest.mark.parametrize(
    ("name", "file", "content", "message"),
    [
        ("alembic", b"x.py", revision("a-b", None), "x.py: 'a-b' is no id of a revision"),
        ("alembic", b"x.py", revision('a"b', None, table="a"), "x.py: 'a\"b' is no id of a revision"),
        ("django", b'0001_a"b.py', migration("A"), '0001_a"b.py: that is no name of a module'),
        ("django", b"0001_a\xff.py", migration("A"), "0001_a\\xff.py: that is no name of a module"),
    ],
)
def test_a_name_that_could_not_stand_in_a_file_is_refused(name: str, file: bytes, content: bytes, message: str) -> None:
    with pytest.raises(InputError) as caught:
        style_for(name).tell(file, content, "shop/migrations")
    assert caught.value.message == message


def test_a_name_that_a_files_encoding_lacks_is_refused() -> None:
    content = b"# coding: latin-1\nrevision = 'b'\ndown_revision = 'a'\n"
    base = {b"a.py": revision("a", None), b"c.py": "revision = 'ж'\ndown_revision = 'a'\n".encode()}
    with pytest.raises(InputError) as caught:
        style_for("alembic").place(base, [Incoming("m1", "x", 3, {b"900000001_b.py": content})], "alembic")
    assert caught.value.message == "900000001_b.py: 'ж' can't be written in iso-8859-1"


def test_an_id_that_would_end_the_string_it_stands_in_is_refused() -> None:
    content = b"revision = 'b'\ndown_revision = 'a'\n"
    base = {b"a.py": revision("a", None), b"c.py": b"revision = '\\'; boom() #'\ndown_revision = 'a'\n"}
    with pytest.raises(InputError, match="can't be written into a file"):
        style_for("alembic").place(base, [Incoming("m1", "x", 3, {b"900000001_b.py": content})], "alembic")


def test_a_lineage_is_read_without_what_takes_long_to_import() -> None:
    program = """
import sys
from agentgrid.integration.migrations.styles.registry import STYLES, style_for
for name in STYLES:
    style_for(name).read_chain({b"0001_a.py": b"revision = 'a'", b"0002_b.sql": b"x"})
print(sorted({"libcst", "sqlglot", "alembic", "django"} & sys.modules.keys()))
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
