"""What the guards do when the state is broken: agents are refused in one line, persons are not, nothing is lost.

What can't be read refuses an agent everything. What can only not be written refuses what has to be written: leases.
"""

import os
import signal
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from support.aging import let_time_pass
from support.damages import empty, halve, make_newer, overwrite, put_an_older_log, remove, spoil_the_leases
from support.disks import fill, make_read_only, mounted
from support.grids import BILLING, ORDERS, Attempt, GridSandbox, attempt, make_grid, remove_guard, try_commit
from support.program import agentgrid
from support.repositories import Sandbox
from support.stores import contents, put_contents, start_program

CACHE, QUEUE, LOST = (f"services/common/{name}.py" for name in ("cache", "queue", "lost"))
READERS_ROOM = 36_864  # the index of the log, and not a transaction more

Damage = Callable[[Path], None]
UNREADABLE: list[tuple[Damage, str]] = [
    (remove, "state.db is gone"),
    (empty, "state.db was cut to nothing"),
    (halve, "state.db is damaged: it was cut short"),
    (overwrite, "state.db is damaged: file is not a database"),
    (spoil_the_leases, "state.db is damaged: "),
    (put_an_older_log, "don't belong together"),
    (make_newer, "was written by agentgrid"),
]


@dataclass(frozen=True, slots=True)
class Scene:
    """A grid in which a2 has worked. `kept`: its state at rest. `starts`: worktree → the commit it begins at."""

    grid: GridSandbox
    kept: Mapping[str, bytes]
    starts: Mapping[Sandbox, str]

    @property
    def a2(self) -> Sandbox:
        return self.grid.desks["a2"]

    @property
    def main(self) -> Sandbox:
        return self.grid.main

    @property
    def directory(self) -> Path:
        return self.main.path / ".git/agentgrid/state"

    @property
    def database(self) -> Path:
        return self.directory / "state.db"

    def put_work_back(self) -> None:
        for sandbox, start in self.starts.items():
            sandbox.git("-c", f"core.hooksPath={os.devnull}", "reset", "--quiet", "--hard", start)
            sandbox.git("clean", "--quiet", "-fd")

    def put_state_back(self) -> None:
        for place in self.directory.iterdir():
            place.unlink()
        put_contents(self.directory, self.kept)

    def stage(self, path: str) -> None:
        self.put_work_back()
        self.a2.write(path, f"CHANGED = {os.urandom(4).hex()!r}\n")
        self.a2.git("add", path)

    def at_hook(self, path: str) -> Attempt:
        """pre-commit alone, with `path` staged; its own exit code."""
        self.stage(path)
        return attempt(self.a2, "hook", "run", "pre-commit")

    def without_verifying(self, path: str) -> Attempt:
        self.stage(path)
        return attempt(self.a2, "commit", "--quiet", "--no-verify", "-m", "Work")

    def by_plumbing(self, path: str) -> Attempt:
        """The branch alone is moved, to a commit that is there already."""
        self.put_work_back()
        made = self.a2.commit("Forged", **{path: "FORGED = 1\n"})
        self.put_work_back()
        return attempt(self.a2, "update-ref", "HEAD", made)


@pytest.fixture(scope="module")
def worked(tmp_path_factory: pytest.TempPathFactory) -> Scene:
    grid = make_grid(tmp_path_factory.mktemp("grid") / "shop")
    a2 = grid.desks["a2"]
    assert try_commit(a2, BILLING).code == 0
    assert agentgrid(a2, "lock", CACHE).code == 0
    kept = contents(grid.main.path / ".git/agentgrid/state")
    return Scene(grid, kept, {sandbox: sandbox.oid() for sandbox in (grid.main, a2)})


@pytest.fixture
def scene(worked: Scene) -> Iterator[Scene]:
    worked.put_state_back()
    worked.put_work_back()
    yield worked
    worked.put_state_back()


