"""Worktrees of agents through anything that may happen to them, in any order, on a real repository; after each step
nothing that existed is lost.

`Lifecycle` is a state machine of hypothesis: agentgrid's commands and a person's own acts are its rules. As a program
it runs as long as one likes: `scripts/chaos-worktrees --examples 500 --steps 40`.
"""

import argparse
import hashlib
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import ClassVar

from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test

from agentgrid.config.in_force import find_in_force
from agentgrid.errors import AgentGridError
from agentgrid.git.operations import find_operation
from agentgrid.git.repository import Repository
from agentgrid.onboarding.starting import StartOptions, start_agent
from agentgrid.workspace.desks import Desk, find_desks
from agentgrid.workspace.focus import FOCUS_FILE
from agentgrid.workspace.furnishing import furnish_desks
from agentgrid.workspace.prune.pruning import PruneOptions, apply_prune, plan_prune
from agentgrid.workspace.removal import assess_removal, remove_desk
from agentgrid.workspace.repair import repair
from support.grids import BILLING, ORDERS, GridSandbox, admin_dir_of, attempt, make_grid
from support.hermetic import hermetic_environment
from support.program import put_back, run
from support.repositories import Sandbox
from support.syncs import sync

AGENTS = st.sampled_from(["a1", "a2"])
OWN = {"a1": ORDERS, "a2": BILLING}


@dataclass(frozen=True, slots=True)
class Holdings:
    """Commits and file contents, by object id. `safe`: in refs, reflogs or the trash. `at_hand`: those, and what is
    staged or lies in any directory."""

    safe: frozenset[str]
    at_hand: frozenset[str]


