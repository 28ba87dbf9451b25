"""Creating agents' worktrees: what is made, what is refused, what a failure leaves."""

import os
from pathlib import Path

import pytest

from agentgrid.errors import GitError, InputError, OutsideError, Refused
from agentgrid.git.base_ref import resolve_base
from agentgrid.git.repository import Repository
from agentgrid.git.worktree_list import Worktree, list_worktrees
from agentgrid.machine.files import TEMPORARY_PREFIX
from agentgrid.workspace import planning
from agentgrid.workspace.creation import DeskPlan, create_desks, plan_desks, resume_pending
from agentgrid.workspace.desks import CHECKOUT_MARKER, Desk, find_desks
from agentgrid.workspace.pending import Journal, write_journal
from support.desks import make_desk, make_desks, make_policy, no_hooks, open_repository, silent, tree_of
from support.repositories import Sandbox


def plan(repo: Sandbox, *agents: str, grid: str = "") -> tuple[list[DeskPlan], list[Desk]]:
    repository, policy = open_repository(repo), make_policy(grid or "version: 1\n")
    return plan_desks(repository, policy, resolve_base(repository, "main"), agents, {})


def state(repo: Sandbox) -> tuple[str, list[str], list[str]]:
    """Branches, directories beside the repository, registrations."""
    worktrees = repo.path / ".git" / "worktrees"
    return (repo.git("for-each-ref", "--format=%(refname) %(objectname)"), sorted(os.listdir(repo.path.parent)),
            sorted(os.listdir(worktrees)) if worktrees.exists() else [])  # fmt: skip


def test_each_agent_gets_a_worktree_on_a_branch_of_its_own(repo: Sandbox) -> None:
    made = make_desks(open_repository(repo), make_policy(), "a1", "a2", topics={"a1": "Cache"})
    assert [(desk.agent, desk.path.name, desk.branch, desk.is_new) for desk in made] == [
        ("a1", "shop-a1", "feat/core/cache__a1", True),
        ("a2", "shop-a2", "feat/ai/work__a2", True),
    ]
    for desk in made:
        worktree = Sandbox(desk.path)
        assert (worktree.oid(), worktree.status(), tree_of(desk.path)) == (repo.oid("main"), "", tree_of(repo.path))
    assert repo.git("config", "--get-regexp", r"^branch\.feat", accept=(1,)) == ""


def test_a_desk_that_exists_is_not_planned_again(repo: Sandbox) -> None:
    make_desk(open_repository(repo), make_policy())
    plans, already = plan(repo, "a1", "a2")
    assert ([each.agent for each in plans], [each.agent for each in already]) == (["a2"], ["a1"])


def test_a_branch_with_commits_of_its_own_is_continued(repo: Sandbox) -> None:
    repo.branch("feat/core/work__a1")
    repo.switch("feat/core/work__a1")
    tip = repo.commit("Earlier work")
    repo.switch("main")
    plans, _ = plan(repo, "a1")
    assert (plans[0].creates_branch, plans[0].start_oid) == (False, tip)
    made = create_desks(open_repository(repo), plans, report=silent, equip=no_hooks)
    assert Sandbox(made[0].path).oid() == tip


def test_a_branch_that_only_a_remote_has_is_continued(repo: Sandbox, tmp_path: Path) -> None:
    repo.serve(tmp_path / "server.git")
    repo.switch("feat/core/work__a1")
    tip = repo.commit("On another machine")
    repo.git("push", "--quiet", "origin", "HEAD")
    repo.switch("main")
    repo.git("branch", "-D", "feat/core/work__a1")
    assert (plan(repo, "a1")[0][0].start_oid, plan(repo, "a1")[0][0].creates_branch) == (tip, True)


def test_a_path_that_is_taken_is_refused(repo: Sandbox) -> None:
    taken = repo.path.parent / "shop-a1"
    taken.mkdir()
    (taken / "mine.txt").write_text("x")
    with pytest.raises(InputError, match="is taken: something else is there"):
        plan(repo, "a1")


def test_another_worktree_in_the_place_is_refused_with_the_way_to_adopt_it(repo: Sandbox) -> None:
    path = repo.path.parent / "shop-a1"
    repo.worktree(path, "hotfix")
    with pytest.raises(Refused) as caught:
        plan(repo, "a1")
    assert caught.value.hint == f"make it the agent's: agentgrid agent add a1 --adopt {path}"


def test_a_branch_that_is_checked_out_elsewhere_is_refused(repo: Sandbox) -> None:
    repo.worktree(repo.path.parent / "elsewhere", "feat/core/work__a1")
    with pytest.raises(Refused, match=r"feat/core/work__a1 is checked out in .*/elsewhere"):
        plan(repo, "a1")


def test_a_place_inside_the_main_worktree_must_be_ignored(repo: Sandbox) -> None:
    grid = "worktree: 'desks/{agent}'\n"
    with pytest.raises(InputError, match="is inside the worktree"):
        plan(repo, "a1", grid=grid)
    (repo.path / ".git/info/exclude").write_text("/desks/\n")
    assert plan(repo, "a1", grid=grid)[0][0].path == repo.path / "desks/a1"


