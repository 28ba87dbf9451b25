"""`agentgrid init` on repositories of many kinds: what it proposes, writes and makes, and that it is safe to repeat."""

import os
from pathlib import Path

import pytest

from agentgrid.config.presets import list_presets
from support.program import (
    BILLING,
    ORDERS,
    SERVICES,
    Answer,
    InitialisedGrid,
    agentgrid,
    initialise,
    run,
    snapshot,
    try_commit,
)
from support.repositories import Sandbox, create_bare, create_repository
from support.sample_repository import build_sample_repository

PRESETS = [preset.name for preset in list_presets()]
TREES = {
    "npm": {"package.json": '{"private": true, "workspaces": ["packages/*"]}'}
    | {f"packages/{name}/package.json": f'{{"name": "{name}"}}' for name in ("cart", "shelf")},
    "pnpm": {"pnpm-workspace.yaml": "packages: ['apps/*']\n", "pnpm-lock.yaml": "lockfileVersion: '9.0'\n"}
    | {f"apps/{name}/package.json": f'{{"name": "{name}"}}' for name in ("cart", "shelf")},
    "uv": {"pyproject.toml": '[tool.uv.workspace]\nmembers = ["libs/*"]\n', "uv.lock": "version = 1\n"}
    | {f"libs/{name}/pyproject.toml": f'[project]\nname = "{name}"\n' for name in ("cart", "shelf")},
    "cargo": {"Cargo.toml": '[workspace]\nmembers = ["crates/*"]\n'}
    | {f"crates/{name}/Cargo.toml": f'[package]\nname = "{name}"\n' for name in ("cart", "shelf")},
    "go": {"go.work": "go 1.22\nuse (\n\t./cart\n\t./shelf\n)\n"}
    | {f"{name}/go.mod": f"module example.invalid/{name}\n" for name in ("cart", "shelf")},
    "compose": {"compose.yaml": "services:\n  cart: {build: ./cart}\n  shelf: {build: {context: ./shelf}}\n"}
    | {f"{name}/Dockerfile": "FROM scratch\n" for name in ("cart", "shelf")},
}


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Sandbox:
    """The large sample, looked at and never changed."""
    return Sandbox(build_sample_repository(tmp_path_factory.mktemp("looked at") / "shop"))


@pytest.fixture
def shop(tmp_path: Path) -> Sandbox:
    return create_repository(tmp_path / "shop", **SERVICES)


def plan_of(where: Sandbox, *arguments: str) -> dict:  # type: ignore[type-arg]
    answer = agentgrid(where, "init", "--dry-run", "--json", *arguments)
    assert answer.code == 0, answer.err
    return dict(answer.data)


def init(where: Sandbox, *arguments: str) -> Answer:
    answer = agentgrid(where, "init", "--yes", *arguments)
    assert answer.code == 0, answer.err
    return answer


def require_a_grid(main: Sandbox, first: Path) -> None:
    """Committed, seen from the main worktree and from that of a1, with a guard that refuses."""
    main.commit("Add agentgrid")
    for where in (main, Sandbox(first)):
        agent = agentgrid(where, "status", "--json").data["agents"][0]
        assert (agent["state"], agent["worktree"]) == ("ready", str(first))
    assert try_commit(Sandbox(first), ORDERS).code == 1


@pytest.mark.parametrize("kind", TREES)
def test_the_members_of_a_workspace_are_split_over_two_agents(tmp_path: Path, kind: str) -> None:
    main = create_repository(tmp_path / "shop", **TREES[kind])

    init(main)

    texts = [main.read(f"config/agents/{agent}.yaml") for agent in ("a1", "a2")]
    assert sorted(line for text in texts for line in text.splitlines() if "critical" in line) == [
        "  critical: [cart]",
        "  critical: [shelf]",
    ]
    assert sorted(os.listdir(tmp_path)) == ["shop", "shop-a1", "shop-a2"]


def test_the_sample_is_split_over_four_agents_whose_shares_and_risks_are_told(sample: Sandbox) -> None:
    plan = plan_of(sample, "--agents", "4")

    assert [agent["id"] for agent in plan["agents"]] == ["a1", "a2", "a3", "a4"]
    assert 0.8 < sum(agent["share"] for agent in plan["agents"]) <= 1
    assert max(agent["share"] for agent in plan["agents"]) < 0.4
    assert {agent["risk"]["level"] for agent in plan["agents"]} <= {"HIGH", "MEDIUM", "LOW"}
    assert all(agent["risk"]["reason"] for agent in plan["agents"])
    assert len(plan["worktrees"]) == 4


