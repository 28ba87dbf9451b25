"""The guard when the answer is yes: builtins and the light modules only, 15 ms from start to end.

It never says no and never guesses. Whatever it would refuse, doesn't know or can't read is asked of the whole
program (`guard`), which works out the exact verdict and its message.

Why what it reads is enough: charged paths differ from the fork point and from the base; git lists here all that
differ from the fork point. When the agent may change every one of those, it may change the charged ones.
"""

import gc
import posix

from agentgrid import __version__
from agentgrid.boundaries.in_force_file import load_in_force
from agentgrid.boundaries.territory import Territory
from agentgrid.boundaries.verdict import broken_rule

YES, ASK_THE_OTHER = 0, 75
_SYMLINK = b"120000"


def run(arguments: list[str]) -> None:
    """`arguments`: program, agent, common directory, git directory of the worktree, base commit; stdin: what
    `diff-index --raw -z` lists against the fork point, and END. Leaves with exit code YES or ASK_THE_OTHER."""
    gc.disable()  # a compiled policy is thousands of tuples, and nothing here is ever garbage
    answer = False
    try:
        _, agent, common_dir, admin_dir, base = arguments
        answer = is_allowed(agent, common_dir, admin_dir, base, _read_all())
    finally:
        posix._exit(YES if answer else ASK_THE_OTHER)  # noqa: SLF001 - no clean-up: it costs more than the verdict


def is_allowed(agent: str, common_dir: str, admin_dir: str, base: str, listing: bytes) -> bool:
    """True only when the agent surely may commit what is staged."""
    found = load_in_force(common_dir, __version__)
    if found is None or found[0] != base:
        return False
    compiled = found[1]
    if agent not in compiled["agents"] or not _is_ordinary(agent, admin_dir, compiled["base"]):
        return False
    entries = listing.split(b"\0")
    if len(entries) % 2 or entries[-2:] != [b"END", b""]:
        return False  # odd: git failed after a path that is called END
    place, unowned = Territory(compiled).place, compiled["unowned"]
    # Whether a path is a submodule link on the base is not listed; where rules tell links from files, both must do.
    kinds = (False, True) if any(node[1] for node in compiled["nodes"]) else (False,)
    for position in range(0, len(entries) - 2, 2):
        if entries[position][8:14] == _SYMLINK:
            return False  # what a symbolic link points to counts too: not for the fast way
        for is_directory in kinds:
            if broken_rule(place(entries[position + 1], is_directory), agent, unowned) is not None:
                return False
    return True


def _is_ordinary(agent: str, admin_dir: str, base_branch: str) -> bool:
    """The worktree is this agent's, on a branch that isn't the base, and not in the middle of a merge."""
    if posix.environ.get(b"GIT_DIR") != admin_dir.encode("utf-8", "surrogateescape"):
        return False
    if _read(admin_dir + "/agentgrid-identity").split()[0] != agent:
        return False
    head = _read(admin_dir + "/HEAD").rstrip("\n")
    if not head.startswith("ref: refs/heads/") or head == f"ref: refs/heads/{base_branch}":
        return False
    try:
        posix.stat(admin_dir + "/MERGE_HEAD")
    except FileNotFoundError:
        return True
    return False


def _read(path: str) -> str:
    with open(path, "rb") as stream:
        return stream.read().decode("utf-8", "surrogateescape")


def _read_all() -> bytes:
    parts = []
    while part := posix.read(0, 1 << 20):
        parts.append(part)
    return b"".join(parts)
