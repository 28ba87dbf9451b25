"""`land`: line up, build and check the train, move the base to exactly what was checked, tell what became of whom."""

import secrets
import time
from contextlib import ExitStack
from dataclasses import replace
from functools import cached_property
from pathlib import Path

from agentgrid.boundaries.derived import DerivedFiles
from agentgrid.errors import OutsideError, Refused
from agentgrid.git.base_moves import push_commit
from agentgrid.git.base_ref import short_ref
from agentgrid.git.history import changed_between
from agentgrid.git.process import Git
from agentgrid.git.repository import Repository
from agentgrid.integration.landing.checks import Check, Checks, short_command
from agentgrid.integration.landing.generating import Generator
from agentgrid.integration.landing.journal import (
    Arrival,
    Move,
    drop_move,
    make_move,
    record_landed,
    settle_move,
    write_move,
)
from agentgrid.integration.landing.lineup import Lineup, paths_written
from agentgrid.integration.landing.merging import Builder
from agentgrid.integration.landing.model import (
    LandReport,
    Strategy,
    Train,
)
from agentgrid.integration.landing.place import BasePlace, find_place, require_ready, seat_of
from agentgrid.integration.landing.report import forget_old_runs, keep_report, runs_directory
from agentgrid.integration.landing.rules import name_paths
from agentgrid.integration.landing.site import LandOptions, Site, View, told_before
from agentgrid.integration.landing.train import TrainRun
from agentgrid.integration.landing.turn import hold_turn
from agentgrid.integration.landing.workroom import Workroom, clear_left_workrooms, open_workroom
from agentgrid.integration.migrations.integrating.settling import settle_runs
from agentgrid.machine.clock import rfc3339
from agentgrid.store.events import record_event
from agentgrid.store.session import Store
from agentgrid.workspace.rescue import utc_stamp
from agentgrid.workspace.topics import fetch_base, find_remote

MOST_REBUILDS = 5


