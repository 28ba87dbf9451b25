"""Branch names from templates and back, and the places of worktrees."""

import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agentgrid.config.policy import Policy
from agentgrid.errors import InputError
from agentgrid.git.ref_names import is_valid_branch_name
from agentgrid.workspace.naming import agent_of_branch, branch_name, slug_topic, worktree_path
from support.desks import make_policy

POLICIES = [
    make_policy(),
    make_policy("branch: '{type}/{agent}/{topic}'\n"),
    make_policy("branch: 'feature/{agent}-{topic}'\n"),
    make_policy(agents={"a1": "id: a1\narea: x\n", "x__a1": "id: x__a1\narea: x\n", "A-1": "id: A-1\n"}),
    make_policy(agents={"a1": "id: a1\nbranch: 'feature/OBS-{task}-{topic}'\n", "a2": "id: a2\n"}),
    make_policy(agents={"a1": "id: a1\narea: core\n", "a2": "id: a2\nbranch: 'fix/{task}__{agent}'\n"}),
]
TASK_POLICY = POLICIES[4]


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(POLICIES), st.text(max_size=40), st.sampled_from([None, "fix", "chore"]))
def test_the_agent_is_read_back_from_every_branch_name(policy: Policy, topic: str, kind: str | None) -> None:
    for agent in policy.agents:
        try:
            name = branch_name(policy, agent, topic, kind=kind, task="T-7")
        except InputError:
            continue
        assert agent_of_branch(policy, name) == agent
        assert is_valid_branch_name(name)


@pytest.mark.parametrize("policy", POLICIES)
def test_an_ordinary_topic_makes_a_branch_for_every_agent(policy: Policy) -> None:
    names = [branch_name(policy, agent, "12-add-cache") for agent in policy.agents]
    assert [agent_of_branch(policy, name) for name in names] == list(policy.agents)


@settings(max_examples=300, deadline=None)
@given(st.text(alphabet=st.sampled_from("ab/.-~^:?*[\\@{ \x7fé\tHEAD") | st.characters(exclude_characters="\0",
       exclude_categories=["Cs"]), min_size=1, max_size=12))  # fmt: skip
def test_a_valid_name_is_what_git_takes(name: str) -> None:
    git = subprocess.run(["git", "check-ref-format", f"refs/heads/{name}"], check=False).returncode == 0
    git = git and not name.startswith("-") and name not in {"HEAD", "@"}
    assert is_valid_branch_name(name) == git


@pytest.mark.parametrize(
    ("topic", "slug"),
    [
        ("Add Cache", "add-cache"),
        ("fix: the cache?", "fix-the-cache"),
        ("naïve Größe", "naïve-größe"),
        ("キャッシュ", "キャッシュ"),
        ("a/b", "a-b"),
        ("..x..lock.lock", "x"),
        ("a__b", "a_b"),
        ("x" * 300, "x" * 100),
    ],
)
def test_a_topic_becomes_one_readable_part_of_a_name(topic: str, slug: str) -> None:
    assert slug_topic(topic) == slug


def test_a_topic_of_which_nothing_is_left_is_refused() -> None:
    with pytest.raises(InputError, match="nothing of the topic"):
        branch_name(make_policy(), "a1", "?*/")


def test_the_default_template_names_area_topic_and_agent() -> None:
    assert branch_name(make_policy(), "a1", "Add cache") == "feat/core/add-cache__a1"


def test_the_area_of_an_agent_without_one_is_its_id() -> None:
    assert branch_name(make_policy(), "a3", "cache") == "feat/a3/cache__a3"


def test_a_type_replaces_the_first_segment_of_the_template() -> None:
    name = branch_name(make_policy(), "a1", "cache", kind="fix")
    assert (name, agent_of_branch(make_policy(), name)) == ("fix/core/cache__a1", "a1")


def test_a_type_without_a_place_for_it_is_refused() -> None:
    with pytest.raises(InputError, match="no place for the type 'fix'"):
        branch_name(make_policy("branch: '{agent}/{topic}'\n"), "a1", "cache", kind="fix")


@pytest.mark.parametrize("topic", ["12-add-cache", "OBS-12-add-cache", "#12 add cache"])
def test_a_leading_task_id_fills_the_template(topic: str) -> None:
    assert branch_name(TASK_POLICY, "a1", topic) == "feature/OBS-12-add-cache"


def test_a_missing_task_id_is_refused_with_the_way_to_write_it() -> None:
    with pytest.raises(InputError) as caught:
        branch_name(TASK_POLICY, "a1", "add cache")
    assert caught.value.hint == "write it in front of the topic: `12-add-cache`"


def test_a_branch_with_another_agents_area_is_nobodys() -> None:
    assert agent_of_branch(make_policy(), "feat/ai/cache__a1") is None


def test_a_persons_branch_is_nobodys() -> None:
    assert [agent_of_branch(make_policy(), name) for name in ("main", "hotfix", "feat/x")] == [None, None, None]


def test_templates_that_give_two_agents_one_name_are_refused() -> None:
    policy = make_policy(agents={"a1": "id: a1\nbranch: 'w/{topic}'\n", "a2": "id: a2\nbranch: 'w/{topic}'\n"})
    with pytest.raises(InputError, match="would be read as another agent's"):
        branch_name(policy, "a1", "cache")
    assert agent_of_branch(policy, "w/cache") is None


def test_an_unknown_agent_is_refused_with_the_known_ones() -> None:
    with pytest.raises(InputError, match=r"no agent 'a9' \(known: a1, a2, a3\)"):
        branch_name(make_policy(), "a9", "cache")


def test_a_worktree_path_starts_from_the_root_and_is_normal() -> None:
    policy = make_policy("worktree: '../wt-{agent}-{area}'\n")
    assert worktree_path(policy, "shop", Path("/src/shop"), "a1") == Path("/src/wt-a1-core")
    assert worktree_path(make_policy(), "shop", Path("/src/shop"), "a3") == Path("/src/shop-a3")
