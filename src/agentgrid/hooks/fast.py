"""The guard when the answer is yes: builtins and the light modules only, 15 ms from start to end.

It never says no and never guesses. Whatever it would refuse, doesn't know or can't read is asked of the whole
program (`guard`), which works out the exact verdict and its message.

Why what it reads is enough: charged paths differ from the fork point and from the base; git lists here all that
differ from the fork point. When the agent may change every one of those, it may change the charged ones.
"""

import gc
import posix

from agentgrid import __version__
from agentgrid.boundaries.policy.in_force_file import load_in_force
from agentgrid.boundaries.policy.territory import Territory
from agentgrid.boundaries.verdict import broken_rule, needs_lease
from agentgrid.hooks.fast_leases import OwnState, read_own_state

YES, ASK_THE_OTHER = 0, 75
_SYMLINK = b"120000"
_ABSENT = b":000000"


def run(arguments: list[str]) -> None:
    """`arguments`: program, hook, agent, common directory, git directory of the worktree, base commit, then what the
    hook was given. stdin: what git lists for it. Leaves with exit code YES or ASK_THE_OTHER."""
    gc.disable()  # a compiled policy is thousands of tuples, and nothing here is ever garbage
    answer = False
    try:
        _, hook, agent, common_dir, admin_dir, base, *rest = arguments
        answer = is_allowed(hook, agent, common_dir, admin_dir, base, rest, read_all())
    finally:
        posix._exit(YES if answer else ASK_THE_OTHER)  # noqa: SLF001 - no clean-up: it costs more than the verdict


def is_allowed(
    hook: str, agent: str, common_dir: str, admin_dir: str, base: str, rest: list[str], listing: bytes
) -> bool:
    """True only when the hook surely has nothing to say against what the agent does, and nothing to do."""
    found = load_in_force(common_dir, __version__)
    if found is None or found[0] != base:
        return False
    compiled = found[1]
    head = _own_branch(agent, admin_dir, compiled)
    if head is None:
        return False
    state = read_own_state(common_dir, agent)
    if state is None:
        return False
    if hook == "pre-commit":
        return not _is_merging(admin_dir) and _may_commit(compiled, agent, base, listing, state)
    if hook == "reference-transaction":
        new, ref = rest
        is_own = ref == head and state.has_branch(ref[11:]) and compiled["commits"] is None
        if not is_own or not _may_move(compiled, agent, base, new, listing, state):
            return False
        return not compiled["keys"] or _is_clean(compiled, common_dir, ref, base, new)
    from agentgrid.hooks.fast_message import stamp_message

    return stamp_message(agent, compiled, rest, listing, state.leases)


def _may_commit(compiled: dict, agent: str, base: str, listing: bytes, state: OwnState) -> bool:  # type: ignore[type-arg]
    """The index: every path is the agent's, or under a live lease of it while the base hasn't moved."""
    entries = read_listing(listing)
    leased = _leased_paths(compiled, agent, entries)
    if leased is None or (leased and not (state.covers(leased) and _is_fresh(base, "HEAD"))):
        return False
    if compiled["keys"] and not _are_clean(compiled, entries):
        return False
    return not _has_twins(entries, "ls-files", "--cached", "-z")


def _may_move(
    compiled: dict,  # type: ignore[type-arg]
    agent: str,
    base: str,
    new: str,
    listing: bytes,
    state: OwnState,
) -> bool:
    """The branch's new tip, likewise. The first commit under a lease is noted, which takes longer."""
    entries = read_listing(listing)
    leased = _leased_paths(compiled, agent, entries)
    if leased is None or (leased and not (state.covers(leased, is_worked=True) and _is_fresh(base, new))):
        return False
    return not _has_twins(entries, "ls-tree", "-r", "-z", "--name-only", "--full-tree", new)


def _is_fresh(base: str, head: str) -> bool:
    """Whether the base has nothing that the agent's work lacks: then no common path is stale."""
    from agentgrid.hooks.fast_git import ask_git

    return ask_git(["rev-list", "-n", "1", base, "--not", head, "--"]) == b""


def _are_clean(compiled: dict, entries: list[bytes]) -> bool:  # type: ignore[type-arg]
    from agentgrid.hooks.fast_secrets import has_clean_entries

    return has_clean_entries(compiled, entries)


def _is_clean(compiled: dict, common_dir: str, ref: str, base: str, new: str) -> bool:  # type: ignore[type-arg]
    from agentgrid.hooks.fast_secrets import has_clean_commit

    return has_clean_commit(compiled, common_dir, ref, base, new)


def _has_twins(entries: list[bytes], *listing: str) -> bool:
    """Whether a path that is added looks like another one. `listing`: with these arguments git lists all there are."""
    added = [entries[at + 1] for at in range(0, len(entries), 2) if entries[at].startswith(_ABSENT)]
    if not added:
        return False
    from agentgrid.hooks.fast_twins import has_twins

    return has_twins(added, list(listing))


def read_listing(listing: bytes) -> list[bytes]:
    """Two fields a path. Raises ValueError when git failed on the way: no END, or a path that is called END."""
    *entries, end, rest = listing.split(b"\0")
    if end != b"END" or rest or len(entries) % 2:
        raise ValueError
    return entries


def _leased_paths(compiled: dict, agent: str, entries: list[bytes]) -> list[bytes] | None:  # type: ignore[type-arg]
    """The listed paths that need a lease; None when a path may not be changed, or that isn't certain."""
    place, unowned, queued = Territory(compiled).place, compiled["unowned"], compiled["queued"]
    # Whether a path is a submodule link on the base is not listed; where rules tell links from files, both must do.
    kinds = (False, True) if any(node[1] for node in compiled["nodes"]) else (False,)
    leased = []
    for position in range(0, len(entries), 2):
        if entries[position][8:14] == _SYMLINK:
            return None  # what a symbolic link points to counts too: not for the fast way
        if entries[position + 1].startswith(queued):
            return None  # whether the queue knows a migration takes its content
        for is_directory in kinds:
            where = place(entries[position + 1], is_directory)
            if broken_rule(where, agent, unowned) is not None:
                return None
            if needs_lease(where, unowned):
                leased.append(where.path)
    return leased


def _own_branch(agent: str, admin_dir: str, compiled: dict) -> str | None:  # type: ignore[type-arg]
    """As `find_own_branch`, where git runs the hook in that very worktree."""
    if posix.environ.get(b"GIT_DIR") != admin_dir.encode("utf-8", "surrogateescape"):
        return None
    return find_own_branch(agent, admin_dir, compiled)


def find_own_branch(agent: str, admin_dir: str, compiled: dict) -> str | None:  # type: ignore[type-arg]
    """The full ref that is checked out in the worktree with that git directory; None when it isn't the agent's, when no
    branch is, or the base."""
    if agent not in compiled["agents"]:
        return None
    if _read(admin_dir + "/agentgrid-identity").split()[0] != agent:
        return None
    head = _read(admin_dir + "/HEAD").rstrip("\n")
    if not head.startswith("ref: refs/heads/") or head == f"ref: refs/heads/{compiled['base']}":
        return None
    return head[5:]


def _is_merging(admin_dir: str) -> bool:
    try:
        posix.stat(admin_dir + "/MERGE_HEAD")
    except FileNotFoundError:
        return False
    return True


def _read(path: str) -> str:
    with open(path, "rb") as stream:
        return stream.read().decode("utf-8", "surrogateescape")


def read_all() -> bytes:
    """All of stdin."""
    parts = []
    while part := posix.read(0, 1 << 20):
        parts.append(part)
    return b"".join(parts)
