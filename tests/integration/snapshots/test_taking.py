"""A snapshot holds what the work tree holds, whatever state that is in, and touches nothing of the agent's."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from agentgrid.git.repository import Repository
from agentgrid.git.worktree_list import list_worktrees
from agentgrid.integration.conflicts.model import AgentWork
from agentgrid.integration.snapshots import taking
from agentgrid.integration.snapshots.shelf import open_shelf
from agentgrid.integration.snapshots.taking import WorkPlace, take_snapshots
from support.footprints import fingerprint, real_objects
from support.repositories import Sandbox, create_repository

ORDERS = "services/orders/main.py"


@pytest.fixture
def desk(repo: Sandbox, tmp_path: Path) -> Sandbox:
    return repo.worktree(tmp_path / "wt", "work/a1")


@pytest.fixture
def old_files(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Files count as changed long ago."""
    monkeypatch.setattr(taking, "_FINE_NS", -60_000_000_000)
    monkeypatch.setattr(taking, "_COARSE_NS", -60_000_000_000)
    return iter(())


def place_of(desk: Sandbox, *, is_pending: bool = False) -> WorkPlace:
    tree = next(each for each in list_worktrees(Repository.discover(desk.path)) if each.path == desk.path.resolve())
    head = tree.head if tree.head and tree.head.strip("0") else None
    return WorkPlace("a1", "work/a1", head, tree.path, tree.admin_dir, is_pending)


def snapshot(desk: Sandbox, *, is_pending: bool = False) -> AgentWork:
    repository = Repository.discover(desk.path)
    with open_shelf(repository) as shelf:
        return take_snapshots(repository, [place_of(desk, is_pending=is_pending)], shelf)[0]


def ask(desk: Sandbox, *arguments: str) -> str:
    """Git that sees the snapshots."""
    common = desk.git("rev-parse", "--path-format=absolute", "--git-common-dir")
    return desk.git(*arguments, env={"GIT_ALTERNATE_OBJECT_DIRECTORIES": f"{common}/agentgrid/snapshots/objects"})


def content_of(desk: Sandbox, tmp_path: Path) -> str:
    """The tree that `git add --all` would make, worked out on a copy."""
    index = tmp_path / "index-copy"
    shutil.copy2(Path(desk.git("rev-parse", "--absolute-git-dir")) / "index", index)
    objects = tmp_path / "objects-copy"
    objects.mkdir(exist_ok=True)
    common = desk.git("rev-parse", "--path-format=absolute", "--git-common-dir")
    env = {
        "GIT_INDEX_FILE": str(index), "GIT_OBJECT_DIRECTORY": str(objects),
        "GIT_ALTERNATE_OBJECT_DIRECTORIES": f"{common}/objects",
    }  # fmt: skip
    desk.git("add", "--all", env=env)
    return desk.git("write-tree", env=env)


def make_every_kind_of_change(desk: Sandbox) -> None:
    desk.write(ORDERS, "ORDERS = ['staged']\n")
    desk.git("add", ORDERS)
    desk.write(ORDERS, "ORDERS = ['unstaged']\n")
    desk.write("services/new.py", "NEW = 1\n")
    desk.write("intended.py", "SOON = 1\n")
    desk.git("add", "--intent-to-add", "intended.py")
    (desk.path / "services/billing/main.py").unlink()
    (desk.path / "services/billing/main.py").symlink_to("elsewhere")
    desk.git("rm", "--quiet", "services/orders/tests/test_orders.py")
    (desk.path / "README.md").unlink()
    desk.write("README.md/inner.txt", "a folder now\n")
    shutil.rmtree(desk.path / "services/common")
    desk.write("services/common", "a file now\n").chmod(0o755)
    desk.write("odd \n name\t\"'.txt", "odd\n")


def test_it_holds_staged_unstaged_and_untracked_work_on_top_of_head(desk: Sandbox, tmp_path: Path) -> None:
    desk.commit("Done", **{"done.py": "DONE = 1\n"})
    make_every_kind_of_change(desk)

    work = snapshot(desk)

    assert (work.problem, work.is_dirty, work.head) == (None, True, desk.oid())
    assert ask(desk, "rev-parse", f"{work.snapshot}^{{tree}}") == content_of(desk, tmp_path)
    assert ask(desk, "show", "--no-patch", "--format=%P %an", str(work.snapshot)) == f"{desk.oid()} agentgrid"