def test_two_agents_with_one_place_are_refused(repo: Sandbox) -> None:
    policy = make_policy("worktree: '../wt-{agent}{area}'\n", {"a": "id: a\narea: bc\n", "ab": "id: ab\narea: c\n"})
    repository = open_repository(repo)
    with pytest.raises(InputError, match=r"ab and a would both get .*/wt-abc"):
        plan_desks(repository, policy, resolve_base(repository, "main"), ["a", "ab"], {})


def test_a_branch_above_the_wanted_one_is_named(repo: Sandbox) -> None:
    repo.branch("feat/core")
    with pytest.raises(InputError, match="can't have the branches feat/core/work__a1 and feat/core together"):
        plan(repo, "a1")


def test_a_failure_undoes_all_that_this_call_registered(repo: Sandbox) -> None:
    plans, _ = plan(repo, "a1", "a2", "a3")
    before = state(repo)

    def fail_at_a3(_repository: Repository, agent: str, _admin: Path, _author: object) -> None:
        if agent == "a3":
            raise OutsideError("the disk is full")

    with pytest.raises(OutsideError, match="the disk is full"):
        create_desks(open_repository(repo), plans, report=silent, equip=fail_at_a3, unequip=no_hooks)
    assert state(repo) == before
    assert os.listdir(repo.path / ".git/agentgrid/pending") == []


def test_a_failed_checkout_takes_down_that_desk_alone(repo: Sandbox) -> None:
    repo.commit("A filter", **{".gitattributes": "*.big filter=big\n", "x.big": "x\n"})
    plans, _ = plan(repo, "a1", "a2")
    repo.git("config", "filter.big.required", "true")
    repo.git("config", "filter.big.smudge", 'case "$PWD" in *a2) exit 1;; *) cat;; esac')
    repo.git("config", "filter.big.clean", "cat")
    with pytest.raises(OutsideError, match="no worktree for a2") as caught:
        create_desks(open_repository(repo), plans, report=silent, equip=no_hooks, unequip=no_hooks)
    assert caught.value.hint == "ready: a1; mend the cause, then run the same command again"
    assert list(find_desks(open_repository(repo))) == ["a1"]
    assert sorted(os.listdir(repo.path.parent)) == ["shop", "shop-a1"]
    assert repo.git("branch", "--list", "*a2") == ""


def test_an_empty_directory_that_was_there_is_there_after_a_failure(repo: Sandbox) -> None:
    (repo.path.parent / "shop-a1").mkdir()
    plans, _ = plan(repo, "a1")

    def fail(*_: object) -> None:
        raise OutsideError("no")

    with pytest.raises(OutsideError):
        create_desks(open_repository(repo), plans, report=silent, equip=fail, unequip=no_hooks)
    assert os.listdir(repo.path.parent / "shop-a1") == []


def test_the_repositorys_post_checkout_hook_runs_as_with_git(repo: Sandbox, tmp_path: Path) -> None:
    hook = repo.write(".git/hooks/post-checkout", f'#!/bin/sh\necho "$PWD $*" >> "{tmp_path}/said"\n')
    hook.chmod(0o755)
    _, work = make_desk(open_repository(repo), make_policy())
    assert (tmp_path / "said").read_text() == f"{work.path} {'0' * 40} {work.oid()} 1\n"


def test_a_failing_post_checkout_hook_is_a_warning(repo: Sandbox) -> None:
    repo.write(".git/hooks/post-checkout", "#!/bin/sh\necho no luck >&2; exit 1\n").chmod(0o755)
    made = make_desks(open_repository(repo), make_policy(), "a1")
    assert made[0].warnings == (f"the post-checkout hook failed in {made[0].path}: no luck",)


def test_sparse_checkout_is_kept(repo: Sandbox) -> None:
    repo.git("sparse-checkout", "set", "services/orders")
    _, work = make_desk(open_repository(repo), make_policy())
    assert (sorted(tree_of(work.path)), work.status()) == (sorted(tree_of(repo.path)), "")
    assert "services/billing/main.py" not in tree_of(work.path)


def test_a_bare_repository_works(repo: Sandbox, tmp_path: Path) -> None:
    bare = repo.clone(tmp_path / "store" / "shop.git", "--bare")
    _, work = make_desk(open_repository(bare), make_policy())
    assert (work.path, work.status()) == (tmp_path / "store" / "shop-a1", "")


