"""`common check`, and `common.breaking` in `check`, in CI and in landing, on real grids."""

from pathlib import Path

import pytest

from agentgrid.grid import Grid
from support.common_code import CACHE, CACHE_TEXT, PACKAGE, SharedCode, share_code
from support.program import agentgrid

BROKEN = "def get_cache(key, ttl=60):\n    return key\n"
RAISED = '__version__ = "3.0.0"\n'
SAID = (
    "get_cache takes no name any more, needs key (line 1); `__version__` of services/common/__init__.py is 2.0.0, and "
    "this takes 3.0.0; used in services/billing/main.py:3 (a2's)"
)


@pytest.fixture
def shop(tmp_path: Path) -> SharedCode:
    return share_code(tmp_path)


def standings(shop: SharedCode, agent: str = "a1") -> list[str]:
    return [each["standing"] for each in shop.check(agent).data["breaks"]]


def test_a_break_without_a_new_version_is_told_with_its_users(shop: SharedCode) -> None:
    shop.commit("a1", **{CACHE: BROKEN})
    answer = shop.check("a1")
    (found,) = answer.data["breaks"]

    assert answer.code == 1
    assert (found["symbol"], found["path"], found["line"]) == ("services.common.cache.get_cache", CACHE, 1)
    assert [each["kind"] for each in found["changes"]] == ["parameter-removed", "parameter-added"]
    assert found["version"] == {
        "path": PACKAGE, "before": "2.0.0", "after": "2.0.0", "wanted": "3.0.0", "problem": None,
    }  # fmt: skip
    assert found["users"] == [
        {"agent": "a2", "branch_of": None, "path": "services/billing/main.py", "line": 3, "certainty": "sure"}
    ]
    assert answer.data["findings"][0]["message"] == SAID
    assert answer.data["summary"] == {"errors": 1, "warnings": 0}


def test_a_new_major_version_lets_it_through(shop: SharedCode) -> None:
    shop.commit("a1", **{CACHE: BROKEN, PACKAGE: RAISED})
    answer = shop.check("a1")

    assert (answer.code, [each["standing"] for each in answer.data["breaks"]]) == (0, ["allowed"])
    assert shop.messages("a1") == []


def test_a_new_minor_version_does_not(shop: SharedCode) -> None:
    shop.commit("a1", **{CACHE: BROKEN, PACKAGE: '__version__ = "2.1.0"\n'})

    assert standings(shop) == ["same-version"]
    assert "goes from 2.0.0 to 2.1.0, and this takes 3.0.0" in shop.messages("a1")[0]


def test_below_1_0_a_new_minor_version_does(tmp_path: Path) -> None:
    shop = share_code(tmp_path, **{PACKAGE: '__version__ = "0.4.2"\n'})
    shop.commit("a1", **{CACHE: BROKEN, PACKAGE: '__version__ = "0.5.0"\n'})

    assert standings(shop) == ["allowed"]


def test_check_of_the_branch_has_the_finding(shop: SharedCode) -> None:
    shop.commit("a1", **{CACHE: BROKEN})

    assert shop.messages("a1") == [SAID]
    assert agentgrid(shop.desk("a1"), "check").code == 1


def test_without_the_rule_check_lets_it_through(shop: SharedCode, monkeypatch: pytest.MonkeyPatch) -> None:
    """The twin: what refuses it is the rule and nothing else."""
    from agentgrid.integration.common_code import asking

    shop.commit("a1", **{CACHE: BROKEN})
    grid = Grid.open(shop.desk("a1").path)
    assert [each.rule for each in grid.check().findings] == ["common.breaking"]
    monkeypatch.setattr(asking, "is_asked", lambda _territory, _report: False)

    assert grid.check().findings == ()


def test_landing_ejects_it(shop: SharedCode) -> None:
    shop.commit("a1", **{CACHE: BROKEN})
    before = shop.main.oid("main")
    landed = agentgrid(shop.main, "land", "a1", "--json")

    assert landed.code == 1
    assert shop.main.oid("main") == before
    assert "common/cache.py get_cache takes no name any more" in landed.data["ejected"][0]["reason"]


def test_landing_takes_it_with_its_new_version(shop: SharedCode) -> None:
    head = shop.commit("a1", **{CACHE: BROKEN, PACKAGE: RAISED})

    assert agentgrid(shop.main, "land", "a1").code == 0
    assert shop.main.git("merge-base", "--is-ancestor", head, "main") == ""


