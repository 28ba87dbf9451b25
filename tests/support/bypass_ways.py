"""What a way around the guard is, and what ways are made of: git commands, files written, work done beforehand."""

import shlex
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from support.bypass_scene import COMMON, Act, Scene, Step
from support.grids import Attempt, attempt, policy_files
from support.program import agentgrid
from support.repositories import Sandbox

PASSES = "passes"
NOT_THERE = ""  # the way doesn't come by this point
SERVER = "server"  # nothing that `check` could see: only the server's branch protection refuses it
FOREIGN, FROZEN = "ownership.foreign", "ownership.frozen"
BASE, BRANCH, STASH, NAME = "permission.base", "permission.branch", "permission.stash", "branch.name"
HELD, STALE, UNQUEUED = "lock.held", "lock.stale", "migration.unqueued"


@dataclass(frozen=True)
class Cells:
    """What each point says: the rule that refuses, PASSES, NOT_THERE, or SERVER."""

    commit: str
    refs: str
    push: str
    ci: str

    def rule(self, point: str) -> str | None:
        said: str = getattr(self, point)
        return None if said in {PASSES, NOT_THERE, SERVER} else said


@dataclass(frozen=True)
class Way:
    """`steps` come before, past all hooks; `act` is what the agent then does. `watched`: what has another value when
    it went through, empty where nothing has to. `pushed`: the refspec that would take it to the server; `checked`: the
    revision that CI then sees. `refused_from`: the git that asks a hook where earlier ones don't."""

    name: str
    cells: Cells
    act: Act
    steps: tuple[Step, ...] = ()
    watched: str = "HEAD"
    pushed: str = "HEAD:refs/heads/{own}"
    checked: str = "origin/{own}"
    refused_from: tuple[int, int] | None = None

    @property
    def is_push(self) -> bool:
        return self.watched.startswith("server:")

    @property
    def stopped_by(self) -> str | None:
        """The first local point that refuses, with all hooks in place."""
        points = ("push",) if self.is_push else ("commit", "refs")
        return next((point for point in points if self.cells.rule(point)), None)


@dataclass(frozen=True)
class Row:
    """One line of the README: ways that are told apart only by the tests. `is_alike`: what they bring about is the
    same, so that one for each name goes on to the push and to CI."""

    text: str
    ways: tuple[Way, ...]
    is_alike: bool = False

    @property
    def going_on(self) -> list[Way]:
        """The ways that are played on to the push and to CI."""
        if not self.is_alike:
            return list(self.ways)
        return list({(way.pushed, way.watched, way.cells): way for way in reversed(self.ways)}.values())


# What acts and steps are made of


def git(*commands: str, stdin: str = "", where: str = "{here}", **env: str) -> Act:
    """Runs git commands as the agent does; ends with the first that fails."""

    def act(scene: Scene) -> Attempt:
        filled = {name: scene.fill(value) for name, value in env.items()}
        for command in commands:
            place = Sandbox(Path(scene.fill(where)))
            done = attempt(place, *shlex.split(scene.fill(command)), env=filled, stdin=scene.fill(stdin))
            if done.code:
                return done
        return done

    return act


def past(*commands: str, where: str = "{here}") -> Step:
    """Runs git commands past all hooks."""

    def step(scene: Scene) -> None:
        for command in commands:
            scene.past(command, where=Sandbox(Path(scene.fill(where))))

    return step


def write(path: str, text: str = "CHANGED = 1\n") -> Step:
    return lambda scene: scene.a2.write(path, text)


def stage(path: str, text: str = "CHANGED = 1\n") -> Step:
    def step(scene: Scene) -> None:
        write(path, text)(scene)
        scene.past(f"add -- {path}")

    return step


def own_work(scene: Scene) -> None:
    scene.past("reset --quiet --hard {clean}")


def landed_common(scene: Scene) -> None:
    """The base has changed a common path."""
    scene.past("reset --quiet --hard {landed_common}", where=scene.grid.main)


def slipped(scene: Scene) -> None:
    """A foreign change is in the branch already, however it came there."""
    scene.past("reset --quiet --hard {forged}")


def landed(scene: Scene) -> None:
    """The base has moved on."""
    scene.past("reset --quiet --hard {landed}", where=scene.grid.main)


def sibling_worked(scene: Scene) -> None:
    scene.past("reset --quiet --hard {theirs}", where=scene.grid.desks["a1"])


def main_is_free(scene: Scene) -> None:
    """The base isn't checked out anywhere, so that git itself lets it be moved."""
    scene.past("switch --quiet --detach", where=scene.grid.main)


def held_by_sibling(scene: Scene) -> None:
    done = agentgrid(scene.grid.desks["a1"], "lock", COMMON)
    assert done.code == 0, done


def by_hand(ref: str, value: str) -> Act:
    """Writes the file of a ref."""

    def act(scene: Scene) -> Attempt:
        Path(scene.fill(f"{{common}}/{ref}")).write_text(scene.fill(value) + "\n", encoding="ascii")
        return Attempt(0, "")

    return act


def gitpython(scene: Scene) -> Attempt:
    program = "import git, sys; git.Repo(sys.argv[1]).index.commit('Work')"
    done = subprocess.run([sys.executable, "-c", program, scene.a2.path], check=False, capture_output=True, text=True)
    return Attempt(done.returncode, done.stderr)


def edit_policy(scene: Scene) -> None:
    """The agent gives itself everything, in its own worktree."""
    for path, text in policy_files({"a1": "services/none/**", "a2": "services/**"}).items():
        stage(path, text)(scene)
