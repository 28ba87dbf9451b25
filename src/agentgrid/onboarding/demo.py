"""`demo`: one story through the guards, played on real git; what is reported is what git did."""

import shlex
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from agentgrid.config.in_force import find_in_force
from agentgrid.errors import AgentGridError, InputError
from agentgrid.git.process import Git
from agentgrid.git.repository import Repository
from agentgrid.onboarding.demo_repository import build_repository
from agentgrid.onboarding.initialise import InitOptions, apply_init
from agentgrid.onboarding.newcomers import NewAgent, add_agent
from agentgrid.workspace.desks import find_desks, require_desk
from agentgrid.workspace.removal import assess_removal, remove_desk

Report = Callable[[str, str], None]


@dataclass(frozen=True)
class Outcome:
    """What happened: let through or refused, and the line that says why."""

    is_allowed: bool
    said: str


@dataclass(frozen=True)
class Scene:
    """`who` does `what`; `should_pass`: what a grid is for. `play` does it for real."""

    who: str
    what: str
    should_pass: bool
    play: Callable[["Stage"], Outcome]


@dataclass(frozen=True)
class Played:
    scene: Scene
    outcome: Outcome

    @property
    def is_as_expected(self) -> bool:
        return self.outcome.is_allowed == self.scene.should_pass


@dataclass(frozen=True)
class Demo:
    """`directory`: the sample repository, kept for looking around."""

    directory: Path
    played: tuple[Played, ...]

    @property
    def went_as_expected(self) -> bool:
        return all(each.is_as_expected for each in self.played)


class Stage:
    """The sample grid, and the few acts that scenes are made of."""

    def __init__(self, repository: Repository) -> None:
        self.repository = repository
        self.worktrees = {agent: desk.worktree.path for agent, desk in find_desks(repository).items()}

    def change(self, who: str, *paths: str, text: str = "# changed\n") -> Path:
        """Appends to files in the worktree of `who` (`person`: the main one) and stages them."""
        where = self.worktrees.get(who, self.repository.root)
        for path in paths:
            target = where / path
            target.parent.mkdir(parents=True, exist_ok=True)
            with target.open("a") as stream:
                stream.write(text)
        Git(where).run("add", "--", *paths)
        return where

    def commit(self, where: Path, message: str, *options: str, env: dict[str, str] | None = None) -> Outcome:
        """`git commit` there; a refused one is taken back, so that each scene starts clean."""
        git = Git(where, env=env)
        done = git.run("commit", "--quiet", "-m", message, *options, accept=(0, 1, 2, 3, 70, 128))
        if done.code == 0:
            return Outcome(is_allowed=True, said=f"commit {git.text('rev-parse', '--short', 'HEAD')}")
        git.run("reset", "--quiet", "--hard")
        return Outcome(is_allowed=False, said=_reason(done.stderr.decode()))


def play_demo(directory: Path | None, report: Report) -> Demo:
    """Builds the sample in `directory`, with its worktrees beside it, makes it a grid, plays every scene.

    Raises InputError when `directory` isn't empty.
    """
    home = directory.resolve() if directory else Path(tempfile.mkdtemp(prefix="agentgrid-demo-"))
    if home.exists() and (not home.is_dir() or any(home.iterdir())):
        raise InputError(f"{home} is not empty", hint="name a new directory, or none")
    place = home / "sample"
    report("sample repository", f"building {place}")
    build_repository(place)
    repository = Repository.discover(place)
    report("agentgrid init", "--preset four-services")
    apply_init(repository, InitOptions(preset="four-services"), report)
    _commit_configuration(repository)
    stage = Stage(repository)
    played: list[Played] = []
    for scene in STORY:
        report(scene.who, scene.what)
        played.append(Played(scene, scene.play(stage)))
    return Demo(place, tuple(played))


def _commit_configuration(repository: Repository) -> None:
    git = Git(repository.root)
    git.run("add", "agentgrid.yaml", "config/agents")
    git.run("commit", "--quiet", "-m", "Add agentgrid")
    for path in (desk.worktree.path for desk in find_desks(repository).values()):
        Git(path).run("merge", "--quiet", "--ff-only", "main")


def _own_change(stage: Stage) -> Outcome:
    return stage.commit(stage.change("a1", "services/orchestrator/app.py"), "Work on my own service")


def _foreign_change(stage: Stage) -> Outcome:
    where = stage.change("a2", "services/orchestrator/app.py", "services/rag_pipeline/app.py")
    return stage.commit(where, "Reach into the orchestrator")


def _common_change(stage: Stage) -> Outcome:
    return stage.commit(stage.change("a4", "services/common/cache.py"), "Tune the common cache")


def _held_change(stage: Stage) -> Outcome:
    return stage.commit(stage.change("a2", "services/common/cache.py"), "Tune it as well")


