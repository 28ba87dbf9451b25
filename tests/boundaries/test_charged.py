"""Charged paths on real histories: what a branch is answerable for, and what it is not."""

import os
from pathlib import Path

import pytest

from agentgrid.boundaries.charged import ChargedPath, charge_commit, charge_index
from agentgrid.git.base_ref import resolve_base
from support.desks import open_repository
from support.repositories import Sandbox, create_repository

ORDERS, BILLING, CACHE = "services/orders/main.py", "services/billing/main.py", "services/common/cache.py"


def charged(repo: Sandbox, head: str = "HEAD", base: str = "main") -> list[bytes]:
    """The charged paths, which the index of a clean checkout of `head` must agree with."""
    changes = charge_commit(open_repository(repo), repo.oid(base), repo.oid(head))
    if repo.oid() == repo.oid(head) and not repo.status():
        assert staged(repo, base) == changes.charged
    return [each.path for each in changes.charged]


def staged(repo: Sandbox, base: str = "main", merging: tuple[str, ...] = ()) -> tuple[ChargedPath, ...]:
    return charge_index(open_repository(repo), repo.oid(base), index_file=None, merging=merging).charged


@pytest.fixture
def work(repo: Sandbox) -> Sandbox:
    """On the branch `a1` with one commit to the orders."""
    repo.switch("a1")
    repo.commit("Orders", **{ORDERS: "ORDERS = [1]\n"})
    return repo


def on_main(repo: Sandbox, **files: str | None) -> str:
    """A teammate's commit on main; comes back to where it was."""
    repo.switch("main")
    oid = repo.commit("Teammate", **files)
    repo.git("switch", "--quiet", "-")
    return oid


def merge(repo: Sandbox, *others: str, accept: tuple[int, ...] = (0,)) -> None:
    repo.git("merge", "--quiet", "--no-edit", "--no-ff", *others, accept=accept)


def test_a_branch_is_charged_with_what_it_changed(work: Sandbox) -> None:
    assert charged(work) == [ORDERS.encode()]


def test_a_rebase_on_the_fetched_base_charges_nobody_with_a_teammates_files(work: Sandbox, tmp_path: Path) -> None:
    work.switch("main")
    work.serve(tmp_path / "server.git")
    mate = Sandbox(work.path).clone(tmp_path / "mate")
    mate.git("remote", "set-url", "origin", tmp_path / "server.git")
    mate.commit("Teammate", **{BILLING: "INVOICES = [1]\n"})
    mate.git("push", "--quiet", "origin", "HEAD:main")
    work.switch("a1")
    work.git("fetch", "--quiet")
    work.git("rebase", "--quiet", "origin/main")
    base = resolve_base(open_repository(work), "main")
    assert charged(work, base=base.oid) == [ORDERS.encode()]
    assert charged(work, base="main") == [BILLING.encode(), ORDERS.encode()]  # what the stale branch would say


def test_a_cherry_picked_fix_of_the_base_charges_nothing(work: Sandbox) -> None:
    fix = on_main(work, **{BILLING: "INVOICES = [1]\n"})
    work.git("cherry-pick", "-x", fix)
    assert charged(work) == [ORDERS.encode()]


def test_a_merge_of_the_base_charges_nothing(work: Sandbox) -> None:
    on_main(work, **{BILLING: "INVOICES = [1]\n"})
    merge(work, "main")
    assert charged(work) == [ORDERS.encode()]


def test_a_merge_of_an_older_commit_of_the_base_charges_nothing(work: Sandbox) -> None:
    older = on_main(work, **{BILLING: "INVOICES = [1]\n"})
    on_main(work, **{BILLING: "INVOICES = [2]\n", CACHE: "TTL_S = 1\n"})
    merge(work, older)
    assert charged(work) == [ORDERS.encode()]


def test_a_merge_in_progress_charges_nothing_of_the_base(work: Sandbox) -> None:
    on_main(work, **{BILLING: "INVOICES = [1]\n"})
    work.git("merge", "--quiet", "--no-commit", "--no-ff", "main")
    main = (work.oid("main"),)
    assert [each.path for each in staged(work, merging=main)] == [ORDERS.encode()]


def test_a_touch_that_was_reverted_charges_nothing(work: Sandbox) -> None:
    work.commit("Touch", **{BILLING: "x\n"})
    work.git("revert", "--no-edit", "HEAD")
    assert charged(work) == [ORDERS.encode()]


def test_a_branch_that_continues_after_its_squash_landed_is_charged_with_the_rest(work: Sandbox) -> None:
    work.switch("main")
    work.git("merge", "--quiet", "--squash", "a1")
    work.commit("Squash of a1")
    work.switch("a1")
    work.commit("More", **{"services/orders/more.py": "MORE = 1\n"})
    assert charged(work) == [b"services/orders/more.py"]


