"""Whose a path is: one state each, lists in order, references to services."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pathspec import GitIgnoreSpec

from agentgrid.boundaries.policy.compiled import compile_policy
from agentgrid.boundaries.policy.territory import COMMON, FROZEN, OWNED, SHARED_CONFLICT, UNOWNED, Territory
from support.desks import make_policy
from support.maps import make_territory, stands

PATTERNS = st.lists(st.sampled_from(["a", "b", "*", "a*", "**"]), min_size=1, max_size=3).map("/".join)
ITEMS = PATTERNS.map(lambda text: f"/{text}").flatmap(lambda text: st.sampled_from([text, text, f"!{text}"]))
REFERENCES = st.sampled_from(["one", "!one", "two", "!two"])
PATHS = st.lists(st.sampled_from(["a", "b", "ab", "c"]), min_size=1, max_size=4).map("/".join)
Lists = dict[str, list[str]]


def listed(items: list[str], path: str, services: Lists) -> bool:
    """The reference: the last item that matches decides; a service matches where its own list does."""
    result = False
    for item in items:
        word = item.removeprefix("!")
        matches = listed(services[word], path, {}) if word in services else in_git(word, path)
        if matches:
            result = not item.startswith("!")
    return result


def in_git(pattern: str, path: str) -> bool:
    return GitIgnoreSpec.from_lines([pattern]).match_file(path)


@given(
    services=st.fixed_dictionaries({name: st.lists(ITEMS, max_size=3) for name in ("one", "two")}),
    lists=st.fixed_dictionaries({name: st.lists(ITEMS | REFERENCES, max_size=4)
                                 for name in ("frozen", "common", "critical", "support", "steward", "other")}),
    path=PATHS,
)  # fmt: skip
def test_lists_are_read_in_order_and_states_by_rank(services: Lists, lists: Lists, path: str) -> None:
    grid = f"services: {services}\nfrozen: {lists['frozen']}\ncommon: {lists['common']}\n"
    a1 = f"{{critical: {lists['critical']}, support: {lists['support']}, common: {lists['steward']}}}"
    territory = make_territory(grid, a1=a1, a2=f"{{critical: {lists['other']}}}")
    true = {name for name, items in lists.items() if listed(items, path, services)}
    tier = "critical" if "critical" in true else "support"
    mine = bool(true & {"critical", "support"})
    if "frozen" in true:
        expected: tuple[str, str | None, str | None] = (FROZEN, None, None)
    elif true & {"common", "steward"}:
        expected = (COMMON, "a1" if "steward" in true else None, "common")
    elif mine and "other" in true:
        expected = (SHARED_CONFLICT, None, None)
    elif mine or "other" in true:
        expected = (OWNED, "a1", tier) if mine else (OWNED, "a2", "critical")
    else:
        expected = (UNOWNED, None, None)
    assert stands(territory, path) == expected


def test_an_exclamation_mark_carves_out_also_below_a_matched_folder() -> None:
    territory = make_territory(a1='{critical: ["src/**", "!src/gen/**", "src/gen/keep.py"]}')
    assert [stands(territory, path)[0] for path in ("src/a.py", "src/gen/a.py", "src/gen/keep.py")] == [
        OWNED, UNOWNED, OWNED,
    ]  # fmt: skip


def test_a_negated_service_is_carved_out() -> None:
    grid = 'services: {api: ["src/api/**", "!src/api/docs/**"]}\n'
    territory = make_territory(grid, a1='{critical: ["src/**", "!api"]}', a2="{critical: [api]}")
    assert stands(territory, "src/web/x.py") == (OWNED, "a1", "critical")
    assert stands(territory, "src/api/x.py") == (OWNED, "a2", "critical")
    assert stands(territory, "src/api/docs/x.md") == (OWNED, "a1", "critical")


def test_what_nobody_refers_to_gives_nobody_anything() -> None:
    assert stands(make_territory("services: {api: src/api/**}\n", a1="{}"), "src/api/x.py") == (UNOWNED, None, None)


def test_the_rule_that_decided_is_told_as_it_was_written() -> None:
    territory = make_territory(
        "version: 1\nfrozen:\n  - LICENSE.*\n  - '!LICENSE.md'\n", a1="{support: [a/**, a/b/**]}"
    )
    rules = [territory.place(path).rule for path in (b"LICENSE.txt", b"a/b/c")]
    assert [territory.explain(rule) for rule in rules if rule is not None] == [
        ("LICENSE.*", "agentgrid.yaml", 3), ("a/b/**", "config/agents/a1.yaml", 2),
    ]  # fmt: skip
    assert territory.place(b"LICENSE.md").state == UNOWNED


def test_two_claims_are_named_and_the_first_is_the_rule() -> None:
    place = make_territory(a1="{critical: [src/**]}", a2="{support: [src/x.py]}").place(b"src/x.py")
    assert (place.state, place.claimants, place.owner) == (SHARED_CONFLICT, ("a1", "a2"), None)


def test_a_derived_file_keeps_its_owner_but_says_so() -> None:
    territory = make_territory("derived: {uv.lock: uv lock}\nfrozen: [/frozen/**]\n", a1="{critical: [/app/**]}")
    places = [territory.place(path) for path in (b"app/uv.lock", b"frozen/uv.lock", b"app/x")]
    assert [(place.state, place.is_derived) for place in places] == [(OWNED, True), (FROZEN, True), (OWNED, False)]


def test_a_submodule_link_is_owned_by_a_pattern_for_directories() -> None:
    territory = make_territory(a1="{critical: [vendor/lib/]}")
    assert territory.place(b"vendor/lib", True).owner == "a1"
    assert territory.place(b"vendor/lib").state == UNOWNED


@pytest.mark.parametrize("path", [b".", b"src"])
def test_a_folder_stands_as_a_new_file_in_it(path: bytes) -> None:
    territory = make_territory(a1="{critical: [/src/**]}", a2='{critical: ["**", "!/src/**"]}')
    place = territory.place_folder(path)
    assert (place.path, place.owner) == (path, "a2" if path == b"." else "a1")


def test_rules_that_match_nothing_are_idle_but_for_carvings_and_services() -> None:
    policy = make_policy("services: {api: src/api/**}\ncommon: [lib/**]\nderived: {x.lock: make}\n",
                         {"a1": 'id: a1\nowns: {critical: [api, "docs/**", "!docs/x"]}\n'})  # fmt: skip
    territory = Territory(compile_policy(policy))
    matched = set(territory.matching_rules(b"src/api/main.py"))
    assert [territory.explain(rule)[0] for rule in territory.idle_rules(matched)] == ["lib/**", "docs/**"]


def test_the_light_modules_load_nothing_heavy(tmp_path: Path) -> None:
    import subprocess
    import sys

    code = ("import sys, agentgrid.boundaries.policy.territory, agentgrid.boundaries.policy.in_force_file, "
            "agentgrid.boundaries.verdict; heavy = {'re', 'dataclasses', 'typing', 'yaml', 'pydantic', 'subprocess'}; "
            "print(sorted(heavy & set(sys.modules)))")  # fmt: skip
    source = Path(__file__).resolve().parents[3] / "src"
    loaded = f"import sys; sys.path.insert(0, {str(source)!r}); {code}"
    done = subprocess.run([sys.executable, "-I", "-S", "-c", loaded], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
