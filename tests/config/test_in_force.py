"""Which policy is in force, and why."""

from pathlib import Path

import pytest

from agentgrid import __version__
from agentgrid.config.in_force import (
    InForce,
    applied_file,
    apply_policy,
    find_base,
    find_in_force,
    local_agents_directory,
    withdraw_applied,
)
from agentgrid.config.places import grid_directory
from agentgrid.config.policy import PolicyFiles, read_directory
from agentgrid.errors import ConfigError, InputError
from support.desks import open_repository
from support.repositories import Sandbox

A1, A2 = "config/agents/a1.yaml", "config/agents/a2.yaml"


def in_force(repo: Sandbox, base: str | None = None) -> InForce:
    return find_in_force(open_repository(repo), base=base)


def agents(repo: Sandbox) -> list[str]:
    return list(in_force(repo).policy.agents)


@pytest.fixture
def grid(repo: Sandbox) -> Sandbox:
    """A policy on main, in a repository that was set up here."""
    repo.commit("Policy", **{"agentgrid.yaml": "version: 1\n", A1: "id: a1\n"})
    grid_directory(open_repository(repo)).mkdir()
    return repo


def test_the_bases_files_are_in_force(grid: Sandbox) -> None:
    found = in_force(grid)
    assert (found.source, found.oid, list(found.policy.agents), found.notices) == ("base", grid.oid(), ["a1"], ())


def test_an_agents_edit_in_its_own_worktree_changes_nothing(grid: Sandbox, tmp_path: Path) -> None:
    work = grid.worktree(tmp_path / "wt a1", "feat/a1")
    work.write("agentgrid.yaml", "unowned: allow\n")
    work.write(A2, "id: a2\n")
    assert (agents(work), in_force(work).policy.grid.unowned) == (["a1"], "claim")
    work.commit("Committed too")
    assert (agents(work), in_force(work).policy.grid.unowned) == (["a1"], "claim")
    assert agents(grid) == ["a1"]


def test_an_edit_in_the_main_worktree_counts_once_it_is_on_the_base(grid: Sandbox) -> None:
    grid.write(A2, "id: a2\n")
    assert agents(grid) == ["a1"]
    grid.commit("Landed")
    assert agents(grid) == ["a1", "a2"]


def test_before_the_first_commit_the_main_worktrees_copies_count_with_a_notice(repo: Sandbox, tmp_path: Path) -> None:
    repo.write("agentgrid.yaml", "version: 1\n")
    repo.write(A1, "id: a1\n")
    work = repo.worktree(tmp_path / "wt", "feat/a1")
    work.write("agentgrid.yaml", "unowned: allow\n")
    for where in (repo, work):
        found = in_force(where)
        assert (found.source, found.oid, list(found.policy.agents)) == ("main-worktree", None, ["a1"])
        assert found.notices == (
            "agentgrid.yaml is not committed on main yet; the main worktree's copy counts until it is",
        )


def test_no_files_anywhere_are_no_grid(repo: Sandbox) -> None:
    with pytest.raises(InputError, match=r"no grid here: main has no agentgrid\.yaml") as raised:
        in_force(repo)
    assert raised.value.hint == "`agentgrid init` makes one and shows it first"


def test_what_a_teammate_landed_on_the_server_is_in_force_behind_a_stale_main(grid: Sandbox, tmp_path: Path) -> None:
    server = grid.serve(tmp_path / "server.git")
    mate = server.clone(tmp_path / "mate")
    mate.commit("Another agent", **{A2: "id: a2\n"})
    mate.git("push", "--quiet")
    assert agents(grid) == ["a1"]
    grid.git("fetch", "--quiet")
    assert (agents(grid), in_force(grid).base.ref) == (["a1", "a2"], "refs/remotes/origin/main")


def apply(repo: Sandbox, **files: str) -> None:
    repository = open_repository(repo)
    committed = read_directory(repo.path)
    assert committed is not None
    changed = {name: text.encode() for name, text in files.items()}
    policy = PolicyFiles(changed.pop("agentgrid.yaml", committed.grid), {**committed.agents, **changed})
    apply_policy(repository, policy, find_base(repository))


