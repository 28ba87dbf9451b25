"""One function that both sides change, wherever in it, also where git merges without a word."""

import pytest

from agentgrid.integration.conflicts.model import Hunk, LineRange
from support.meetings import meetings, reasons

BASE = """\
import os

def load(path):
    first = 1
    second = 2
    return first + second


class Cache:
    ttl = 30

    def get(self, key):
        return key

    def put(self, key):
        return key


def idle():
    pass
"""


def met(old_a: str, new_a: str, old_b: str, new_b: str, base: str = BASE) -> list[str]:
    assert old_a in base
    assert old_b in base
    return reasons({"m.py": base}, {"m.py": base.replace(old_a, new_a)}, {"m.py": base.replace(old_b, new_b)})


def test_one_function_changed_in_two_places_meets_with_the_lines_of_all_three() -> None:
    a, b = (
        BASE.replace("first = 1", "first = 10").replace("import os\n", "import os\nimport sys\n"),
        BASE.replace("return first + second", "return first - second"),
    )
    [meeting] = meetings({"m.py": BASE}, {"m.py": a}, {"m.py": b})
    assert (meeting.path, meeting.level, meeting.kind) == (b"m.py", "overlap", "function")
    assert meeting.reason == "a1 and a2 both change load(), each in its own way"
    assert meeting.hunks == (Hunk(LineRange(3, 4), LineRange(4, 4), LineRange(3, 4)),)


def test_two_functions_do_not_meet() -> None:
    assert met("first = 1", "first = 10", "    pass", "    return 1") == []
    assert met("return key\n\n    def put", "return 1\n\n    def put", "self, key):\n        return key\n\n\n",
               "self, key):\n        return 2\n\n\n") == []  # fmt: skip


def test_the_same_change_on_both_sides_is_no_meeting() -> None:
    assert met("first = 1", "first = 10", "first = 1", "first = 10") == []


def test_what_python_does_not_see_is_no_change() -> None:
    assert met("first = 1", "first = (1)  # one", "return first + second", "return first - second") == []
    assert met("def load(path):\n", 'def load(path):\n    """Loads."""\n', "first = 1", "first = 2") == []


def test_a_function_that_only_moves_is_not_changed() -> None:
    idle = "def idle():\n    pass\n"
    moved = idle + "\n\n" + BASE.replace(idle, "")
    assert reasons({"m.py": BASE}, {"m.py": moved}, {"m.py": BASE.replace("    pass", "    return 1")}) == []


def test_a_decorator_belongs_to_its_function() -> None:
    assert met("def idle():", "@cache\ndef idle():", "    pass", "    return 1") == [
        "a1 and a2 both change idle(), each in its own way"
    ]


def test_a_method_is_named_with_its_class() -> None:
    body = "def get(self, key):\n        return key"
    assert met(body, body.replace("return key", "return 1"), body, body.replace("return key", "return 2")) == [
        "a1 and a2 both change Cache.get(), each in its own way"
    ]


def test_the_own_statements_of_a_class_are_one_thing_and_its_methods_others() -> None:
    assert met("ttl = 30", "ttl = 60", "class Cache:", "class Cache(dict):") == [
        "a1 and a2 both change class Cache, each in its own way"
    ]
    assert met("ttl = 30", "ttl = 60", "def put(self, key):", "def put(self, key, value=0):") == []


def test_both_adding_methods_to_a_class_do_not_meet() -> None:
    assert met("    ttl = 30\n", "    ttl = 30\n\n    def one(self): ...\n", "    ttl = 30\n",
               "    ttl = 30\n\n    def two(self): ...\n") == []  # fmt: skip


def test_a_function_that_both_add_in_different_ways_meets() -> None:
    assert met(
        "def idle", "def fresh(): return 1\n\n\ndef idle", "def idle", "def fresh(): return 2\n\n\ndef idle"
    ) == ["a1 and a2 both add fresh(), each in its own way"]


def test_one_that_is_deleted_here_and_changed_there_meets() -> None:
    assert "a1 removes idle(), and a2 changes it" in met("def idle():\n    pass\n", "", "    pass", "    return 1")


NESTED = """\
def outer():
    def inner():
        return 1
    value = 2
    return inner() + value
"""


def test_of_nested_functions_the_innermost_that_both_change_is_named() -> None:
    assert met("return 1", "return 3", "return 1", "return 4", NESTED) == [
        "a1 and a2 both change outer.inner(), each in its own way"
    ]
    assert met("return 1", "return 3", "value = 2", "value = 3", NESTED) == [
        "a1 and a2 both change outer(), each in its own way"
    ]


def test_asynchronous_functions_and_overloads_count_as_one_name() -> None:
    base = "@overload\ndef f(a: int): ...\n@overload\ndef f(a: str): ...\ndef f(a):\n    return a\n"
    assert met("a: int", "a: float", "return a", "return str(a)", base) == [
        "a1 and a2 both change f(), each in its own way"
    ]
    base = "async def f(a):\n    one = 1\n\n    return a\n"
    assert met("one = 1", "one = 2", "return a", "return 1", base) == ["a1 and a2 both change f(), each in its own way"]


def test_one_behind_a_condition_is_found() -> None:
    base = "if True:\n    try:\n        def f():\n            one = 1\n            return one\n"
    base += "    except OSError:\n        f = 1\n"
    assert met("one = 1", "one = 2", "return one", "return 2", base) == [
        "a1 and a2 both change f(), each in its own way"
    ]


@pytest.mark.parametrize("ending", ["\r\n", "\r"])
def test_line_endings_change_nothing(ending: str) -> None:
    a = BASE.replace("first = 1", "first = 10").replace("\n", ending).encode()
    b = BASE.replace("return first + second", "return 1").encode()
    [meeting] = meetings({"m.py": BASE}, {"m.py": a}, {"m.py": b})
    assert meeting.hunks == (Hunk(LineRange(3, 4), LineRange(3, 4), LineRange(3, 4)),)
    [only_ending] = [BASE.replace("\n", ending).encode()]
    assert meetings({"m.py": BASE}, {"m.py": only_ending}, {"m.py": b}) == ()


def test_a_cookie_says_how_a_file_is_written() -> None:
    def cookie(text: str) -> bytes:
        return f"# -*- coding: latin-1 -*-\ndef f():\n    one = 'é'\n    return {text}\n".encode("latin-1")

    assert reasons({"m.py": cookie("1")}, {"m.py": cookie("2")}, {"m.py": cookie("3")}) == [
        "a1 and a2 both change f(), each in its own way"
    ]
