"""Until its work has landed: what real git says about it, merged in every way that people merge."""

from collections.abc import Callable
from pathlib import Path

import pytest

from agentgrid.boundaries.leases.book import LeaseBook
from agentgrid.boundaries.leases.views import list_leases
from agentgrid.boundaries.policy.compiled import compile_policy
from agentgrid.boundaries.refs.branches import BranchBook
from agentgrid.config.in_force import find_in_force
from agentgrid.errors import LeaseHeld
from agentgrid.git.repository import Repository
from support.desks import make_desks
from support.grids import OWNED, policy_files
from support.leases import GRACE_MS, TTL_MS, FakeClock, ask, make_store, story
from support.repositories import Sandbox, create_repository

PATH = "services/common/cache.py"
BEFORE = "".join(f"LINE_{number} = {number}\n" for number in range(20))
AFTER = BEFORE.replace("LINE_3 = 3", "LINE_3 = 'changed by a1'")
LATE_MS = TTL_MS + GRACE_MS + 1


class Shop:
    """A grid without hooks: a1 has a lease on PATH and one commit to it on its branch."""

    def __init__(self, main: Sandbox, book: LeaseBook, desks: dict[str, Sandbox], clock: FakeClock) -> None:
        self.main = main
        self.book = book
        self.a1 = desks["a1"]
        self.clock = clock
        self.branch = self.a1.git("branch", "--show-current")

    def lock_and_commit(self) -> None:
        self.book.acquire(ask("a1", PATH))
        self.commit("Add cache", AFTER)

    def commit(self, subject: str, text: str) -> None:
        self.book.note_work("a1", [PATH.encode()], self.a1.commit(subject, **{PATH: text}))

    def is_free(self) -> bool:
        try:
            self.book.acquire(ask("a2", PATH))
        except LeaseHeld:
            return False
        return True


@pytest.fixture
def shop(tmp_path: Path, clock: FakeClock) -> Shop:
    main = create_repository(tmp_path / "shop", **{PATH: BEFORE, "README.md": "shop\n", **policy_files(OWNED)})
    repository = Repository.discover(main.path)
    in_force = find_in_force(repository)
    made = make_desks(repository, in_force.policy, "a1", "a2", topics={"a1": "cache", "a2": "work"})
    store = make_store(repository.common_dir, clock)
    book = LeaseBook(repository, store, compile_policy(in_force.policy), lambda: find_in_force(repository))
    shop = Shop(main, book, {desk.agent: Sandbox(desk.path) for desk in made}, clock)
    shop.lock_and_commit()
    return shop


def test_unlanded_commits_keep_the_lease_however_late(shop: Shop) -> None:
    shop.clock.pass_ms(50 * LATE_MS)

    with pytest.raises(LeaseHeld) as refused:
        shop.book.acquire(ask("a2", "services/common/**"))

    assert refused.value.message.splitlines()[1:] == [f"  {shop.a1.oid()[:10]} Add cache"]
    (view,) = list_leases(shop.book)
    assert (view.state, [each.subject for each in view.commits]) == ("unlanded", ["Add cache"])
    assert view.as_json()["expires_at"] is None


def merge(main: Sandbox, branch: str) -> None:
    main.git("merge", "--quiet", "--no-ff", "-m", "Merge a1", branch)


def squash(main: Sandbox, branch: str) -> None:
    main.git("merge", "--quiet", "--squash", branch)
    main.commit("Add cache (#1)")


def squash_and_change_again(main: Sandbox, branch: str) -> None:
    squash(main, branch)
    main.commit("Change the same line", **{PATH: AFTER.replace("changed by a1", "changed again")})


def squash_beside_other_changes(main: Sandbox, branch: str) -> None:
    main.commit("Change another line", **{PATH: BEFORE.replace("LINE_17 = 17", "LINE_17 = 0")})
    squash(main, branch)


def squash_beside_other_changes_and_change_again(main: Sandbox, branch: str) -> None:
    squash_beside_other_changes(main, branch)
    main.commit("Change the same line", **{PATH: "LINE_3 = 'rewritten'\n"})


def rebase_merge(main: Sandbox, branch: str) -> None:
    main.commit("Something else", **{"README.md": "shop, open\n"})
    main.git("cherry-pick", branch)


def delete_after_squash(main: Sandbox, branch: str) -> None:
    squash(main, branch)
    main.commit("Not wanted any more", **{PATH: None})


def squash_and_go_on_for_long(main: Sandbox, branch: str) -> None:
    squash(main, branch)
    for number in range(30):
        main.commit("Go on", **{PATH: f"LINE_3 = {number}\n"})


