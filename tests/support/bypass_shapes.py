"""Shapes that many ways share: what the points say, and what a way of that kind watches."""

from support.bypass_scene import Act, Step
from support.bypass_ways import BASE, BRANCH, FOREIGN, NOT_THERE, PASSES, SERVER, STASH, Cells, Way, git, stage
from support.grids import ORDERS

MAIN, OTHER, PERSONS, OWN, TOPIC = (f"refs/heads/{name}" for name in ("main", "{other}", "notes", "{own}", "topic"))

ALL_FOREIGN = Cells(FOREIGN, FOREIGN, FOREIGN, FOREIGN)
PAST_COMMIT = Cells(PASSES, FOREIGN, FOREIGN, FOREIGN)
ONLY_REFS = Cells(NOT_THERE, FOREIGN, FOREIGN, FOREIGN)
PAST_LOCAL = Cells(PASSES, PASSES, FOREIGN, FOREIGN)
MOVES_BASE = Cells(NOT_THERE, BASE, BASE, SERVER)
MOVES_OTHERS = Cells(NOT_THERE, BRANCH, BRANCH, SERVER)
ON_STASH = Cells(NOT_THERE, STASH, NOT_THERE, NOT_THERE)
FREE = Cells(PASSES, PASSES, PASSES, PASSES)
FREE_HERE = Cells(PASSES, PASSES, NOT_THERE, NOT_THERE)


def content(name: str, act: Act, *steps: Step, cells: Cells = ALL_FOREIGN, watched: str = "HEAD") -> Way:
    """A foreign change that is to get into the agent's own branch."""
    return Way(name, cells, act, steps, watched)


def refs(name: str, command: str, *steps: Step, cells: Cells = ONLY_REFS, watched: str = OWN, stdin: str = "") -> Way:
    """The agent's own branch is put on a foreign change that was made without a commit of its own."""
    return Way(name, cells, git(command, stdin=stdin), steps, watched)


def moving(name: str, ref: str, command: str, *steps: Step, stdin: str = "") -> Way:
    """A ref that isn't the agent's is to move or to go. The command may say {ref} and {branch}."""
    branch = ref.removeprefix("refs/heads/")
    filled, said = (text.replace("{ref}", ref).replace("{branch}", branch) for text in (command, stdin))
    cells = MOVES_BASE if ref == MAIN else MOVES_OTHERS
    whose = {MAIN: "the base", OTHER: "another agent's branch"}.get(ref, "a person's branch")
    return Way(f"{name}: {whose}", cells, git(filled, stdin=said), steps, ref, ref, f"origin/{branch}")


def pushing(name: str, push: str, ci: str, command: str, *steps: Step, watched: str, checked: str = "") -> Way:
    branch = watched.removeprefix("refs/heads/")
    cells = Cells(NOT_THERE, NOT_THERE, push, ci)
    return Way(name, cells, git(command), tuple(steps), f"server:{watched}", "", checked or f"origin/{branch}")


def free(name: str, act: Act, *steps: Step, watched: str = "HEAD", cells: Cells = FREE_HERE) -> Way:
    return Way(name, cells, act, steps, watched)


def past_hooks(name: str, act: Act) -> Way:
    return content(name, act, stage(ORDERS), cells=PAST_LOCAL)