def test_a_directory_that_became_a_link_is_a_link(desk: Sandbox, tmp_path: Path) -> None:
    os.replace(desk.path / "services/orders", desk.path / "services/moved")
    (desk.path / "services/orders").symlink_to("moved")

    assert ask(desk, "rev-parse", f"{snapshot(desk).snapshot}^{{tree}}") == content_of(desk, tmp_path)


def test_nothing_of_the_agents_and_no_real_object_is_touched(desk: Sandbox, repo: Sandbox) -> None:
    desk.write("kept.txt", "kept\n")
    desk.git("stash", "--include-untracked", "--quiet")
    make_every_kind_of_change(desk)
    before, objects = fingerprint(desk, repo), real_objects(repo)

    assert snapshot(desk).problem is None

    assert fingerprint(desk, repo) == before
    assert real_objects(repo) == objects


def test_equal_work_gives_equal_commits_and_a_clean_tree_gives_head(desk: Sandbox) -> None:
    assert snapshot(desk).snapshot == desk.oid()
    desk.write("new.py", "NEW = 1\n")
    first = snapshot(desk).snapshot
    desk.write("new.py", "NEW = 2\n")
    second = snapshot(desk).snapshot
    desk.git("add", "new.py")
    desk.write("new.py", "NEW = 1\n")

    assert first != second
    assert snapshot(desk).snapshot == first


