"""Which version a module is of, and which version may break it."""

import pytest

from agentgrid.config.schema import CommonCode
from agentgrid.integration.common_code.judging import judge_break
from agentgrid.integration.common_code.model import Break, Change, PackageVersion
from agentgrid.integration.common_code.versions import find_version, may_break, next_version, read_version

INIT = b"services/common/__init__.py"


@pytest.mark.parametrize(
    ("before", "after"),
    [("2.0.0", "3.0.0"), ("2.4.1", "3.0.0rc1"), ("0.3.1", "0.4.0"), ("0.3.1", "1.0.0"), ("1.0", "1!1.0"), ("2", "3"),
     ("3.0.0rc1", "3.0.0rc2"), ("3.0.0.dev1", "3.0.0")],
)  # fmt: skip
def test_a_new_major_version_may_break(before: str, after: str) -> None:
    assert may_break(before, after)


@pytest.mark.parametrize(
    ("before", "after"),
    [("2.0.0", "2.0.0"), ("2.0.0", "2.1.0"), ("2.0.0", "1.9"), ("0.3.1", "0.3.2"), ("2.1.0rc1", "2.1.0"),
     ("3.0.0rc2", "3.0.0rc1"), ("2.0.0", "2.0.0.post1")],
)  # fmt: skip
def test_any_other_version_may_not(before: str, after: str) -> None:
    assert not may_break(before, after)


@pytest.mark.parametrize(("before", "least"), [("2.3.1", "3.0.0"), ("0.3.1", "0.4.0"), ("1!2.0", "1!3.0.0")])
def test_the_least_version_that_may_break_is_named(before: str, least: str) -> None:
    assert next_version(before) == least
    assert may_break(before, least)


@pytest.mark.parametrize(
    "text",
    ['__version__ = "2.0.0"', '__version__: str = "2.0.0"', '__version__: Final = "2.0.0"',
     'V = "2.0.0"\n__version__ = V', 'try:\n    import x\nfinally:\n    __version__ = "2.0.0"',
     "from ._version import __version__", "from .told import VERSION as __version__"],
)  # fmt: skip
def test_a_version_is_read_without_running_anything(text: str) -> None:
    texts = {
        INIT: text,
        b"services/common/_version.py": '__version__ = "2.0.0"',
        b"services/common/told/__init__.py": 'VERSION = "2.0.0"',
    }
    said = read_version(texts.get, INIT)

    assert said is not None
    assert said.value == "2.0.0"


@pytest.mark.parametrize(
    ("text", "problem"),
    [("__version__ = importlib.metadata.version('x')", "only known when it runs"),
     ("from elsewhere import __version__", "only known when it runs"),
     ("__version__ = 'two'", "'two', which is no version (PEP 440")],
)  # fmt: skip
def test_a_version_that_can_not_be_read_is_unknown(text: str, problem: str) -> None:
    said = read_version({INIT: text}.get, INIT)

    assert said is not None
    assert said.value is None
    assert problem in said.problem


@pytest.mark.parametrize("text", ["", "x = 1", "def f(:"])
def test_a_file_without_a_version_says_none(text: str) -> None:
    assert read_version({INIT: text}.get, INIT) is None


def version_of(module: bytes, before: dict[bytes, str], after: dict[bytes, str]) -> PackageVersion:
    return find_version(
        module,
        lambda path: read_version(before.get, path),
        lambda path: read_version(after.get, path),
        after.__contains__,
    )


def test_the_nearest_package_that_has_a_version_says_it() -> None:
    nested = b"services/common/v2/__init__.py"
    texts = {INIT: '__version__ = "2.0.0"', nested: '__version__ = "0.1"'}

    assert version_of(b"services/common/v2/new_feature.py", texts, texts).path == nested
    assert version_of(b"services/common/v1/old.py", texts, texts).path == INIT


def test_a_module_by_itself_may_say_its_own() -> None:
    texts = {INIT: '__version__ = "2.0.0"', b"services/common/cache.py": '__version__ = "1.0"'}

    assert version_of(b"services/common/cache.py", texts, texts).before == "1.0"


def test_a_package_that_goes_is_of_the_version_of_the_package_around_it() -> None:
    nested = b"services/common/v1/__init__.py"
    before = {INIT: '__version__ = "2.0.0"', nested: '__version__ = "1.0"'}

    assert version_of(nested, before, {INIT: '__version__ = "3.0.0"'}) == PackageVersion(INIT, "2.0.0", "3.0.0")


def test_a_version_that_goes_with_its_package_is_lost() -> None:
    found = version_of(INIT, {INIT: '__version__ = "2.0.0"'}, {})

    assert (found.is_lost, found.problem) == (True, "is gone, and its `__version__` with it")


def test_a_version_that_a_nested_package_only_just_got_does_not_count() -> None:
    before = {INIT: '__version__ = "2.0.0"'}
    after = {**before, b"services/common/v2/__init__.py": '__version__ = "1.0"'}

    assert version_of(b"services/common/v2/x.py", before, after).path == INIT


def judged(of: PackageVersion, *, has_warned: bool = False, is_gone: bool = True, **wanted: str) -> str:
    broken = Break("c.x", b"c/x.py", 1, (Change("removed", "is gone"),), b"c/x.py", ("x",), ("c.x",), is_gone=is_gone)
    return judge_break(broken, of, CommonCode.model_validate(wanted), has_warned=has_warned).standing


def test_code_without_a_version_is_asked_for_none_unless_the_policy_says_so() -> None:
    assert judged(PackageVersion(None)) == "unversioned"
    assert judged(PackageVersion(None), version="required") == "same-version"


def test_a_first_version_promised_nothing_before() -> None:
    assert judged(PackageVersion(INIT, None, "1.0.0"), version="required") == "allowed"


def test_what_goes_has_to_have_warned_where_the_policy_says_so() -> None:
    raised = PackageVersion(INIT, "2.0.0", "3.0.0")

    assert judged(raised) == "allowed"
    assert judged(raised, deprecation="required") == "no-deprecation"
    assert judged(raised, deprecation="required", has_warned=True) == "allowed"
    assert judged(raised, deprecation="required", is_gone=False) == "allowed"


def test_a_deprecation_does_not_stand_in_for_the_version() -> None:
    assert judged(PackageVersion(INIT, "2.0.0", "2.1.0"), deprecation="required", has_warned=True) == "same-version"
