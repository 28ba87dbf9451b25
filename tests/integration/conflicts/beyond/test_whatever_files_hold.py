"""No file brings it down, none takes long, and a side never meets itself."""

import time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agentgrid.integration.conflicts.beyond import gathering
from agentgrid.integration.conflicts.beyond.gathering import TOO_LARGE_BYTES, Memo, Version, gather_facts
from agentgrid.integration.conflicts.beyond.languages import LANGUAGES
from agentgrid.integration.conflicts.beyond.meeting import meet
from support.meetings import meetings, reasons

DEEP = 100_000
STRANGE = [
    b"def f(:\n",
    b"\0",
    b"def f():\n    return '\0'\n",
    b"\xff\xfe",
    b"# coding: nonsense\nx = 1\n",
    b"# coding: rot13\nx\n",
    b"# coding: utf-7\n+AGY-\n",
    b"# coding: hex\n00\n",
    b"x = " + b"(" * DEEP,
    b"x = " + b"-" * DEEP + b"1",
    b"[" * DEEP + b"]" * DEEP,
    b"a:\n" + b" " * 50 + b"- " * 5_000,
    b"x = 1" + b" + 1" * DEEP,
    b"x" + b".y" * 50_000 + b"()",
    b"x" + b"()" * 2_000,
    b"{" * 900,
    b'{"a":' * DEEP,
    b"a = " + b"[" * DEEP,
    b"a: &a [1]\n" + b"".join(b"b%d: &b%d [*a, *a, *a, *a, *a, *a]\n" % (n, n) for n in range(9)),
    b"a: &a {x: *a}\n",
    b"a: *nobody\n",
    b"9" * 5_000,
    b"a: " + b"9" * 5_000,
    b"lambda: (yield)\n",
    b"x = '\\d'\n",
    b"from . import *\nfrom .... import x\n",
    b"import \xc3\xa9t\xc3\xa9\n",
    b"a: [1, {b: 2}]\n? [x, y]\n: 1\n",
    b"- 1\n",
    b"1",
    b"",
    b'{"dependencies": 3}',
    b'{"dependencies": {"a": null}}',
    b"[project]\ndependencies = 3\n",
    b"[target]\na = 1\n",
    b'{"\\ud800": "\\ud800"}',
    b'a: "\\ud800"\n',
    b"match x:\n    case {'a': b, **c}:\n        c()\n",
]
NAMES = ["m.py", "c.json", "c.yaml", "c.toml", "requirements.txt", "pyproject.toml", "package.json", "Cargo.toml",
         "go.mod", "migrations/0001_a.py", "b\u00e9/m.pyi"]  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_nothing_that_a_file_holds_is_an_error(name: str) -> None:
    started = time.monotonic()
    for content in STRANGE:
        meetings({name: "a = 1\n"}, {name: content}, {name: "a = 2\n"})
        meetings({name: content}, {name: "a = 1\n"}, {name: None})
        meetings({}, {name: content}, {name: b"b = 1\n" + content})
    assert time.monotonic() - started < 60


def test_a_file_beyond_the_limit_is_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    filler = "# " + "x" * TOO_LARGE_BYTES + "\n"

    def sides(head: str) -> list[str]:
        base = head + "def f():\n    return 1\n"
        return reasons({"m.py": base}, {"m.py": base.replace("1", "2")}, {"m.py": base.replace("1", "3")})

    assert sides(filler) == []
    assert len(sides("")) == 1
    monkeypatch.setattr(gathering, "TOO_LARGE_BYTES", TOO_LARGE_BYTES * 2)
    assert len(sides(filler)) == 1


def test_each_version_is_parsed_once_for_many_agents(monkeypatch: pytest.MonkeyPatch) -> None:
    parsed = []
    python = LANGUAGES[0]
    parse = type(python).parse

    def count(self: Any, path: bytes, content: bytes) -> Any:
        parsed.append(content)
        return parse(self, path, content)

    monkeypatch.setattr(type(python), "parse", count)
    memo = Memo()
    base = b"def f():\n    return 0\n"
    facts = []
    for number in range(5):

        def read(version: Version, _path: bytes, number: int = number) -> bytes:
            return base if version == "base" else base.replace(b"0", b"%d" % (number + 1))

        facts.append(gather_facts(read, [b"m.py"], memo=memo))
    met = [meet(a, b, ("a", "b")) for a in facts for b in facts if a is not b]
    assert all(len(each) == 1 for each in met)
    assert len(parsed) == 6


LINES = st.lists(
    st.sampled_from(
        [
            "def f(a, b=1, *c, d, **e):",
            "    return g(1, *a, b=2)",
            "class C(g):",
            "    x: int = f(1)",
            "    def m_name(self):",
            "        self.m_name(2)",
            "@f",
            "import a.b",
            "from .m import f as g",
            "g = lambda x: x.m_name()",
            "f(1)",
            "",
            "async def g():",
            "    pass",
            "        return [f(a) for a in g]",
            "if g:",
            "else:",
            "try:",
            "except f as g:",
            "del f",
            "    global f",
            "g: f = m.f.m_name",
            "    def __init__(self, x):",
        ]
    ),
    max_size=14,
)


@settings(max_examples=150, deadline=None)
@given(LINES, LINES, LINES)
def test_random_edits_never_bring_it_down_and_a_side_never_meets_itself(
    base: list[str], a: list[str], b: list[str]
) -> None:
    old, one, other = ({"m.py": "\n".join(lines), "n/m.py": "\n".join(lines[::-1])} for lines in (base, a, b))
    meetings(old, one, other)
    assert meetings(old, one, one) == ()
    there, back = reasons(old, one, other), reasons(old, other, one)
    assert len(there) == len(back)


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(NAMES), st.binary(max_size=60), st.binary(max_size=60), st.binary(max_size=60))
def test_random_bytes_never_bring_it_down(name: str, base: bytes, a: bytes, b: bytes) -> None:
    meetings({name: base}, {name: a}, {name: b})
    assert meetings({name: base}, {name: a}, {name: a}) == ()