def test_files_found_before_an_unfinished_checkout_go_to_a_rescue_ref(repo: Sandbox) -> None:
    desk, work = make_desk(open_repository(repo), make_policy())
    (desk.worktree.admin_dir / CHECKOUT_MARKER).touch()
    (desk.worktree.admin_dir / "index").unlink()
    work.write("README.md", "somebody's\n")
    work.write("mine.txt", "somebody's too\n")
    resumed = resume_pending(open_repository(repo), equip=no_hooks)
    ref = repo.git("for-each-ref", "--format=%(refname)", "refs/agentgrid/rescue/a1")
    assert resumed[0].warnings == (f"files found in {work.path} are kept in {ref}",)
    assert repo.git("show", f"{ref}:README.md") == "somebody's"
    assert repo.git("show", f"{ref}^3:mine.txt") == "somebody's too"
    assert work.read("README.md") == "# shop\n"


def test_a_finished_checkout_is_not_done_again_over_new_work(repo: Sandbox) -> None:
    desk, work = make_desk(open_repository(repo), make_policy())
    (desk.worktree.admin_dir / CHECKOUT_MARKER).touch()
    work.write("README.md", "work\n")
    resume_pending(open_repository(repo), equip=no_hooks)
    assert (work.read("README.md"), find_desks(open_repository(repo))["a1"].is_pending) == ("work\n", False)


@pytest.mark.parametrize("has_link", [False, True])
def test_a_journal_without_a_worktree_is_undone(repo: Sandbox, has_link: bool) -> None:
    before = state(repo)
    path = repo.path.parent / "shop-a1"
    repo.branch("feat/core/work__a1")
    journal = Journal("a1", str(path), "feat/core/work__a1", repo.oid(), creates_branch=True, author=None,
                      made_directories=(str(path),))  # fmt: skip
    write_journal(open_repository(repo), journal)
    half = repo.path / ".git/worktrees/shop-a1"
    half.mkdir(parents=True)
    (half / "locked").write_text("initializing")
    path.mkdir()
    if has_link:  # killed before git wrote into it
        (half / "gitdir").write_text(f"{path}/.git\n")
        (path / ".git").touch()
    resumed = resume_pending(open_repository(repo), equip=no_hooks, unequip=no_hooks)
    assert ([(each.agent, each.action) for each in resumed], state(repo)) == ([("a1", "undone")], before)


def test_a_journal_that_was_never_whole_goes(repo: Sandbox) -> None:
    repo.write(f".git/agentgrid/pending/{TEMPORARY_PREFIX}left", "{")
    make_desk(open_repository(repo), make_policy())
    assert os.listdir(repo.path / ".git/agentgrid/pending") == []


def test_a_branch_that_moved_and_a_directory_in_use_survive_the_undoing(repo: Sandbox) -> None:
    path = repo.path.parent / "shop-a1"
    journal = Journal("a1", str(path), "feat/core/work__a1", repo.oid(), creates_branch=True, author=None,
                      made_directories=(str(path),))  # fmt: skip
    write_journal(open_repository(repo), journal)
    repo.switch("feat/core/work__a1")
    repo.commit("Somebody's")
    repo.switch("main")
    path.mkdir()
    (path / "mine.txt").write_text("x")
    resume_pending(open_repository(repo), equip=no_hooks, unequip=no_hooks)
    assert repo.git("branch", "--list", "feat/core/work__a1").strip() == "feat/core/work__a1"
    assert os.listdir(path) == ["mine.txt"]


def test_a_second_identity_of_one_agent_counts_only_when_the_first_is_gone(repo: Sandbox) -> None:
    desk, work = make_desk(open_repository(repo), make_policy())
    repo.worktree(repo.path.parent / "aaa", "other")
    identity = (desk.worktree.admin_dir / "agentgrid-identity").read_bytes()
    (repo.path / ".git/worktrees/aaa/agentgrid-identity").write_bytes(identity)
    assert find_desks(open_repository(repo))["a1"].worktree.path.name == "aaa"
    (repo.path.parent / "aaa/.git").unlink()
    assert find_desks(open_repository(repo))["a1"].worktree.path == work.path


def test_the_real_hooks_are_installed_by_default(repo: Sandbox) -> None:
    plans, _ = plan(repo, "a1")
    made = create_desks(open_repository(repo), plans, report=silent)
    hooks = Sandbox(made[0].path).git("config", "core.hooksPath")
    assert Path(hooks) == repo.path / ".git/agentgrid/agents/a1/hooks"
    with pytest.raises((AssertionError, GitError)):
        repo.git("config", "core.hooksPath")


def test_a_worktree_that_another_command_makes_meanwhile_is_not_in_the_way(
    repo: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It has made its directory, and stands in the list of worktrees a moment later."""
    repository, policy, real = open_repository(repo), make_policy(), list_worktrees

    def list_late(of: Repository) -> list[Worktree]:
        monkeypatch.setattr(planning, "list_worktrees", real)
        make_desk(repository, policy)
        return [each for each in real(of) if each.admin_dir == of.common_dir]

    monkeypatch.setattr(planning, "list_worktrees", list_late)
    plans, already = planning.foresee_desks(repository, policy, resolve_base(repository, "main"), ["a1"], {})
    assert (plans, [desk.agent for desk in already]) == ([], ["a1"])
