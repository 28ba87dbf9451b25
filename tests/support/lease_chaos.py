"""Many processes lock, unlock and renew at random over overlapping patterns while some are killed and some stopped.

`run_chaos` leaves a database, what each process was told, and what went wrong in any of them; `lease_checker` judges.
As a program it runs as long as one likes: `scripts/chaos-leases --minutes 10 --processes 64`.
"""

import argparse
import os
import random
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from agentgrid.boundaries.leases import asking, waiting
from agentgrid.boundaries.leases.asked_paths import make_pattern
from agentgrid.boundaries.leases.asking import Holder, Request
from agentgrid.boundaries.leases.book import LeaseBook
from agentgrid.boundaries.leases.lease import Lease, Terms, WorkFacts
from agentgrid.boundaries.leases.release import unlock
from agentgrid.boundaries.leases.renewal import renew
from agentgrid.boundaries.leases.waiting import wait_for_lease
from agentgrid.errors import LeaseHeld, Refused
from agentgrid.git.repository import Repository
from agentgrid.store.opening import open_store
from support.hermetic import hermetic_environment
from support.lease_checker import Told, cover, find_faults, find_lost, patterns_of, read_log
from support.repositories import create_repository

TOPS = ("src/api", "src/db", "src/ui/forms", "lib", "docs", *(f"services/s{number}" for number in range(12)))
NAMES = ("main.py", "test_main.py", "util.py", "deep/test_more.py", "deep/data.json")
UNIVERSE = [f"{top}/{name}" for top in TOPS for name in NAMES] + ["README.md", "setup.py"]
NARROW = [
    *UNIVERSE, *(f"{top}/*.py" for top in TOPS), *(f"{top}/d*p" for top in TOPS), "lib/deep/", "docs/[a-z]ain.py",
    "services/s1?/util.py", "services/*/[!a-tv-z]til.py", "/*.md",
]  # fmt: skip
WIDE = ["src/**", "src/api/**", "src/**/test_*.py", "**/test_*.py", "**/deep/", "**/*.json", "services/s[0-5]/**"]
TERMS: dict[str, Any] = {"locks": {"until": "landed", "ttl_ms": 400, "grace_ms": 200}}


@dataclass(frozen=True, slots=True)
class Outcome:
    """`errors`: exceptions that nobody may see. `told`: what the processes were told; some were killed right after."""

    database: Path
    told: tuple[Told, ...]
    errors: tuple[str, ...]
    refusals: int
    kills: int
    stops: int


class NoWork:
    """In the place of git: nobody has any commits."""

    def gather(self, leases: Iterable[Lease]) -> dict[int, WorkFacts]:
        return {lease.token: WorkFacts(lease.key) for lease in leases}


def run_chaos(place: Path, *, processes: int, seconds: float, seed: int, has_check: bool = True) -> Outcome:
    """Runs in `place`, an empty directory. `has_check` False takes the conflict check out."""
    create_repository(place / "shop", **{"README.md": "shop\n"})
    chance = random.Random(seed)
    children: dict[int, int] = {}

    def begin(slot: int) -> int:
        seed = chance.random()
        return _fork(lambda: _work(place, slot, seed, has_check=has_check))

    for slot in range(processes):
        children[begin(slot)] = slot
    kills = stops = 0
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        time.sleep(chance.uniform(0, 0.2))
        victim = chance.choice(list(children))
        if chance.random() < 0.5:
            slot = children.pop(victim)
            os.kill(victim, signal.SIGKILL)
            os.waitpid(victim, 0)
            children[begin(slot)] = slot
            kills += 1
        else:  # sometimes for longer than a lease lives; whoever has the gate, or its turn, keeps everybody waiting
            os.kill(victim, signal.SIGSTOP)
            time.sleep(chance.choice([*[0.03] * 9, 0.6]))
            os.kill(victim, signal.SIGCONT)
            stops += 1
    for pid in children:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
    told = [Told(what, holder, int(token)) for what, holder, token in _lines(place, "told")]
    errors = [" ".join(words) for words in _lines(place, "errors")]
    return Outcome(place / "shop/.git/agentgrid/state/state.db", tuple(told), tuple(errors),
                   len(_lines(place, "refused")), kills, stops)  # fmt: skip


def judge(outcome: Outcome, place: Path) -> list[str]:
    """Everything that is wrong with what a run left; `place`: a directory that doesn't exist yet."""
    log = read_log(outcome.database)
    lost = [f"lost: {each}" for each in find_lost(log, outcome.told)]
    return [*outcome.errors, *lost, *find_faults(log, cover(place, patterns_of(log), UNIVERSE))]


