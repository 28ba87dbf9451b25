"""A split is even, keeps together what changes together, claims no path twice, and says what it leaves open."""

from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agentgrid.onboarding.discovery.balance import deal_out
from agentgrid.onboarding.discovery.risk import Risk
from agentgrid.onboarding.discovery.split import AgentShare, Proposal, default_agent_ids, propose_split
from agentgrid.onboarding.discovery.tree_facts import TreeFacts
from support.tree_facts import commits, facts, matches, trees

JUDGED_FROM_NAMES = Risk("LOW", "no commits in its paths yet: judged from names alone")
CLAIMED = "the first agent to touch a file there gets a lease on it"
NO_HISTORY = "No history to judge from: common code and risks are guessed from names."


def split(tree: TreeFacts, agents: int) -> Proposal:
    return propose_split(tree, default_agent_ids(agents), repo_name="shop")


def services_by_agent(proposal: Proposal) -> dict[str, tuple[str, ...]]:
    return {share.agent: share.services for share in proposal.shares}


def claims(proposal: Proposal, share: AgentShare) -> list[list[str]]:
    patterns = [list(service.patterns) for service in proposal.services if service.name in share.services]
    return [*patterns, list(share.patterns)]


def owners(proposal: Proposal, path: str) -> list[str]:
    return [one.agent for one in proposal.shares if any(matches(part, path) for part in claims(proposal, one))]


def test_services_go_by_size_onto_the_agent_with_least() -> None:
    tree = facts(sizes={f"services/{name}/a.py": size for name, size in {"a": 60, "b": 50, "c": 30, "d": 20}.items()})
    assert services_by_agent(split(tree, 2)) == {"a1": ("a", "d"), "a2": ("b", "c")}


def test_a_share_says_what_an_agent_gets_and_how_much_of_the_tree_it_is() -> None:
    tree = facts(sizes={"services/api/a.py": 600, "services/web/a.ts": 300, "scripts/b.sh": 50, "README.md": 50})
    assert split(tree, 2).shares == (
        AgentShare("a1", "api", ("api",), (), 600, 0.6, JUDGED_FROM_NAMES),
        AgentShare("a2", "web", ("web",), ("scripts/**",), 350, 0.35, JUDGED_FROM_NAMES),
    )


def test_services_that_change_together_stay_together_where_balance_allows() -> None:
    names = ["a", "b", "c", "d"]
    together = commits(10, "services/a/x.py", "services/d/x.py")
    tree = facts(*(f"services/{name}/x.py" for name in names), history=together)
    assert services_by_agent(split(tree, 2)) == {"a1": ("a", "d"), "a2": ("b", "c")}
    apart = facts(*(f"services/{name}/x.py" for name in names))
    assert services_by_agent(split(apart, 2)) == {"a1": ("a", "c"), "a2": ("b", "d")}


def test_services_that_change_together_are_parted_where_one_agent_would_get_too_much() -> None:
    together = commits(10, "services/a/x.py", "services/b/x.py")
    tree = facts(
        history=together, sizes={f"services/{n}/x.py": size for n, size in {"a": 90, "b": 80, "c": 10}.items()}
    )
    assert services_by_agent(split(tree, 2)) == {"a1": ("a",), "a2": ("b", "c")}


def test_no_agent_goes_without_while_there_are_services_enough() -> None:
    assert deal_out({"a": 10, "b": 1, "c": 1}, 3, lambda _one, _other: 1.0) == {"a": 0, "b": 1, "c": 2}


def test_groups_are_made_smaller_where_dealing_them_out_would_be_uneven() -> None:
    pairs = {"a": "b", "c": "d", "e": "f", "g": "h"}
    sizes = {**dict.fromkeys("abcdef", 31), "g": 10, "h": 10}
    dealt = deal_out(sizes, 2, lambda one, other: float(pairs.get(one) == other))
    assert [sum(sizes[thing] for thing, number in dealt.items() if number == one) for one in (0, 1)] == [113, 93]
    assert dealt["g"] == dealt["h"]


def test_more_agents_than_services_is_said() -> None:
    proposal = split(facts("services/a/x.py", "services/b/x.py"), 4)
    assert services_by_agent(proposal) == {"a1": ("a",), "a2": ("b",), "a3": (), "a4": ()}
    assert proposal.notes == ("4 agents, but only 2 services: 2 agents have none.", NO_HISTORY)


