"""A signature that changes here, and a call that is new there."""

import pytest

from support.meetings import meetings, reasons

BASE = "def load(path, mode):\n    return path\n"
CALLER = "from shop.files import load\n\n\ndef main():\n    return 0\n"
FILES = {"shop/files.py": BASE, "app.py": CALLER}


def met(signature: str, call: str, *, base: str = "path, mode", head: str = "from shop.files import load") -> list[str]:
    files = {"shop/files.py": f"def load({base}):\n    return 0\n", "app.py": f"{head}\n"}
    new = f"def load({signature}):\n    return 0\n"
    return reasons(files, {"shop/files.py": new}, {"app.py": f"{head}\n\n{call}\n"})


def test_a_new_call_that_no_longer_fits_meets_with_the_lines_of_both() -> None:
    new = BASE.replace("path, mode", "path, mode, size")
    [meeting] = meetings(FILES, {"shop/files.py": new}, {"app.py": CALLER.replace("return 0", "return load(1, 2)")})
    assert (meeting.path, meeting.level, meeting.kind) == (b"shop/files.py", "overlap", "signature")
    assert meeting.reason == (
        "a1 changes what load() takes (shop/files.py): it needs size; a2 newly calls it in app.py"
    )
    [hunk] = meeting.hunks
    assert hunk.a == hunk.base
    assert hunk.b is not None
    assert hunk.b.start == 5


def test_it_is_found_the_other_way_round_too() -> None:
    new = BASE.replace("path, mode", "path")
    [meeting] = meetings(FILES, {"app.py": CALLER.replace("return 0", "return load(1, 2)")}, {"shop/files.py": new})
    assert meeting.reason.startswith(
        "a2 changes what load() takes (shop/files.py): it takes 1 arguments by position; a1"
    )
    [hunk] = meeting.hunks
    assert hunk.a is not None
    assert hunk.a.start == 5


def test_a_call_that_was_there_before_is_the_other_sides_own_affair() -> None:
    files = {**FILES, "app.py": CALLER.replace("return 0", "return load(1, 2)")}
    changed = files["app.py"] + "\n\ndef more():\n    return 1\n"
    assert reasons(files, {"shop/files.py": BASE.replace("mode", "mode, size")}, {"app.py": changed}) == []


@pytest.mark.parametrize(
    ("signature", "call"),
    [
        ("path, mode, size=0", "load(1, 2)"),
        ("path, mode, *, size=0", "load(1, 2)"),
        ("path, mode, *more", "load(1, 2)"),
        ("file, mode", "load(1, 2)"),
        ("path, mode='r'", "load(1, mode=2)"),
        ("path: str, mode: str", "load(1, 2)"),
        ("path, mode, size", "load(*both)"),
        ("path, mode, size", "load(1, 2, 3)"),
    ],
)
def test_a_call_that_still_fits_is_no_meeting(signature: str, call: str) -> None:
    assert met(signature, call) == []


@pytest.mark.parametrize(
    ("signature", "call", "words"),
    [
        ("path, mode, *, size", "load(1, 2)", "needs size"),
        ("path", "load(1, mode=2)", "takes no mode"),
        ("file, mode", "load(path=1, mode=2)", "takes no path"),
        ("mode, path", "load(1, 2)", "takes path in another place"),
        ("path, *, mode", "load(1, 2)", "takes 1 arguments by position"),
        ("path, /, mode", "load(path=1, mode=2)", "takes no path"),
    ],
)
def test_what_no_longer_fits_is_said(signature: str, call: str, words: str) -> None:
    assert met(signature, call) == [
        f"a1 changes what load() takes (shop/files.py): it {words}; a2 newly calls it in app.py"
    ]


@pytest.mark.parametrize(
    ("head", "call"),
    [
        ("import shop.files", "shop.files.load(1, 2)"),
        ("import shop.files as f", "f.load(1, 2)"),
        ("from shop import files", "files.load(1, 2)"),
        ("from shop.files import load as read", "read(1, 2)"),
        ("def late():\n    from shop.files import load", "    load(1, 2)"),
        ("from .shop.files import load", "load(1, 2)"),
    ],
)
def test_imports_are_followed_however_they_are_written(head: str, call: str) -> None:
    assert len(met("path", call, head=head)) == 1


