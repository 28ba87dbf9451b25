"""May an agent move this ref? Pure: the facts of one update come in, a ruling comes out.

An agent moves its own branches and makes new ones. The base, other agents' branches, branches that are checked out
elsewhere and the stash (one for all worktrees: a `pop` takes another's work) are not its to move.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from agentgrid.boundaries.verdict import BASE_RULE, BRANCH_NAME_RULE, BRANCH_RULE, STASH_RULE

STASH = "refs/stash"
HEADS = "refs/heads/"


@dataclass(frozen=True, slots=True)
class RefUpdate:
    """One line of git's: `ref` is to become `new`, None for a deletion. The old value that git names is not looked
    at: it is zero for `update-ref` and others."""

    ref: str
    new: str | None

    @property
    def branch(self) -> str:
        return self.ref.removeprefix(HEADS)


@dataclass(frozen=True, slots=True)
class RefFacts:
    """`current`: what the ref is now. `base`: the base branch's name. `owner`: the agent whose branch it is, None for
    nobody's. `is_here`: it is checked out where the agent acts; `elsewhere`: the other worktree that has it.
    `is_packed`: only the loose copy of a packed ref goes. `deny_unmatched`: names of no template are refused."""

    current: str | None
    base: str
    owner: str | None
    is_here: bool = False
    elsewhere: Path | None = None
    is_packed: bool = False
    deny_unmatched: bool = False


@dataclass(frozen=True, slots=True)
class Ruling:
    """`kind`: pass, judge (its commits decide) or refuse, by `rule`."""

    kind: Literal["pass", "judge", "refuse"]
    rule: str = ""
    message: str = ""
    hint: str = ""


_PASS, _JUDGE = Ruling("pass"), Ruling("judge")


def parse_updates(lines: str) -> list[RefUpdate]:
    """`OLD NEW REF` lines as git gives them to reference-transaction. From git 2.46 on a branch may become a symbolic
    ref (`ref:…`): `new` is then the full ref that it is to lead to. Other symbolic refs (HEAD) are no branches."""
    updates = []
    for line in lines.splitlines():
        _old, new, ref = line.split(" ", 2)
        if not new.startswith("ref:"):
            updates.append(RefUpdate(ref, new if new.strip("0") else None))
        elif ref.startswith(HEADS):
            updates.append(RefUpdate(ref, new.removeprefix("ref:")))
    return updates


def decide_update(update: RefUpdate, agent: str, facts: RefFacts) -> Ruling:
    """The ruling for an update that `agent` makes."""
    if update.new == facts.current or (update.new is None and facts.is_packed):
        return _PASS
    if update.ref == STASH:
        return Ruling("refuse", STASH_RULE, "the stash is one for all worktrees: an agent doesn't touch it",
                      "keep unfinished work as a commit: git commit -m WIP, later git reset --soft HEAD^")  # fmt: skip
    name = update.branch
    if name == facts.base:
        act = "delete" if update.new is None else "move"
        return Ruling("refuse", BASE_RULE, f"an agent may not {act} {name}: the base moves only when work lands",
                      "put the work on a branch: git switch -c BRANCH")  # fmt: skip
    if name.casefold() == facts.base.casefold():  # one file with the base's where the file system folds case
        return Ruling("refuse", BASE_RULE, f"{name} would be one with {facts.base} where case doesn't count",
                      "take another name: git switch -c BRANCH")  # fmt: skip
    if facts.owner not in {None, agent}:
        return Ruling("refuse", BRANCH_RULE, f"the branch {name} is {facts.owner}'s, and {agent} may not move it",
                      f"to look at it: git switch --detach {name}")  # fmt: skip
    if facts.elsewhere is not None:
        return Ruling("refuse", BRANCH_RULE, f"the branch {name} is checked out in {facts.elsewhere}",
                      "work on a branch of your own: git switch -c BRANCH")  # fmt: skip
    return _decide_unowned(update, agent, facts)


def _decide_unowned(update: RefUpdate, agent: str, facts: RefFacts) -> Ruling:
    """Its own branch, a new one, or a person's."""
    is_own = facts.owner == agent
    if facts.current is None:
        if facts.deny_unmatched and not is_own:
            return Ruling("refuse", BRANCH_NAME_RULE, f"no template makes the branch name {update.branch}",
                          f"agentgrid start {agent} TOPIC makes one that is right")  # fmt: skip
        return _JUDGE
    if is_own or facts.is_here:
        return _PASS if update.new is None else _JUDGE
    return Ruling("refuse", BRANCH_RULE, f"the branch {update.branch} is a person's, and isn't checked out here",
                  "work on a branch of your own: git switch -c BRANCH")  # fmt: skip