@pytest.mark.usefixtures("old_files")
def test_an_unchanged_tree_is_not_written_again(desk: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.write("new.py", "NEW = 1\n")
    first = snapshot(desk)

    def refuse(*_: object) -> str:
        raise AssertionError("written again")

    monkeypatch.setattr(taking, "write_content", refuse)
    monkeypatch.setattr(taking, "read_hidden", refuse)

    assert snapshot(desk) == first
    desk.write("new.py", "NEW = 2\n")
    with pytest.raises(AssertionError, match="written again"):
        snapshot(desk)


@pytest.mark.usefixtures("old_files")
def test_a_snapshot_that_was_lost_is_made_again(desk: Sandbox, repo: Sandbox) -> None:
    desk.write("new.py", "NEW = 1\n")
    first = snapshot(desk)
    shutil.rmtree(repo.path / ".git/agentgrid/snapshots/objects")

    assert snapshot(desk) == first
    assert ask(desk, "cat-file", "-t", str(first.snapshot)) == "commit"


def test_a_change_that_no_time_tells_is_seen(desk: Sandbox) -> None:
    file = desk.write("new.py", "NEW = 1\n")
    facts = file.stat()
    first = snapshot(desk).snapshot
    file.write_text("NEW = 2\n")
    os.utime(file, ns=(facts.st_atime_ns, facts.st_mtime_ns))

    assert snapshot(desk).snapshot != first


def test_work_that_git_was_told_not_to_look_at_is_in_it(desk: Sandbox) -> None:
    desk.git("update-index", "--assume-unchanged", ORDERS)
    desk.git("update-index", "--skip-worktree", "README.md")
    desk.write(ORDERS, "ORDERS = ['hidden']\n")
    desk.write("README.md", "hidden\n")

    work = snapshot(desk)

    assert ask(desk, "diff", "--name-only", "HEAD", str(work.snapshot)).splitlines() == ["README.md", ORDERS]
    desk.write(ORDERS, "ORDERS = ['hidden again']\n")
    assert snapshot(desk).snapshot != work.snapshot


def test_a_merge_that_stopped_has_both_parents_and_the_files_as_they_are(desk: Sandbox, repo: Sandbox) -> None:
    theirs = repo.commit("Theirs", **{ORDERS: "ORDERS = ['theirs']\n"})
    desk.commit("Ours", **{ORDERS: "ORDERS = ['ours']\n"})
    desk.git("merge", "--quiet", theirs, accept=(1,))
    before = fingerprint(desk)

    work = snapshot(desk)

    assert fingerprint(desk) == before
    assert ask(desk, "show", "--no-patch", "--format=%P", str(work.snapshot)).split() == [desk.oid(), theirs]
    assert "<<<<<<<" in ask(desk, "show", f"{work.snapshot}:{ORDERS}")


def test_a_detached_head_is_no_obstacle(desk: Sandbox) -> None:
    desk.git("checkout", "--quiet", "--detach")
    tip = desk.commit("Apart", **{"apart.py": "A = 1\n"})

    assert (snapshot(desk).snapshot, snapshot(desk).problem) == (tip, None)


def test_before_the_first_commit_the_files_are_all_there_is(tmp_path: Path) -> None:
    main = create_repository(tmp_path / "shop")
    main.write("first.py", "FIRST = 1\n")

    work = snapshot(main)

    assert (work.head, work.problem) == (None, None)
    assert ask(main, "ls-tree", "--name-only", str(work.snapshot)) == "first.py"


def test_without_an_index_absent_files_count_as_unchanged(desk: Sandbox) -> None:
    desk.write("new.py", "NEW = 1\n")
    (desk.path / ORDERS).unlink()
    (Path(desk.git("rev-parse", "--absolute-git-dir")) / "index").unlink()

    assert ask(desk, "diff", "--name-only", "HEAD", str(snapshot(desk).snapshot)) == "new.py"


def test_what_cannot_be_read_is_a_problem_and_no_clean_tree(desk: Sandbox) -> None:
    with open(desk.path / "huge.bin", "wb") as stream:
        stream.truncate(2 << 30)
    assert "MB are uncommitted" in str(snapshot(desk).problem)
    (desk.path / "huge.bin").unlink()
    assert snapshot(desk, is_pending=True).problem == "its files are not all there yet"
    place = place_of(desk)
    shutil.rmtree(desk.path)
    repository = Repository.discover(desk.path.parent / "shop")
    with open_shelf(repository) as shelf:
        assert str(take_snapshots(repository, [place], shelf)[0].problem).endswith("is gone")


def test_a_broken_index_is_a_problem(desk: Sandbox) -> None:
    (Path(desk.git("rev-parse", "--absolute-git-dir")) / "index").write_bytes(b"not an index")
    place = WorkPlace("a1", "work/a1", None, desk.path, Path(desk.git("rev-parse", "--absolute-git-dir")))
    repository = Repository.discover(desk.path)
    with open_shelf(repository) as shelf:
        work = take_snapshots(repository, [place], shelf)[0]

    assert work.snapshot is None
    assert work.problem


def test_repositories_inside_are_told_as_unclear(desk: Sandbox, tmp_path: Path) -> None:
    module = create_repository(tmp_path / "module", **{"m.py": "M = 1\n"})
    desk.git("submodule", "--quiet", "add", module.path, "vendor/module")
    desk.commit("Module")
    create_repository(desk.path / "nested", **{"n.py": "N = 1\n"})
    desk.write("vendor/module/m.py", "M = 2\n")

    work = snapshot(desk)

    assert work.unclear == (b"vendor/module", b"nested")
    inner = Sandbox(desk.path / "vendor/module")
    tip = inner.commit("Inside")
    assert ask(desk, "rev-parse", f"{snapshot(desk).snapshot}:vendor/module") == tip


def test_committed_only_leaves_the_rest_out(desk: Sandbox) -> None:
    desk.write("new.py", "NEW = 1\n")
    repository = Repository.discover(desk.path)
    with open_shelf(repository) as shelf:
        work = take_snapshots(repository, [place_of(desk)], shelf, committed_only=True)[0]

    assert (work.snapshot, work.is_dirty) == (desk.oid(), False)


def test_a_place_with_odd_letters_is_quoted(tmp_path: Path) -> None:
    main = create_repository(tmp_path / 'a:b "c" \\d' / "shop", **{"a.py": "A = 1\n"})
    main.write("new.py", "NEW = 1\n")

    work = snapshot(main)

    assert work.problem is None
    listed = main.git("ls-tree", "--name-only", str(work.snapshot), env={
        "GIT_OBJECT_DIRECTORY": f"{main.path}/.git/agentgrid/snapshots/objects",
        "GIT_ALTERNATE_OBJECT_DIRECTORIES": f'"{str(main.path).replace(chr(92), chr(92) * 2).replace(chr(34), chr(92) + chr(34))}/.git/objects"',  # noqa: E501
    })  # fmt: skip
    assert listed.splitlines() == ["a.py", "new.py"]
