"""What counts as broken: what griffe sees, what we add to it, and what is no break."""

import pytest

from support.common_code import broken, find

CACHE = "common/cache.py"


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("def get(name): ...", "def fetch(name): ...", ["common.cache.get: removed"]),
        ("TTL = 1", "", ["common.cache.TTL: removed"]),
        ("class Cache:\n    def get(self): ...", "class Cache: ...", ["common.cache.Cache.get: removed"]),
        ("class Cache:\n    def __init__(self): self.size = 1", "class Cache:\n    def __init__(self): ...",
         ["common.cache.Cache.size: removed"]),
        ("def get(name, ttl): ...", "def get(name): ...", ["common.cache.get: parameter-removed"]),
        ("def get(name): ...", "def get(name, ttl): ...", ["common.cache.get: parameter-added"]),
        ("def get(a, b): ...", "def get(b, a): ...", ["common.cache.get: parameter-moved, parameter-moved"]),
        ("def get(a, b=1): ...", "def get(a, *, b=1): ...", ["common.cache.get: parameter-kind"]),
        ("def get(a=1): ...", "def get(a): ...", ["common.cache.get: parameter-required"]),
        ("def get(a=1): ...", "def get(a=2): ...", ["common.cache.get: parameter-default"]),
        ("class Cache: ...", "def Cache(): ...", ["common.cache.Cache: kind"]),
        ("class A: ...\nclass B(A): ...", "class A: ...\nclass B: ...", ["common.cache.B: base-removed"]),
        ("def get(): ...", "async def get(): ...", ["common.cache.get: form"]),
        ("class C:\n    async def get(self): ...", "class C:\n    def get(self): ...", ["common.cache.C.get: form"]),
        ("class C:\n    def size(self): ...", "class C:\n    @property\n    def size(self): ...",
         ["common.cache.C.size: kind"]),
        ("__all__ = ['a', 'b']\ndef a(): ...\ndef b(): ...", "__all__ = ['a']\ndef a(): ...\ndef b(): ...",
         ["common.cache.b: not-exported"]),
    ],
)  # fmt: skip
def test_what_is_taken_away_or_taken_otherwise_is_broken(before: str, after: str, expected: list[str]) -> None:
    assert broken({CACHE: before}, {CACHE: after}) == expected


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("def get(a): ...", "def get(a, b=1, *, c=2): ..."),
        ("def get(a): ...", "def get(*args, **kwargs): ..."),
        ("def _get(a): ...", ""),
        ("class C:\n    def _get(self): ...", "class C: ..."),
        ("__all__ = ['a']\ndef a(): ...\ndef b(): ...", "__all__ = ['a']\ndef a(): ..."),
        ("import os\nfrom json import loads\ndef a(): ...", "def a(): ..."),
        ("def a() -> int: ...", "def a(): ..."),
        ("X = 1", "X = 2"),
        ("class A: ...", "class A(Exception): ..."),
        ("def a():\n    return 1", "def a():\n    '''Says more.'''\n    return 2"),
        ("class A: ...", "class B: ...\nA = B"),
        ("def a(x): ...", "def b(x): ...\na = b"),
        ("class A:\n    def get(self): ...", "class Base:\n    def get(self): ...\nclass A(Base): ..."),
        ("if True:\n    def a(): ...\nelse:\n    def a(): ...", "def a(): ..."),
    ],
)
def test_what_every_user_still_can_do_is_not_broken(before: str, after: str) -> None:
    assert broken({CACHE: before}, {CACHE: after}) == []


def test_another_name_for_a_thing_that_takes_something_else_is_broken() -> None:
    assert broken({CACHE: "def a(x): ..."}, {CACHE: "def b(x, y): ...\na = b"}) == ["common.cache.a: parameter-added"]


def test_a_name_that_moved_and_takes_something_else_now_is_broken_where_it_was() -> None:
    after = {"common/store.py": "class C:\n    def get(self): ...", CACHE: "from .store import C"}
    (found,) = find({CACHE: "class C:\n    def get(self, a): ..."}, after)

    assert (found.symbol, found.path, found.line) == ("common.cache.C.get", b"common/store.py", 2)


def test_a_name_that_moved_and_is_imported_where_it_was_is_not_broken() -> None:
    after = {"common/store.py": "def get(a): ...", CACHE: "from .store import get"}

    assert broken({CACHE: "def get(a): ..."}, after) == []


@pytest.mark.parametrize("passing_on", ["from .cache import get, put", "from common.cache import *"])
def test_a_name_that_a_package_passes_on_and_no_longer_does_is_broken(passing_on: str) -> None:
    before = {"common/__init__.py": passing_on, CACHE: "def get(): ...\ndef put(): ..."}

    assert broken(before, {"common/__init__.py": "from .cache import get"}) == ["common.put: removed"]


