"""Removing worktrees: refused while work is at stake; with force, everything can be had back."""

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from agentgrid.errors import Refused, WouldLoseWork
from agentgrid.git.base_ref import resolve_base
from agentgrid.git.repository import Repository
from agentgrid.render.worktrees import removed_as_json, render_removed
from agentgrid.workspace.desks import Desk, find_desks
from agentgrid.workspace.identity import write_identity
from agentgrid.workspace.removal import RemovalPlan, Removed, assess_removal, remove_desk
from support.desks import make_desk, make_policy, no_hooks, open_repository, tree_of
from support.repositories import Sandbox


@pytest.fixture
def work(repo: Sandbox) -> Sandbox:
    return make_desk(open_repository(repo), make_policy())[1]


def assess(repo: Sandbox) -> tuple[Repository, RemovalPlan]:
    repository = open_repository(repo)
    desk = find_desks(repository)["a1"]
    return repository, assess_removal(repository, desk, resolve_base(repository, "main"), policy=make_policy())


def remove(repo: Sandbox, *, force: bool = False) -> Removed:
    repository, plan = assess(repo)
    return remove_desk(repository, plan, force=force, unequip=no_hooks)


def make_inner(work: Sandbox) -> str:
    """A repository inside the worktree; its commit."""
    work.git("init", "--quiet", "inner")
    return Sandbox(work.path / "inner").commit("Inner", n="x")


def require_refused(repo: Sandbox, work: Sandbox, message: str) -> None:
    before = tree_of(work.path)
    with pytest.raises(WouldLoseWork, match=message):
        remove(repo)
    assert tree_of(work.path) == before
    assert repo.git("for-each-ref", "refs/agentgrid") == ""


def test_a_clean_worktree_goes_with_its_branch_and_can_be_restored(repo: Sandbox, work: Sandbox) -> None:
    removed = remove(repo)
    assert (removed.branch, removed.trash, work.path.exists()) == ("feat/core/cache__a1", None, False)
    assert repo.git("worktree", "list", "--porcelain").count("worktree ") == 1
    assert repo.git("branch", "--list", "feat/*") == ""
    assert removed.rescue is not None
    assert removed.restore == (
        f"git worktree add -b feat/core/cache__a1 {work.path} {removed.rescue.ref}"
        f" && agentgrid agent add a1 --adopt {work.path}"
    )


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda work: work.write("README.md", "x"), "1 changed: README.md"),
        (lambda work: (work.write("n", "x"), work.git("add", "n")), "1 staged: n"),
        (lambda work: work.write("n", "x"), "1 untracked: n"),
        (lambda work: work.commit("Mine", n="x"), r"1 commit not in main$"),
        (lambda work: work.git("update-index", "--assume-unchanged", "README.md") + str(work.write("README.md", "x")),
         "1 changed: README.md"),
        (make_inner, "1 untracked: inner/"),
    ],
)  # fmt: skip
def test_work_at_stake_is_refused_by_name(
    repo: Sandbox, work: Sandbox, spoil: Callable[[Sandbox], object], message: str
) -> None:
    spoil(work)
    require_refused(repo, work, message)


def test_an_operation_in_progress_is_refused(repo: Sandbox, work: Sandbox) -> None:
    work.git("bisect", "start")
    require_refused(repo, work, "a bisect in progress")


def test_commits_on_no_remote_are_counted(repo: Sandbox, work: Sandbox, tmp_path: Path) -> None:
    repo.serve(tmp_path / "server.git")
    work.commit("One", n="x")
    work.git("push", "--quiet", "origin", "HEAD")
    work.commit("Two", n="y")
    require_refused(repo, work, r"2 commits not in main \(1 of them on no remote\)")


def test_a_squash_that_landed_beside_other_changes_counts_as_merged(repo: Sandbox, work: Sandbox) -> None:
    work.commit("One", **{"services/orders/new.py": "1\n"})
    work.commit("Two", **{"services/orders/new.py": "2\n"})
    repo.commit("Elsewhere", **{"README.md": "# other\n"})
    repo.git("merge", "--quiet", "--squash", "feat/core/cache__a1")
    repo.commit("Squashed, with more", **{"services/billing/main.py": "MORE = 1\n"})
    assert assess(repo)[1].unmerged == 0
    assert remove(repo).branch == "feat/core/cache__a1"


