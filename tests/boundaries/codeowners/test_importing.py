"""A CODEOWNERS file as a policy: who is who, which lists, and what no list of patterns says."""

import pytest

from agentgrid.boundaries.codeowners.importing import Proposal, propose_policy
from agentgrid.boundaries.codeowners.reading import parse_owners
from agentgrid.errors import ConfigError
from support.desks import make_policy

NAMED = "codeowners: {common: ['@org/all'], frozen: ['@org/security']}\n"


def propose(text: str, grid: str = "", **codeowners: str) -> Proposal:
    """`codeowners`: agent → the YAML of its handles."""
    agents = {agent: f"id: {agent}\ncodeowners: {handles}\n" for agent, handles in codeowners.items()}
    return propose_policy(parse_owners("CODEOWNERS", text.encode()), make_policy(grid, agents))


def lists_of(proposal: Proposal) -> dict[str, tuple[str, ...]]:
    return {each.agent: each.critical for each in proposal.agents if each.critical}


def stewards_of(proposal: Proposal) -> dict[str, tuple[str, ...]]:
    return {each.agent: each.common for each in proposal.agents if each.common}


def test_each_line_is_carved_out_of_the_lists_that_it_meets() -> None:
    proposal = propose("* @all\n/docs/ @docs\n/docs/api/ @api\n/x @all\n")

    assert lists_of(proposal) == {
        "all": ("*", "!/docs/"), "docs": ("/docs/", "!/docs/api/"), "api": ("/docs/api/",),
    }  # fmt: skip


def test_a_line_without_owners_is_carved_out_of_every_list() -> None:
    assert lists_of(propose("/apps/ @a\n*.md @b\n/apps/github\n")) == {
        "a": ("/apps/", "!*.md", "!/apps/github"), "b": ("*.md", "!/apps/github"),
    }  # fmt: skip


def test_one_level_leaves_what_is_below_to_whom_it_was() -> None:
    assert lists_of(propose("* @a\ndocs/* @b\n")) == {
        "a": ("*", "!/docs/", "/docs/*/"), "b": ("/docs/", "!/docs/*/"),
    }  # fmt: skip


def test_several_owners_are_stewards_of_common_code_and_it_is_said() -> None:
    proposal = propose("/src/ @a\n/src/lib/ @a @b\n")

    assert (lists_of(proposal), stewards_of(proposal)) == (
        {"a": ("/src/", "!/src/lib/")}, {"a": ("/src/lib/",), "b": ("/src/lib/",)},
    )  # fmt: skip
    assert proposal.notes == ("CODEOWNERS:2: /src/lib/ @a @b: common code, a and b are its stewards",)


def test_a_handle_that_an_agent_names_is_that_agent_in_whatever_case() -> None:
    proposal = propose("/a/ @ORG/Core\n/b/ @new\n", a1='"@org/core"', a2='"@org/other"')

    assert [(each.agent, each.handles, each.is_new, each.critical) for each in proposal.agents] == [
        ("a1", ("@org/core",), False, ("/a/",)),
        ("a2", ("@org/other",), False, ()),
        ("new", ("@new",), True, ("/b/",)),
    ]


def test_all_handles_of_one_agent_are_one_owner_and_some_of_them_too_with_a_note() -> None:
    proposal = propose("/a/ @x @y\n/b/ @y\n", a1='["@x", "@y"]')

    assert lists_of(proposal) == {"a1": ("/a/", "/b/")}
    assert proposal.notes == ("CODEOWNERS:2: /b/ @y: read as if @x were there too, who stand together with the others",)


def test_the_grids_handles_are_common_and_frozen_code() -> None:
    proposal = propose("/lib/ @org/all\n/lib/db/ @a1 @org/all\n/LICENSE @org/security\n", NAMED, a1='"@a1"')

    assert (proposal.common, proposal.frozen, lists_of(proposal), stewards_of(proposal)) == (
        ("/lib/", "!/lib/db/"), ("/LICENSE",), {}, {"a1": ("/lib/db/",)},
    )  # fmt: skip


@pytest.mark.parametrize(
    ("text", "grid", "agents", "problem"),
    [
        ("/a @x", "", {"a1": '"@x"', "a2": '"@X"'}, "config/agents/a2.yaml:2: codeowners[0]: @X stands for a1 already"),
        ("/a @x", "codeowners: {common: ['@x'], frozen: ['@x']}", {},
         "CODEOWNERS:1: @x stands for common and for frozen code: give one of them another handle"),
        ("* @a\n**/docs/* @b", "", {},
         ("CODEOWNERS:2: '**/docs/*' is one level of folders that may stand in one another: no patterns say just that; "
          "a final slash instead of the star takes all levels")),
    ],
)  # fmt: skip
def test_what_can_not_be_told_is_refused_by_name(text: str, grid: str, agents: dict[str, str], problem: str) -> None:
    with pytest.raises(ConfigError) as raised:
        propose(text, grid, **agents)

    assert [str(each) for each in raised.value.problems] == [problem]


def test_lines_that_overlap_beyond_telling_are_refused_by_name() -> None:
    with pytest.raises(ConfigError) as raised:
        propose("*a*b*c*d*e*f*g* @a\n/*h*i*j*k*l*m*n*/* @b\n")

    assert [str(each) for each in raised.value.problems] == [
        "CODEOWNERS:2: '/*h*i*j*k*l*m*n*/*' overlaps with other lines in more ways than patterns could say"
    ]


def test_one_level_of_nested_folders_is_fine_where_all_is_theirs_anyway() -> None:
    assert lists_of(propose("**/docs/ @b\n**/docs/* @b")) == {"b": ("**/docs/",)}


@pytest.mark.parametrize(
    ("handles", "agents"),
    [
        ("@octo-org/docs @docs", ["docs", "docs-2"]),
        ("@docs @octo-org/docs", ["docs", "octo-org-docs"]),
        ("jane.doe@example.com", ["jane-doe"]),
        ("@x/Docs @docs", ["Docs", "docs-2"]),
        (f"@org/{'x' * 60}", ["x" * 40]),
    ],
)
def test_a_new_agent_is_named_after_its_handle(handles: str, agents: list[str]) -> None:
    assert [each.agent for each in propose(f"* {handles}\n").agents] == agents


def test_a_file_without_lines_says_nothing() -> None:
    assert propose("# nothing\n").agents == ()