def _frozen_change(stage: Stage) -> Outcome:
    return stage.commit(stage.change("a3", ".github/workflows/ci.yml"), "Skip the checks")


def _own_policy(stage: Stage) -> Outcome:
    where = stage.change("a3", "config/agents/a3.yaml", text="# owns everything now\n")
    return stage.commit(where, "Give myself the orchestrator")


def _other_identity(stage: Stage) -> Outcome:
    where = stage.change("a2", "services/celery_worker/app.py")
    return stage.commit(where, "As somebody else", env={"AGENT_ID": "a1", "AGENTGRID_AGENT": "a1"})


def _without_verifying(stage: Stage) -> Outcome:
    return stage.commit(stage.change("a2", "services/celery_worker/app.py"), "Nobody looks", "--no-verify")


def _unowned_change(stage: Stage) -> Outcome:
    return stage.commit(stage.change("a4", "docs/overview.md"), "Describe the event bus")


def _rename_away(stage: Stage) -> Outcome:
    where = stage.worktrees["a4"]
    Git(where).run("mv", "services/viral_engine/app.py", "services/revenue/engine.py")
    return stage.commit(where, "Move a file out of a foreign service")


def _person_change(stage: Stage) -> Outcome:
    where = stage.change("person", "services/orchestrator/app.py", text="# by a person\n")
    return stage.commit(where, "A person may change anything")


def _merge_base(stage: Stage) -> Outcome:
    where = stage.worktrees["a2"]
    git = Git(where)
    stage.commit(stage.change("a2", "services/rag_pipeline/app.py"), "Rank by date")
    done = git.run("merge", "--quiet", "--no-edit", "main", accept=(0, 1, 2))
    said = f"merge {git.text('rev-parse', '--short', 'HEAD')}" if done.code == 0 else _reason(done.stderr.decode())
    return Outcome(done.code == 0, said)


def _remove_dirty(stage: Stage) -> Outcome:
    (stage.worktrees["a3"] / "notes.txt").write_text("not committed yet\n")
    return _remove(stage, "a3", force=False)


def _remove_forced(stage: Stage) -> Outcome:
    """Removes with --force, runs the printed command, and looks whether the file is back."""
    outcome = _remove(stage, "a3", force=True)
    is_back = (stage.worktrees["a3"] / "notes.txt").is_file()
    return Outcome(outcome.is_allowed and is_back, outcome.said)


def _remove(stage: Stage, agent: str, *, force: bool) -> Outcome:
    in_force = find_in_force(stage.repository)
    desk = require_desk(stage.repository, agent)
    plan = assess_removal(stage.repository, desk, in_force.base, policy=in_force.policy)
    try:
        removed = remove_desk(stage.repository, plan, force=force)
    except AgentGridError as error:
        return Outcome(is_allowed=False, said=error.message)
    for step in (removed.restore or "").split(" && "):
        words = shlex.split(step)
        if words[0] == "git":
            Git(stage.repository.root).run(*words[1:])
    add_agent(stage.repository, NewAgent(agent, adopt=removed.path), lambda _subject, _what: None)
    kept = removed.rescue.ref if removed.rescue else "nothing"
    return Outcome(is_allowed=True, said=f"kept in {kept}; the printed command brought it back")


STORY = (
    Scene("a1", "commits a change of its own service", True, _own_change),
    Scene("a2", "commits a change of a1's service", False, _foreign_change),
    Scene("a4", "commits a change of common code", True, _common_change),
    Scene("a2", "changes common code that a4 holds", False, _held_change),
    Scene("a3", "commits a change of the CI workflow (frozen)", False, _frozen_change),
    Scene("a3", "edits its own profile and commits it", False, _own_policy),
    Scene("a2", "says it is a1 in the environment", False, _other_identity),
    Scene("a2", "commits a foreign change with --no-verify", False, _without_verifying),
    Scene("a4", "moves a file out of a2's service", False, _rename_away),
    Scene("a4", "commits a change of a file nobody owns", True, _unowned_change),
    Scene("person", "changes a1's service in the main worktree", True, _person_change),
    Scene("a2", "merges the base with that change in it", True, _merge_base),
    Scene("person", "removes a3, which has an untracked file", False, _remove_dirty),
    Scene("person", "removes a3 with --force, then restores it", True, _remove_forced),
)


def _reason(stderr: str) -> str:
    """What of a refusal says why: the first finding, up to its rule."""
    lines = [line.strip() for line in stderr.splitlines() if line.strip()]
    errors = [number for number, line in enumerate(lines) if line.startswith("error:")]
    if not errors:
        told = [line for line in lines if line.startswith("agentgrid: refused:")]
        return "".join((told or lines)[:1])
    finding = lines[errors[0] :]
    ends = [number for number, line in enumerate(finding, 1) if line.endswith("]")]
    return " ".join(finding[: ends[0] if ends else 1]).removeprefix("error: ")
