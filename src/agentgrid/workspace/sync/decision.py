"""What a sync of one worktree would do, and why not when it wouldn't. Pure: facts in, a decision out."""

import os
import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from agentgrid.git.status import WorktreeStatus
from agentgrid.workspace.sync.facts import Divergence, SyncFacts

Kind = Literal["refuse", "nothing", "fast-forward", "merge", "rebase"]
_MOST_NAMES = 5


@dataclass(frozen=True)
class Decision:
    """`message` and `hint` say why it is refused. `commits`: how many the branch doesn't have yet."""

    kind: Kind
    message: str = ""
    hint: str = ""
    commits: int = 0


def decide_sync(agent: str, path: Path, facts: SyncFacts, *, base_branch: str, rebase: bool) -> Decision:
    """The decision for the worktree of `agent` at `path`."""
    refusal = _refuse_place(agent, path, facts, base_branch)
    if refusal:
        return refusal
    divergence, status = facts.divergence, facts.status
    if divergence is None or status is None or not divergence.is_related:
        return Decision("refuse", f"{facts.branch} has no commit in common with what is to be brought in",
                        f"git -C {_quoted(path)} merge --allow-unrelated-histories")  # fmt: skip
    if divergence.behind == 0:
        return Decision("nothing")
    return _refuse_work(path, facts, status, divergence, rebase=rebase) or Decision(
        "fast-forward" if divergence.ahead == 0 else "rebase" if rebase else "merge", commits=divergence.behind
    )


def name_paths(paths: Sequence[bytes]) -> str:
    """The first few, and how many more."""
    named = ", ".join(os.fsdecode(path) for path in paths[:_MOST_NAMES])
    return named + (f" and {len(paths) - _MOST_NAMES} more" if len(paths) > _MOST_NAMES else "")


def _refuse_place(agent: str, path: Path, facts: SyncFacts, base_branch: str) -> Decision | None:
    git = f"git -C {_quoted(path)}"
    if not facts.is_there:
        return Decision("refuse", f"there is no worktree at {path} any more",
                        f"moved: `agentgrid agent repair`; deleted: `agentgrid remove {agent}`")  # fmt: skip
    if facts.is_pending:
        return Decision("refuse", f"the files of {path} are not all there yet", "agentgrid agent repair")
    if facts.operation:
        name = facts.operation.name
        return Decision("refuse", f"a {name} is in progress", f"finish it, or go back: {git} {way_back(name)}")
    if facts.branch is None:
        return Decision("refuse", "HEAD is on no branch", f"{git} switch BRANCH")
    if facts.head is None:
        return Decision("refuse", f"{facts.branch} has no commit yet", f"agentgrid start {agent} TOPIC")
    if facts.branch == base_branch:
        return Decision("refuse", f"{base_branch} itself is checked out, where no agent works",
                        f"agentgrid start {agent} TOPIC")  # fmt: skip
    if facts.owner not in {None, agent}:
        return Decision("refuse", f"{facts.branch} is {facts.owner}'s branch", f"{git} switch BRANCH")
    return None


def way_back(operation: str) -> str:
    """The git command, without `git`, that gives an operation up."""
    return "bisect reset" if operation == "bisect" else f"{operation} --abort"


def _refuse_work(
    path: Path, facts: SyncFacts, status: WorktreeStatus, divergence: Divergence, *, rebase: bool
) -> Decision | None:
    commit = f"commit it, as WIP if need be: git -C {_quoted(path)} commit -am WIP"
    if status.staged or status.intended:
        return Decision("refuse", f"work is staged: {name_paths(status.paths)}", commit)
    if rebase and divergence.ahead and status.unstaged:
        return Decision("refuse", f"a rebase needs changes committed: {name_paths(status.paths)}", commit)
    if divergence.regenerate and status.unstaged:
        generated = name_paths([each for paths in divergence.regenerate.values() for each in paths])
        return Decision("refuse", f"{generated} has to be generated from what is committed, and there are changes: "
                        f"{name_paths(status.paths)}", commit)  # fmt: skip
    if facts.in_the_way:
        return Decision("refuse", f"uncommitted files are in the way: {name_paths(facts.in_the_way)}",
                        "commit them, or move them away; git would overwrite ignored ones without a word")  # fmt: skip
    return None


def _quoted(path: Path) -> str:
    return shlex.quote(str(path))
