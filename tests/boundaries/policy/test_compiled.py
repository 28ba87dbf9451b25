"""Compiling a policy: mistakes are named with file, line and key; the value goes through marshal."""

import marshal
import re

import pytest

from agentgrid.boundaries.patterns.parsing import PATTERN_ACCEPTED
from agentgrid.boundaries.policy.compiled import MARSHAL_VERSION, compile_policy
from agentgrid.boundaries.policy.territory import Territory
from agentgrid.errors import ConfigError
from support.desks import make_policy
from support.maps import agent_files, stands

SERVICES = "version: 1\nservices:\n  orders: services/orders/**\n  billing: services/billing/**\n"


def problems_of(grid: str = SERVICES, **owns: str) -> list[str]:
    with pytest.raises(ConfigError) as raised:
        compile_policy(make_policy(grid, agent_files(owns)))
    return [str(problem) for problem in raised.value.problems]


def test_a_bare_word_that_is_no_service_is_an_error_with_the_nearest_one() -> None:
    assert problems_of(a1='{critical: [orders, "!bilding"]}') == [
        (
            "config/agents/a1.yaml:2: owns.critical[1]: there is no service 'bilding' (accepted: orders, billing); "
            "did you mean `billing`?"
        )
    ]


def test_a_bare_word_near_no_service_is_told_how_to_match_a_name() -> None:
    assert problems_of("version: 1\ncommon:\n  - a/**\n  - Makefile\n") == [
        "agentgrid.yaml:4: common[1]: there is no service 'Makefile'; to match a name at any depth write `**/Makefile`"
    ]


@pytest.mark.parametrize("word", ["ordres", "ordres ", "commandés", "ORDERS", "a_b-c"])
def test_no_typo_becomes_a_pattern(word: str) -> None:
    (problem,) = problems_of(a1=f'{{support: ["{word}"]}}')
    assert problem.startswith(f"config/agents/a1.yaml:2: owns.support[0]: there is no service {word.rstrip()!r}")


def test_a_service_is_made_of_paths() -> None:
    assert problems_of("services: {api: [api, src/api/**]}\n") == [
        "agentgrid.yaml:1: services.api[0]: 'api' is not a path; for the folder write `api/**`"
    ]


def test_every_mistake_is_told_not_only_the_first() -> None:
    grid = "services:\n  api: a**\nfrozen: ['x[']\ncommon:\n  - ''\nderived:\n  a//b: make\n"
    assert problems_of(grid, a1="{critical: [nope], support: [../x], common: ['#c']}") == [
        f"{place}: {reason} (accepted: {PATTERN_ACCEPTED})" if "there is no" not in reason else f"{place}: {reason}"
        for place, reason in [
            ("agentgrid.yaml:2: services.api[0]", "'a**': `**` must stand alone between slashes: src/**/test_*.py"),
            ("agentgrid.yaml:3: frozen[0]", r"'x[': `[` is never closed; write \[ for the character itself"),
            ("agentgrid.yaml:5: common[0]", "'': an empty pattern matches nothing"),
            ("agentgrid.yaml:7: derived.a//b", "'a//b': two slashes in a row match nothing"),
            ("config/agents/a1.yaml:2: owns.common[0]",
             r"'#c': git reads this as a comment; write \# for a name that starts with #"),
            ("config/agents/a1.yaml:2: owns.critical[0]",
             "there is no service 'nope' (accepted: api); to match a name at any depth write `**/nope`"),
            ("config/agents/a1.yaml:2: owns.support[0]",
             "'../x': paths start at the repository's root; `.` and `..` match nothing"),
        ]
    ]  # fmt: skip


def test_an_inline_agents_mistake_is_found_where_it_is_written() -> None:
    policy = make_policy("version: 1\nagents:\n  a1:\n    owns:\n      critical:\n        - a**\n", {})
    with pytest.raises(ConfigError, match=re.escape("agentgrid.yaml:6: agents.a1.owns.critical[0]")):
        compile_policy(policy)


def test_a_service_whose_name_has_a_dot_is_a_reference() -> None:
    policy = make_policy("services: {api.v2: src/v2/**}\n", agent_files({"a1": "{critical: [api.v2]}"}))
    assert stands(Territory(compile_policy(policy)), "src/v2/x") == ("owned", "a1", "critical")


def test_the_compiled_value_survives_marshal() -> None:
    compiled = compile_policy(make_policy(SERVICES, agent_files({"a1": "{critical: [orders, '[a-c]?/**']}"})))
    assert marshal.loads(marshal.dumps(compiled, MARSHAL_VERSION)) == compiled