def _fork(work: Callable[[], None]) -> int:
    pid = os.fork()
    if pid == 0:
        try:
            work()
        finally:
            os._exit(1)
    return pid


def _work(place: Path, slot: int, seed: float, *, has_check: bool) -> None:
    """One process: locks, unlocks and renews until it is killed."""
    if not has_check:
        vars(asking)["meetings"] = lambda _asked, _held: []
    asking.WAITER_DEAD_MS, waiting.BEAT_MS = 1_000, 200  # else the killed hold up the others for most of a run
    repository = Repository.discover(place / "shop")
    store = open_store(repository.common_dir)
    book = LeaseBook(repository, store, TERMS, _no_policy)
    book.__dict__["work"] = NoWork()
    chance = random.Random(seed)
    worker = _Worker(book, Holder(f"w{slot:02}", "", "here"), place, chance)
    while True:
        try:
            worker.step()
        except (LeaseHeld, Refused):
            _append(place / "refused" / f"{slot}", "no")
        except BaseException as error:
            _append(place / "errors" / f"{slot}", f"{type(error).__name__}: {error}")


@dataclass(frozen=True, slots=True)
class _Worker:
    book: LeaseBook
    holder: Holder
    place: Path
    chance: random.Random

    def step(self) -> None:
        acts = [self.lock] * 4 + [self.take] * 2 + [self.unlock] * 4 + [self.renew] * 2 + [self.wait]
        self.chance.choice(acts)()

    def lock(self) -> None:
        self.tell("locked", self.book.acquire(self.request()).lease.token)

    def take(self) -> None:
        paths = [path.encode() for path in self.chance.sample(UNIVERSE, 2)]
        taken = self.book.acquire_automatically(self.holder.name, "", paths)
        if taken.lease is not None:
            self.tell("locked", taken.lease.token)

    def wait(self) -> None:
        got = wait_for_lease(self.book, self.request(), wait_ms=300, report=lambda _place: None)
        self.tell("locked", got.lease.token)

    def renew(self) -> None:
        for lease in renew(self.book.store, self.holder.name):
            self.tell("renewed", lease.token)

    def unlock(self) -> None:
        for drop in unlock(self.book.store, self.holder.name, everything=True):
            self.tell("unlocked", drop.lease.token)

    def request(self) -> Request:
        texts = self.chance.sample(NARROW, self.chance.choice([1, 1, 2, 3]))
        if self.chance.random() < 0.05:
            texts.append(self.chance.choice(WIDE))
        ttl_ms = self.chance.choice([400, 400, 5_000])
        return Request(self.holder, tuple(map(make_pattern, texts)), Terms(ttl_ms, 200), "chaos")

    def tell(self, what: str, token: int) -> None:
        _append(self.place / "told" / self.holder.name, f"{what} {self.holder.name} {token}")


def _append(file: Path, line: str) -> None:
    """One write, so that a kill leaves the whole line or nothing of it."""
    file.parent.mkdir(exist_ok=True)
    handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    os.write(handle, (line.replace("\n", " ") + "\n").encode())
    os.close(handle)


def _lines(place: Path, name: str) -> list[list[str]]:
    files = sorted((place / name).glob("*")) if (place / name).exists() else []
    return [line.split(" ") for file in files for line in file.read_text(encoding="utf-8").splitlines()]


def _no_policy() -> Any:
    raise AssertionError("nobody may ask for the policy here")


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--minutes", type=float, default=5)
    parser.add_argument("--processes", type=int, default=64)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--without-check", action="store_true", help="take the conflict check out: must find conflicts")
    options = parser.parse_args()
    print(f"seed {options.seed}")
    with tempfile.TemporaryDirectory() as directory:
        os.environ.update(hermetic_environment(Path(directory) / "home"))
        outcome = run_chaos(Path(directory), processes=options.processes, seconds=options.minutes * 60,
                            seed=options.seed, has_check=not options.without_check)  # fmt: skip
        found = judge(outcome, Path(directory) / "asked")
        log = read_log(outcome.database)
    print(f"{len(log)} events, {len(outcome.told)} told, {outcome.refusals} refused")
    print(f"{outcome.kills} kills, {outcome.stops} stops; {dict(Counter(each['kind'] for each in log))}")
    print("\n".join(found[:50]) or "no fault found")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