class Landing:
    """One run of `land`."""

    def __init__(self, site: Site, options: LandOptions) -> None:
        self._site = site
        self._options = options
        self._run = f"{utc_stamp()}-{secrets.token_hex(3)}"
        self._directory = runs_directory(site.repository) / self._run
        self._begun = time.monotonic()
        self._started_at = rfc3339(site.store.now().wall)
        self._told: list[str] = []

    def land(self) -> LandReport:
        """Lands what can be landed. Raises Refused where the base can't be moved, OutsideError where something outside
        failed; nothing has changed then."""
        repository = self._site.repository
        with hold_turn(repository, self._site.actor, self._options.wait_s, self._site.report):
            self._told += [*settle_move(repository, self._site.store), *settle_runs(repository, self._site.store)]
            clear_left_workrooms(repository)
            forget_old_runs(repository)
            for rebuilt in range(MOST_REBUILDS):
                report = self._attempt(rebuilt)
                if report is not None:
                    return _kept(report)
                self._site.report("land", "the base has moved meanwhile: the train begins again")
        raise OutsideError(f"the base moved {MOST_REBUILDS} times while the train was checked; nothing landed",
                           hint="land again when it is quieter, or with fewer branches")  # fmt: skip

    def _attempt(self, rebuilt: int) -> LandReport | None:
        """One train; None when the base moved before it could land."""
        self._fetch()
        view = self._site.look()
        place = find_place(self._site.repository, view.in_force.base)
        if self._options.push and place.upstream is None:
            raise Refused(f"{place.branch} has no upstream to push to", hint="land without --push")
        strategy = self._options.strategy or view.in_force.policy.grid.land.strategy
        lineup = self._site.line_up(view, place.tip, self._options)
        if lineup.candidates:
            require_ready(place, paths_written(self._site.repository.git, place.tip, lineup.candidates))
        train, notes = self._build(view, place, strategy, lineup)
        outcome = self._move(place, train) if train.landed else None
        if outcome == "moved":
            return None
        self._record_ejected(train, lineup)
        return replace(
            self._report(place, train, lineup, strategy), rebuilt=rebuilt,
            warnings=tuple(dict.fromkeys([*self._told, *told_before(view, lineup), *notes,
                                          *self._told_after(place, train)])),
        )  # fmt: skip

    def _report(self, place: BasePlace, train: Train, lineup: Lineup, strategy: Strategy) -> LandReport:
        return LandReport(
            self._run,
            place.branch,
            place.tip,
            train.tip,
            strategy,
            train.landed,
            (*lineup.ejected, *train.ejected),
            (*lineup.untouched, *train.included, *train.waiting),
            round(time.monotonic() - self._begun, 3),
            self._directory,
            self._started_at,
            train.trouble,
            pushed_to=self._pushed_to(place) if train.landed else None,
            moved_in=place.worktree.path if place.worktree and train.landed else None,
            waiting=tuple(each.agent for each in train.waiting),
            runs=train.runs,
        )

    def _told_after(self, place: BasePlace, train: Train) -> list[str]:
        repository = self._site.repository
        return [*_check_warnings(train), *_newer_work(repository, train), *self._pushed_along(place, train)]

    def _build(self, view: View, place: BasePlace, strategy: Strategy, lineup: Lineup) -> tuple[Train, list[str]]:
        policy, notes = view.in_force.policy, list[str]()
        with ExitStack() as stack:
            rooms = _Rooms(self._site, place.tip, self._directory, stack, notes)
            generator = Generator(lambda: rooms.room, view.environment, self._directory,
                                  policy.grid.setup.timeout.total_seconds())  # fmt: skip
            builder = Builder(self._site.repository.git, strategy, view.rules, DerivedFiles(policy).command_for,
                              generator.regenerate, view.numberer)  # fmt: skip
            wanted = [Check(each.run, each.timeout.total_seconds()) for each in policy.grid.checks]
            checks = Checks(wanted, lambda: rooms.room, view.environment, self._directory, self._site.report)
            return TrainRun(builder, checks, self._site.report).run(place.tip, lineup.candidates), notes

    def _move(self, place: BasePlace, train: Train) -> str | None:
        """Moves the base to the train's tip, by a push first where one is wanted; `moved` when it isn't there any
        more. Raises Refused, OutsideError; the base is as it was then."""
        repository = self._site.repository
        require_ready(place, _written(repository, place, train))
        if repository.resolve(place.ref) != place.local:
            return "moved"
        move = self._noted(place, train)
        try:
            write_move(repository, move)
            outcome = self._carry_out(place, train, move)
        except BaseException:  # an interrupt reaches git as well, in the middle of writing files
            self._told += settle_move(repository, self._site.store)
            raise
        if outcome is None:
            self._site.publish()
        return outcome

    def _noted(self, place: BasePlace, train: Train) -> Move:
        arrivals = tuple(
            Arrival(each.agent, each.step.commit, each.step.tree, each.step.placed) for each in train.landed
        )
        where = str(place.worktree.path) if place.worktree else None
        tracking = place.upstream if self._options.push else None
        return Move(self._run, self._site.actor, place.branch, place.ref, place.local, train.tip, where, arrivals,
                    tracking)  # fmt: skip

    def _carry_out(self, place: BasePlace, train: Train, move: Move) -> str | None:
        repository = self._site.repository
        if self._options.push and not self._push(place, train):
            drop_move(repository)
            return "moved"
        failure = make_move(repository, move, place.worktree)
        if failure is not None and not self._options.push:
            drop_move(repository)
            if repository.resolve(place.ref) != place.local:
                return "moved"
            raise Refused(f"{place.branch} could not be moved: {failure}", hint="nothing landed, nothing was changed")
        if failure is not None:
            self._told.append(f"{place.branch} here could not follow what was pushed ({failure}): "
                              f"git -C {seat_of(repository)} pull --ff-only")  # fmt: skip
        record_landed(self._site.store, move)
        drop_move(repository)
        return None

    def _push(self, place: BasePlace, train: Train) -> bool:
        """False when the remote has moved meanwhile. Raises OutsideError when it won't take it otherwise."""
        assert place.upstream is not None
        repository = self._site.repository
        remote, ref = find_remote(repository, place.branch, place.upstream)
        before = repository.resolve(place.upstream)
        self._site.report("land", f"pushing to {remote}")
        said = push_commit(Git(seat_of(repository)), remote, train.tip, ref)
        if said.is_done:
            return True
        warning = fetch_base(repository, place.branch)
        if warning is None and repository.resolve(place.upstream) == train.tip:
            return True  # it was taken, and the connection broke then
        if warning is None and repository.resolve(place.upstream) != before:
            return False
        drop_move(repository)
        raise OutsideError(f"{remote} did not take {place.branch}: {said.words}",
                           hint="nothing landed: the base here moves only once the push succeeded")  # fmt: skip

    def _fetch(self) -> None:
        if not self._options.fetch and not self._options.push:
            return
        warning = fetch_base(self._site.repository, self._site.look().in_force.base.branch)
        if warning and self._options.push:
            raise OutsideError(warning, hint="nothing landed; without --push it lands here alone")
        if warning:
            self._told.append(warning)

    def _record_ejected(self, train: Train, lineup: Lineup) -> None:
        ejected = (*lineup.ejected, *train.ejected)
        if not ejected:
            return
        now = self._site.store.now()
        with self._site.store.write() as session:
            for each in ejected:
                after = {"run": self._run, "stage": each.stage, "pair": each.pair}
                record_event(session, now, "land.ejected", actor=self._site.actor, subject=each.agent, after=after)

    def _pushed_along(self, place: BasePlace, train: Train) -> list[str]:
        """Commits that a person had on the base and not on the server went with the push."""
        if not self._options.push or not train.landed or place.upstream is None:
            return []
        git = self._site.repository.git
        count = int(git.text("rev-list", "--count", place.tip, "--not", place.upstream_oid or place.tip))
        commits = "1 commit" if count == 1 else f"{count} commits"
        went = f"{commits} of {place.branch} that {short_ref(place.upstream)} didn't have went along"
        return [went] if count else []

    def _pushed_to(self, place: BasePlace) -> str | None:
        return short_ref(place.upstream) if self._options.push and place.upstream else None