def test_the_proposal_is_a_table_on_stderr_and_the_answer_of_a_dry_run_on_stdout(sample: Sandbox) -> None:
    answer = agentgrid(sample, "init", "--dry-run", "--agents", "4")

    assert (answer.code, answer.err) == (0, "")
    lines = answer.out.splitlines()
    assert lines[0] == f"base main at {sample.oid()[:10]}, 4 agents"
    assert lines[2].split() == ["holder", "files", "size", "share", "conflict", "risk"]
    assert sum("HIGH: " in line or "MEDIUM: " in line or "LOW: " in line for line in lines) == 4
    assert lines[-2] == "makes ../shop-a4 on " + plan_of(sample, "--agents", "4")["worktrees"][3]["branch"]
    assert lines[-1].startswith("lets claude ask before an edit: .claude/settings.local.json")
    assert lines[-1].endswith("for a1, a2, a3, a4")


@pytest.mark.parametrize("arguments", [(), ("--preset", "four-services"), ("--agents", "3", "--observe")])
def test_a_dry_run_changes_nothing_at_all(shop: Sandbox, arguments: tuple[str, ...]) -> None:
    before = snapshot(shop.path.parent)

    plan_of(shop, *arguments)

    assert snapshot(shop.path.parent) == before


def test_init_that_may_not_go_ahead_changes_nothing_and_names_yes(shop: Sandbox) -> None:
    before = snapshot(shop.path.parent)

    answer = agentgrid(shop, "init", "--json")

    assert (answer.code, answer.error["code"]) == (2, "usage")
    assert "--yes" in answer.error["hint"]
    assert snapshot(shop.path.parent) == before


def test_the_second_time_nothing_is_done_and_nothing_changes(small_grid: InitialisedGrid) -> None:
    grid = small_grid
    assert agentgrid(grid.main, "status").code == 0  # caches are filled
    before = snapshot(grid.main.path.parent)

    answer = init(grid.main)

    assert answer.out == "nothing to do: 2 worktree(s) in order\n"
    assert snapshot(grid.main.path.parent) == before


def test_the_second_time_answers_unchanged_in_json(small_grid: InitialisedGrid) -> None:
    grid = small_grid

    data = agentgrid(grid.main, "init", "--json").data

    assert (data["changed"], data["created"], data["written"], data["worktrees"]) == (False, [], [], [])
    assert [desk["agent"] for desk in data["ready"]] == ["a1", "a2"]


def test_what_is_missing_is_made_and_the_rest_stays(small_grid: InitialisedGrid) -> None:
    grid = small_grid
    grid.desks["a2"].write("notes.txt", "mine\n")
    assert agentgrid(grid.main, "remove", "a1").code == 0

    answer = init(grid.main)

    assert "made: a1 in ../shop-a1 on" in answer.out
    assert "a2" not in answer.out.replace("shop-a2", "")
    assert grid.desks["a2"].read("notes.txt") == "mine\n"


def test_files_that_are_there_are_never_overwritten(shop: Sandbox) -> None:
    shop.write("config/agents/a1.yaml", "id: a1\nfocus: mine\n")

    init(shop, "--agents", "2")

    assert shop.read("config/agents/a1.yaml") == "id: a1\nfocus: mine\n"
    assert "id: a2" in shop.read("config/agents/a2.yaml")


def test_while_observing_a_foreign_commit_passes_with_a_warning(shop: Sandbox) -> None:
    init(shop, "--agents", "2", "--observe")
    shop.commit("Add agentgrid")
    mine = Sandbox(shop.path.parent / "shop-a1")
    foreign = BILLING if "orders" in shop.read("config/agents/a1.yaml") else ORDERS

    answer = try_commit(mine, foreign)

    assert (answer.code, answer.out) == (0, "")
    assert f"  warn: {foreign} belongs to a2 by" in answer.err
    shown = agentgrid(shop, "policy", "show", "--json").data["rules"]
    assert len(shown) > 10
    assert set(shown.values()) == {"warn"}


def test_without_observing_the_same_commit_is_refused(shop: Sandbox) -> None:
    init(shop, "--agents", "2")
    shop.commit("Add agentgrid")
    foreign = BILLING if "orders" in shop.read("config/agents/a1.yaml") else ORDERS

    assert try_commit(Sandbox(shop.path.parent / "shop-a1"), foreign).code == 1


