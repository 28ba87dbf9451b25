"""The map as a CODEOWNERS file: precedence, services and carve-outs as lines; what can't be said, by name."""

import pytest

from agentgrid.boundaries.policy.compiled import compile_policy
from agentgrid.boundaries.policy.territory import Territory
from agentgrid.errors import ConfigError, InputError
from support.code_owners import export_text
from support.desks import make_policy

NAMED = "version: 1\ncodeowners: {common: '@org/shared', frozen: '@org/security'}\n"


def export(grid: str, *links: bytes, **owns: str) -> list[str]:
    """The lines of the file. `owns`: agent → the YAML of its `owns`; its handle is @ and its id."""
    agents = {each: f"id: {each}\ncodeowners: '@{each}'\nowns: {lists}\n" for each, lists in owns.items()}
    policy = make_policy(grid, agents)
    made = export_text(policy, Territory(compile_policy(policy)), links)
    lines = [line for line in made.text.splitlines() if not line.startswith("#")]
    assert lines == [" ".join((pattern, *owners)) for pattern, owners in made.lines]
    return lines


def problems_of(grid: str, **owns: str) -> list[str]:
    with pytest.raises(ConfigError) as raised:
        export(grid, **owns)
    return [str(problem) for problem in raised.value.problems]


def test_the_stronger_list_comes_later() -> None:
    grid = f"{NAMED}frozen: [/LICENSE, src/gen/]\ncommon: [src/lib/**]\n"

    assert export(grid, a1="{critical: [src/**], support: [tools/**]}", a2="{critical: [docs/**]}") == [
        "/src/ @a1", "/tools/ @a1", "/docs/ @a2", "/src/lib/ @org/shared", "/LICENSE @org/security",
        "/src/gen/ @org/security",
    ]  # fmt: skip


def test_where_a_list_carves_out_what_is_weaker_shows_again() -> None:
    grid = f"{NAMED}frozen: ['**/*.lock', '!src/**']\ncommon: [src/**, '!src/own/**', '!src/free/**']\n"

    assert export(grid, a1="{critical: [src/own/**, '!src/own/x']}") == [
        "*.lock @org/security", "/src/ @org/shared", "/src/own/ @a1", "/src/own/x", "/src/free/",
    ]  # fmt: skip


def test_a_service_stands_for_all_its_paths_and_its_carve_outs() -> None:
    grid = f"{NAMED}services: {{api: [services/api/**, '!services/api/gen/**', services/api/gen/kept]}}\n"

    assert export(grid, a1="{critical: [services/**, '!api']}", a2="{critical: [api]}") == [
        "/services/ @a1", "/services/api/ @a2", "/services/api/gen/ @a1", "/services/api/gen/kept @a2",
    ]  # fmt: skip


def test_all_stewards_of_common_code_stand_before_its_own_handles() -> None:
    grid = f"{NAMED}common: [lib/**]\n"

    assert export(grid, a1="{common: [lib/db/**]}", a2="{common: [lib/db/cache, new/**]}") == [
        "/lib/ @org/shared", "/lib/db/ @a1 @org/shared", "/lib/db/cache @a1 @a2 @org/shared",
        "/new/ @a2 @org/shared",
    ]  # fmt: skip


def test_derived_files_have_the_owner_of_their_place() -> None:
    assert export(f"{NAMED}derived: {{src/uv.lock: uv lock}}\n", a1="{critical: [src/**]}") == ["/src/ @a1"]


def test_a_star_at_the_end_is_written_as_the_folder_because_it_is_one_level_there() -> None:
    assert export(NAMED, a1="{critical: [docs/*]}") == ["/docs/ @a1"]


def test_an_empty_list_of_handles_is_nobody() -> None:
    grid = "codeowners: {common: [], frozen: []}\nfrozen: [src/x]\ncommon: [src/lib/]\n"

    assert export(grid, a1="{critical: [src/**]}") == ["/src/ @a1", "/src/lib/", "/src/x"]


def test_an_agent_of_several_handles_is_all_of_them() -> None:
    policy = make_policy(agents={"a1": "id: a1\ncodeowners: ['@x', '@org/y']\nowns: {critical: [a/**]}\n"})

    assert export_text(policy, Territory(compile_policy(policy))).lines == (("/a/", ("@x", "@org/y")),)


def test_the_same_policy_gives_the_same_file() -> None:
    lists = {"a1": "{critical: [src/**, '!src/*.md']}", "a2": "{critical: ['**/*.md', '!src/*/**']}"}

    assert export(NAMED, **lists) == export(NAMED, **lists) != []