def test_a_version_that_the_base_has_already_is_no_new_one(shop: SharedCode) -> None:
    shop.commit("a1", **{CACHE: BROKEN, PACKAGE: RAISED})
    shop.main.commit("Raise it", **{PACKAGE: RAISED})

    assert standings(shop) == ["same-version"]


def test_what_the_base_got_since_is_not_missed(shop: SharedCode) -> None:
    shop.commit("a1", **{CACHE: CACHE_TEXT + "def more(): ...\n"})
    shop.main.commit("More", **{"services/common/alerts.py": "def alert(): ...\n"})

    assert standings(shop) == []


def test_ci_sees_it_without_any_state(shop: SharedCode, tmp_path: Path) -> None:
    head = shop.commit("a1", **{CACHE: BROKEN})
    clone = shop.main.clone(tmp_path / "ci")
    clone.git("fetch", "--quiet", "origin", head)
    found = agentgrid(clone, "check", "--base", "origin/main", "--head", head, "--agent", "a1", "--format", "github")
    alone = agentgrid(clone, "common", "check", "--base", "origin/main", "--head", head, "--format", "sarif")

    assert found.code == 1
    assert f"::error file={CACHE},line=1,title=common.breaking::{CACHE} get_cache takes no name" in found.out
    assert (alone.code, '"ruleId": "common.breaking"' in alone.out) == (1, True)


def test_every_agents_branch_is_searched(shop: SharedCode) -> None:
    shop.commit("a1", **{CACHE: BROKEN})
    text = "import services.common.cache as c\n\n\ndef bill():\n    return c.get_cache(name='b')\n"
    shop.commit("a2", **{"services/billing/new.py": text})
    (found,) = shop.check("a1").data["breaks"]

    assert [(each["path"], each["line"], each["branch_of"]) for each in found["users"]] == [
        ("services/billing/main.py", 3, None), ("services/billing/new.py", 5, "a2"),
    ]  # fmt: skip


def test_a_use_that_the_change_itself_mended_is_none(shop: SharedCode) -> None:
    mended = "from services.common.cache import get_cache\n\nCACHE = get_cache(key='bills')\n"
    shop.commit("a1", **{CACHE: BROKEN, "services/billing/main.py": mended})

    assert shop.check("a1").data["breaks"][0]["users"] == []


def test_a_call_that_still_fits_is_no_use_that_breaks(shop: SharedCode) -> None:
    shop.main.commit(
        "Call it by position",
        **{"services/billing/main.py": "from services.common.cache import get_cache\nget_cache('x')\n"},
    )
    shop.commit("a1", **{CACHE: BROKEN})

    assert shop.check("a1").data["breaks"][0]["users"] == []


def test_a_module_that_goes_is_used_by_whoever_imports_from_it(shop: SharedCode) -> None:
    shop.commit("a1", **{CACHE: None})
    (found,) = shop.check("a1").data["breaks"]

    assert found["changes"] == [{"kind": "removed", "message": "is gone"}]
    assert ("services/billing/main.py", 1) in [(each["path"], each["line"]) for each in found["users"]]


def test_a_use_through_the_package_that_passes_it_on_is_found(tmp_path: Path) -> None:
    files = {
        PACKAGE: 'from .cache import get_cache\n__version__ = "2.0.0"\n',
        "services/billing/main.py": "from services.common import get_cache\n\nCACHE = get_cache(name='bills')\n",
    }
    shop = share_code(tmp_path, **files)
    shop.commit("a1", **{CACHE: BROKEN})

    assert [each["line"] for each in shop.check("a1").data["breaks"][0]["users"]] == [3]


def test_a_method_is_found_by_a_name_that_hardly_another_has(tmp_path: Path) -> None:
    use = "def bill(cache):\n    cache.fetch_or_fill(1)\n"
    text = "class Cache:\n    def fetch_or_fill(self, key): ...\n"
    shop = share_code(tmp_path, **{CACHE: text, "services/billing/main.py": use})
    shop.commit("a1", **{CACHE: "class Cache: ...\n"})

    assert [each["certainty"] for each in shop.check("a1").data["breaks"][0]["users"]] == ["by-name"]


def test_code_without_a_version_is_reported_and_not_refused(tmp_path: Path) -> None:
    shop = share_code(tmp_path, **{PACKAGE: ""})
    shop.commit("a1", **{CACHE: BROKEN})
    answer = shop.check("a1")

    assert (answer.code, answer.data["findings"]) == (0, [])
    assert standings(shop) == ["unversioned"]
    assert shop.messages("a1") == []