def test_agents_of_another_program_are_left_alone(shop: Sandbox) -> None:
    foreign = "name: deploy\ntools: [helm]\n"
    shop.commit("Ours", **{"config/agents/deploy.yaml": foreign})

    init(shop, "--agents", "2")
    shop.commit("Add agentgrid")

    assert shop.read("config/agents/deploy.yaml") == foreign
    assert sorted(path.name for path in (shop.path / ".agentgrid/agents").glob("*.yaml")) == ["a1.yaml", "a2.yaml"]
    assert [each["state"] for each in agentgrid(shop, "status", "--json").data["agents"]] == ["ready", "ready"]


def test_a_repository_without_a_commit_is_refused_with_the_command_that_makes_one(tmp_path: Path) -> None:
    answer = agentgrid(create_repository(tmp_path / "shop"), "init", "--yes")

    assert answer == Answer(
        2,
        "",
        "agentgrid: this repository has no commit yet: there is nothing to branch from\n"
        "hint: git commit --allow-empty -m 'Start'\n",
    )


def test_outside_a_repository_it_says_so(tmp_path: Path) -> None:
    answer = agentgrid(tmp_path, "init", "--yes")

    assert (answer.code, answer.err.splitlines()[0]) == (2, f"agentgrid: {tmp_path} is not inside a git repository")


@pytest.mark.parametrize("layout", ["shop.git", "shop/.bare"])
def test_in_a_bare_repository_the_configuration_is_committed_to_the_base(
    shop: Sandbox, tmp_path: Path, layout: str
) -> None:
    place = tmp_path / "server" / layout
    place.parent.mkdir(parents=True)
    bare = shop.clone(place, "--bare")
    if layout.endswith(".bare"):
        (place.parent / ".git").write_text("gitdir: ./.bare\n", encoding="utf-8")
    before = bare.oid("main")

    refused = agentgrid(bare, "init", "--agents", "2")
    data = agentgrid(Sandbox(place.parent) if layout.endswith(".bare") else bare, "init", "--agents", "2", "--yes",
                     "--json").data  # fmt: skip

    assert refused.code == 2
    assert bare.oid("main") == data["committed"]
    assert bare.oid("main~1") == before
    assert {"agentgrid.yaml", "config/agents/a1.yaml"} <= set(bare.files("main"))
    agents = agentgrid(bare, "status", "--json").data["agents"]
    assert [(each["state"], each["ahead"], each["behind"]) for each in agents] == [("ready", 0, 0)] * 2
    made = Sandbox(Path(agents[0]["worktree"]))
    assert made.path == place.parent / "shop-a1"
    assert try_commit(made, "agentgrid.yaml").code == 1


def test_a_bare_repository_is_initialised_once(shop: Sandbox, tmp_path: Path) -> None:
    bare = shop.clone(tmp_path / "server" / "shop.git", "--bare")
    init(bare, "--agents", "2")
    before = bare.oid("main")

    assert init(bare).out == "nothing to do: 2 worktree(s) in order\n"
    assert bare.oid("main") == before


def test_the_main_worktree_may_be_on_another_branch(shop: Sandbox) -> None:
    shop.switch("topic")
    tip = shop.commit("Not on the base", **{"services/orders/new.py": ""})

    init(shop, "--agents", "2")

    assert shop.oid() == tip
    assert Sandbox(shop.path.parent / "shop-a1").oid() == shop.oid("main") != tip
    assert agentgrid(shop, "status", "--json").data["base"]["branch"] == "main"


def test_paths_may_have_spaces_and_any_letters(tmp_path: Path) -> None:
    grid = initialise(tmp_path / "mon café (1)" / "l'épicerie #2")

    assert grid.desks["a1"].path == tmp_path / "mon café (1)" / "l'épicerie #2-a1"
    agent = "a1" if "orders" in grid.main.read("config/agents/a1.yaml") else "a2"
    assert try_commit(grid.desks[agent], ORDERS).code == 0
    refused = try_commit(grid.desks[agent], BILLING)
    assert (refused.code, "belongs to" in refused.err) == (1, True)
    assert init(grid.main).out == "nothing to do: 2 worktree(s) in order\n"


def test_a_submodule_is_a_path_like_another(shop: Sandbox, tmp_path: Path) -> None:
    library = create_repository(tmp_path / "library", **{"lib.py": ""})
    shop.git("submodule", "--quiet", "add", library.path, "vendor/lib")
    shop.commit("Add a submodule")

    init(shop, "--agents", "2")

    assert agentgrid(shop, "owner", "vendor/lib", "--json").data[0]["state"] == "unowned"
    assert [each["state"] for each in agentgrid(shop, "status", "--json").data["agents"]] == ["ready", "ready"]
    assert agentgrid(shop, "remove", "a1").code == 0