def test_with_force_everything_comes_back_by_the_printed_command(repo: Sandbox, work: Sandbox) -> None:
    work.commit("Mine", **{"mine.py": "1\n"})
    work.write("mine.py", "2\n")
    work.write("staged.py", "s\n")
    work.git("add", "staged.py")
    work.write("untracked.py", "u\n")
    before = (work.oid(), work.status(), tree_of(work.path))
    removed = remove(repo, force=True)
    assert not work.path.exists()
    assert removed.restore is not None
    subprocess.run(["sh", "-ec", "agentgrid() { :; }; " + removed.restore], cwd=repo.path, check=True,
                   capture_output=True)  # fmt: skip
    assert (work.oid(), work.status(), tree_of(work.path)) == before
    assert work.git("branch", "--show-current") == "feat/core/cache__a1"


def test_ignored_files_go_to_the_trash_in_their_places(repo: Sandbox, work: Sandbox) -> None:
    (repo.path / ".git/info/exclude").write_text(".env\ncache/\n")
    work.write(".env", "SECRET=1\n")
    work.write("services/orders/cache/deep/x.bin", b"\0" * 1000)
    plan = assess(repo)[1]
    assert (plan.ignored, plan.ignored_bytes) == ((b".env", b"services/orders/cache/"), 1009)
    trash = remove(repo).trash
    assert trash is not None
    assert trash.parent == repo.path / ".git/agentgrid/trash"
    assert tree_of(trash) == {".env": b"SECRET=1\n", "services/orders/cache/deep/x.bin": b"\0" * 1000}


def test_an_untracked_repository_goes_to_the_trash_with_its_history(repo: Sandbox, work: Sandbox) -> None:
    oid = make_inner(work)
    trash = remove(repo, force=True).trash
    assert trash is not None
    assert Sandbox(trash / "inner").oid() == oid


def test_a_locked_worktree_is_refused_even_with_force(repo: Sandbox, work: Sandbox) -> None:
    repo.git("worktree", "lock", "--reason", "on a stick", work.path)
    with pytest.raises(Refused, match="the worktree of a1 is locked: on a stick") as caught:
        remove(repo, force=True)
    assert caught.value.hint == f"git worktree unlock {work.path}"
    assert work.path.exists()


def test_the_main_worktree_is_never_removed(repo: Sandbox, work: Sandbox) -> None:
    from dataclasses import replace

    from agentgrid.git.worktree_list import list_worktrees
    from agentgrid.workspace.takedown import take_down

    repository = open_repository(repo)
    with pytest.raises(Refused, match="is the main worktree"):
        take_down(repository, list_worktrees(repository)[0], "a1", label="x", unequip=no_hooks)
    _, plan = assess(repo)
    main = replace(plan.desk, worktree=list_worktrees(repository)[0])
    with pytest.raises(Refused, match="changed meanwhile"):
        remove_desk(repository, replace(plan, desk=main), force=True, unequip=no_hooks)
    assert repo.status() == ""


def test_a_directory_that_is_something_else_by_now_is_refused(repo: Sandbox, work: Sandbox) -> None:
    (work.path / ".git").unlink()
    work.git("init", "--quiet")
    with pytest.raises(Refused, match="isn't the worktree that git has registered"):
        remove(repo, force=True)
    assert (work.path / "README.md").exists()


def test_a_new_start_since_the_plan_is_refused(repo: Sandbox, work: Sandbox) -> None:
    repository, plan = assess(repo)
    write_identity(plan.desk.worktree.admin_dir, "a1", "0" * 32)
    with pytest.raises(Refused, match="changed meanwhile"):
        remove_desk(repository, plan, force=True, unequip=no_hooks)


def test_work_that_came_after_the_plan_is_seen(repo: Sandbox, work: Sandbox) -> None:
    repository, plan = assess(repo)
    work.write("late.txt", "x")
    with pytest.raises(WouldLoseWork, match=r"late\.txt"):
        remove_desk(repository, plan, force=False, unequip=no_hooks)


def test_a_directory_deleted_by_hand_leaves_registration_and_commits_to_care_for(repo: Sandbox, work: Sandbox) -> None:
    oid = work.commit("Mine", n="x")
    shutil.rmtree(work.path)
    with pytest.raises(WouldLoseWork, match="1 commit not in main"):
        remove(repo)
    removed = remove(repo, force=True)
    assert removed.rescue is not None
    assert repo.oid(removed.rescue.ref) == oid
    assert find_desks(open_repository(repo)) == {}
    assert repo.git("branch", "--list", "feat/*") == ""