def test_a_large_service_is_divided_when_agents_would_go_without() -> None:
    tree = facts(sizes={
        "services/web/index.ts": 10, "services/web/src/cart/a.ts": 400, "services/web/src/search/a.ts": 300,
        "services/web/src/icons/a.ts": 5, "services/web/tests/a.ts": 90, "services/mail/a.py": 200,
    })  # fmt: skip
    proposal = split(tree, 3)
    assert services_by_agent(proposal) == {"a1": ("cart",), "a2": ("search",), "a3": ("mail", "web")}
    assert [one.patterns for one in proposal.services if one.name == "web"] == [
        ("services/web/**", "!services/web/src/cart/**", "!services/web/src/search/**"),
    ]


def test_a_large_service_stays_whole_when_there_are_services_enough() -> None:
    tree = facts(sizes={"services/web/a/x.ts": 400, "services/web/b/x.ts": 400, "services/mail/x.py": 10})
    assert services_by_agent(split(tree, 2)) == {"a1": ("web",), "a2": ("mail",)}


def test_common_code_is_owned_by_nobody_and_no_service() -> None:
    tree = facts("services/a/x.py", "services/b/x.py", "services/common/x.py", "proto/x.proto")
    proposal = split(tree, 2)
    assert [code.pattern for code in proposal.common] == ["proto/**", "services/common/**"]
    assert [service.name for service in proposal.services] == ["a", "b"]
    assert owners(proposal, "proto/x.proto") == []
    assert [share.share for share in proposal.shares] == [0.25, 0.25]


def test_a_repository_without_services_is_split_by_its_top_level_folders() -> None:
    tree = facts("frontend/a.ts", "backend/a.py", "backend/b.py", "docs/a.md", "setup.py")
    proposal = split(tree, 2)
    assert services_by_agent(proposal) == {"a1": ("backend",), "a2": ("frontend",)}
    assert proposal.notes == (
        "Found no workspace file and no services folder: split by top-level folders.",
        NO_HISTORY,
        f"Unowned, because every agent writes there: docs/; {CLAIMED}.",
        f"Unowned, because they belong to no one service: setup.py; {CLAIMED}.",
    )


def test_a_single_package_is_divided_and_its_shared_part_is_common() -> None:
    tree = facts(*(f"src/shop/{part}/a.py" for part in ("api", "jobs", "shared")), "src/shop/__init__.py")
    proposal = split(tree, 2)
    assert services_by_agent(proposal) == {"a1": ("shop", "api"), "a2": ("jobs",)}
    assert [code.pattern for code in proposal.common] == ["src/shop/shared/**"]


def test_a_repository_of_files_alone_is_left_unowned() -> None:
    proposal = split(facts("main.py", "uv.lock", ".github/workflows/ci.yml"), 2)
    assert proposal == Proposal(
        services=(),
        common=(),
        derived={"/uv.lock": "uv lock"},
        frozen=("/agentgrid.yaml", "/config/agents/**", "/.github/**"),
        shares=tuple(AgentShare(one, one, (), (), 0, 0.0, Risk("LOW", "owns no file yet")) for one in ("a1", "a2")),
        notes=(
            f"Found no services and no folders of code to split: every file is unowned; {CLAIMED}.",
            NO_HISTORY,
            f"Unowned, because they belong to no one service: main.py; {CLAIMED}.",
        ),
    )


def test_an_empty_tree_and_no_agents_have_an_empty_split() -> None:
    assert split(TreeFacts({}), 1).shares[0].share == 0.0
    assert split(facts("services/a/x.py"), 0).shares == ()


def test_tests_and_pages_of_a_service_go_with_it_and_the_rest_of_them_stay_open() -> None:
    tree = facts("services/a/x.py", "services/b/x.py", "tests/a/t.py", "tests/other/t.py", "docs/b/x.md", "tests/t.py")
    proposal = split(tree, 2)
    paths = ["tests/a/t.py", "docs/b/x.md", "tests/other/t.py", "tests/t.py"]
    assert [owners(proposal, path) for path in paths] == [["a1"], ["a2"], [], []]


