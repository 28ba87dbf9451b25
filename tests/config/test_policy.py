"""A policy: its files from a commit or a directory, and what they say of each other."""

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agentgrid.config.policy import PolicyFiles, agents_directory, parse_policy, read_directory, read_tree
from agentgrid.errors import ConfigError
from agentgrid.git.process import Git
from support.repositories import Sandbox

FIELDS = "{agent}, {area}, {repo}"
AGENTS = {"config/agents/a1.yaml": b"id: a1\n", "config/agents/a2.yaml": b"id: a2\n"}
KEYS = [
    "version",
    "base",
    "agents",
    "services",
    "common",
    "rules",
    "locks",
    "ttl",
    "worktree",
    "branch",
    "requires",
    "checks",
    "run",
    "id",
    "owns",
    "critical",
    "budget",
    "memory",
    "cpu",
    "migrations",
    "env",
    "set",
    "a1",
]
VALUES = [
    "1", "main", "[]", "{}", "[a, b]", "yes", "~", "4GB", "4 gigs", "'{x'", "'{agent!r}'", "../x", "0x" + "f" * 5000,
    ">=99", "!!int x", "1:60", "2025-01-01", ".nan", "99999999999999d", "!!set {a}", '"\\0"',
]  # fmt: skip


def problems_of(grid: str = "", agents: dict[str, bytes] | None = None) -> list[str]:
    with pytest.raises(ConfigError) as raised:
        parse_policy(PolicyFiles(grid.encode(), agents if agents is not None else AGENTS))
    return [str(problem) for problem in raised.value.problems]


def test_agents_are_ordered_as_their_files_are() -> None:
    policy = parse_policy(PolicyFiles(b"", {"config/agents/b.yaml": b"id: z\n", "config/agents/c.yaml": b"id: a\n"}))
    assert list(policy.agents) == ["z", "a"]
    assert policy.where("a", "owns", "critical", 0) == ("config/agents/c.yaml", 1)


def test_two_agents_with_one_id_are_both_named() -> None:
    assert problems_of(agents={**AGENTS, "config/agents/a3.yaml": b"name: x\nid: a1\n"}) == [
        "config/agents/a3.yaml:2: id: 'a1' is an agent already: config/agents/a1.yaml:1"
    ]


def test_two_ids_that_differ_in_case_alone_are_both_named() -> None:
    assert problems_of(agents={**AGENTS, "config/agents/a3.yaml": b"name: x\nid: A1\n"}) == [
        (
            "config/agents/a3.yaml:2: id: 'a1' is an agent already: config/agents/a1.yaml:1, and 'A1' differs in case "
            "alone: on macOS both would have one worktree"
        )
    ]


@pytest.mark.parametrize("named", ["config/typo", "./config/typo/", "config/agents/core", "config"])
def test_a_named_directory_without_agents_is_an_error(named: str, repo: Sandbox) -> None:
    grid = f"version: 1\nagents: {named}\n"
    repo.commit("Grid", **{"agentgrid.yaml": grid, "config/agents/a1.yaml": "id: a1\n"})
    for files in (read_directory(repo.path), read_tree(Git(repo.path), "HEAD")):
        assert files is not None
        directory = os.path.normpath(named)
        assert problems_of(grid, dict(files.agents)) == [
            (
                f"agentgrid.yaml:2: agents: there is no agent's file in {directory} "
                "(accepted: a directory with a file for each agent; when the key is left out, config/agents)"
            )
        ]


@pytest.mark.parametrize("grid", ["version: 1\n", "agents: config/agents\n", "agents: ./config/agents/\n"])
def test_where_agents_are_by_default_there_need_be_none_yet(grid: str) -> None:
    assert parse_policy(PolicyFiles(grid.encode())).agents == {}


