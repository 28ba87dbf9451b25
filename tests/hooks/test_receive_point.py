"""pre-receive: real pushes into a bare repository that has the hook, from clones that have none."""

import shutil
import sys
from pathlib import Path

import pytest

from agentgrid.boundaries.migrations.evidence import Evidence, digest_of, write_evidence
from support.grids import BILLING, GRID, ORDERS, attempt
from support.grids import policy_files as policy
from support.program import agentgrid
from support.repositories import Sandbox, create_bare
from support.servers import (
    OWN_BRANCH,
    install_pre_receive,
    refs_of,
    remove_pre_receive,
    said_by_server,
    serve_grid,
    work_on,
    write_pre_receive,
)

MAIN, OWN = "refs/heads/main", f"refs/heads/{OWN_BRANCH}"
ORDERS_ALL_A2 = {"a1": "docs/**", "a2": "services/**"}


@pytest.fixture(scope="module")
def made(hermetic_session: None, tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("served")
    server, _ = serve_grid(place)
    install_pre_receive(server)
    server.git("config", "receive.denyDeleteCurrent", "ignore")
    return place


@pytest.fixture
def place(made: Path, tmp_path: Path) -> Path:
    shutil.copytree(made, tmp_path / "served", symlinks=True)
    return tmp_path / "served"


@pytest.fixture
def server(place: Path) -> Sandbox:
    return Sandbox(place / "server.git")


@pytest.fixture
def clone(place: Path, server: Sandbox) -> Sandbox:
    clone = Sandbox(place / "shop")
    clone.git("remote", "set-url", "origin", str(server.path))
    return clone


def test_a_foreign_change_on_an_agents_branch_is_refused_and_leaves_nothing(server: Sandbox, clone: Sandbox) -> None:
    foreign = work_on(clone, OWN_BRANCH, **{ORDERS: "TAKEN = 1\n"})
    before = refs_of(server)
    refused = attempt(clone, "push", "origin", "HEAD")
    assert refused.code == 1
    assert said_by_server(refused.said)[:2] == [
        f"agentgrid: refused: a2 may not make this push to {OWN}",
        f"  error: {ORDERS} belongs to a1 by `services/orders/**` at config/agents/a1.yaml:4 [ownership.foreign]",
    ]
    assert refs_of(server) == before
    server.git("cat-file", "-e", foreign, accept=(1, 128))
    remove_pre_receive(server)
    assert attempt(clone, "push", "origin", "HEAD").code == 0


def test_an_own_change_passes_in_silence_and_so_does_the_end_of_its_branch(server: Sandbox, clone: Sandbox) -> None:
    own = work_on(clone, OWN_BRANCH, **{BILLING: "OWN = 1\n"})
    pushed = attempt(clone, "push", "--quiet", "origin", "HEAD")
    assert (pushed.code, pushed.said, refs_of(server)[OWN]) == (0, "", own)
    assert attempt(clone, "push", "--quiet", "origin", f":{OWN}").code == 0
    assert OWN not in refs_of(server)


def test_a_person_pushes_any_branch_and_the_base(server: Sandbox, clone: Sandbox) -> None:
    work_on(clone, "notes", **{ORDERS: "ANY = 1\n"})
    assert attempt(clone, "push", "--quiet", "origin", "HEAD:refs/heads/notes", f"HEAD:{MAIN}").code == 0
    assert refs_of(server)[MAIN] == refs_of(server)["refs/heads/notes"] == clone.oid()


@pytest.mark.parametrize(
    ("refspec", "why"),
    [
        (f":{MAIN}", "the base is not to be deleted"),
        (f"+other:{MAIN}", "the base would lose commits that have landed"),
    ],
)
def test_the_base_is_not_deleted_or_rewound(server: Sandbox, clone: Sandbox, refspec: str, why: str) -> None:
    clone.commit("Landed", **{ORDERS: "LANDED = 1\n"})
    assert attempt(clone, "push", "--quiet", "origin", "main").code == 0
    clone.branch("other", "main~1")
    refused = attempt(clone, "push", "origin", refspec)
    assert refused.code == 1
    assert f"  error: {why} [permission.base]" in said_by_server(refused.said)
    remove_pre_receive(server)
    assert attempt(clone, "push", "origin", refspec).code == 0


def test_a_protected_base_takes_no_direct_push(server: Sandbox, clone: Sandbox) -> None:
    clone.commit("Landed", **{ORDERS: "LANDED = 1\n"})
    server.git("config", "agentgrid.protectBase", "yes")
    refused = attempt(clone, "push", "origin", "main")
    assert (refused.code, said_by_server(refused.said)[1]) == (
        1,
        "  error: nobody pushes to the base directly here (agentgrid.protectBase) [permission.base]",
    )
    server.git("config", "agentgrid.protectBase", "false")
    assert attempt(clone, "push", "--quiet", "origin", "main").code == 0


@pytest.mark.parametrize("landing", [{ORDERS: "LANDED = 1\n"}, policy(ORDERS_ALL_A2)], ids=["work", "policy"])
def test_what_lands_with_the_same_push_does_not_count_for_its_branches(
    server: Sandbox, clone: Sandbox, landing: dict[str, str]
) -> None:
    clone.commit("Landed", **landing)
    work_on(clone, OWN_BRANCH, **{ORDERS if "agentgrid.yaml" in landing else BILLING: "WORK = 1\n"})
    refused = attempt(clone, "push", "origin", "main", "HEAD")
    assert refused.code == 1
    assert said_by_server(refused.said)[0] == (
        "agentgrid: branches are judged by main as it is before the push: push that first, alone"
    )
    assert attempt(clone, "push", "--quiet", "origin", "main").code == 0
    assert attempt(clone, "push", "--quiet", "origin", "HEAD").code == 0


def test_the_base_and_a_branch_that_stands_on_the_old_one_go_together(server: Sandbox, clone: Sandbox) -> None:
    work_on(clone, OWN_BRANCH, **{BILLING: "OWN = 1\n"})
    clone.switch("main")
    clone.commit("Landed", **{ORDERS: "LANDED = 1\n"})
    assert attempt(clone, "push", "--quiet", "origin", "main", OWN_BRANCH).code == 0


def test_an_agents_commits_on_a_persons_branch_are_refused(server: Sandbox, clone: Sandbox) -> None:
    clone.git("switch", "--quiet", "-c", "notes")
    clone.commit("Work\n\nAgent: a2", **{BILLING: "OWN = 1\n"})
    refused = attempt(clone, "push", "origin", "HEAD")
    assert "a2's by its trailer, but no agent has a branch of this name [branch.name]" in refused.said


def test_names_of_no_template_are_denied_where_the_grid_says_so(server: Sandbox, clone: Sandbox) -> None:
    clone.git("branch", "old")
    assert attempt(clone, "push", "--quiet", "origin", "old").code == 0
    clone.commit("Deny", **{"agentgrid.yaml": f"{GRID}branches: {{unmatched: deny}}\n"})
    assert attempt(clone, "push", "--quiet", "origin", "main").code == 0
    work_on(clone, "notes", **{BILLING: "OWN = 1\n"})
    assert "no template makes the branch name notes" in attempt(clone, "push", "origin", "HEAD").said
    assert attempt(clone, "push", "--quiet", "origin", f"HEAD:{OWN}", ":old").code == 0


def test_tags_and_other_refs_are_judged_by_who_made_their_commits(server: Sandbox, clone: Sandbox) -> None:
    clone.git("switch", "--quiet", "-c", OWN_BRANCH)
    clone.commit("Own\n\nAgent: a2", **{BILLING: "OWN = 1\n"})
    clone.git("tag", "-a", "-m", "Clean", "clean")
    clone.git("tag", "tree", "HEAD^{tree}")
    clone.git("update-ref", "refs/agentgrid/grants/1", "HEAD:LICENSE")
    passing = ("clean", "tree", "refs/agentgrid/grants/1", "main:refs/for/main")
    assert attempt(clone, "push", "--quiet", "origin", *passing).code == 0
    clone.commit("Foreign\n\nAgent: a2", **{ORDERS: "TAKEN = 1\n"})
    clone.git("tag", "v9")
    for refspec in ("v9", "HEAD:refs/for/main"):
        assert "[ownership.foreign]" in attempt(clone, "push", "origin", refspec).said
    assert "refs/tags/v9" not in refs_of(server)


def test_one_ref_that_is_refused_stops_the_whole_push(server: Sandbox, clone: Sandbox) -> None:
    work_on(clone, OWN_BRANCH, **{ORDERS: "TAKEN = 1\n"})
    before = refs_of(server)
    assert attempt(clone, "push", "origin", "HEAD", "main:refs/heads/notes").code == 1
    assert refs_of(server) == before


def test_the_first_push_to_an_empty_server_passes_with_a_note(clone: Sandbox, tmp_path: Path) -> None:
    empty = create_bare(tmp_path / "empty.git")
    install_pre_receive(empty)
    work_on(clone, OWN_BRANCH, **{ORDERS: "TAKEN = 1\n"})
    pushed = attempt(clone, "push", empty.path, "main", "HEAD")
    assert pushed.code == 0
    assert said_by_server(pushed.said) == [
        "agentgrid: agentgrid.yaml on the base isn't there yet, and no branch was judged"
    ]
    clone.commit("More", **{ORDERS: "TAKEN = 2\n"})
    assert "[ownership.foreign]" in attempt(clone, "push", empty.path, "HEAD").said


def test_a_base_of_another_name_is_found(clone: Sandbox, tmp_path: Path) -> None:
    other = create_bare(tmp_path / "other.git")
    install_pre_receive(other)
    clone.commit("Trunk", **{"agentgrid.yaml": f"{GRID}base: trunk\n"})
    assert attempt(clone, "push", "--quiet", other.path, "main").code == 0
    work_on(clone, OWN_BRANCH, **{ORDERS: "TAKEN = 1\n"})
    assert "[ownership.foreign]" in attempt(clone, "push", other.path, "HEAD").said
    assert attempt(clone, "push", "--quiet", other.path, "main:trunk").code == 0
    assert "[ownership.foreign]" in attempt(clone, "push", other.path, "HEAD").said
    assert "[permission.base]" in attempt(clone, "push", other.path, "+main~1:trunk").said
    assert attempt(clone, "push", "--quiet", other.path, "+main~1:main").code == 0


@pytest.mark.parametrize("broken", ["version: 1\nbogus: 1\n", "version: 1\nagents: [\n", "version: 1\n[\n"])
def test_a_broken_policy_refuses_agents_and_lets_a_person_mend_it(server: Sandbox, clone: Sandbox, broken: str) -> None:
    good = clone.read("agentgrid.yaml")
    clone.commit("Break", **{"agentgrid.yaml": broken})
    assert attempt(clone, "push", "--quiet", "origin", "main").code == 0
    work_on(clone, OWN_BRANCH, **{BILLING: "OWN = 1\n"})
    refused = attempt(clone, "push", "origin", "HEAD")
    assert refused.code == 1
    assert said_by_server(refused.said)[0].startswith("agentgrid: refused: agentgrid.yaml:")
    clone.commit("By trailer\n\nAgent: a2")
    assert attempt(clone, "push", "origin", "HEAD:refs/heads/notes").code == 1
    assert attempt(clone, "push", "--quiet", "origin", "main:refs/heads/notes").code == 0
    clone.switch("main")
    clone.commit("Mend", **{"agentgrid.yaml": good})
    assert attempt(clone, "push", "--quiet", "origin", "main").code == 0
    assert attempt(clone, "push", "--quiet", "origin", f"{OWN_BRANCH}~1:{OWN}").code == 0


def test_without_the_program_every_push_is_refused_in_one_line(server: Sandbox, clone: Sandbox) -> None:
    text = (server.path / "hooks/pre-receive").read_text(encoding="utf-8")
    lines = ["program=/nowhere/agentgrid" if line.startswith("program=") else line for line in text.splitlines()]
    write_pre_receive(server, "\n".join(lines) + "\n")
    work_on(clone, "notes", **{BILLING: "OWN = 1\n"})
    refused = attempt(clone, "push", "origin", "HEAD")
    assert (refused.code, said_by_server(refused.said)) == (
        1,
        ["agentgrid: refused: this server checks pushes with agentgrid, and /nowhere/agentgrid is not there"],
    )


def test_a_server_that_is_set_up_wrong_refuses(server: Sandbox, clone: Sandbox) -> None:
    server.git("config", "agentgrid.protectBase", "perhaps")
    work_on(clone, "notes", **{BILLING: "OWN = 1\n"})
    refused = attempt(clone, "push", "origin", "HEAD")
    assert refused.code == 1
    (line,) = [line for line in said_by_server(refused.said) if "refused" in line]
    assert "perhaps" in line


def test_the_hook_that_is_printed_names_this_installation(server: Sandbox) -> None:
    shown = agentgrid(server, "hook", "pre-receive", "--print")
    program = Path(sys.executable).with_name("agentgrid")
    assert f"\nprogram={program}\n" in shown.out
    assert shown.out.startswith("#!/bin/sh\n")


def test_a_server_knows_migrations_by_what_the_queues_commits_say(server: Sandbox, clone: Sandbox) -> None:
    path, sql = "services/orders/db/0001_users.sql", "CREATE TABLE users (id INT);\n"
    lineage = GRID + "migrations: {main: {path: services/orders/db, owner: a1}}\n"
    work_on(clone, "main", **{"agentgrid.yaml": lineage})
    assert attempt(clone, "push", "origin", "HEAD").code == 0
    work_on(clone, OWN_BRANCH, **{path: sql})
    clone.git("reset", "--quiet", "--soft", "origin/main")
    clone.git("commit", "--quiet", "-m", "By hand")
    refused = attempt(clone, "push", "--force", "origin", "HEAD")
    assert refused.code == 1, refused
    assert "[migration.unqueued]" in refused.verdict
    said = write_evidence(Evidence("m1", "main", 1, digest_of(sql.encode()), path.encode())).decode()
    clone.git("commit", "--quiet", "--amend", "-m", f"Integrate migration 1\n\n{said}\nAgent: a2")
    assert attempt(clone, "push", "--force", "origin", "HEAD").code == 0
