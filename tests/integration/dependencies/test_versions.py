"""What constraints allow, and whether one version would do for several."""

import pytest

from agentgrid.integration.dependencies.versions.ranges import find_common, read_range
from agentgrid.integration.dependencies.wanted import Form


@pytest.mark.parametrize(
    ("form", "constraints", "state", "example"),
    [
        ("pep440", ["==0.104.1", ">=0.104.1"], "version", "0.104.1"),
        ("pep440", ["==0.104.1", "==0.109.0"], "none", None),
        ("pep440", [">=0.104.1", "==0.111.*"], "version", "0.111"),
        ("pep440", [">1.0", "<2.0"], "range", None),
        ("pep440", [">1.0", "<1.0.1"], "range", None),
        ("pep440", [">=1,<2", "!=1.*"], "none", None),
        ("pep440", ["!=1.0", ">=1.0,<1.1"], "range", None),
        ("pep440", [">=2.0rc1", "<2.0"], "none", None),
        ("pep440", [">=2.0rc1", "==2.0rc1"], "version", "2.0rc1"),
        ("pep440", ["~=1.4.2", "<1.5"], "version", "1.4.2"),
        ("pep440", ["==1!2.0", ">=3"], "version", "1!2.0"),
        ("pep440", ["<2", "<3"], "range", None),
        ("poetry", ["^1.2", "~1.5"], "version", "1.5"),
        ("poetry", ["^0.2", "^0.3"], "none", None),
        ("poetry", ["^0.0.3", "0.0.4"], "none", None),
        ("poetry", ["^1.2 || ^2", "2.0.0"], "version", "2.0.0"),
        ("poetry", [">=1.0 <2.0", "1.*"], "version", "1.0"),
        ("npm", ["^18.0.0", "~18.2"], "version", "18.2.0"),
        ("npm", ["^17", "^18"], "none", None),
        ("npm", ["^0.2.3", "0.2.9"], "version", "0.2.9"),
        ("npm", [">1.2.3", "<1.2.5"], "range", None),
        ("npm", [">1.2.3", "<1.2.4"], "none", None),
        ("npm", ["1.x || >= 2.5.0", "^2.1.0"], "version", "2.5.0"),
        ("npm", ["1.2.3 - 2", "v2.0.0"], "version", "2.0.0"),
        ("cargo", ["1.0", "1.0.200"], "version", "1.0.200"),
        ("cargo", ["=1.2.3", "^1.2.5"], "none", None),
        ("cargo", [">=1, <2", "1.*"], "version", "1.0.0"),
        ("cargo", ["0.4", "0.5"], "none", None),
        ("go", ["v1.2.3", "v1.9.0"], "version", "1.9.0"),
        ("go", ["v1.9.0", "!v1.9.0"], "range", None),
    ],
)
def test_a_common_version_is_found_where_there_is_one(
    form: Form, constraints: list[str], state: str, example: str | None
) -> None:
    for listed in (constraints, constraints[::-1]):
        common = find_common([read_range(form, each) for each in listed])
        assert (common.state, common.example) == (state, example)


@pytest.mark.parametrize(
    ("form", "one", "other"),
    [
        ("pep440", "==1.0", "== 1.0.0"),
        ("pep440", ">=1,<2", "<2 , >=1"),
        ("poetry", "0.111.*", "==0.111.*"),
        ("poetry", "^1.2", ">=1.2,<2"),
        ("npm", "", "*"),
        ("npm", "=1.2.3", "1.2.3"),
        ("cargo", "1.2", "^1.2"),
    ],
)
def test_two_spellings_are_one_constraint(form: Form, one: str, other: str) -> None:
    assert read_range(form, one).key == read_range(form, other).key


@pytest.mark.parametrize(
    ("form", "one", "other"), [("pep440", "~=1.4", "~=1.4.0"), ("pep440", "==1.0", "==1.0.*"), ("npm", "1.2", "1.2.0")]
)
def test_two_constraints_that_look_alike_are_two(form: Form, one: str, other: str) -> None:
    assert read_range(form, one).key != read_range(form, other).key


@pytest.mark.parametrize(
    ("form", "constraint"),
    [("pep440", "^1"), ("pep440", "=1"), ("poetry", "one"), ("npm", "1.2.3.4"), ("cargo", "1 || 2"), ("go", "v1")],
)
def test_what_is_no_constraint_is_refused(form: Form, constraint: str) -> None:
    with pytest.raises(ValueError, match=r"is no|Invalid|version"):
        read_range(form, constraint)