def test_neither_of_the_two_comparisons_would_do_alone(work: Sandbox) -> None:
    fix = on_main(work, **{BILLING: "INVOICES = [1]\n"})
    work.git("cherry-pick", fix)
    on_main(work, **{CACHE: "TTL_S = 1\n"})
    fork = work.git("merge-base", "main", "HEAD")
    assert work.git("diff", "--name-only", fork, "HEAD").split() == [BILLING, ORDERS]  # the cherry-picked fix
    assert work.git("diff", "--name-only", "main", "HEAD").split() == [CACHE, ORDERS]  # what the base has since
    assert charged(work) == [ORDERS.encode()]


def test_an_evil_merge_hides_nothing(work: Sandbox) -> None:
    on_main(work, **{CACHE: "TTL_S = 1\n"})
    work.git("merge", "--quiet", "--no-commit", "--no-ff", "main")
    work.commit("Evil merge", **{BILLING: "evil\n"})
    assert len(work.git("rev-list", "--parents", "-1", "HEAD").split()) == 3
    assert charged(work) == [BILLING.encode(), ORDERS.encode()]


def test_an_evil_octopus_hides_nothing(work: Sandbox) -> None:
    work.git("switch", "--quiet", "-c", "side", "main")
    work.commit("Side", **{"services/orders/side.py": "SIDE = 1\n"})
    work.switch("a1")
    on_main(work, **{CACHE: "TTL_S = 1\n"})
    work.git("merge", "--quiet", "--no-commit", "--no-ff", "side", "main")
    work.commit("Evil octopus", **{BILLING: "evil\n"})
    assert len(work.git("rev-list", "--parents", "-1", "HEAD").split()) == 4
    assert charged(work) == [BILLING.encode(), ORDERS.encode(), b"services/orders/side.py"]


def test_a_merged_siblings_branch_is_charged(work: Sandbox) -> None:
    work.git("switch", "--quiet", "-c", "a2", "main")
    work.commit("Sibling", **{BILLING: "INVOICES = [2]\n"})
    work.switch("a1")
    merge(work, "a2")
    assert charged(work) == [BILLING.encode(), ORDERS.encode()]


def criss_cross(repo: Sandbox) -> None:
    """The base and a1 have each merged the other's first commit."""
    on_main(repo, **{BILLING: "INVOICES = [1]\n"})
    first, main = repo.oid("a1"), repo.oid("main")
    merge(repo, main)
    repo.switch("main")
    merge(repo, first)
    repo.switch("a1")
    assert len(repo.git("merge-base", "--all", "main", "a1").split()) == 2


def test_criss_cross_merges_charge_neither_with_what_both_have(work: Sandbox) -> None:
    criss_cross(work)
    work.commit("More", **{"services/orders/more.py": "MORE = 1\n"})
    on_main(work, **{CACHE: "TTL_S = 1\n"})
    assert charged(work) == [b"services/orders/more.py"]


def test_behind_a_criss_cross_a_foreign_change_is_still_charged(work: Sandbox) -> None:
    criss_cross(work)
    work.commit("Foreign", **{BILLING: "evil\n"})
    assert charged(work) == [BILLING.encode()]


def test_a_criss_cross_whose_bases_conflict_hides_nothing(work: Sandbox) -> None:
    work.commit("Both", **{CACHE: "TTL_S = 1\n"})
    on_main(work, **{CACHE: "TTL_S = 2\n"})
    first, main = work.oid("a1"), work.oid("main")
    merge(work, main, accept=(1,))
    work.commit("Ours", **{CACHE: "TTL_S = 3\n"})
    work.switch("main")
    merge(work, first, accept=(1,))
    work.commit("Theirs", **{CACHE: "TTL_S = 4\n"})
    work.switch("a1")
    assert charged(work) == [CACHE.encode()]


def test_an_unrelated_history_is_charged_with_all_that_differs(repo: Sandbox) -> None:
    repo.git("switch", "--quiet", "--orphan", "island")
    repo.commit("Island", **{"README.md": "# shop\n", BILLING: "mine\n"})
    assert charged(repo) == [BILLING.encode()]  # the README is the base's own, byte for byte


def test_a_branch_without_a_commit_is_charged_with_its_index(repo: Sandbox) -> None:
    repo.git("switch", "--quiet", "--orphan", "island")
    repo.write("new.py", "NEW = 1\n")
    repo.git("add", "new.py")
    assert staged(repo) == (ChargedPath(b"new.py"),)


def test_a_rename_charges_both_sides(repo: Sandbox) -> None:
    repo.switch("a1")
    repo.git("config", "diff.renames", "copies")
    repo.git("mv", BILLING, "services/orders/taken.py")
    repo.commit("Take it")
    assert charged(repo) == [BILLING.encode(), b"services/orders/taken.py"]