def test_a_package_that_passes_on_by_a_star_loses_what_its_module_loses() -> None:
    before = {"services/common/__init__.py": "from .cache import *", "services/common/cache.py": "def get(): ..."}

    assert broken(before, {"services/common/cache.py": ""}) == [
        "services.common.get: removed", "services.common.cache.get: removed",
    ]  # fmt: skip


def test_a_star_by_the_name_that_the_folder_is_put_on_the_path_by_is_followed() -> None:
    before = {"services/common/__init__.py": "from common.cache import *", "services/common/cache.py": "A = 1\nB = 1"}

    assert "services.common.B: removed" in broken(before, {"services/common/cache.py": "A = 1"})


def test_what_a_package_imports_for_itself_from_elsewhere_is_no_part_of_it() -> None:
    before = {"common/__init__.py": "from typing import Any\nfrom requests import get\nimport os"}

    assert broken(before, {"common/__init__.py": ""}) == []


def test_a_method_that_a_base_class_lost_is_told_once() -> None:
    before = {CACHE: "class A:\n    def get(self): ...\nclass B(A): ..."}

    assert broken(before, {CACHE: "class A: ...\nclass B(A): ..."}) == ["common.cache.A.get: removed"]


def test_a_method_inherited_from_a_module_that_did_not_change_is_known() -> None:
    before = {
        "common/roots.py": "class Root:\n    def get(self): ...",
        CACHE: "from .roots import Root\nclass C(Root):\n    def get(self): ...",
    }

    assert broken(before, {CACHE: "from .roots import Root\nclass C(Root): ..."}) == []


def test_a_module_that_is_gone_is_one_break() -> None:
    (found,) = find({CACHE: "A = 1\nB = 2", "common/other.py": "C = 1"}, {CACHE: None})

    assert (found.symbol, found.path, found.is_module, found.told) == (
        "common.cache",
        b"common/cache.py",
        True,
        "is gone",
    )


def test_a_package_that_is_gone_is_one_break() -> None:
    before = {"common/__init__.py": "", "common/a.py": "A = 1", "common/b.py": "B = 1"}

    assert broken(before, dict.fromkeys(before)) == ["common: removed"]


def test_a_folder_that_is_no_package_loses_its_modules_one_by_one() -> None:
    before = {"common/a.py": "A = 1", "common/b.py": "B = 1", "common/c.py": "C = 1"}

    assert broken(before, {"common/a.py": None, "common/b.py": None}) == ["common.a: removed", "common.b: removed"]


def test_all_modules_of_a_folder_that_is_no_package_may_go_at_once() -> None:
    assert broken({"common/a.py": "A = 1"}, {"common/a.py": None}) == ["common.a: removed"]


def test_a_new_package_breaks_nothing() -> None:
    assert broken({}, {"common/__init__.py": "from .a import A", "common/a.py": "A = 1"}) == []


def test_a_module_that_becomes_a_package_breaks_nothing_when_it_keeps_its_names() -> None:
    after = {
        CACHE: None,
        "common/cache/__init__.py": "from .store import get",
        "common/cache/store.py": "def get(): ...",
    }

    assert broken({CACHE: "def get(): ..."}, after) == []


def test_below_src_the_name_begins_behind_it() -> None:
    before = {
        "packages/shared-lib/src/shared/__init__.py": "",
        "packages/shared-lib/src/shared/x.py": "def get(a): ...",
    }
    (found,) = find(before, {"packages/shared-lib/src/shared/x.py": "def get(): ..."})

    assert found.symbol == "shared.x.get"
    assert found.wholes == ("packages.shared-lib.src.shared.x.get",)


def test_two_packages_of_one_name_are_two() -> None:
    before = {"a/src/shared/x.py": "def get(a): ...", "b/src/shared/x.py": "def get(a): ..."}
    found = find(before, {"b/src/shared/x.py": "def get(): ..."})

    assert [each.path for each in found] == [b"b/src/shared/x.py"]


def test_a_script_that_nobody_can_import_has_no_api() -> None:
    assert broken({"common/do-it.py": "def a(): ..."}, {"common/do-it.py": ""}) == []


def test_a_break_says_where_the_name_is_now_or_was() -> None:
    before = {CACHE: "\n\ndef gone(): ...\n\n\ndef changed(a): ...\n"}
    found = find(before, {CACHE: "def changed(b): ...\n"})

    assert [(each.symbol, each.line, each.is_gone) for each in found] == [
        ("common.cache.changed", 1, False), ("common.cache.gone", 3, True),
    ]  # fmt: skip


def test_code_is_never_run() -> None:
    before = {CACHE: "raise SystemExit('run')\ndef a(): ..."}

    assert broken(before, {CACHE: "raise SystemExit('run')"}) == ["common.cache.a: removed"]


def test_odd_escapes_and_unknown_imports_say_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    before = {CACHE: "import nowhere\nfrom nowhere.at import *\nA = '\\d'\nB = 1"}

    assert broken(before, {CACHE: "import nowhere\nfrom nowhere.at import *\nA = '\\d'"}) == ["common.cache.B: removed"]
    assert capfd.readouterr() == ("", "")
