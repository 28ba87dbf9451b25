"""`map --import` in a repository: new files are written, files that are there are left alone and told about."""

from pathlib import Path

import pytest

from agentgrid.errors import ConfigError, InputError, NotPermitted, Refused
from agentgrid.git.repository import Repository
from agentgrid.onboarding.owners_import import ImportPlan, plan_import, write_import
from support.desks import tree_of
from support.grids import GridSandbox
from support.repositories import Sandbox

OWNERS = "/services/orders/ @org/orders\n/services/billing/ @org/billing\n"


def plan(where: Sandbox, text: str) -> ImportPlan:
    return plan_import(Repository.discover(where.path), owners_file(where, text))


def owners_file(where: Sandbox, text: str) -> Path:
    where.write("CODEOWNERS", text)
    return where.path / "CODEOWNERS"


def configuration(where: Sandbox) -> dict[str, bytes]:
    return {name: content for name, content in tree_of(where.path).items() if name.endswith(".yaml")}


def test_a_repository_with_an_empty_grid_gets_a_file_for_each_owner(repo: Sandbox) -> None:
    repo.write("agentgrid.yaml", "")
    made = plan(repo, OWNERS)
    assert "config/agents/orders.yaml" not in configuration(repo)

    write_import(Repository.discover(repo.path), made)

    assert configuration(repo) == {
        "agentgrid.yaml": b"",
        "config/agents/orders.yaml":
            b'id: orders\ncodeowners: "@org/orders"\nowns:\n  critical:\n    - /services/orders/\n',
        "config/agents/billing.yaml":
            b'id: billing\ncodeowners: "@org/billing"\nowns:\n  critical:\n    - /services/billing/\n',
    }  # fmt: skip
    assert (made.left, made.contested) == ((), 0)


def test_a_second_import_finds_everything_as_it_is(repo: Sandbox) -> None:
    repo.write("agentgrid.yaml", "")
    write_import(Repository.discover(repo.path), plan(repo, OWNERS))

    again = plan(repo, OWNERS)

    assert (again.new_files, again.same, again.left) == ({}, ("billing", "orders"), ())


def test_an_agents_file_that_says_the_same_in_other_words_stays(repo: Sandbox) -> None:
    repo.write("agentgrid.yaml", "services: {o: [services/orders/**]}\nfrozen: [/services/orders/LICENSE]\n")
    repo.write(
        "config/agents/a1.yaml",
        "id: a1\ncodeowners: '@org/orders'\nowns: {critical: [o], support: [docs/*, '!docs/']}\n",
    )

    assert plan(repo, "/services/orders/ @org/orders\n").same == ("a1",)


def test_a_file_that_would_have_to_change_is_left_with_the_lines_to_put_there(grid: GridSandbox) -> None:
    profile = "config/agents/a1.yaml"
    grid.main.write(profile, "id: a1\ncodeowners: '@org/orders'\nowns:\n  critical:\n    - services/orders/**\n")
    before = configuration(grid.main)

    made = plan(grid.main, "/services/orders/ @org/orders\n/services/orders/api/ @org/api @org/orders\n/x/ @org/api\n")
    write_import(Repository.discover(grid.main.path), made)

    assert [(each.file, each.lines.splitlines()) for each in made.left] == [
        (profile, ["owns:", "  critical:", "    - /services/orders/", '    - "!/services/orders/api/"', "  common:",
                   "    - /services/orders/api/"]),
    ]  # fmt: skip
    after = configuration(grid.main)
    assert after.pop("config/agents/api.yaml")
    assert after == before


def test_what_the_grid_itself_lists_is_compared_where_handles_are_named_for_it(repo: Sandbox) -> None:
    repo.write("agentgrid.yaml", "codeowners: {common: '@org/all', frozen: '@org/sec'}\ncommon: [lib/**]\n")

    made = plan(repo, "/lib/ @org/all\n/LICENSE @org/sec\n")

    assert [(each.file, each.lines) for each in made.left] == [("agentgrid.yaml", "frozen:\n  - /LICENSE")]


def test_agents_that_stand_in_the_grids_file_are_left_to_be_put_there(repo: Sandbox) -> None:
    repo.write("agentgrid.yaml", "agents:\n  a1: {owns: {critical: [docs/**]}}\n")

    made = plan(repo, "/services/ @org/services\n")

    assert made.new_files == {}
    assert [(each.file, each.lines.splitlines()[0]) for each in made.left] == [("agentgrid.yaml", "id: services")]


def test_paths_that_two_agents_would_claim_are_counted(grid: GridSandbox) -> None:
    assert plan(grid.main, "/services/billing/ @org/new\n").contested == 2


def test_without_a_grid_it_says_how_to_have_one(repo: Sandbox) -> None:
    with pytest.raises(InputError, match=r"there is no agentgrid\.yaml in") as raised:
        plan(repo, OWNERS)

    assert raised.value.hint == "`agentgrid init`; or `touch agentgrid.yaml` now, and init after the import"


def test_a_broken_policy_is_told_before_anything_is_written(repo: Sandbox) -> None:
    repo.write("agentgrid.yaml", "frozn: []\n")

    with pytest.raises(ConfigError, match="unknown key"):
        plan(repo, OWNERS)


def test_an_agent_does_not_import(grid: GridSandbox, a2: Sandbox) -> None:
    repository = Repository.discover(a2.path)
    made = plan_import(repository, owners_file(a2, "/new/ @org/new\n"))
    before = configuration(grid.main)

    with pytest.raises(NotPermitted):
        write_import(repository, made)
    assert configuration(grid.main) == before


def test_a_bare_repository_has_no_place_for_files(repo: Sandbox, tmp_path: Path) -> None:
    repo.git("clone", "--quiet", "--bare", ".", tmp_path / "bare.git")

    with pytest.raises(Refused, match="bare repository"):
        plan_import(Repository.discover(tmp_path / "bare.git"), owners_file(repo, OWNERS))


def test_a_file_that_came_after_the_plan_is_not_overwritten(repo: Sandbox) -> None:
    repo.write("agentgrid.yaml", "")
    made = plan(repo, "/x/ @x\n")
    repo.write("config/agents/x.yaml", "id: x\n")

    with pytest.raises(Refused, match="has come meanwhile"):
        write_import(Repository.discover(repo.path), made)
    assert configuration(repo)["config/agents/x.yaml"] == b"id: x\n"
