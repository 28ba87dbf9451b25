"""A name that is deleted or renamed here, and newly used there."""

import pytest

from support.meetings import meetings, reasons

BASE = "LIMIT = 3\n\n\ndef load(path):\n    return path\n\n\nclass Store:\n    def read_rows(self):\n        return 0\n"
GONE = BASE.replace("def load", "def load_file")


def met(new: str | None, use: str, *, path: str = "shop/files.py", base: str = BASE) -> list[str]:
    return reasons({path: base, "app.py": ""}, {path: new}, {"app.py": use})


@pytest.mark.parametrize(
    "use",
    [
        "from shop.files import load\n",
        "from shop.files import load\nload(1)\n",
        "import shop.files\nshop.files.load(1)\n",
        "import shop.files as f\ng = f.load\n",
    ],
)
def test_a_name_that_goes_meets_its_new_use_once(use: str) -> None:
    assert met(GONE, use) == ["a1 deletes or renames load (shop/files.py), and a2 newly uses it in app.py"]


def test_the_lines_of_both_sides_are_told() -> None:
    [meeting] = meetings({"m.py": BASE}, {"m.py": GONE}, {"x.py": "\nfrom m import load\n"})
    assert meeting.kind == "deleted-name"
    [hunk] = meeting.hunks
    assert hunk.base is not None
    assert hunk.b is not None
    assert (hunk.base.start, hunk.base.count, hunk.b.start) == (4, 2, 2)


def test_constants_classes_and_methods_go_too() -> None:
    assert met(BASE.replace("LIMIT", "MOST"), "from shop.files import LIMIT\n")
    assert met(BASE.replace("class Store", "class Shop"), "from shop.files import Store\n")
    [reason] = met(BASE.replace("read_rows", "read_all"), "def f(x):\n    x.read_rows()\n")
    assert "Store.read_rows" in reason
    assert "a method of that name" in reason


def test_a_name_that_stays_is_no_meeting() -> None:
    assert met(GONE, "from shop.files import LIMIT\n") == []
    assert met(BASE.replace("def load(path):\n    return path\n", "from shop.read import load\n"),
               "from shop.files import load\n") == []  # fmt: skip
    assert met(GONE + "\nload = load_file\n", "from shop.files import load\n") == []


def test_where_nobody_can_list_the_names_nothing_is_said() -> None:
    assert met(GONE + "\nfrom shop.read import *\n", "from shop.files import load\n") == []
    assert met(GONE + "\ndef __getattr__(name): ...\n", "from shop.files import load\n") == []


def test_a_use_that_was_there_before_is_no_meeting() -> None:
    files = {"shop/files.py": BASE, "app.py": "from shop.files import load\n"}
    assert reasons(files, {"shop/files.py": GONE}, {"app.py": "from shop.files import load\n\nx = 1\n"}) == []


def test_a_module_that_goes_meets_its_new_import() -> None:
    for use in ("import shop.files\n", "from shop import files\n", "from shop.files import load\nload(1)\n"):
        assert met(None, use) == [
            "a1 deletes or renames the module files (shop/files.py), and a2 newly uses it in app.py"
        ]


def test_a_module_that_becomes_a_package_is_still_there() -> None:
    files = {"shop/files.py": BASE, "app.py": ""}
    moved = {"shop/files.py": None, "shop/files/__init__.py": BASE}
    assert reasons(files, moved, {"app.py": "from shop.files import load\n"}) == []
    moved["shop/files/__init__.py"] = GONE
    assert len(reasons(files, moved, {"app.py": "from shop.files import load\n"})) == 1


def test_both_taking_it_away_do_not_meet() -> None:
    use = GONE + "\ndef other(x):\n    return x.load\n"
    assert reasons({"m.py": BASE}, {"m.py": GONE}, {"m.py": use}) == []