def test_agents_may_stand_in_the_grids_own_file() -> None:
    policy = parse_policy(PolicyFiles(b"agents:\n  a1: {name: One}\n  a2:\n    id: a2\n    owns: {critical: [x/**]}\n"))
    assert [agent.title for agent in policy.agents.values()] == ["One", "a2"]
    assert policy.where("a2", "owns", "critical", 0) == ("agentgrid.yaml", 5)
    assert str(policy.problem("a2", ("owns", "critical", 0), "wrong")) == (
        "agentgrid.yaml:5: agents.a2.owns.critical[0]: wrong"
    )


@pytest.mark.parametrize(
    ("grid", "problem"),
    [
        ("agents:\n  a1:\n    id: b1\n", "agentgrid.yaml:3: agents.a1.id: 'b1' under 'a1'"),
        ("agents:\n  a1:\n    nme: x\n", "agentgrid.yaml:3: agents.a1.nme: unknown key"),
        ("agents:\n  a1:\n  a1:\n", "agentgrid.yaml:3: agents.a1: is written twice"),
        ("agents:\n  a1: 3\n", "agentgrid.yaml:2: agents.a1: a number"),
        ("agents:\n  'a b': {}\n", "agentgrid.yaml:2: agents.a b: 'a b' can't be an agent's id"),
    ],
)
def test_a_mistake_in_an_inline_agent_is_found_where_it_is_written(grid: str, problem: str) -> None:
    assert problems_of(grid, {})[0].startswith(problem)


def test_unknown_agents_are_named_with_the_nearest() -> None:
    grid = "migrations:\n  main:\n    path: db\n    owner: a11\n"
    agents = {**AGENTS, "config/agents/a2.yaml": b"id: a2\npermissions:\n  approve: [a3x, '*']\n"}
    assert problems_of(grid, agents) == [
        "agentgrid.yaml:4: migrations.main.owner: there is no agent 'a11' (accepted: a1, a2); did you mean `a1`?",
        "config/agents/a2.yaml:3: permissions.approve[0]: there is no agent 'a3x' (accepted: *, a1, a2)",
    ]


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("worktree: ../x", "worktree: must contain {agent}: two agents would get one name"),
        ("worktree: '../{agnt}-{agent}'", f"worktree: unknown field {{agnt}} (accepted: {FIELDS})"),
        (
            "worktree: '../{agent'",
            f"worktree: '../{{agent': expected '}}' before end of string (accepted: {FIELDS})",
        ),
        ("worktree: '../{agent:{topic}}'", f"worktree: a field has no format: write it bare (accepted: {FIELDS})"),
        ("worktree: '../{agent!x}'", f"worktree: a field has no format: write it bare (accepted: {FIELDS})"),
        (
            "branch: 'feat/{agent}'",
            "branch: must contain {topic} or {task} (accepted: {agent}, {area}, {task}, {topic}, {type})",
        ),
    ],
)
def test_a_template_that_can_t_be_filled_in_is_an_error(line: str, problem: str) -> None:
    assert problems_of(f"version: 1\n{line}\n") == [f"agentgrid.yaml:2: {problem}"]


def read_from_disk(repo: Sandbox) -> PolicyFiles | None:
    return read_directory(repo.path)


def read_from_head(repo: Sandbox) -> PolicyFiles | None:
    return read_tree(Git(repo.path), "HEAD")


@pytest.mark.parametrize("named", ["..", "../x", "a/../../x", "/etc", ".", "a/.."])
def test_an_agents_directory_that_is_not_below_the_root_is_an_error(named: str, repo: Sandbox) -> None:
    grid = f"version: 1\nagents: '{named}'\n"
    repo.commit("Grid", **{"agentgrid.yaml": grid})
    for read in (read_from_disk, read_from_head):
        with pytest.raises(ConfigError) as raised:
            read(repo)
        (problem,) = raised.value.problems
        reason = "is the root itself" if named in {".", "a/.."} else "leads out of the repository"
        assert str(problem) == (
            f"agentgrid.yaml:2: agents: {named!r} {reason} (accepted: a directory below the root: config/agents)"
        )