def test_a_submodule_may_be_a_grid_itself(shop: Sandbox, tmp_path: Path) -> None:
    outer = create_repository(tmp_path / "outer", **{"README.md": "outer\n"})
    outer.git("submodule", "--quiet", "add", shop.path, "shop")
    inner = Sandbox(outer.path / "shop")

    init(inner, "--agents", "2")

    require_a_grid(inner, outer.path / "shop-a1")


def test_the_git_directory_may_lie_elsewhere(tmp_path: Path) -> None:
    main = Sandbox(tmp_path / "shop")
    main.path.mkdir()
    main.git("init", "--quiet", "--separate-git-dir", tmp_path / "elsewhere.git")
    main.commit("Start", **SERVICES)

    init(main, "--agents", "2")

    require_a_grid(main, tmp_path / "shop-a1")


def test_agents_may_be_counted_or_named(shop: Sandbox) -> None:
    assert [agent["id"] for agent in plan_of(shop, "--agents", "3")["agents"]] == ["a1", "a2", "a3"]
    assert [agent["id"] for agent in plan_of(shop, "--agents", "ann, bob")["agents"]] == ["ann", "bob"]


@pytest.mark.parametrize("asked", ["0", "201", "", "a1,,a2", "-1", "²", "a b", "../x"])
def test_agents_that_nobody_can_mean_are_refused_as_input(shop: Sandbox, asked: str) -> None:
    answer = agentgrid(shop, "init", "--dry-run", f"--agents={asked}", "--json")

    assert answer.code == 2
    assert answer.error["code"] in {"bad_input", "bad_config"}


def test_more_agents_than_a_preset_has_are_refused(shop: Sandbox) -> None:
    answer = agentgrid(shop, "init", "--dry-run", "--preset", "duo", "--agents", "3")

    assert (answer.code, answer.err) == (
        2,
        "agentgrid: --agents 3: the policy has 2 (claude, copilot)\nhint: one more: agentgrid agent add ID\n",
    )


def test_without_worktrees_only_the_configuration_is_written(shop: Sandbox) -> None:
    init(shop, "--agents", "2", "--no-worktrees")

    assert (shop.path / "agentgrid.yaml").is_file()
    assert os.listdir(shop.path.parent) == ["shop"]
    assert shop.git("for-each-ref", "--format=%(refname)") == "refs/heads/main"


def test_an_unknown_preset_names_the_nearest(shop: Sandbox) -> None:
    answer = agentgrid(shop, "init", "--preset", "four-servces", "--yes")

    assert (answer.code, answer.err.splitlines()[1]) == (2, "hint: did you mean `four-services`?")


@pytest.mark.parametrize("preset", PRESETS)
def test_each_preset_fits_the_sample(sample: Sandbox, preset: str) -> None:
    plan = plan_of(sample, "--preset", preset)

    assert len(plan["worktrees"]) == len(plan["agents"]) >= 1


@pytest.mark.parametrize("preset", PRESETS)
def test_each_preset_fits_a_tiny_repository(tmp_path: Path, preset: str) -> None:
    main = create_repository(tmp_path / "tiny", **{"README.md": "hello\n"})

    init(main, "--preset", preset)
    main.commit("Add agentgrid")

    agents = agentgrid(main, "status", "--json").data["agents"]
    assert {each["state"] for each in agents} == {"ready"}


def test_the_base_may_be_another_branch(shop: Sandbox) -> None:
    shop.branch("develop")
    tip = shop.commit("Only on main", **{"new.txt": ""})

    init(shop, "--agents", "2", "--base", "develop")

    assert "base: develop\n" in shop.read("agentgrid.yaml")
    assert Sandbox(shop.path.parent / "shop-a1").oid() == shop.oid("develop") != tip
    assert agentgrid(shop, "status", "--json").data["base"]["branch"] == "develop"


def test_in_a_clone_whose_main_is_stale_the_upstream_counts(shop: Sandbox, tmp_path: Path) -> None:
    server = shop.clone(tmp_path / "server", "--bare")
    clone = server.clone(tmp_path / "clone")
    shop.git("push", "--quiet", server.path, f"{shop.commit('By a teammate', **{'new.txt': ''})}:main")
    clone.git("fetch", "--quiet")

    init(clone, "--agents", "2")

    assert Sandbox(tmp_path / "clone-a1").oid() == shop.oid() != clone.oid("main")


