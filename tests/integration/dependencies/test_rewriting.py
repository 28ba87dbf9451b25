"""Rewriting a version changes its own characters and nothing else, in every kind of manifest."""

import json
import tomllib

from hypothesis import given
from hypothesis import strategies as st

from agentgrid.integration.dependencies.manifests import read_manifest
from agentgrid.integration.dependencies.standardizing.planning import plan_edits
from agentgrid.integration.dependencies.standardizing.target import Target
from agentgrid.integration.dependencies.texts import read_text, replace_spans

MARK = "\x00"
ENDS = st.sampled_from(["\n", "\r\n"])
REQUIREMENT_LINES = st.sampled_from([
    "# requests==1.0 \\", "", "   ", "flask>=2 # requests==1", "--index-url https://u:p@host/simple", "\\",
    "uvicorn==0.3",
    "caf\udce9 # no requirement", "-r more.txt", "httpx==1 --hash=sha256:ab",
    "a @ https://h/a.whl ; python_version < '3'",
])  # fmt: skip
WANTED_LINES = st.sampled_from([
    f"requests{MARK}", f"  Requests[socks] {MARK}  ; python_version > '3' # why",
    f"requests ({MARK})", f"requests{MARK}#x",
])  # fmt: skip
VERSIONS = st.sampled_from(["==1.0", ">=1.0,<2", "~=1.4", "!=1.5"])
TARGET = Target("python", "requests", "pep440", "==9.9.*")


def rewrite(name: bytes, content: bytes, target: Target) -> bytes:
    plans, _ = plan_edits({name: read_manifest(name, content)}, [target])
    return replace_spans(content, [(edit.span, edit.after) for plan in plans for edit in plan.edits])


@given(
    st.lists(REQUIREMENT_LINES), st.lists(REQUIREMENT_LINES), WANTED_LINES, VERSIONS, ENDS, st.booleans(),
    st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
)  # fmt: skip
def test_requirements_keep_every_other_byte(
    before: list[str], after: list[str], wanted: str, version: str, end: str, is_ended: bool, encoding: str
) -> None:
    before = [*before, "# here"] if before and before[-1].endswith("\\") else before
    text = end.join([*before, wanted, *after]) + (end if is_ended else "")
    if encoding == "utf-16":
        text = text.replace("\udce9", "e")
    if f"{MARK}#" in text:
        version = f"{version} "
    old, new = (text.replace(MARK, each).encode(encoding, "surrogateescape") for each in (version, "==9.9.*"))
    if version.endswith(" "):
        new = text.replace(MARK, "==9.9.* ").encode(encoding, "surrogateescape")

    assert rewrite(b"requirements.txt", old, TARGET) == new


PYPROJECT = f"""\
[build-system]  # requests==1
requires = ['hatchling']
[project]
name = "x"
description = '''
requests==1'''
dependencies = [ "flask>=2", # requests
  "requests[socks]{MARK}", 'rich' ]
[[tool.x]]
requests = "==1.0"
[[tool.x]]
"a.b" . 'c' = {{ d = [1, {{ e = 1979-05-27 }}], requests = "=1" }}
[project.optional-dependencies]
"d\\u0065v" = ["requests{MARK}"]
"""


@given(VERSIONS, ENDS)
def test_pyproject_keeps_every_other_byte(version: str, end: str) -> None:
    text = PYPROJECT.replace("\n", end)
    old, new = (text.replace(MARK, each).encode() for each in (version, "==9.9.*"))

    assert rewrite(b"pyproject.toml", old, TARGET) == new


KEYS = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), max_size=6)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | KEYS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=12,
)


@given(st.dictionaries(KEYS, JSON, max_size=4), st.booleans(), st.sampled_from([None, 2, "\t"]), ENDS)
def test_package_json_keeps_every_other_byte(
    extra: dict[str, object], is_ascii: bool, indent: int | str | None, end: str
) -> None:
    data = {**extra, "dependencies": {"a": "1", "react": "MARK"}, "peerDependencies": {"react": "MARK"}, "z": extra}
    text = json.dumps(data, ensure_ascii=is_ascii, indent=indent).replace("\n", end)
    old, new = (text.replace('"MARK"', json.dumps(each)).encode() for each in ("^17.0.0", "^18.2.0"))

    assert rewrite(b"package.json", old, Target("npm", "react", "npm", "^18.2.0")) == new


TOML_VALUES = st.sampled_from([
    '"a"', "'b'", '"""c\n"""', "'''d'''", "1", "1.5", "true", "[ 'x', # y\n 'z',\n]", "{ a = 1, b.c = 'd' }",
    "1979-05-27T07:32:00Z",
    '"esc\\"aped"', '"""q"" """', "[[1], ['a']]",
])  # fmt: skip


@given(st.lists(TOML_VALUES, max_size=6), st.sampled_from(['"{}"', "'{}'", "{{ version = '{}', features = ['a'] }}"]))
def test_cargo_keeps_every_other_byte(values: list[str], form: str) -> None:
    noise = "".join(f"k{number} = {value}\n" for number, value in enumerate(values))
    text = f"[package]\nname = 'p'\n{noise}[dependencies]\nserde = {form}\n[package.metadata]\n{noise}"
    old, new = (text.replace("{}", each).replace("{{", "{").replace("}}", "}").encode() for each in ("1.0", "1.2"))
    tomllib.loads(old.decode())

    assert rewrite(b"Cargo.toml", old, Target("cargo", "serde", "cargo", "1.2")) == new


@given(st.binary(max_size=200))
def test_no_edit_changes_nothing_whatever_the_bytes(content: bytes) -> None:
    try:
        read_text(content)
    except ValueError:
        return

    assert replace_spans(content, []) == content


def test_go_mod_keeps_every_other_byte() -> None:
    text = "module shop\r\n\r\nrequire (\r\n\tgithub.com/a/b  v1.0.0 // v1.0.0\r\n)\r\nexclude github.com/a/b v1.0.0"
    new = text.replace("b  v1.0.0", "b  v1.4.0")

    assert rewrite(b"go.mod", text.encode(), Target("go", "github.com/a/b", "go", "v1.4.0")) == new.encode()