def test_the_policy_may_want_a_version_everywhere(tmp_path: Path) -> None:
    shop = share_code(tmp_path, policy="common_code: {version: required}\n", **{PACKAGE: ""})
    shop.commit("a1", **{CACHE: BROKEN})

    assert "no `__version__` stands at or above it" in shop.messages("a1")[0]


def test_a_first_version_is_enough_where_there_was_none(tmp_path: Path) -> None:
    shop = share_code(tmp_path, policy="common_code: {version: required}\n", **{PACKAGE: ""})
    shop.commit("a1", **{CACHE: BROKEN, PACKAGE: '__version__ = "1.0.0"\n'})

    assert standings(shop) == ["allowed"]


def test_what_goes_has_to_have_warned_where_the_policy_says_so(tmp_path: Path) -> None:
    shop = share_code(tmp_path, policy="common_code: {deprecation: required}\n")
    shop.commit("a1", **{CACHE: "def fetch(name): ...\n", PACKAGE: RAISED})

    assert standings(shop) == ["no-deprecation"]
    assert "it was never deprecated, and no alias that warns is kept" in shop.messages("a1")[0]


def test_an_alias_that_warns_is_kept(tmp_path: Path) -> None:
    shop = share_code(tmp_path, policy="common_code: {deprecation: required}\n")
    alias = (
        "import warnings\n\n\ndef fetch(name, ttl=60): ...\n\n\ndef get_cache(*args, **kwargs):\n"
        "    warnings.warn('use fetch', DeprecationWarning, stacklevel=2)\n    return fetch(*args, **kwargs)\n"
    )
    shop.commit("a1", **{CACHE: alias})

    assert standings(shop) == []


def test_what_warned_on_the_base_may_go_with_a_new_version(tmp_path: Path) -> None:
    old = "import warnings\n\n\n@warnings.deprecated('use fetch')\ndef get_cache(name): ...\n"
    shop = share_code(tmp_path, policy="common_code: {deprecation: required}\n", **{CACHE: old})
    shop.commit("a1", **{CACHE: "def fetch(name): ...\n", PACKAGE: RAISED})

    assert standings(shop) == ["allowed"]


@pytest.mark.parametrize(("severity", "code", "found"), [("warn", 0, ["warn"]), ("off", 0, [])])
def test_the_policy_lowers_the_rule_as_any_other(tmp_path: Path, severity: str, code: int, found: list[str]) -> None:
    shop = share_code(tmp_path, policy=f"rules: {{common.breaking: {severity}}}\n")
    shop.commit("a1", **{CACHE: BROKEN})
    answer = shop.check("a1")

    assert (answer.code, [each["severity"] for each in answer.data["findings"]]) == (code, found)
    assert agentgrid(shop.desk("a1"), "check").code == 0


def test_a_version_that_only_runs_is_a_warning(tmp_path: Path) -> None:
    shop = share_code(
        tmp_path, **{PACKAGE: "from importlib.metadata import version\n__version__ = version('common')\n"}
    )
    shop.commit("a1", **{CACHE: BROKEN})
    answer = shop.check("a1")

    assert (answer.code, [each["severity"] for each in answer.data["findings"]]) == (0, ["warn"])
    assert "has a `__version__` that is only known when it runs" in answer.data["findings"][0]["message"]


def test_a_package_that_goes_with_its_version_is_refused(shop: SharedCode) -> None:
    shop.commit("a1", **{CACHE: None, PACKAGE: None})

    assert standings(shop) == ["same-version"]
    assert "the module is gone" in shop.messages("a1")[0]
    assert "is gone, and its `__version__` with it" in shop.messages("a1")[0]


def test_what_is_no_python_any_more_is_a_warning_with_its_line(shop: SharedCode) -> None:
    shop.commit("a1", **{CACHE: "def get_cache(name):\n    return (\n"})
    answer = shop.check("a1")

    assert answer.code == 0
    assert answer.data["breaks"] == []
    assert [(each["path"], each["line"]) for each in answer.data["unreadable"]] == [(CACHE, 2)]
    assert shop.messages("a1")[0].startswith("line 2 is no Python here ('(' was never closed)")


def test_what_was_no_python_and_is_mended_is_fine(tmp_path: Path) -> None:
    shop = share_code(tmp_path, **{CACHE: "def get_cache(:\n"})
    shop.commit("a1", **{CACHE: BROKEN})

    assert (shop.check("a1").code, shop.messages("a1")) == (0, [])