def test_tests_of_one_of_two_services_with_one_folder_name_stay_open() -> None:
    assert owners(split(facts("apps/web/x.ts", "services/web/x.py", "tests/web/t.py"), 2), "tests/web/t.py") == []


def test_a_folder_beside_the_services_goes_to_the_agent_it_changes_with() -> None:
    near = commits(5, "infra/main.tf", "services/a/x.py")
    tree = facts(sizes={"services/a/x.py": 900, "services/b/x.py": 500, "infra/main.tf": 100})
    assert owners(split(tree, 2), "infra/main.tf") == ["a2"]
    coupled = TreeFacts(tree.sizes, {}, tuple(map(frozenset, near)))
    assert owners(split(coupled, 2), "infra/main.tf") == ["a1"]


def test_a_large_folder_beside_the_services_is_a_service() -> None:
    tree = facts(sizes={"cmd/tool/main.go": 10, "internal/a/a.go": 500, "internal/b/b.go": 400})
    assert services_by_agent(split(tree, 2)) == {"a1": ("a",), "a2": ("tool", "b")}


def test_configuration_and_what_ci_is_made_of_are_frozen() -> None:
    tree = facts("services/a/x.py", ".gitlab-ci.yml", ".circleci/config.yml", "config/agents/a1.yaml", "config/app.ini")
    proposal = split(tree, 1)
    assert proposal.frozen == ("/agentgrid.yaml", "/config/agents/**", "/.circleci/**", "/.gitlab-ci.yml")
    assert owners(proposal, "config/agents/a1.yaml") == []


def test_an_agent_with_migrations_has_the_risk_of_them() -> None:
    tree = facts("services/a/migrations/1.sql", "services/b/x.py")
    assert [share.risk.level for share in split(tree, 2).shares] == ["HIGH", "LOW"]


def test_a_lone_agent_works_in_an_area_called_as_the_repository() -> None:
    tree = facts("services/a/x.py", "services/b/x.py")
    assert propose_split(tree, ["me"], repo_name="my shop.git").shares[0].area == "my-shop.git"


def test_paths_that_no_configuration_can_say_are_left_open_and_counted() -> None:
    proposal = split(facts("services/a/x.py", "services/b\nc/x.py", "d\udce9/x.py"), 1)
    assert [service.folder for service in proposal.services] == ["services/a"]
    assert proposal.notes[-1] == "2 paths have bytes in the name that a configuration file can't say: left unowned."


def reversed_facts(tree: TreeFacts) -> TreeFacts:
    return TreeFacts(dict(reversed([*tree.sizes.items()])), dict(reversed([*tree.manifests.items()])), tree.history)


@settings(max_examples=150, deadline=None)
@given(trees(), st.integers(1, 5))
def test_every_path_is_claimed_at_most_once_and_shares_are_what_the_patterns_match(
    tree: TreeFacts, agents: int
) -> None:
    proposal = split(tree, agents)
    open_or_frozen = [code.pattern for code in proposal.common] + list(proposal.frozen)
    owned: dict[str, int] = dict.fromkeys(default_agent_ids(agents), 0)
    for path, size in tree.sizes.items():
        assert claimants(proposal, path) <= 1
        for agent in owners(proposal, path) if not matches(open_or_frozen, path) else []:
            owned[agent] += size
    assert owned == {share.agent: share.size_bytes for share in proposal.shares}
    assert sum(share.share for share in proposal.shares) <= 1 + 1e-9


def claimants(proposal: Proposal, path: str) -> int:
    """How many services and lists of further patterns match a path: over all agents."""
    parts: list[Sequence[str]] = [part for share in proposal.shares for part in claims(proposal, share)]
    return sum(matches(part, path) for part in parts)


@settings(max_examples=60, deadline=None)
@given(trees(), st.integers(1, 5))
def test_the_same_facts_in_any_order_give_the_same_proposal(tree: TreeFacts, agents: int) -> None:
    assert split(tree, agents) == split(reversed_facts(tree), agents)


@pytest.mark.parametrize(("count", "ids"), [(1, ("a1",)), (3, ("a1", "a2", "a3"))])
def test_agents_are_numbered_by_default(count: int, ids: tuple[str, ...]) -> None:
    assert default_agent_ids(count) == ids