def test_a_handle_that_is_missing_is_told_once_with_the_key_to_set() -> None:
    policy = make_policy("common: [x/**]\nfrozen: [y/**, /z]\n",
                         {"a1": "id: a1\nowns: {critical: [a/**, b/**]}\n", "a2": "id: a2\n"})  # fmt: skip
    with pytest.raises(ConfigError) as raised:
        export_text(policy, Territory(compile_policy(policy)))

    told = [str(problem).split("; ") for problem in raised.value.problems]
    assert [message for message, _hint in told] == [
        "config/agents/a1.yaml:1: codeowners: nobody is named for what is a1's",
        "agentgrid.yaml:1: codeowners.common: nobody is named for common paths",
        "agentgrid.yaml:1: codeowners.frozen: nobody is named for frozen paths",
    ]
    assert [hint for _message, hint in told] == [
        'add a line such as `codeowners: "@org/team"`',
        'add `codeowners: {common: "@org/team"}`, or [] for nobody',
        'add `codeowners: {frozen: "@org/team"}`, or [] for nobody',
    ]


def test_two_claims_on_one_path_are_refused_with_both_rules_and_an_example() -> None:
    (problem,) = problems_of(NAMED, a1="{critical: [src/**]}", a2="{support: ['**/*.md']}")

    assert problem == (
        "config/agents/a2.yaml:3: '**/*.md' and 'src/**' (config/agents/a1.yaml:3) can match one path, "
        "such as src/.md, claimed by a1 and a2; carve it out of one of them with `!`"
    )


@pytest.mark.parametrize("frozen", ["src/**", "'**/*.md'", "'*'"])
def test_two_claims_where_nothing_of_them_shows_are_no_reason_to_refuse(frozen: str) -> None:
    assert export(f"{NAMED}frozen: [{frozen}]\n", a1="{critical: [src/**]}", a2="{critical: ['**/*.md']}")


def test_two_claims_that_only_together_are_hidden_are_no_reason_to_refuse() -> None:
    """No single line hides src/**/*.md; the two frozen ones do."""
    grid = f"{NAMED}frozen: [src/*.md, src/*/**]\n"

    assert export(grid, a1="{critical: [src/**]}", a2="{critical: ['**/*.md']}")


def test_a_character_range_is_refused_at_its_rule_wherever_it_ends_up() -> None:
    assert problems_of(NAMED, a1="{critical: [src/**, '!src/[a-c]/**']}", a2="{critical: ['docs/[xy].md']}") == [
        "config/agents/a1.yaml:3: '!src/[a-c]/**': CODEOWNERS has no character ranges like [a-z]",
        "config/agents/a2.yaml:3: 'docs/[xy].md': CODEOWNERS has no character ranges like [a-z]",
    ]


def test_a_range_of_one_character_is_that_character() -> None:
    assert export(NAMED, a1="{critical: ['docs/[*].md', 'docs/[[]x]']}") == [r"/docs/\*.md @a1", r"/docs/\[x\] @a1"]


def test_rules_that_overlap_beyond_telling_are_refused_by_name() -> None:
    (problem,) = problems_of(NAMED, a1="{critical: ['*a*b*c*d*e*f*g*']}", a2="{critical: ['*h*i*j*k*l*m*n*']}")

    assert problem == (
        "config/agents/a2.yaml:3: '*h*i*j*k*l*m*n*' overlaps with other rules in more ways than can be told apart"
    )


def test_a_file_that_github_would_not_load_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("agentgrid.boundaries.codeowners.exporting.LIMIT_BYTES", 1000)
    with pytest.raises(InputError, match="3 MB or more"):
        export(NAMED, a1=f"{{critical: [/{'x' * 1000}]}}")


def test_a_submodules_link_that_a_folders_pattern_means_is_refused_and_one_that_is_named_is_not() -> None:
    with pytest.raises(InputError) as raised:
        export(NAMED, b"vendor/lib", a1="{critical: [vendor/lib/]}")

    assert raised.value.message == (
        "a submodule's link would have other owners as a file than as a folder: /vendor/lib"
    )
    assert raised.value.hint == "add just these to the lists that are to have them"
    assert export(NAMED, b"vendor/lib", a1="{critical: [vendor/lib]}") == ["/vendor/lib @a1"]
    assert export(NAMED, b"vendor/lib", a1="{critical: [/vendor/]}") == ["/vendor/ @a1"]


def test_a_policy_of_nobody_is_a_file_of_comments() -> None:
    assert export("", a1="{}") == []
