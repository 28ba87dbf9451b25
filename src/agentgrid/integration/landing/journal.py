"""A landing that moves the base notes it first: ref and files can't move in one step. What was killed in between is
finished or undone by the next command, from what the note says."""

import json
from dataclasses import asdict, dataclass
from typing import Any

from agentgrid.config.places import landing_note
from agentgrid.git.base_moves import fast_forward, swap_ref
from agentgrid.git.process import Git
from agentgrid.git.repository import Repository
from agentgrid.git.worktree_list import Worktree, list_worktrees
from agentgrid.integration.landing.place import seat_of
from agentgrid.integration.migrations.numbers.placed import PlacedRequest
from agentgrid.integration.migrations.numbers.recording import record_placed
from agentgrid.machine.activity import wait_for_git
from agentgrid.machine.files import write_atomically
from agentgrid.store.events import EventFilter, read_last_events, record_event
from agentgrid.store.session import Store
from agentgrid.workspace.desks import Desk
from agentgrid.workspace.identity import read_identity
from agentgrid.workspace.pending import clear_locks
from agentgrid.workspace.sync.journal import Note, take_back
from agentgrid.workspace.topics import fetch_base

_MOST_LOOKED_AT = 500


@dataclass(frozen=True)
class Arrival:
    """A branch that lands, as the log tells it. `placed`: the migrations that got their numbers with it."""

    agent: str
    commit: str
    tree: str
    placed: tuple[PlacedRequest, ...] = ()


@dataclass(frozen=True)
class Move:
    """The base is about to go from `old` (None: there is no local branch) to `new`. `worktree`: where it is checked
    out. `tracking`: the remote-tracking ref that shows whether it was pushed, for a landing that pushes first."""

    run: str
    actor: str
    branch: str
    ref: str
    old: str | None
    new: str
    worktree: str | None
    landed: tuple[Arrival, ...]
    tracking: str | None = None

    @property
    def reason(self) -> str:
        return f"land {' '.join(each.agent for each in self.landed)}"


def write_move(repository: Repository, move: Move) -> None:
    write_atomically(landing_note(repository), json.dumps(asdict(move)).encode())


def drop_move(repository: Repository) -> None:
    landing_note(repository).unlink(missing_ok=True)


def make_move(repository: Repository, move: Move, worktree: Worktree | None) -> str | None:
    """Moves the local base as noted; why not, None when it is done. Nothing is changed then."""
    if worktree is None:
        said = swap_ref(Git(repository.common_dir), move.ref, move.old, move.new, move.reason)
        return None if said.is_done else said.words
    git = Git(worktree.path)
    if (_head(git), _branch(git)) != (move.old, move.ref):
        return f"{move.branch} has moved"
    # In an agent's worktree its guard would refuse: the repository's own hooks have their say instead.
    hooks = repository.own_hooks if read_identity(worktree.admin_dir) else None
    said = fast_forward(git, move.new, move.reason, hooks=hooks)
    return None if said.is_done and _head(git) == move.new else said.words or f"{move.branch} has moved"


def record_landed(store: Store, move: Move) -> None:
    """Writes the events of a move that was made; once, however often it is asked."""
    now = store.now()
    with store.write() as session:
        known = read_last_events(session, EventFilter(kind="land.landed"), most=_MOST_LOOKED_AT)
        if any(isinstance(each.after, dict) and each.after.get("run") == move.run for each in known):
            return
        for each in move.landed:
            after = {"run": move.run, "base": move.branch, "commit": each.commit, "tree": each.tree}
            record_placed(session, now, each.placed, commit=each.commit, target=move.branch, actor=move.actor)
            record_event(session, now, "land.landed", actor=move.actor, subject=each.agent,
                         before={"base": move.old}, after=after)  # fmt: skip


def settle_move(repository: Repository, store: Store) -> list[str]:
    """Finishes or undoes what a killed landing noted; lines about it. The caller holds the landing's lock."""
    move = _read(repository)
    if move is None:
        drop_move(repository)
        return []
    worktree = _find(repository, move)
    if worktree is not None:
        wait_for_git(worktree.path)
    clear_locks(repository, move.branch, worktree.admin_dir if worktree else None)
    lines = _settle(repository, store, move, worktree)
    drop_move(repository)
    return lines


def _settle(repository: Repository, store: Store, move: Move, worktree: Worktree | None) -> list[str]:
    agents = " ".join(each.agent for each in move.landed)
    present = repository.resolve(move.ref)
    if present is not None and _has(repository, present, move.new):
        record_landed(store, move)
        return [f"a landing that was killed had moved {move.branch}: {agents} landed"]
    lines: list[str] = []
    if worktree is not None and move.old is not None and present == move.old:
        desk = Desk("base", "", worktree, is_pending=False)
        lines += [each.replace("a sync", "a landing") for each in
                  take_back(repository, desk, Note(move.branch, move.old, move.new))]  # fmt: skip
    if _was_pushed(repository, move):
        record_landed(store, move)
        why = make_move(repository, move, worktree)
        told = (
            f"it follows with: git -C {seat_of(repository)} pull --ff-only ({why})"
            if why
            else f"{move.branch} followed"
        )
        return [*lines, f"a landing was killed after its push: {agents} landed; {told}"]
    return [*lines, f"a landing was killed before {move.branch} moved: nothing landed; again: agentgrid land {agents}"]


def _was_pushed(repository: Repository, move: Move) -> bool:
    """The server may have taken it before anybody here noted that."""
    if move.tracking:
        fetch_base(repository, move.branch)
    shown = repository.resolve(move.tracking) if move.tracking else None
    return shown is not None and _has(repository, shown, move.new)


def _has(repository: Repository, commit: str, other: str) -> bool:
    return repository.git.succeeds("merge-base", "--is-ancestor", other, commit)


def _find(repository: Repository, move: Move) -> Worktree | None:
    """Where the base was checked out, if it still is."""
    for each in list_worktrees(repository) if move.worktree else ():
        if str(each.path) == move.worktree and each.exists and each.branch == move.ref:
            return each
    return None


def _read(repository: Repository) -> Move | None:
    try:
        found = json.loads(landing_note(repository).read_bytes())
        return Move(**{**found, "landed": tuple(map(_arrival, found["landed"]))})
    except (OSError, ValueError, TypeError, KeyError):  # a crash of the machine may leave it empty
        return None


def _arrival(told: dict[str, Any]) -> Arrival:
    return Arrival(**{**told, "placed": tuple(PlacedRequest(**each) for each in told.get("placed", ()))})


def _head(git: Git) -> str:
    return git.run("rev-parse", "--verify", "--quiet", "HEAD", accept=(0, 1, 128)).text


def _branch(git: Git) -> str:
    return git.run("symbolic-ref", "--quiet", "HEAD", accept=(0, 1, 128)).text