def test_an_applied_policy_is_in_force_here_and_says_so(grid: Sandbox, tmp_path: Path) -> None:
    apply(grid, **{A2: "id: a2\n"})
    found = in_force(grid.worktree(tmp_path / "wt", "feat/a1"))
    assert (found.source, list(found.policy.agents)) == ("applied", ["a1", "a2"])
    assert found.notices == ("a policy that is not on the base is in force on this machine (`agentgrid policy show`)",)


def test_ci_never_follows_an_applied_policy(grid: Sandbox) -> None:
    apply(grid, **{A2: "id: a2\n"})
    found = in_force(grid, base="main")
    assert (found.source, list(found.policy.agents), found.watched) == ("base", ["a1"], ())


def test_an_applied_policy_stays_while_the_base_moves_without_it(grid: Sandbox) -> None:
    apply(grid, **{A2: "id: a2\n"})
    grid.commit("Something else", **{"other.yaml": "x: 1\n", A1: "id: a1\nname: One\n"})
    assert in_force(grid).source == "applied"


def test_an_applied_policy_is_dropped_when_the_base_contains_it(grid: Sandbox) -> None:
    apply(grid, **{A2: "id: a2\n"})
    grid.commit("Landed", **{A2: "id: a2\n"})
    assert in_force(grid).source == "base"
    assert not applied_file(open_repository(grid)).exists()


def test_an_applied_policy_is_dropped_also_when_the_base_moved_further(grid: Sandbox) -> None:
    apply(grid, **{A2: "id: a2\n"})
    grid.commit("Landed", **{A2: "id: a2\n"})
    grid.commit("And changed again", **{A2: "id: a2\nname: Two\n"})
    found = in_force(grid)
    assert (found.source, found.policy.agents["a2"].title) == ("base", "Two")


def test_an_applied_policy_that_lands_by_a_merge_is_dropped(grid: Sandbox) -> None:
    apply(grid, **{A2: "id: a2\n"})
    grid.switch("policy")
    grid.commit("Policy", **{A2: "id: a2\n"})
    grid.switch("main")
    grid.commit("Elsewhere", **{"README.md": "# changed\n"})
    grid.git("merge", "--quiet", "--no-edit", "policy")
    grid.commit("And further", **{A2: "id: a2\nname: Two\n"})
    assert in_force(grid).source == "base"


def test_a_withdrawn_policy_is_gone(grid: Sandbox) -> None:
    apply(grid, **{A2: "id: a2\n"})
    assert [withdraw_applied(open_repository(grid)) for _ in range(2)] == [True, False]
    assert agents(grid) == ["a1"]


def test_a_broken_policy_can_t_be_applied(grid: Sandbox) -> None:
    with pytest.raises(ConfigError, match=r"config/agents/a2\.yaml:1: idd: unknown key"):
        apply(grid, **{A2: "idd: a2\n"})
    assert in_force(grid).source == "base"


def test_a_policy_that_wants_a_newer_agentgrid_can_t_be_applied(grid: Sandbox) -> None:
    with pytest.raises(ConfigError, match=r"agentgrid\.yaml:1: requires: this is agentgrid"):
        apply(grid, **{"agentgrid.yaml": 'requires: ">=99"\n'})
    assert in_force(grid).source == "base"


@pytest.mark.parametrize("content", ["", "{", "[]", "{}", '{"files": {}, "base": "x"}', '{"files": 3}'])
def test_a_broken_record_of_an_applied_policy_is_an_error_that_names_it(grid: Sandbox, content: str) -> None:
    file = applied_file(open_repository(grid))
    file.parent.mkdir(exist_ok=True)
    file.write_text(content)
    with pytest.raises(ConfigError) as raised:
        in_force(grid)
    assert raised.value.message == f"{file}: is not what `policy apply` writes"


def test_a_base_that_wants_a_newer_agentgrid_keeps_the_last_good_policy(grid: Sandbox) -> None:
    good = grid.oid()
    assert agents(grid) == ["a1"]
    grid.commit("Future", **{"agentgrid.yaml": 'requires: ">=99"\nfuture_key: 1\n', A2: "id: a2\n"})
    found = in_force(grid)
    assert (found.oid, list(found.policy.agents), found.base.oid) == (good, ["a1"], grid.oid())
    assert found.notices == (
        (
            f"main asks for agentgrid >=99 and this is {__version__}: the policy of {good[:10]} stays in force; "
            "upgrade with `pip install -U agentgrid-cli`"
        ),
    )