def test_a_half_made_worktree_is_foreseen_as_yet_to_make(shop: Sandbox) -> None:
    init(shop, "--agents", "2", "--no-worktrees")
    pending = shop.path / ".git/agentgrid/pending"
    pending.mkdir()
    (pending / "a1.json").write_text(
        f'{{"agent": "a1", "path": "{shop.path.parent}/shop-a1", "branch": "feat/x/work__a1", '
        f'"start_oid": "{shop.oid()}", "creates_branch": true, "author": null, "made_directories": []}}',
        encoding="utf-8",
    )
    before = snapshot(shop.path.parent)

    plan = plan_of(shop)

    assert [each["agent"] for each in plan["worktrees"]] == ["a1", "a2"]
    assert snapshot(shop.path.parent) == before


def test_an_agent_does_not_choose_the_base(small_grid: InitialisedGrid) -> None:
    grid = small_grid
    mine = grid.desks["a1"]

    answer = agentgrid(mine, "init", "--yes", "--base", mine.git("branch", "--show-current"), "--json")

    assert (answer.code, answer.error["code"]) == (1, "not_permitted")
    assert grid.main.git("config", "agentgrid.base") == "main"


def test_an_agent_does_not_add_agents_that_own_something(small_grid: InitialisedGrid) -> None:
    grid = small_grid

    answer = agentgrid(grid.desks["a1"], "agent", "add", "a9", "--owns", "services/**", "--json")

    assert (answer.code, answer.error["code"]) == (1, "not_permitted")
    assert agentgrid(grid.main, "policy", "show", "--json").data["source"] == "base"
    assert grid.main.status() == ""


def test_agents_with_numbers_and_words_of_yaml_for_ids_can_be_added(small_grid: InitialisedGrid) -> None:
    answers = [agentgrid(small_grid.main, "agent", "add", agent) for agent in ("12", "null")]

    assert [(answer.code, answer.err.splitlines()[-1]) for answer in answers] == [
        (0, "  12: ready"),
        (0, "  null: ready"),
    ]
    assert [each["profile"]["id"] for each in agentgrid(small_grid.main, "agent", "list", "--json").data] == [
        "a1",
        "a2",
        "12",
        "null",
    ]


@pytest.mark.parametrize("options", [(), ("--local",)])
def test_an_agent_whose_id_differs_in_case_alone_is_not_added(
    small_grid: InitialisedGrid, options: tuple[str, ...]
) -> None:
    answer = agentgrid(small_grid.main, "agent", "add", "A1", *options, "--json")

    assert (answer.code, answer.error["code"]) == (2, "bad_config")
    assert answer.error["message"] == (
        "config/agents/A1.yaml:2: id: 'a1' is an agent already: config/agents/a1.yaml:2, and 'A1' differs in case "
        "alone: on macOS both would have one worktree"
    )
    assert small_grid.main.status() == ""
    assert agentgrid(small_grid.main, "policy", "show", "--json").data["source"] == "base"


def test_the_same_addition_once_more_makes_the_worktree_that_is_missing(small_grid: InitialisedGrid) -> None:
    command = ("agent", "add", "a3", "--owns", "docs/**")
    assert agentgrid(small_grid.main, *command).code == 0
    assert agentgrid(small_grid.main, "remove", "a3").code == 0

    again, other = (agentgrid(small_grid.main, *command), agentgrid(small_grid.main, *command, "--area", "docs"))

    assert again.code == 0, again.err
    assert (other.code, other.err.splitlines()[0]) == (
        2,
        "agentgrid: a3 is an agent already; its profile is not changed here",
    )


def test_init_from_a_subdirectory_of_any_worktree_means_the_same_grid(small_grid: InitialisedGrid) -> None:
    grid = small_grid

    answers = [agentgrid(where.path / "services", "init") for where in (grid.main, grid.desks["a1"])]

    assert [answer.out for answer in answers] == ["nothing to do: 2 worktree(s) in order\n"] * 2


def test_a_clone_of_a_grid_becomes_one_as_well(small_grid: InitialisedGrid, tmp_path: Path) -> None:
    grid = small_grid
    server = create_bare(tmp_path / "server")
    grid.main.git("push", "--quiet", server.path, "main")
    clone = server.clone(tmp_path / "again" / "shop")

    init(clone)

    agents = agentgrid(clone, "status", "--json").data["agents"]
    assert [(each["id"], each["state"]) for each in agents] == [("a1", "ready"), ("a2", "ready")]
    assert run(clone, "git", "status", "--porcelain").out == ""