class _Rooms:
    """The private worktree, made when somebody first needs it."""

    def __init__(self, site: Site, tip: str, directory: Path, stack: ExitStack, notes: list[str]) -> None:
        self._site = site
        self._tip = tip
        self._directory = directory
        self._stack = stack
        self._notes = notes

    @cached_property
    def room(self) -> Workroom:
        room = self._stack.enter_context(open_workroom(self._site.repository, self._tip))
        room.show(self._tip)
        self._notes += self._site.set_up(room, self._directory)
        return room


def _kept(report: LandReport) -> LandReport:
    """A report that can't be written is no reason to say that nothing landed."""
    try:
        keep_report(report)
    except OSError as error:
        return replace(report, warnings=(*report.warnings, f"the report could not be kept: {error.strerror}"))
    return report


def settle_killed(repository: Repository, store: Store, actor: str) -> list[str]:
    """Puts in order what a killed landing left, for commands other than `land`; nothing while one is at work."""
    try:
        with hold_turn(repository, actor, 0.0, lambda _who, _what: None):
            return [*settle_move(repository, store), *settle_runs(repository, store)]
    except Refused:
        return []


def _written(repository: Repository, place: BasePlace, train: Train) -> list[bytes]:
    return changed_between(repository.git, place.local, train.tip) if place.local else []


def _check_warnings(train: Train) -> list[str]:
    told = [
        f"`{short_command(run.command)}` changed tracked files ({name_paths(run.changed)}); that doesn't land"
        for run in train.runs
        if run.changed
    ]
    return list(dict.fromkeys(told))


def _newer_work(repository: Repository, train: Train) -> list[str]:
    """What was committed while the checks ran didn't land."""
    candidates = [each.step.candidate for each in train.landed]
    return [f"{each.agent}: what was committed to {each.branch} meanwhile has not landed; agentgrid land {each.agent}"
            for each in candidates if repository.resolve(f"refs/heads/{each.branch}") != each.head]  # fmt: skip