def test_without_a_last_good_policy_a_newer_one_is_an_error(grid: Sandbox) -> None:
    grid.commit("Future", **{"agentgrid.yaml": 'version: 1\nrequires: ">=99"\n'})
    with pytest.raises(ConfigError) as raised:
        in_force(grid)
    assert raised.value.message == f"agentgrid.yaml:2: requires: this is agentgrid {__version__} (accepted: >=99)"
    assert raised.value.hint == "pip install -U agentgrid-cli"


def test_a_requirement_that_is_met_changes_nothing(grid: Sandbox) -> None:
    grid.commit("Met", **{"agentgrid.yaml": f'requires: ">={__version__}"\n'})
    assert in_force(grid).oid == grid.oid()


def test_a_broken_policy_on_the_base_is_an_error_with_file_line_and_key(grid: Sandbox) -> None:
    assert agents(grid) == ["a1"]
    grid.commit("Broken", **{A1: "id: a1\nbudget:\n  memory: 4 gigs\n", "agentgrid.yaml": "version: 1\nfrozn: []\n"})
    with pytest.raises(ConfigError) as raised:
        in_force(grid)
    assert [(each.file, each.line, each.key) for each in raised.value.problems] == [
        ("agentgrid.yaml", 2, "frozn"), (A1, 3, "budget.memory"),
    ]  # fmt: skip


def test_agents_of_this_machine_stand_beside_the_bases(grid: Sandbox) -> None:
    directory = local_agents_directory(open_repository(grid))
    directory.mkdir()
    (directory / "mine.yaml").write_text("id: mine\n")
    assert agents(grid) == ["a1", "mine"]
    assert list(in_force(grid, base="main").policy.agents) == ["a1"]
    grid.commit("Future", **{"agentgrid.yaml": 'requires: ">=99"\n'})
    assert agents(grid) == ["a1", "mine"]


def test_an_agent_of_this_machine_can_t_take_a_committed_ones_id(grid: Sandbox) -> None:
    directory = local_agents_directory(open_repository(grid))
    directory.mkdir()
    (directory / "x.yaml").write_text("id: a1\n")
    with pytest.raises(
        ConfigError, match=r"local-agents/x\.yaml:1: id: 'a1' is an agent already: config/agents/a1\.yaml:1"
    ):
        in_force(grid)


def test_the_recorded_base_counts_before_what_the_file_says(grid: Sandbox) -> None:
    grid.branch("trunk")
    grid.commit("Later", **{A2: "id: a2\n"})
    grid.git("config", "agentgrid.base", "trunk")
    assert (find_base(open_repository(grid)).branch, agents(grid)) == ("trunk", ["a1"])


@pytest.mark.parametrize("source", ["command", "worktree"])
def test_an_agent_can_t_choose_the_base_with_configuration_of_its_own(
    grid: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, source: str
) -> None:
    work = grid.worktree(tmp_path / "wt", "feat/a1")
    work.commit("My rules", **{"agentgrid.yaml": "unowned: allow\n"})
    if source == "command":
        monkeypatch.setenv("GIT_CONFIG_PARAMETERS", "'agentgrid.base'='feat/a1'")
    else:
        grid.git("config", "extensions.worktreeConfig", "true")
        work.git("config", "--worktree", "agentgrid.base", "feat/a1")
    assert work.git("config", "agentgrid.base") == "feat/a1"
    assert (find_base(open_repository(work)).branch, in_force(work).policy.grid.unowned) == ("main", "claim")


def test_the_default_branchs_file_names_the_base(grid: Sandbox) -> None:
    grid.branch("develop")
    grid.commit("Base", **{"agentgrid.yaml": "base: develop\n"})
    base = find_base(open_repository(grid))
    assert (base.branch, dict(base.refs)) == (
        "develop", {"refs/heads/develop": grid.oid("develop"), "refs/heads/main": grid.oid("main")},
    )  # fmt: skip


def test_a_named_base_without_a_policy_is_no_grid(grid: Sandbox) -> None:
    with pytest.raises(InputError, match=r"main~1 has no agentgrid\.yaml"):
        in_force(grid, base="main~1")
    with pytest.raises(InputError, match="no commit is named 'nowhere'"):
        in_force(grid, base="nowhere")