@pytest.mark.parametrize(
    "land",
    [
        merge, squash, squash_and_change_again, squash_beside_other_changes,
        squash_beside_other_changes_and_change_again, squash_and_go_on_for_long, rebase_merge, delete_after_squash,
    ],
)  # fmt: skip
def test_work_that_has_landed_ends_the_lease_for_the_next_asker(
    shop: Shop, land: Callable[[Sandbox, str], None]
) -> None:
    assert not shop.is_free()

    land(shop.main, shop.branch)

    assert list_leases(shop.book) == []
    assert shop.is_free()
    assert story(shop.book)[-2:] == ["landed 1 by a2", "acquired 2 by a2"]


def test_a_part_that_has_not_landed_keeps_it(shop: Shop) -> None:
    squash(shop.main, shop.branch)
    shop.commit("More", AFTER.replace("LINE_9 = 9", "LINE_9 = 'more'"))

    shop.clock.pass_ms(LATE_MS)
    assert not shop.is_free()


def test_another_change_of_the_path_on_the_base_is_not_its_landing(shop: Shop) -> None:
    shop.main.commit("Unlike", **{PATH: BEFORE.replace("LINE_3 = 3", "LINE_3 = 'somebody else'")})

    shop.clock.pass_ms(LATE_MS)
    assert not shop.is_free()


def test_work_that_was_reset_away_leaves_a_plain_lease_that_expires(shop: Shop) -> None:
    shop.a1.git("reset", "--quiet", "--hard", "main")
    assert not shop.is_free()

    shop.clock.pass_ms(LATE_MS)
    assert shop.is_free()
    assert story(shop.book)[-2:] == ["reclaimed 1 by a2", "acquired 2 by a2"]


def test_work_whose_objects_are_gone_leaves_a_plain_lease(shop: Shop) -> None:
    shop.a1.git("reset", "--quiet", "--hard", "main")
    shop.main.git("reflog", "expire", "--expire=now", "--all")
    shop.a1.git("reflog", "expire", "--expire=now", "--all")
    shop.main.git("gc", "--quiet", "--prune=now")

    assert not shop.is_free()


def test_a_deletion_is_work_too(shop: Shop) -> None:
    shop.a1.commit("Remove", **{PATH: None})
    shop.book.note_work("a1", [PATH.encode()], shop.a1.oid())
    shop.clock.pass_ms(LATE_MS)
    assert not shop.is_free()

    squash(shop.main, shop.branch)
    assert shop.is_free()


@pytest.mark.parametrize(
    "hide",
    [
        lambda shop: shop.a1.git("switch", "--quiet", "--detach"),
        lambda shop: shop.a1.git("branch", "--move", "nobodys-name"),
        lambda shop: (shop.main.git("update-ref", f"refs/remotes/origin/{shop.branch}", shop.a1.oid()),
                      shop.a1.git("reset", "--quiet", "--hard", "main")),
    ],
    ids=["detached", "renamed", "only on the remote"],
)  # fmt: skip
def test_its_work_is_found_wherever_it_is(shop: Shop, hide: Callable[[Shop], object]) -> None:
    hide(shop)
    shop.clock.pass_ms(LATE_MS)

    assert not shop.is_free()


def test_a_branch_that_is_recorded_as_the_agent_s_counts_whatever_its_name(shop: Shop) -> None:
    BranchBook(shop.book.store).record("made-by-a-subagent", "a1", "")
    shop.main.git("branch", "made-by-a-subagent", shop.branch)
    shop.a1.git("reset", "--quiet", "--hard", "main")
    shop.clock.pass_ms(LATE_MS)

    assert not shop.is_free()


def test_work_on_other_paths_does_not_keep_it(shop: Shop) -> None:
    shop.a1.git("reset", "--quiet", "--hard", "main")
    shop.a1.commit("Elsewhere", **{"services/orders/new.py": "NEW = 1\n"})
    shop.clock.pass_ms(LATE_MS)

    assert shop.is_free()


def test_a_remote_base_counts_as_the_base(shop: Shop, tmp_path: Path) -> None:
    shop.main.serve(tmp_path / "server.git")
    teammate = Sandbox(tmp_path / "server.git").clone(tmp_path / "teammate")
    teammate.git("fetch", "--quiet", str(shop.main.path), shop.branch)
    teammate.git("merge", "--quiet", "--squash", "FETCH_HEAD")
    teammate.commit("Add cache (#1)")
    teammate.git("push", "--quiet", "origin", "main")
    assert not shop.is_free()

    shop.main.git("fetch", "--quiet")

    assert shop.is_free()


def test_a_rebase_that_is_stopped_half_way_loses_no_lease(shop: Shop) -> None:
    shop.a1.commit("Second", **{PATH: AFTER.replace("LINE_9 = 9", "LINE_9 = 'a1'")})
    shop.main.commit("In the way", **{PATH: BEFORE.replace("LINE_9 = 9", "LINE_9 = 'main'")})
    shop.a1.git("rebase", "--quiet", "main", accept=(1,))
    shop.clock.pass_ms(LATE_MS)

    assert not shop.is_free()