def test_a_module_in_an_encoding_of_its_own_is_read(tmp_path: Path) -> None:
    text = "# -*- coding: latin-1 -*-\nMARK = 'é'\ndef get_cache(name): ...\n"
    shop = share_code(tmp_path)
    shop.main.commit("In latin-1", **{CACHE: text.encode("latin-1")})
    shop.desk("a1").git("merge", "--quiet", "main")
    shop.commit("a1", **{CACHE: text.replace("name", "key").encode("latin-1")})
    (found,) = shop.check("a1").data["breaks"]

    assert (found["symbol"], found["line"], len(found["users"])) == ("services.common.cache.get_cache", 3, 1)


def test_bytes_that_are_not_what_the_module_says_are_named(shop: SharedCode) -> None:
    shop.commit("a1", **{CACHE: b"A = 1\nB = '\xff'\n"})

    assert shop.check("a1").data["unreadable"] == [{"path": CACHE, "line": 2, "reason": "its bytes are not utf-8"}]


def test_a_persons_branch_is_told_by_common_check_alone(shop: SharedCode) -> None:
    shop.main.switch("mine")
    shop.main.commit("Mine", **{CACHE: BROKEN})

    assert agentgrid(shop.main, "common", "check").code == 1
    assert agentgrid(shop.main, "check").code == 0


def test_an_agents_work_is_checked_from_anywhere(shop: SharedCode) -> None:
    shop.commit("a1", **{CACHE: BROKEN})

    assert agentgrid(shop.main, "common", "check", "--agent", "a1").code == 1
    assert agentgrid(shop.main, "common", "check").code == 0


def test_other_files_of_common_code_and_its_tests_have_no_api(shop: SharedCode) -> None:
    shop.main.commit(
        "More", **{"services/common/tests/test_it.py": "def test_it(): ...\n", "services/common/x.txt": "1"}
    )
    shop.commit("a1", **{"services/common/new.txt": "2", "services/common/test_new.py": "def test_new(): ...\n"})

    assert shop.check("a1").data["changed_files"] == 0


def test_what_is_not_common_is_not_looked_at(shop: SharedCode) -> None:
    shop.commit("a1", **{"services/orders/main.py": ""})

    assert shop.check("a1").data["changed_files"] == 0


def test_agents_may_stay_with_one_version_of_a_feature(tmp_path: Path) -> None:
    """Versions side by side, as in seed 003: services/common/v2/new_feature.py."""
    files = {
        "services/common/v1/__init__.py": "",
        "services/common/v1/feature.py": "def run(name): ...\n",
        "services/billing/main.py": "from services.common.v1.feature import run\n\nrun(name=1)\n",
    }
    shop = share_code(tmp_path, **files)
    shop.commit(
        "a1", **{"services/common/v2/__init__.py": "", "services/common/v2/new_feature.py": "def run(key): ...\n"}
    )
    assert standings(shop) == []

    shop.commit("a1", **{"services/common/v1/feature.py": None, "services/common/v1/__init__.py": None})
    (found,) = shop.check("a1").data["breaks"]

    assert (found["symbol"], found["standing"], found["version"]["path"]) == (
        "services.common.v1",
        "same-version",
        PACKAGE,
    )
    assert [(each["path"], each["line"], each["agent"]) for each in found["users"]] == [
        ("services/billing/main.py", 1, "a2"), ("services/billing/main.py", 3, "a2"),
    ]  # fmt: skip

    shop.commit("a1", **{PACKAGE: RAISED})
    assert standings(shop) == ["allowed"]


def test_people_read_it_so(shop: SharedCode) -> None:
    head, base = shop.commit("a1", **{CACHE: BROKEN}), shop.main.oid("main")

    assert agentgrid(shop.desk("a1"), "common", "check").out == (
        f"{head[:10]} against {base[:10]} as agent a1: 1 file of common code, 1 broken name\n"
        "  services.common.cache.get_cache takes no name any more, needs key (services/common/cache.py:1)\n"
        "    not allowed: `__version__` of services/common/__init__.py is 2.0.0, and this takes 3.0.0\n"
        "    used in services/billing/main.py:3 (a2's)\n"
        "1 error, 0 warnings [common.breaking]\n"
        'hint: keep the old way, or set `__version__ = "3.0.0"` in services/common/__init__.py; '
        "`agentgrid common check` tells who uses it\n"
    )


def test_an_unknown_key_of_the_section_is_refused(tmp_path: Path) -> None:
    shop = share_code(tmp_path)
    shop.main.commit(
        "Misspell", **{"agentgrid.yaml": shop.main.read("agentgrid.yaml") + "common_code: {versions: required}\n"}
    )
    answer = agentgrid(shop.main, "common", "check", "--json")

    assert answer.code == 2
    assert "versions" in answer.error["message"]