@pytest.mark.parametrize(
    "named", ["..agents", "./config//agents/", "a/../config/agents", ":(glob)x", "-x", "with space"]
)
def test_odd_names_of_the_agents_directory_are_names(named: str, repo: Sandbox) -> None:
    directory = agents_directory(f"agents: '{named}'\n".encode())
    repo.commit("Grid", **{"agentgrid.yaml": f"agents: '{named}'\n", f"{directory}/a1.yaml": "id: a1\n"})
    files = PolicyFiles(f"agents: '{named}'\n".encode(), {f"{directory}/a1.yaml": b"id: a1\n"})
    assert read_directory(repo.path) == read_tree(Git(repo.path), "HEAD") == files


def test_only_yaml_files_directly_in_the_directory_are_profiles(repo: Sandbox) -> None:
    files = {f"config/agents/{name}": "id: x\n" for name in ("a.yaml", "b.yml", "c.txt", ".d.yaml", "deep/e.yaml")}
    repo.commit("Grid", **{"agentgrid.yaml": "", **files})
    found = PolicyFiles(b"", {f"config/agents/{name}": b"id: x\n" for name in ("a.yaml", "b.yml")})
    assert read_directory(repo.path) == read_tree(Git(repo.path), "HEAD") == found


def test_a_profile_whose_name_is_not_text_is_read_like_any_other(repo: Sandbox) -> None:
    name = "config/agents/\udcff.yaml"
    try:
        repo.commit("Grid", **{"agentgrid.yaml": "", name: "id: a1\n"})
    except OSError:
        pytest.skip("this file system takes no names that aren't UTF-8")
    on_disk, committed = read_directory(repo.path), read_tree(Git(repo.path), "HEAD")
    assert on_disk == committed == PolicyFiles(b"", {name: b"id: a1\n"})
    assert on_disk is not None
    assert len(on_disk.key) == 40


def test_a_link_in_the_place_of_the_file_is_no_policy_from_elsewhere(repo: Sandbox, tmp_path: Path) -> None:
    (tmp_path / "evil.yaml").write_text("version: 1\n")
    (repo.path / "agentgrid.yaml").symlink_to(tmp_path / "evil.yaml")
    repo.commit("Link")
    with pytest.raises(ConfigError, match="where a mapping is expected"):
        parse_policy(read_tree(Git(repo.path), "HEAD") or PolicyFiles(b""))


def test_a_file_that_can_t_be_read_is_an_error_that_names_it(repo: Sandbox) -> None:
    (repo.path / "agentgrid.yaml").mkdir()
    with pytest.raises(ConfigError, match=r"agentgrid\.yaml: can't be read: Is a directory"):
        read_directory(repo.path)


def test_no_file_is_no_policy(repo: Sandbox) -> None:
    assert read_directory(repo.path) is None
    assert read_directory(repo.path / "nowhere") is None
    assert read_tree(Git(repo.path), "HEAD") is None


def test_the_key_is_the_text_and_where_its_parts_end() -> None:
    keys = {
        PolicyFiles(grid, agents).key
        for grid, agents in [
            (b"a", {"b": b"c"}), (b"a", {"c": b"b"}), (b"ab", {}), (b"a", {"bc": b""}), (b"a", {"b": b"c", "d": b""}),
        ]
    }  # fmt: skip
    assert len(keys) == 5
    assert PolicyFiles(b"", {"x": b"1", "y": b"2"}).key == PolicyFiles(b"", {"y": b"2", "x": b"1"}).key


@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(content=st.binary(max_size=60) | st.lists(
    st.tuples(st.sampled_from(["", "  ", "    ", "- "]), st.sampled_from(KEYS), st.sampled_from(VALUES)), max_size=8
).map(lambda lines: "".join(f"{indent}{key}: {value}\n" for indent, key, value in lines).encode()))  # fmt: skip
def test_any_bytes_are_a_policy_or_a_config_error(content: bytes) -> None:
    for files in (PolicyFiles(content, AGENTS), PolicyFiles(b"", {"config/agents/x.yaml": content})):
        try:
            assert files.key
            agents_directory(files.grid)
            parse_policy(files)
        except ConfigError as error:
            assert error.problems  # noqa: PT017 - it may also be a policy