class Lifecycle(RuleBasedStateMachine):
    """One repository with two agents. `kept`, `live`: the grid as it was made, and the place that hooks know it by."""

    kept: ClassVar[Path]
    live: ClassVar[Path]

    def __init__(self) -> None:
        super().__init__()
        put_back(self.kept, self.live)
        self.main = Sandbox(self.live / "shop")
        self.steps = 0
        self.restores: list[str] = []
        self.before = take_stock(self.live)

    # what agentgrid does

    @rule(agent=AGENTS)
    def start(self, agent: str) -> None:
        with self.ours():
            start_agent(self.repository, StartOptions(agent, f"topic-{self.steps}", fetch=False))

    @rule(agent=AGENTS, rebase=st.booleans())
    def sync(self, agent: str, *, rebase: bool) -> None:
        with self.ours():
            sync(GridSandbox(self.main, {}), agent, rebase=rebase)

    @rule()
    def sync_all(self) -> None:
        with self.ours():
            sync(GridSandbox(self.main, {}))

    @rule(agent=AGENTS, force=st.booleans())
    def remove(self, agent: str, *, force: bool) -> None:
        in_force, desk = find_in_force(self.repository), self.desks.get(agent)
        with self.ours():
            if desk is not None:
                plan = assess_removal(self.repository, desk, in_force.base, policy=in_force.policy)
                removed = remove_desk(self.repository, plan, force=force)
                self.restores += [removed.restore] if removed.restore else []

    @rule()
    def restore(self) -> None:
        """The line that the last removal printed; it may not work any more, and then does no harm."""
        with self.ours():
            if self.restores:
                run(self.main, "sh", "-c", self.restores.pop())

    @rule()
    def prune(self) -> None:
        in_force = find_in_force(self.repository)
        with self.ours():
            plan = plan_prune(self.repository, in_force.base, in_force.policy, PruneOptions(), now=datetime.now(UTC))
            apply_prune(self.repository, plan, report=lambda _what, _how: None)

    @rule()
    def repair(self) -> None:
        with self.ours():
            repair(self.repository, find_in_force(self.repository).policy, dry_run=False)

    # what agents and persons do

    @rule(agent=AGENTS, name=st.sampled_from(["main.py", "new.py"]))
    def commit(self, agent: str, name: str) -> None:
        for desk in self.theirs(agent):
            path = f"{Path(OWN[agent]).parent}/{name}"
            desk.write(path, self.text())
            attempt(desk, "add", "--", path)
            attempt(desk, "commit", "--quiet", "-m", f"Step {self.steps}")

    @rule(agent=AGENTS, name=st.sampled_from(["main.py", "new.py", "notes.txt", "run.log", "deep/er/x.log"]),
          staged=st.booleans())  # fmt: skip
    def leave_uncommitted(self, agent: str, name: str, *, staged: bool) -> None:
        for desk in self.theirs(agent):
            path = f"{Path(OWN[agent]).parent}/{name}"
            desk.write(path, self.text())
            if staged:
                attempt(desk, "add", "--", path)
                desk.write(path, self.text())

    @rule(agent=AGENTS)
    def take_back_a_commit(self, agent: str) -> None:
        for desk in self.theirs(agent):
            attempt(desk, "reset", "--quiet", "--hard", "HEAD^")

    @rule(agent=AGENTS)
    def amend(self, agent: str) -> None:
        for desk in self.theirs(agent):
            attempt(desk, "commit", "--quiet", "--amend", "-a", "-m", f"Amended in step {self.steps}")

    @rule(agent=AGENTS)
    def detach(self, agent: str) -> None:
        for desk in self.theirs(agent):
            attempt(desk, "switch", "--quiet", "--detach")

    @rule(agent=AGENTS, go_on=st.booleans())
    def end_operation(self, agent: str, *, go_on: bool) -> None:
        for desk in self.theirs(agent):
            operation = find_operation(admin_dir_of(desk))
            if operation:
                attempt(desk, "add", "-A")
                attempt(desk, operation.name, "--continue" if go_on else "--abort", env={"GIT_EDITOR": "true"})

    @rule(path=st.sampled_from([ORDERS, BILLING, "README.md", "services/orders/run.log", "services/billing/new.py"]))
    def change_base(self, path: str) -> None:
        with self.outside():
            self.main.write(path, self.text())
            self.main.git("add", "--force", "--", path)
            self.main.git("commit", "--quiet", "--allow-empty", "-m", f"Base in step {self.steps}")

    @rule(agent=AGENTS, squash=st.booleans())
    def land(self, agent: str, *, squash: bool) -> None:
        desk = self.desks.get(agent)
        with self.outside():
            if desk is None or desk.branch is None:
                return
            attempt(self.main, "merge", "--quiet", *(["--squash"] if squash else ["--no-edit"]), desk.branch)
            if squash:
                attempt(self.main, "commit", "--quiet", "-m", f"Squash in step {self.steps}")
            attempt(self.main, "reset", "--quiet", "--hard")

    @rule(agent=AGENTS)
    def move(self, agent: str) -> None:
        for desk in self.theirs(agent):
            desk.path.rename(desk.path.with_name(f"moved-{self.steps}"))

    @rule(agent=AGENTS)
    def delete(self, agent: str) -> None:
        """By hand: what wasn't committed or staged is gone, and nobody can help it."""
        for desk in self.theirs(agent):
            shutil.rmtree(desk.path)

    # how it is judged

    @property
    def repository(self) -> Repository:
        return Repository.discover(self.main.path)

    @property
    def desks(self) -> dict[str, Desk]:
        return find_desks(self.repository)

    def text(self) -> str:
        """A content that no other step makes, in lines that conflict with those of other steps."""
        return f"STEP = {self.steps} {os.urandom(8).hex()}\n"

    @contextmanager
    def ours(self) -> Iterator[None]:
        """A command of agentgrid may refuse; nothing that was anywhere before it may be nowhere after it."""
        self.steps += 1
        with suppress(AgentGridError):
            yield
        self.judge(lambda before, now: before.at_hand - now.at_hand)

    def theirs(self, agent: str) -> Iterator[Sandbox]:
        """Somebody's own act in the worktree of `agent`: a loop over the one that there is, or none."""
        desk = self.desks.get(agent)
        if desk is not None and desk.worktree.exists:
            with self.outside():
                yield Sandbox(desk.worktree.path)

    @contextmanager
    def outside(self) -> Iterator[None]:
        """What people overwrite or delete themselves is theirs to lose; what was safe stays safe."""
        self.steps += 1
        yield
        self.judge(lambda _before, _now: frozenset())

    def judge(self, lost: Callable[[Holdings, Holdings], frozenset[str]]) -> None:
        now = take_stock(self.live)
        gone = (self.before.safe - now.safe) | lost(self.before, now)
        assert not gone, f"lost in step {self.steps}: {sorted(gone)}"
        self.before = now