def assert_refused(ended: Attempt, message: str) -> None:
    """In one line of agentgrid's, with what to do next."""
    lines = [line for line in ended.said.splitlines() if not line.startswith(("fatal: ", "agentgrid: a2's leases"))]
    assert ended.code != 0
    assert [line.partition(":")[0] for line in lines] == ["agentgrid", "hint"]
    assert lines[0].startswith("agentgrid: refused: ")
    assert message in lines[0]
    assert "Traceback" not in ended.said
    assert "locked" not in ended.said


def assert_all_works(scene: Scene) -> None:
    scene.put_work_back()
    for path in (BILLING, QUEUE):
        done = try_commit(scene.a2, path)
        assert (done.code, done.said) == (0, "")


@pytest.mark.parametrize(("damage", "message"), UNREADABLE)
def test_what_cant_be_read_refuses_an_agent_and_no_person(scene: Scene, damage: Damage, message: str) -> None:
    damage(scene.directory)
    before = contents(scene.directory)

    for path in (QUEUE, BILLING):
        ended = scene.at_hook(path)
        assert_refused(ended, message)
        assert ended.code == 3
    assert_refused(scene.without_verifying(CACHE), message)
    assert_refused(scene.by_plumbing(BILLING), message)
    assert scene.a2.oid() == scene.starts[scene.a2]
    person = try_commit(scene.main, QUEUE, ORDERS)
    assert (person.code, person.said) == (0, "")
    assert contents(scene.directory) == before

    scene.put_state_back()
    scene.put_work_back()
    assert_all_works(scene)


@pytest.mark.parametrize(("damage", "message"), UNREADABLE)
def test_commands_say_it_in_one_line_and_status_shows_the_rest(scene: Scene, damage: Damage, message: str) -> None:
    damage(scene.directory)
    before = contents(scene.directory)

    locks = agentgrid(scene.a2, "locks")
    assert (locks.code, locks.out) == (3, "")
    assert [line.partition(":")[0] for line in locks.err.splitlines()] == ["agentgrid", "hint"]
    status = agentgrid(scene.a2, "status")
    assert status.code == 0
    assert "feat/a2/work__a2" in status.out
    shown = agentgrid(scene.a2, "state", "show")
    assert shown.code == 3
    doctor = agentgrid(scene.a2, "doctor", "--json")
    assert doctor.code == 1
    found = [each["message"] for each in doctor.data["checks"] if each["level"] == "no-go"]
    assert len(found) == 1
    for told in (locks.err, status.out + status.err, shown.out, found[0]):
        assert told.count(message) == 1
    assert contents(scene.directory) == before


def test_after_a_commit_nothing_is_refused_any_more(scene: Scene) -> None:
    empty(scene.directory)
    told = agentgrid(scene.a2, "hook", "post-commit")
    first, hint = told.err.splitlines()
    assert told.code == 0
    assert first.startswith("agentgrid: the commit is made, but its leases could not be given back: the state ")
    assert hint == "hint: when that is mended: agentgrid unlock --all"


def test_without_the_guards_work_on_common_code_goes_on_beside_a_broken_state(scene: Scene, tmp_path: Path) -> None:
    grid = make_grid(tmp_path / "shop")
    assert try_commit(grid.desks["a2"], BILLING).code == 0
    empty(grid.main.path / ".git/agentgrid/state")
    remove_guard(grid.desks["a2"])
    assert try_commit(grid.desks["a2"], QUEUE).code == 0


@pytest.fixture
def late(scene: Scene) -> Scene:
    """A renewal is due, and there is something to tell a2."""
    assert agentgrid(scene.a2, "lock", LOST).code == 0
    assert agentgrid(scene.main, "unlock", "--force", "--reason", "needed", LOST).code == 0
    let_time_pass(scene.main, minutes=15)
    return scene


@pytest.fixture(params=["read-only", "full"])
def unwritable(late: Scene, request: pytest.FixtureRequest) -> Iterator[tuple[Scene, Callable[[], None]]]:
    """The state on a disk that can only be read, and what mends it."""
    files = contents(late.directory)
    with mounted(late.directory):
        put_contents(late.directory, files)
        (late.directory / "gate").touch()
        (late.directory / "turnstile").write_bytes(bytes(20))
        if request.param == "full":
            filler = fill(late.directory, leaving=READERS_ROOM)
            yield late, filler.unlink
        else:
            make_read_only(late.directory)
            yield late, lambda: make_read_only(late.directory, again=False)