def test_a_persons_branch_in_the_worktree_is_kept(repo: Sandbox, work: Sandbox) -> None:
    work.git("switch", "--quiet", "-c", "hotfix")
    removed = remove(repo)
    assert removed.branch is None
    assert repo.git("branch", "--list", "hotfix").strip() == "hotfix"
    assert removed.restore == f"git worktree add {work.path} hotfix && agentgrid agent add a1 --adopt {work.path}"


def test_a_rebase_in_progress_keeps_the_original_commits(repo: Sandbox, work: Sandbox) -> None:
    tip = work.commit("Ours", **{"README.md": "ours\n"})
    repo.commit("Theirs", **{"README.md": "theirs\n"})
    work.git("rebase", "main", accept=(1,))
    removed = remove(repo, force=True)
    assert removed.rescue is not None
    assert repo.oid(str(removed.rescue.tip_ref)) == tip
    assert removed.branch == "feat/core/cache__a1"


def test_commits_that_only_the_worktree_remembers_are_kept(repo: Sandbox, work: Sandbox) -> None:
    work.switch("feat/core/other__a1")
    work.git("switch", "--quiet", "--detach")
    first, second = work.commit("Detached", n="1"), work.commit("More", n="2")
    work.git("switch", "--quiet", "feat/core/cache__a1")
    before = work.commit("Said badly", m="1")
    work.git("commit", "--quiet", "--amend", "-m", "Said well")

    removed = remove(repo, force=True)

    assert removed.stray is not None
    ref, count = removed.stray
    assert count == 3
    repo.git("reflog", "expire", "--expire=now", "--all")
    repo.git("gc", "--quiet", "--prune=now")
    assert {first, second, before} <= set(repo.git("rev-list", ref).split())
    assert removed.rescue is not None
    assert ref != removed.rescue.ref
    assert f"kept in: {ref}, 3 commits that no branch has (git log {ref})" in render_removed(removed).splitlines()
    assert removed_as_json(removed)["stray"] == {"ref": ref, "commits": 3}


def test_a_single_commit_on_no_branch_is_kept_as_it_is(repo: Sandbox, work: Sandbox) -> None:
    work.git("switch", "--quiet", "--detach")
    mine = work.commit("Detached", n="1")
    work.git("switch", "--quiet", "feat/core/cache__a1")
    removed = remove(repo)
    assert removed.stray is not None
    assert (repo.oid(removed.stray[0]), removed.stray[1]) == (mine, 1)


def test_where_every_commit_is_on_a_branch_nothing_more_is_kept(repo: Sandbox, work: Sandbox) -> None:
    work.commit("Mine", n="1")
    removed = remove(repo, force=True)
    assert removed.stray is None
    assert len(repo.git("for-each-ref", "refs/agentgrid").splitlines()) == 1


def test_the_reflog_of_a_worktree_deleted_by_hand_is_looked_at_too(repo: Sandbox, work: Sandbox) -> None:
    work.git("switch", "--quiet", "--detach")
    mine = work.commit("Detached", n="1")
    work.git("switch", "--quiet", "feat/core/cache__a1")
    shutil.rmtree(work.path)
    removed = remove(repo)
    assert removed.stray is not None
    assert repo.oid(removed.stray[0]) == mine


def test_what_a_rebase_put_aside_is_kept(repo: Sandbox, work: Sandbox) -> None:
    work.commit("Ours", **{"README.md": "ours\n"})
    repo.commit("Theirs", **{"README.md": "theirs\n"})
    work.write("services/billing/main.py", "PUT_ASIDE = 1\n")
    work.git("rebase", "--autostash", "main", accept=(1,))
    removed = remove(repo, force=True)
    assert removed.stray is not None
    assert repo.git("show", f"{removed.stray[0]}:services/billing/main.py") == "PUT_ASIDE = 1"


def test_submodule_work_is_refused_and_with_force_kept_in_the_trash(repo: Sandbox, tmp_path: Path) -> None:
    library = Sandbox(tmp_path / "library")
    library.path.mkdir()
    library.git("init", "--quiet")
    library.commit("Start", **{"lib.py": "1\n"})
    repo.git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", library.path, "lib")
    repo.commit("With a library")
    _, work = make_desk(open_repository(repo), make_policy())
    work.git("-c", "protocol.file.allow=always", "submodule", "--quiet", "update", "--init")
    oid = Sandbox(work.path / "lib").commit("Only here", **{"lib.py": "2\n"})
    work.git("-C", "lib", "switch", "--quiet", "--detach", "HEAD")
    with pytest.raises(WouldLoseWork, match="submodule lib: 0 changed, 1 commit unpushed"):
        remove(repo)
    assert remove(repo, force=True).trash is not None
    kept = list((repo.path / ".git/agentgrid/trash").glob("*-modules/modules/lib"))
    assert Sandbox(kept[0]).git("cat-file", "-t", oid) == "commit"


