"""Counted SQL files: read, told, named provisionally, given their places."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from agentgrid.errors import InputError
from agentgrid.integration.migrations.styles.chain import Entry, Incoming
from agentgrid.integration.migrations.styles.registry import style_for
from support.lineages import Files, place_all, require_whole

SQL = style_for("sql")


def files_of(*names: str, content: bytes = b"SELECT 1;\n") -> Files:
    return {name.encode(): content for name in names}


def carried(name: str, number: int, id_: str = "m12", content: bytes = b"SELECT 2;\n") -> Incoming:
    return Incoming(id_, "Add users", number, files_of(name, content=content))


def asked(number: int, down: bytes | None = None) -> Incoming:
    return Incoming("m12", "Add users", number, sql=b"CREATE TABLE users (id int);", down=down)


def added(before: Files, incoming: Incoming) -> list[str]:
    return sorted(name.decode() for name in place_all(SQL, before, [incoming], "db").keys() - before.keys())


def test_a_lineage_is_read_in_the_order_of_its_numbers() -> None:
    chain = SQL.read_chain(files_of("10_c.sql", "9_b.sql", "0001_a.sql", "900000012_mine.sql", "README.md", "x.sql"))
    assert [each.key for each in chain.entries] == ["1", "9", "10", "900000012"]
    assert chain.heads == ("10",)
    assert chain.gaps == (2, 3, 4, 5, 6, 7, 8)
    assert chain.entries[-1] == Entry("900000012", None, (b"900000012_mine.sql",), is_provisional=True)
    assert chain.next_number == 11


def test_a_pair_is_one_migration() -> None:
    chain = require_whole(SQL.read_chain(files_of("1_a.down.sql", "1_a.up.sql", "V2__b.sql", "U2__back.sql")))
    assert [each.files for each in chain.entries] == [
        (b"1_a.up.sql", b"1_a.down.sql"),
        (b"V2__b.sql", b"U2__back.sql"),
    ]


def test_two_files_of_one_number_are_double() -> None:
    chain = SQL.read_chain(files_of("1_a.up.sql", "1_a.down.sql", "0001_b.up.sql", "0001_b.down.sql"))
    assert chain.doubles == ((b"0001_b.up.sql", b"1_a.up.sql"),)
    assert [each.files for each in chain.entries] == [
        (b"0001_b.up.sql", b"0001_b.down.sql"),
        (b"1_a.up.sql", b"1_a.down.sql"),
    ]


def test_a_way_down_without_a_way_up_is_broken() -> None:
    chain = SQL.read_chain(files_of("0001_a.down.sql"))
    assert chain.broken == ("0001_a.down.sql takes back a migration that isn't there",)


def test_flyways_versions_are_sorted_by_their_parts() -> None:
    chain = SQL.read_chain(files_of("V1.10__c.sql", "V1_2__b.sql", "V1__a.sql", "V1.2__twin.sql", "R__views.sql"))
    assert [each.key for each in chain.entries] == ["1", "1.2", "1.2", "1.10"]
    assert chain.doubles == ((b"V1.2__twin.sql", b"V1_2__b.sql"),)


def test_flyway_reads_what_lies_deeper_and_others_dont() -> None:
    chain = SQL.read_chain(files_of("2026/V1__a.sql", "old/0001_a.sql", "0002_b.sql"))
    assert [each.files[0] for each in chain.entries] == [b"2026/V1__a.sql", b"0002_b.sql"]


def test_a_gap_of_millions_is_told_in_part() -> None:
    assert len(SQL.read_chain(files_of("1_a.sql", "9000000_b.sql")).gaps) == 1000


def test_a_lineage_is_read_whatever_its_old_files_are_written_in() -> None:
    assert SQL.read_chain({b"0001_a.sql": b"-- \xe4\0"}).heads == ("1",)


@pytest.mark.parametrize(
    ("before", "expected"),
    [
        ([], ["0001_add_users.sql"]),
        (["0006_x.sql"], ["0007_add_users.sql"]),
        (["006-x.sql"], ["007-add-users.sql"]),
        (["9_x.sql"], ["10_add_users.sql"]),
        (["V6__x.sql"], ["V7__add_users.sql"]),
        (["V006__x.sql"], ["V007__add_users.sql"]),
        (["2026/V6__x.sql"], ["2026/V7__add_users.sql"]),
        (["V1.2__x.sql"], ["V2__add_users.sql"]),
        (["V1.1__x.sql", "V1.2__y.sql", "V1.3__z.sql"], ["V2__add_users.sql"]),
        (["0000_x.sql", "0001_y.sql"], ["0002_add_users.sql"]),
        (["0006_x.up.sql", "0006_x.down.sql"], ["0007_add_users.up.sql"]),
        (["0005_x.up.sql", "0006_y.sql"], ["0007_add_users.sql"]),
        (["0006.sql"], ["0007_add_users.sql"]),
        (["0006add.SQL"], ["0007add_users.SQL"]),
    ],
)
def test_what_is_asked_for_is_named_as_the_newest_file(before: list[str], expected: list[str]) -> None:
    number = SQL.read_chain(files_of(*before)).next_number
    assert added(files_of(*before), asked(number)) == expected


@pytest.mark.parametrize(
    ("before", "expected"),
    [
        ([], ["0001_add_users.down.sql", "0001_add_users.up.sql"]),
        (["0006_x.sql"], ["0007_add_users.down.sql", "0007_add_users.sql"]),
        (["0006_x.up.sql", "0006_x.down.sql"], ["0007_add_users.down.sql", "0007_add_users.up.sql"]),
        (["V6__x.sql"], ["U7__add_users.sql", "V7__add_users.sql"]),
    ],
)
def test_a_way_down_that_is_given_stands_beside_the_way_up(before: list[str], expected: list[str]) -> None:
    number = SQL.read_chain(files_of(*before)).next_number
    assert added(files_of(*before), asked(number, b"DROP TABLE users;")) == expected


@pytest.mark.parametrize(
    ("marks", "expected"),
    [
        (
            b"-- migrate:up\nx;\n\n-- migrate:down\n",
            b"-- migrate:up\nCREATE TABLE users (id int);\n\n-- migrate:down\nDROP TABLE users;\n",
        ),
        (
            b"-- +goose Up\nx;\n",
            b"-- +goose Up\nCREATE TABLE users (id int);\n\n-- +goose Down\nDROP TABLE users;\n",
        ),
        (
            b"-- +migrate Up\nx;\n",
            b"-- +migrate Up\nCREATE TABLE users (id int);\n\n-- +migrate Down\nDROP TABLE users;\n",
        ),
    ],
)
def test_both_ways_stand_in_one_file_where_the_lineage_has_them_so(marks: bytes, expected: bytes) -> None:
    before = files_of("00006_x.sql", content=marks)
    placed = place_all(SQL, before, [asked(7, b"DROP TABLE users;")], "db")
    assert placed[b"00007_add_users.sql"] == expected
    told = SQL.tell(b"00007_add_users.sql", expected, "db")
    assert told.is_reversible
    assert told.sql_up.splitlines()[1] == "CREATE TABLE users (id int);"
    assert told.sql_down.splitlines()[4] == "DROP TABLE users;"


def test_sql_that_says_both_ways_itself_is_taken_as_it_is() -> None:
    both = b"-- migrate:up\na;\n-- migrate:down\nb;\n"
    placed = place_all(SQL, files_of("1_x.sql", content=both), [Incoming("m1", "y", 2, sql=both)], "db")
    assert placed[b"2_y.sql"] == both


def test_a_function_is_one_statement_for_goose() -> None:
    body = b"CREATE FUNCTION f() RETURNS int AS $$ SELECT 1; $$ LANGUAGE sql;"
    before = files_of("1_x.sql", content=b"-- +goose Up\n")
    placed = place_all(SQL, before, [Incoming("m1", "f", 2, sql=body)], "db")
    assert placed[b"2_f.sql"] == (
        b"-- +goose Up\n-- +goose StatementBegin\n" + body + b"\n-- +goose StatementEnd\n\n-- +goose Down\n"
    )


@pytest.mark.parametrize(
    ("before", "name", "expected"),
    [
        ("0006_x.sql", "900000012_mine.sql", "0007_mine.sql"),
        ("0006_x.up.sql", "900000012_mine.sql", "0007_mine.up.sql"),
        ("0006_x.sql", "900000012-mine.up.sql", "0007_mine.sql"),
        ("V6__x.sql", "V900000012__mine.sql", "V7__mine.sql"),
        ("V6__x.sql", "900000012_mine.sql", "V7__mine.sql"),
        ("0006_x.sql", "900000012.sql", "0007.sql"),
    ],
)
def test_a_carried_file_is_named_as_the_newest_file(before: str, name: str, expected: str) -> None:
    assert added(files_of(before), carried(name, 7)) == [expected]


@pytest.mark.parametrize(
    ("name", "expected"),
    [("V900000012__mine.sql", "V1__mine.sql"), ("900000012_mine.up.sql", "0001_mine.up.sql")],
)
def test_the_first_file_of_a_lineage_keeps_its_own_form(name: str, expected: str) -> None:
    assert added({}, carried(name, 1)) == [expected]


def test_a_carried_pair_stays_one() -> None:
    pair = Incoming("m12", "x", 7, files_of("900000012_mine.up.sql", "900000012_mine.down.sql"))
    assert added(files_of("0006_x.up.sql"), pair) == ["0007_mine.down.sql", "0007_mine.up.sql"]
    assert added(files_of("V6__x.sql"), pair) == ["U7__mine.sql", "V7__mine.sql"]
    placement = SQL.place(files_of("0006_x.up.sql"), [pair], "db")
    assert placement.remove == (b"900000012_mine.down.sql", b"900000012_mine.up.sql")


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        (b"0007_add.sql", b"900000012_add.sql"),
        (b"7-add.up.sql", b"900000012-add.up.sql"),
        (b"V7__add.sql", b"V900000012__add.sql"),
        (b"U7__add.sql", b"U900000012__add.sql"),
        (b"add_users.sql", b"900000012_add_users.sql"),
        (b"add.down.sql", b"900000012_add.down.sql"),
        (b"V1.2__add.sql", b"V900000012__add.sql"),
        (b"0007add.sql", b"900000012_add.sql"),
    ],
)
def test_a_waiting_file_has_the_number_of_its_request(name: bytes, expected: bytes) -> None:
    assert SQL.provisional(name, b"x;\n", 12, {}) == (expected, b"x;\n", "900000012")
    assert SQL.is_migration(expected)


def test_a_file_tells_what_it_holds() -> None:
    up = SQL.tell(b"0007_add_users.sql", b"CREATE TABLE users (id int);\n", "db")
    assert (up.key, up.title, up.sql_up, up.sql_down) == ("7", "add users", "CREATE TABLE users (id int);\n", "")
    down = SQL.tell(b"U7__add_users.sql", b"DROP TABLE users;\n", "db")
    assert (down.sql_up, down.sql_down) == ("", "DROP TABLE users;\n")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"SELECT 1;\nSELECT '\xe4';\n", "0007_a.sql:2: this is not UTF-8"),
        (b"SELECT 1;\n\n\0", "0007_a.sql:3: there is a NUL in it"),
        ("SELECT 1;".encode("utf-16"), "0007_a.sql:1: this is UTF-16"),
    ],
)
def test_a_file_in_another_encoding_is_refused_with_its_line(content: bytes, message: str) -> None:
    with pytest.raises(InputError) as caught:
        SQL.tell(b"0007_a.sql", content, "db")
    assert caught.value.message == message


def test_a_byte_order_mark_is_no_statement() -> None:
    assert SQL.tell(b"0007_a.sql", b"\xef\xbb\xbfSELECT 1;", "db").sql_up == "SELECT 1;"


@pytest.mark.parametrize(
    ("before", "incoming", "message"),
    [
        (files_of("0007_x.sql"), asked(7), "m12 is to get number 7, and the lineage has 7 already"),
        (files_of("20261126_x.sql"), asked(7), "db: 20261126_x.sql is dated, and the lineage's style is sql"),
        (
            files_of("1_x.sql", content=b"-- migrate:up\n"),
            Incoming("m12", "x", 2, sql=b"-- migrate:up\na;\n-- migrate:down\nb;\n", down=b"c;"),
            "m12 says its way down twice",
        ),
        ({}, Incoming("m12", "x", 1), "m12 has neither a file nor SQL"),
        (
            {},
            Incoming("m12", "x", 1, files_of("900000012_a.sql", "900000012_b.sql")),
            "m12 carries 900000012_a.sql, 900000012_b.sql",
        ),
        (
            files_of("1_x.sql", content=b"-- migrate:up\n"),
            Incoming("m12", "x", 2, files_of("900000012_a.up.sql", "900000012_a.down.sql")),
            "m12 has its way down in another file, and the lineage keeps both ways in one",
        ),
    ],
)
def test_what_has_no_place_is_refused(before: Files, incoming: Incoming, message: str) -> None:
    with pytest.raises(InputError) as caught:
        SQL.place(before, [incoming], "db")
    assert caught.value.message == message


def test_an_unknown_style_is_refused_with_those_that_there_are() -> None:
    with pytest.raises(InputError) as caught:
        style_for("liquibase")
    assert caught.value.hint == "accepted: sql, sql-timestamp, alembic, django"


SLUGS = some.builds("{}{}x".format, some.sampled_from("abc"), some.text("abcxyz_-.0123456789", max_size=10))
FORMS = some.sampled_from(["{:04d}_{}.sql", "{}-{}.sql", "V{}__{}.sql", "{:03d}_{}.up.sql", "{:05d}_{}.sql"])


@settings(deadline=None)
@given(
    form=FORMS,
    base=some.lists(SLUGS, max_size=12),
    new=some.lists(some.tuples(SLUGS, FORMS, some.booleans()), max_size=6),
)
def test_whatever_comes_gets_the_next_numbers(form: str, base: list[str], new: list[tuple[str, str, bool]]) -> None:
    before = files_of(*(form.format(number, slug) for number, slug in enumerate(base, 1)))
    incoming = [
        Incoming(f"m{each}", slug, len(base) + each, sql=b"x;", down=b"y;")
        if is_asked
        else carried(own.format(900_000_000 + each, slug), len(base) + each, f"m{each}")
        for each, (slug, own, is_asked) in enumerate(new, 1)
    ]
    chain = require_whole(SQL.read_chain(place_all(SQL, before, incoming, "db")))
    assert [each.number for each in chain.entries] == list(range(1, len(base) + len(new) + 1))