def test_a_changed_mode_alone_is_charged(repo: Sandbox) -> None:
    repo.switch("a1")
    repo.git("update-index", "--chmod=+x", BILLING)
    assert staged(repo) == (ChargedPath(BILLING.encode()),)
    repo.git("commit", "--quiet", "-m", "Mode")
    (repo.path / BILLING).chmod(0o755)
    assert charged(repo) == [BILLING.encode()]


def link(repo: Sandbox, name: str, target: str) -> None:
    (repo.path / name).symlink_to(target)
    repo.git("add", "--all")
    repo.git("commit", "--quiet", "-m", "Link")


def charged_at_both(repo: Sandbox) -> tuple[ChargedPath, ...]:
    changes = charge_commit(open_repository(repo), repo.oid("main"), repo.oid())
    assert staged(repo) == changes.charged
    return changes.charged


def test_a_link_charges_the_file_that_it_points_to(repo: Sandbox) -> None:
    repo.switch("a1")
    link(repo, "services/orders/alias.py", "../billing/main.py")
    name = b"services/orders/alias.py"
    assert charged_at_both(repo) == (ChargedPath(name), ChargedPath(BILLING.encode(), via=name))


def test_a_link_to_a_folder_charges_the_folder(repo: Sandbox) -> None:
    repo.switch("a1")
    link(repo, "services/orders/theirs", "../billing")
    name = b"services/orders/theirs"
    assert charged_at_both(repo) == (
        ChargedPath(name), ChargedPath(b"services/billing", via=name, is_folder=True),
    )  # fmt: skip


@pytest.mark.parametrize("target", ["/etc/hosts", "../../..", "../../../outside"])
def test_a_link_that_leaves_the_repository_charges_only_itself(repo: Sandbox, target: str) -> None:
    repo.switch("a1")
    link(repo, "services/orders/out", target)
    assert charged_at_both(repo) == (ChargedPath(b"services/orders/out"),)


def test_a_submodule_link_is_charged_as_one(repo: Sandbox, tmp_path: Path) -> None:
    library = create_repository(tmp_path / "library", code="x\n")
    repo.switch("a1")
    repo.git("submodule", "--quiet", "add", library.path, "vendor/lib")
    repo.commit("Library")
    assert charged_at_both(repo) == (ChargedPath(b".gitmodules"), ChargedPath(b"vendor/lib", is_submodule=True))
    repo.git("rm", "--quiet", "vendor/lib")
    repo.write("vendor/lib", "a file now\n")
    repo.commit("A file")
    assert charged_at_both(repo) == (ChargedPath(b".gitmodules"), ChargedPath(b"vendor/lib"))


def test_a_moved_submodule_is_charged_though_it_is_to_be_ignored(repo: Sandbox, tmp_path: Path) -> None:
    library = create_repository(tmp_path / "library", code="x\n")
    repo.git("submodule", "--quiet", "add", library.path, "vendor/lib")
    repo.git("config", "-f", ".gitmodules", "submodule.vendor/lib.ignore", "all")
    repo.commit("Library")
    repo.switch("a1")
    Sandbox(repo.path / "vendor/lib").commit("Moved")
    repo.git("config", "diff.ignoreSubmodules", "all")
    repo.git("add", "--force", "vendor/lib")
    repo.git("update-index", "--cacheinfo", f"160000,{Sandbox(repo.path / 'vendor/lib').oid()},vendor/lib")
    assert staged(repo) == (ChargedPath(b"vendor/lib", is_submodule=True),)


@pytest.mark.skipif(os.uname().sysname == "Darwin", reason="its file system takes no names that aren't UTF-8")
def test_any_file_name_is_charged_as_its_bytes(repo: Sandbox) -> None:
    repo.switch("a1")
    names = [b'a"b\\c.py', b"caf\xe9.py", b"new\nline.py", "nfc-\u00e9".encode(), "nfd-e\u0301".encode(), b" x ", b"*"]
    for name in names:
        Path(os.fsdecode(os.path.join(os.fsencode(repo.path), name))).write_bytes(b"x\n")
    repo.commit("Names")
    assert charged(repo) == sorted(names)


def test_the_index_that_git_uses_for_this_commit_is_the_one_that_counts(work: Sandbox) -> None:
    other = work.path / ".git" / "other-index"
    work.git("read-tree", "HEAD", env={"GIT_INDEX_FILE": str(other)})
    work.write(BILLING, "evil\n")
    work.git("add", BILLING, env={"GIT_INDEX_FILE": str(other)})
    changes = charge_index(open_repository(work), work.oid("main"), index_file=str(other), merging=())
    assert [each.path for each in changes.charged] == [BILLING.encode(), ORDERS.encode()]
    assert [each.path for each in staged(work)] == [ORDERS.encode()]
