"""pre-push: what the bypass matrix doesn't tell. Several refs at once, and things that are no commits."""

import os
from pathlib import Path

import pytest

from support.grids import BILLING, ORDERS, GridSandbox, attempt, remove_guard, try_commit
from support.repositories import Sandbox, create_bare

OWN = "refs/heads/feat/a2/work__a2"
PAST = ("-c", f"core.hooksPath={os.devnull}")


@pytest.fixture
def server(grid: GridSandbox, tmp_path: Path) -> Sandbox:
    server = create_bare(tmp_path / "server.git")
    grid.main.git("push", "--quiet", server.path, "main")
    return server


def slip(a2: Sandbox) -> None:
    a2.write(ORDERS, "SLIPPED = 1\n")
    a2.git(*PAST, "commit", "--quiet", "-a", "-m", "Slip")


def test_a_push_is_refused_with_the_path_and_the_way_to_take_it_out(server: Sandbox, a2: Sandbox) -> None:
    start = a2.oid()
    slip(a2)
    refused = attempt(a2, "push", "--quiet", server.path, "HEAD")
    take_out = f"git restore --source={start[:12]} -- {ORDERS}"
    ask = f"agentgrid grant {ORDERS} --to a2"
    assert refused.said.splitlines()[:3] == [
        f"agentgrid: refused: a2 may not make this push to {OWN}",
        f"  error: {ORDERS} belongs to a1 by `services/orders/**` at config/agents/a1.yaml:4 [ownership.foreign]",
        f"hint: leave the change to a1, or ask it or a person for: {ask}; take it out with: {take_out}",
    ]
    assert server.git("for-each-ref", "--format=%(refname)") == "refs/heads/main"
    remove_guard(a2)
    assert attempt(a2, "push", "--quiet", server.path, "HEAD").code == 0


def test_following_the_hint_makes_the_push_pass(server: Sandbox, a2: Sandbox) -> None:
    slip(a2)
    said = attempt(a2, "push", "--quiet", server.path, "HEAD").said
    (take_out,) = [line.split("take it out with: ")[1] for line in said.splitlines() if "take it out with" in line]
    a2.git(*take_out.split()[1:])
    assert attempt(a2, "commit", "--quiet", "-a", "-m", "Put back").code == 0
    assert attempt(a2, "push", "--quiet", server.path, "HEAD").code == 0


def test_one_ref_that_is_refused_stops_the_whole_push(server: Sandbox, a2: Sandbox) -> None:
    assert try_commit(a2, BILLING).code == 0
    refused = attempt(a2, "push", server.path, f"HEAD:{OWN}", "HEAD:refs/heads/topic", "HEAD:refs/heads/main")
    assert sorted(line for line in refused.said.splitlines() if line.startswith("agentgrid")) == [
        "agentgrid: refused: a2 may not make this push to refs/heads/main",
        "agentgrid: refused: a2 may not make this push to refs/heads/topic",
    ]
    assert server.git("for-each-ref", "--format=%(refname)") == "refs/heads/main"


def test_tags_of_trees_and_files_notes_and_nothing_at_all_pass(server: Sandbox, a2: Sandbox) -> None:
    a2.git("tag", "tree", "HEAD^{tree}")
    a2.git("tag", "file", "HEAD:LICENSE")
    a2.git("notes", "add", "-m", "Seen")
    try:
        for _ in range(2):  # the second time everything is up to date
            pushed = attempt(a2, "push", "--quiet", server.path, "tree", "file", "refs/notes/commits")
            assert (pushed.code, pushed.said) == (0, "")
    finally:
        a2.git("tag", "--delete", "tree", "file")
        a2.git("update-ref", "-d", "refs/notes/commits")


def test_an_annotated_tag_is_judged_by_its_commit(server: Sandbox, a2: Sandbox) -> None:
    slip(a2)
    a2.git("tag", "-a", "-m", "Release", "v9")
    try:
        assert "[ownership.foreign]" in attempt(a2, "push", server.path, "v9").said
    finally:
        a2.git("tag", "--delete", "v9")


def test_a_person_pushes_what_they_like(grid: GridSandbox, server: Sandbox) -> None:
    grid.main.commit("Landed", **{ORDERS: "LANDED = 1\n"})
    assert attempt(grid.main, "push", "--quiet", server.path, "HEAD:refs/heads/main", "HEAD:refs/heads/x").code == 0
