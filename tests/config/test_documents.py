"""YAML with positions: every mistake is a ConfigError with file, line and key."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from agentgrid.config.documents import Document, format_key, parse_document
from agentgrid.errors import ConfigError

WORDS = ["a", ":", " ", "\n", "- ", "[", "]", "{", "}", ",", "&x ", "*x", "!!int ", "!!bool ", "!!timestamp ", "!!set ",
         "!!binary ", "!t ", "<<", "=", "'", '"', "\\", "\\0",
         "|", ">", "?", "%", "@", "#", "~", "0x", "1:60", "2025-13-45",
         "---\n", "...\n", "\t", "\0", "\x85", "\ufeff", ".inf", "1e999", "é"]  # fmt: skip


def error_of(text: str | bytes) -> str:
    with pytest.raises(ConfigError) as raised:
        parse_document("f.yaml", text.encode() if isinstance(text, str) else text)
    return raised.value.message


def test_values_come_with_the_line_of_each_key_and_item() -> None:
    document = parse_document("f.yaml", b"a: 1\nb:\n  - x\n  - c: [y,\n      z]\n")
    assert document == Document(
        "f.yaml",
        {"a": 1, "b": ["x", {"c": ["y", "z"]}]},
        {(): 1, ("a",): 1, ("b",): 2, ("b", 0): 3, ("b", 1): 4, ("b", 1, "c"): 4, ("b", 1, "c", 0): 4,
         ("b", 1, "c", 1): 5},
    )  # fmt: skip
    assert document.line_of(("b", 1, "nothing", "here")) == 4
    assert document.line_of(("nothing",)) == 1


@pytest.mark.parametrize("text", [b"", b"# only a comment\n", b"---\n", b"\xef\xbb\xbf"])
def test_an_empty_file_is_an_empty_mapping(text: bytes) -> None:
    assert parse_document("f.yaml", text) == Document("f.yaml", {}, {(): 1})


def test_a_byte_order_mark_is_no_part_of_the_first_key() -> None:
    assert parse_document("f.yaml", b"\xef\xbb\xbfa: 1").value == {"a": 1}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (b"a: 1\nb: \xff\n", "f.yaml:2: the file is not UTF-8"),
        ("a: 1".encode("utf-16"), "f.yaml:1: the file is not UTF-8"),
        ("a: 1\na: 2\n", "f.yaml:2: a: is written twice"),
        ("x:\n  '1': a\n  1: b\n", "f.yaml:3: x.1: is written twice"),
        ("a: [1\nb: 2\n", "f.yaml:2: not YAML: did not find expected ',' or ']'"),
        ("a:\n\t- x", "f.yaml:2: not YAML: found character that cannot start any token"),
        ("a: 1\n---\nb: 2\n", "f.yaml:2: not YAML: but found another document"),
        ("a: *x\n", "f.yaml:1: not YAML: found undefined alias"),
        ("a: &x [1]\nb: 1\nc: *x\n", "f.yaml:3: c: YAML aliases are not used here; write it out"),
        ("a: &x one\nb: *x\n", "f.yaml:2: b: YAML aliases are not used here; write it out"),
        ("a: &x one\n*x : 2\n", "f.yaml:1: YAML aliases are not used here; write it out"),
        ("a: &x [*x]\n", "f.yaml:1: a[0]: YAML aliases are not used here; write it out"),
        ("a:\n  <<: {b: 1}\n", "f.yaml:2: a: YAML merge keys are not used here; write it out"),
        ("? [a]\n: 1\n", "f.yaml:1: a key must be text; put quotes around it"),
        ("yes: 1\n", "f.yaml:1: a key must be text; put quotes around it"),
        ("~: 1\n", "f.yaml:1: a key must be text; put quotes around it"),
        ("!!binary YQ==: 1\n", "f.yaml:1: a key must be text; put quotes around it"),
        ("2025-13-45: 1\n", "f.yaml:1: '2025-13-45' can't be read as tag:yaml.org,2002:timestamp"),
        ("=: 1\n", "f.yaml:1: '=' can't be read as tag:yaml.org,2002:value"),
        ("a: !!bool maybe\n", "f.yaml:1: a: 'maybe' can't be read as tag:yaml.org,2002:bool"),
        ("a: !!int ''\n", "f.yaml:1: a: '' can't be read as tag:yaml.org,2002:int"),
        ("a: !!timestamp x\n", "f.yaml:1: a: 'x' can't be read as tag:yaml.org,2002:timestamp"),
        ("a: !!python/name:os.system x\n", "f.yaml:1: a: 'x' can't be read as tag:yaml.org,2002:python/name:os.system"),
        ("a: 0x" + "f" * 5000, "f.yaml:1: a: the number is too large"),
        ("a: " + "9" * 5000, f"f.yaml:1: a: '{'9' * 40}…' can't be read as tag:yaml.org,2002:int"),
        ('a:\n  - "x\\0y"\n', "f.yaml:2: a[0]: a NUL character has no meaning here"),
        ('"x\\0y": 1\n', "f.yaml:1: a NUL character has no meaning here"),
    ],
)
def test_a_mistake_is_named_with_its_line_and_key(text: str | bytes, message: str) -> None:
    assert error_of(text) == message


def test_an_anchor_that_nobody_refers_to_is_harmless() -> None:
    assert parse_document("f.yaml", b"a: &x [1]\n").value == {"a": [1]}


@pytest.mark.parametrize("text", ["[" * 100_000, "{a: " * 100_000, "- " * 100_000, "? " * 100_000])
def test_any_depth_of_nesting_is_an_error_and_no_crash(text: str) -> None:
    assert error_of(text) == "f.yaml:1: not YAML: nested too deeply"


@given(st.lists(st.sampled_from(WORDS), max_size=20).map("".join) | st.text(max_size=40))
@example("a: !!float ''")
def test_any_text_is_a_document_or_a_config_error(text: str) -> None:
    try:
        parse_document("f.yaml", text.encode("utf-8", "surrogatepass"))
    except ConfigError as error:
        assert error.problems[0].file == "f.yaml"  # noqa: PT017 - it may also be fine


def test_keys_are_shown_as_people_write_them() -> None:
    assert format_key(("owns", "critical", 2, "x")) == "owns.critical[2].x"