def test_a_worktree_inside_this_one_stops_the_removal(repo: Sandbox, work: Sandbox) -> None:
    (repo.path / ".git/info/exclude").write_text("/inner/\n")
    repo.worktree(work.path / "inner", "other")
    with pytest.raises(Refused, match="contains another worktree"):
        remove(repo, force=True)


def test_the_hooks_are_taken_out(repo: Sandbox) -> None:
    from agentgrid.workspace.creation import create_desks, plan_desks

    repository = open_repository(repo)
    plans, _ = plan_desks(repository, make_policy(), resolve_base(repository, "main"), ["a1"], {})
    create_desks(repository, plans, report=lambda *_: None)
    _, plan = assess(repo)
    remove_desk(repository, plan, force=False)
    assert "includeIf" not in (repo.path / ".git/config").read_text()
    assert os.listdir(repo.path / ".git/agentgrid/agents") == []


def test_a_removal_that_was_killed_half_way_is_completed_by_the_next(repo: Sandbox, work: Sandbox) -> None:
    _, plan = assess(repo)
    (plan.desk.worktree.admin_dir / "agentgrid-removing").touch()
    (work.path / ".git").unlink()
    (work.path / "README.md").unlink()
    work.write("late.txt", "written meanwhile\n")
    remove(repo)
    assert (work.path.exists(), find_desks(open_repository(repo))) == (False, {})
    rest = next((repo.path / ".git/agentgrid/trash").glob("a1-*-rest"))
    assert (rest / "shop-a1/late.txt").read_text() == "written meanwhile\n"


def test_ignored_folders_in_ignored_folders_go_to_the_trash_as_a_whole(repo: Sandbox, work: Sandbox) -> None:
    """Git lists each of them, and then what is in them."""
    (repo.path / ".git/info/exclude").write_text("*.log\n", encoding="utf-8")
    kept = {"out/deep/er/a.log": b"1\n", "out/deep/b.log": b"2\n", "out-more/c.log": b"3\n", "out.log": b"4\n"}
    for path, content in kept.items():
        work.write(path, content)
    plan = assess(repo)[1]
    removed = remove(repo)
    assert plan.ignored_bytes == 8
    assert removed.trash is not None
    assert tree_of(removed.trash) == kept


def test_the_teardown_runs_before_it_goes_and_what_it_leaves_counts(repo: Sandbox, work: Sandbox) -> None:
    repository, plan = assess(repo)

    def leave_something(desk: Desk) -> None:
        (desk.worktree.path / "dump.sql").write_text("all of it\n", encoding="utf-8")

    with pytest.raises(WouldLoseWork, match=r"work that appeared meanwhile: 1 untracked: dump\.sql"):
        remove_desk(repository, plan, force=False, unequip=no_hooks, teardown=leave_something)
    assert work.read("dump.sql") == "all of it\n"


def test_a_commit_that_a_teardown_makes_counts_too(repo: Sandbox, work: Sandbox) -> None:
    repository, plan = assess(repo)

    def make_commit(_desk: Desk) -> None:
        work.commit("Made meanwhile", n="x")

    with pytest.raises(WouldLoseWork, match="1 commit not in main"):
        remove_desk(repository, plan, force=False, unequip=no_hooks, teardown=make_commit)


def test_a_teardown_that_fails_stops_the_removal_and_force_goes_on(repo: Sandbox, work: Sandbox) -> None:
    repository, plan = assess(repo)
    with pytest.raises(Refused, match="could not be torn down: no database"):
        remove_desk(repository, plan, force=False, unequip=no_hooks, teardown=lambda _desk: "no database")
    assert work.path.exists()

    remove_desk(repository, plan, force=True, unequip=no_hooks, teardown=lambda _desk: "no database")
    assert not work.path.exists()


def test_no_teardown_runs_where_the_removal_is_refused_anyway(repo: Sandbox, work: Sandbox) -> None:
    work.write("n", "x")
    repository, plan = assess(repo)
    ran: list[str] = []
    with pytest.raises(WouldLoseWork):
        remove_desk(repository, plan, force=False, unequip=no_hooks, teardown=lambda desk: ran.append(desk.agent))
    assert ran == []