@pytest.mark.parametrize(
    ("head", "call"),
    [
        ("from other.files import load", "load(1, 2)"),
        ("from files import load", "load(1, 2)"),
        ("import shop.files", "load(1, 2)"),
        ("from shop.files import load", "def f(load):\n    load(1, 2)"),
        ("from shop.files import load", "def f():\n    load = print\n    load(1, 2)"),
        ("from shop.files import load", "(lambda load: load(1, 2))"),
        ("", "thing.load(1, 2)"),
    ],
)
def test_another_name_is_not_taken_for_it(head: str, call: str) -> None:
    assert met("path", call, head=head) == []


def test_calls_in_the_same_file_count() -> None:
    base = "def load(a):\n    return a\n\n\ndef use():\n    return 0\n"
    a, b = base.replace("load(a)", "load(a, b)"), base.replace("return 0", "return load(1)")
    assert reasons({"m.py": base}, {"m.py": a}, {"m.py": b}) == [
        "a1 changes what load() takes (m.py): it needs b; a2 newly calls it in m.py"
    ]


def test_a_function_that_becomes_asynchronous_meets_every_new_call() -> None:
    new = BASE.replace("def load", "async def load")
    [reason] = reasons(FILES, {"shop/files.py": new}, {"app.py": CALLER.replace("return 0", "return load(1, 2)")})
    assert "it is asynchronous now, no longer a plain function" in reason


CLASS = "class Store:\n    def __init__(self, path):\n        self.path = path\n\n"
CLASS += "    def read_rows(self, key):\n        return 0\n"


def met_class(old: str, new: str, call: str, head: str = "from shop.store import Store") -> list[str]:
    files = {"shop/store.py": CLASS, "app.py": f"{head}\n"}
    return reasons(files, {"shop/store.py": CLASS.replace(old, new)}, {"app.py": f"{head}\n\n{call}\n"})


def test_making_an_object_is_a_call_of_its_init() -> None:
    assert met_class("self, path", "self, path, mode", "Store(1)") == [
        "a1 changes what Store() takes (shop/store.py): it needs mode; a2 newly calls it in app.py"
    ]
    assert met_class("self, path", "self, path, mode=1", "Store(1)") == []


def test_a_method_with_a_name_of_its_own_is_found_and_its_certainty_said() -> None:
    [reason] = met_class("self, key", "self, key, limit", "def f(x):\n    return x.read_rows(1)")
    assert reason.endswith("it needs limit; a2 newly calls a method of that name in app.py")
    assert met_class("self, key", "self, key, limit", "Store.read_rows(object(), 1)") == [
        "a1 changes what Store.read_rows() takes (shop/store.py): it needs limit; a2 newly calls it in app.py"
    ]
    assert met_class("self, key", "self, key, limit=0", "def f(x):\n    return x.read_rows(1)") == []


def test_a_method_with_a_name_that_many_have_is_not() -> None:
    base = CLASS.replace("read_rows", "get")
    files = {"shop/store.py": base, "app.py": ""}
    assert reasons(files, {"shop/store.py": base.replace("key", "key, limit")}, {"app.py": "x = {}\nx.get(1)\n"}) == []


def test_a_method_that_is_called_on_self_is_found_whatever_its_name() -> None:
    base = "class C:\n    def get(self, key):\n        return 0\n\n    def use(self):\n        return 1\n"
    a, b = base.replace("self, key", "self, key, limit"), base.replace("return 1", "return self.get(1)")
    assert reasons({"m.py": base}, {"m.py": a}, {"m.py": b}) == [
        "a1 changes what C.get() takes (m.py): it needs limit; a2 newly calls it in m.py"
    ]


@pytest.mark.parametrize(
    ("file", "caller", "words"),
    [
        ("src/shop/files.py", "app.py", "it"),
        ("services/a/shop/files.py", "services/a/tests/test_it.py", "it"),
        ("services/a/src/shop/files.py", "services/a/tests/test_it.py", "it"),
        ("libs/x/shop/files.py", "services/a/app.py", "what seems to be it"),
        ("services/b/shop/files.py", "services/a/shop/app.py", None),
    ],
)
def test_a_module_is_looked_for_where_it_may_be_imported_from(file: str, caller: str, words: str | None) -> None:
    files = {file: BASE, caller: ""}
    found = reasons(files, {file: BASE.replace("mode", "mode, size")},
                    {caller: "from shop.files import load\nload(1, 2)\n"})  # fmt: skip
    assert found == ([f"a1 changes what load() takes ({file}): it needs size; a2 newly calls {words} in {caller}"]
                     if words else [])  # fmt: skip
