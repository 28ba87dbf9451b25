"""The light scanner reads the same JSON as `json`, and nothing else."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentgrid.hooks.dialects.scanning import parse_object

SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
VALUES = st.recursive(SCALARS, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=12)


@given(st.dictionaries(st.text(), VALUES), st.booleans(), st.sampled_from([None, 1, "\t"]))
def test_what_json_writes_is_read(value: dict[str, object], is_ascii: bool, indent: int | str | None) -> None:
    content = json.dumps(value, ensure_ascii=is_ascii, indent=indent)
    assert parse_object(f" \n{content}\r\n\t") == value


@given(st.dictionaries(st.text(min_size=1), VALUES, min_size=1), st.data())
def test_what_is_cut_off_is_never_read(value: dict[str, object], data: st.DataObject) -> None:
    content = json.dumps(value)
    length = data.draw(st.integers(0, len(content) - 1))
    with pytest.raises(ValueError, match=r"no JSON"):
        parse_object(content[:length])


@pytest.mark.parametrize(
    "content",
    ["", " ", "[]", "7", '"x"', "null", "{} {}", "{},", '{"a": 1,}', "{'a': 1}", '{"a": NaN}', '{"a": Infinity}',
     '{"a": "\t"}', '{"a": "\\ud8"}', '{"a": "\\x41"}', "\ufeff{}", "[" * 200_000, '{"a":' * 200_000, '{"a": tru}'],
)  # fmt: skip
def test_anything_else_is_refused(content: str) -> None:
    with pytest.raises(ValueError, match=r"no JSON"):
        parse_object(content)


def test_of_a_key_twice_the_last_counts_as_everywhere() -> None:
    assert parse_object('{"a": 1, "a": 2}') == json.loads('{"a": 1, "a": 2}') == {"a": 2}