def take_stock(live: Path) -> Holdings:
    """All commits and contents that can be had, in the repository below `live`."""
    main = Sandbox(live / "shop")
    safe = _objects(main, "--all", "--reflog") | _contents(live / "shop/.git/agentgrid/trash")
    staged = _objects(main, "--indexed-objects")
    lying = {oid for place in live.iterdir() for oid in _contents(place)}
    return Holdings(frozenset(safe), frozenset(safe | staged | lying))


def _objects(main: Sandbox, *where: str) -> set[str]:
    named = main.git("rev-list", "--objects", "--no-object-names", *where)
    kinds = main.git("cat-file", "--batch-check=%(objectname) %(objecttype)", stdin=named + "\n").splitlines()
    return {line.partition(" ")[0] for line in kinds if not line.endswith(" tree")}


_OURS = frozenset({FOCUS_FILE, ".git", "settings.local.json"})  # what agentgrid writes, and takes away again


def _contents(top: Path) -> set[str]:
    found: set[str] = set()
    for place, directories, names in os.walk(top):
        directories[:] = [name for name in directories if name != ".git"]
        for name in names:
            if name not in _OURS:
                content = (Path(place) / name).read_bytes()
                found.add(hashlib.sha1(b"blob %d\0" % len(content) + content, usedforsecurity=False).hexdigest())
    return found


def prepare(place: Path) -> type[Lifecycle]:
    """The state machine for a grid that is made below `place`, in which `*.log` is ignored."""
    made = make_grid(place / "live" / "shop")
    with (made.main.path / ".git/info/exclude").open("a", encoding="utf-8") as stream:
        stream.write("*.log\n")
    furnish_desks(made.repository, find_in_force(made.repository).policy, report=lambda _subject, _what: None)
    put_back(place / "live", place / "kept")
    return type("Lifecycle", (Lifecycle,), {"kept": place / "kept", "live": place / "live"})


def run_chaos(machine: type[Lifecycle], *, examples: int, steps: int, number: int | None = None) -> None:
    """Raises AssertionError, with the sequence of steps, when something is lost; with a seed, the shortest that was
    found."""
    phases = (Phase.generate,) if number is None else (Phase.generate, Phase.shrink)
    wanted = settings(max_examples=examples, stateful_step_count=steps, deadline=None, database=None,
                      derandomize=number is None, suppress_health_check=list(HealthCheck), phases=phases)  # fmt: skip
    run_state_machine_as_test(machine if number is None else seed(number)(machine), settings=wanted)


def main() -> int:
    """The long run."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--examples", type=int, default=200)
    parser.add_argument("--steps", type=int, default=30)
    parser.add_argument("--seed", type=int, default=None)
    given = parser.parse_args()
    number = given.seed if given.seed is not None else int.from_bytes(os.urandom(4), "big")
    print(f"seed {number}", flush=True)
    with tempfile.TemporaryDirectory(prefix="worktree-chaos-") as place:
        os.environ.update(hermetic_environment(Path(place) / "home"))
        try:
            run_chaos(prepare(Path(place)), examples=given.examples, steps=given.steps, number=number)
        finally:
            for hooks in Path(place).rglob("hooks"):
                hooks.chmod(0o755)
    print(f"nothing lost: {given.examples} examples of up to {given.steps} steps")
    return 0


if __name__ == "__main__":
    sys.exit(main())