def test_what_cant_be_written_refuses_only_what_needs_a_lease(
    unwritable: tuple[Scene, Callable[[], None]],
) -> None:
    scene, mend = unwritable
    before = contents(scene.directory)

    own = try_commit(scene.a2, BILLING)
    assert own.code == 0
    forced, renewal = own.said.splitlines()
    assert LOST in forced
    assert "needed" in forced
    assert renewal.startswith("agentgrid: a2's leases could not be renewed: ")
    assert LOST in try_commit(scene.a2, BILLING).said.splitlines()[0]  # not marked as told
    scene.put_work_back()
    for ended in (scene.at_hook(QUEUE), scene.without_verifying(QUEUE), scene.by_plumbing(QUEUE)):
        _assert_refused_beside_notices(ended)
    assert scene.at_hook(QUEUE).code == 3
    assert scene.a2.oid() == scene.starts[scene.a2]
    assert try_commit(scene.main, QUEUE, ORDERS).said == ""
    assert [agentgrid(scene.a2, *each).code for each in (("locks",), ("status",), ("doctor",), ("state", "show"))] == [
        0,
        0,
        1,
        3,
    ]
    assert contents(scene.directory) == before

    mend()
    scene.put_work_back()
    assert LOST in try_commit(scene.a2, BILLING).said
    assert_all_works(scene)


def _assert_refused_beside_notices(ended: Attempt) -> None:
    refusals = [line for line in ended.said.splitlines() if line.startswith("agentgrid: refused: ")]
    assert ended.code != 0
    assert len(refusals) == 1
    assert "can't be " in refusals[0]
    assert "hint: " in ended.said
    assert "locked" not in refusals[0]
    assert "Traceback" not in ended.said


def test_a_branch_that_cant_be_recorded_is_an_agents_by_its_name_alone(scene: Scene) -> None:
    with closing(sqlite3.connect(scene.database)) as state, state:
        state.execute("DELETE FROM branches")
    files = contents(scene.directory)
    with mounted(scene.directory):
        put_contents(scene.directory, files)
        make_read_only(scene.directory)
        assert try_commit(scene.a2, BILLING).code == 0
        refused = attempt(scene.a2, "branch", "--no-track", "no-template", "HEAD~1")
        made = attempt(scene.a2, "branch", "--no-track", "feat/a2/more__a2", "HEAD~1")
    assert_refused(refused, "can't be used: Read-only file system")
    assert made.code == 0
    scene.main.git("branch", "-D", "feat/a2/more__a2")


def test_a_disk_with_no_room_even_for_a_reader_refuses_everything(scene: Scene) -> None:
    with mounted(scene.directory):
        put_contents(scene.directory, scene.kept)
        before = contents(scene.directory)
        filler = fill(scene.directory)
        for path in (QUEUE, BILLING):
            assert_refused(scene.at_hook(path), "the disk is full: ")
        assert try_commit(scene.main, QUEUE).code == 0
        filler.unlink()
        assert contents(scene.directory) == before
        scene.put_work_back()
        assert_all_works(scene)


def test_a_writer_that_is_stopped_is_named_after_a_while_and_holds_up_no_own_work(scene: Scene) -> None:
    holder = start_program(scene.directory, "with store.write():\n    print('in', flush=True)\n    sys.stdin.read()")
    try:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "in\n"
        os.kill(holder.pid, signal.SIGSTOP)
        before = contents(scene.directory)
        own = try_commit(scene.a2, BILLING)
        assert (own.code, own.said) == (0, "")
        refused = scene.at_hook(QUEUE)
        assert_refused(refused, f"process {holder.pid} has been writing to the state")
        assert (refused.code, f"kill -CONT {holder.pid}" in refused.said) == (3, True)
        assert contents(scene.directory) == before
    finally:
        os.kill(holder.pid, signal.SIGCONT)
        holder.communicate()
    assert_all_works(scene)
