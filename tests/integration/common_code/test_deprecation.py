"""What says of itself that it will go, and what stands in for what went."""

import pytest

from agentgrid.integration.common_code.deprecation import has_warned
from support.common_code import broken

CACHE = "common/cache.py"
WARN = "    warnings.warn('use fetch', DeprecationWarning, stacklevel=2)\n"


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("@warnings.deprecated('use fetch')\ndef get(): ...", ["get"]),
        ("@deprecated('use fetch')\nclass Cache: ...", ["Cache"]),
        ("@typing_extensions.deprecated('x')\ndef get(): ...", ["get"]),
        (f"def get():\n{WARN}", ["get"]),
        ("def get():\n    warn('x', category=DeprecationWarning)", ["get"]),
        ("def get():\n    warnings.warn(DeprecationWarning('x'))", ["get"]),
        (f"class Cache:\n  def __init__(self):\n{WARN}", ["Cache"]),
        (f"class Cache:\n  def __init__(self):\n{WARN}", ["Cache", "get"]),
        ("class Cache:\n  @deprecated('x')\n  def get(self): ...", ["Cache", "get"]),
        ("warnings.warn('the module', DeprecationWarning)\ndef get(): ...", ["get"]),
        ("warnings.warn('the module', DeprecationWarning)", []),
        ("if True:\n  @deprecated('x')\n  def get(): ...", ["get"]),
        (f"def __getattr__(name):\n  if name == 'get':\n{WARN}", ["get"]),
    ],
)
def test_what_warns_by_a_decorator_or_by_a_warning_is_deprecated(text: str, names: list[str]) -> None:
    assert has_warned(text, names)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("def get(): ...", ["get"]),
        ("def get():\n    warnings.warn('careful')", ["get"]),
        ("def get():\n    warnings.warn('careful', RuntimeWarning)", ["get"]),
        (f"def other():\n{WARN}def get(): ...", ["get"]),
        ("def get(: ...", ["get"]),
    ],
)
def test_what_does_not_warn_is_not(text: str, names: list[str]) -> None:
    assert not has_warned(text, names)


def test_a_name_that_the_module_still_hands_on_is_not_broken() -> None:
    after = "def fetch(): ...\ndef __getattr__(name):\n  if name == 'get':\n" + WARN + "    return fetch\n"

    assert broken({CACHE: "def get(): ..."}, {CACHE: after}) == []


def test_a_table_of_old_names_counts_too() -> None:
    after = "_OLD = {'get': 'fetch'}\ndef fetch(): ...\ndef __getattr__(name):\n    return globals()[_OLD[name]]\n"

    assert broken({CACHE: "def get(): ..."}, {CACHE: after}) == []


def test_a_name_that_the_module_does_not_hand_on_is_broken() -> None:
    after = "def __getattr__(name):\n    if name == 'other':\n        return 1\n"

    assert broken({CACHE: "def get(): ..."}, {CACHE: after}) == ["common.cache.get: removed"]


def test_a_class_that_became_a_function_that_warns_is_kept() -> None:
    after = f"class New: ...\ndef Old(*args, **kwargs):\n{WARN}    return New()\n"

    assert broken({CACHE: "class Old: ..."}, {CACHE: after}) == []
