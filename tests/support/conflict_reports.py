"""Hand-made conflict reports: few agents, many, none that meet, some that can't be told."""

from itertools import combinations

from agentgrid.integration.conflicts.model import (
    BASE,
    AgentWork,
    ConflictReport,
    Hunk,
    Level,
    LineRange,
    Meeting,
    Pair,
    ProposedOrder,
)

BASE_OID = "4f1d2c3b5a69788776655443322110ffeeddccbb"
API = b"services/orders/api.py"
CACHE = b"services/common/cache.py"
PINS = b"services/billing/requirements.txt"


def work_of(agent: str, *, is_dirty: bool = False, problem: str | None = None, changed: int = 3) -> AgentWork:
    """An agent with a branch of its own; without a snapshot where there is a problem."""
    snapshot = None if problem else f"{abs(hash_of(agent)):040x}"
    paths = () if problem else tuple(f"services/{agent}/file_{number}.py".encode() for number in range(changed))
    return AgentWork(agent, f"feat/services/work__{agent}", BASE_OID, snapshot, is_dirty, paths, problem)


def hash_of(text: str) -> int:
    """The same in every run."""
    return int.from_bytes(text.encode()[:16].ljust(16, b"\x00"))


def lines(start: int, count: int) -> LineRange:
    return LineRange(start, count)


CONTENT = Meeting(API, "conflict", "content", (Hunk(lines(12, 4), lines(12, 7), lines(14, 7)),
                                               Hunk(lines(40, 0), lines(43, 2), lines(45, 1))))  # fmt: skip
FUNCTION = Meeting(CACHE, "overlap", "function", (Hunk(lines(3, 1), lines(3, 2), lines(9, 1)),),
                   "both changed the function expire()")  # fmt: skip
PIN = Meeting(PINS, "overlap", "dependency", (), "redis is pinned to 5.0.1 here and to 4.6.0 there")
NEAR = Meeting(b"README.md", "adjacent", "content", (Hunk(lines(1, 1), lines(1, 1), lines(3, 1)),))
FAR = Meeting(b"README.md", "same-file")
GONE = Meeting(b"docs/old guide.md", "conflict", "modify/delete", (), "a2 deleted it, a4 changed it")


def of_four() -> ConflictReport:
    """One of each level but unknown; a4's branch conflicts with the base too."""
    agents = (work_of("a1", is_dirty=True), work_of("a2"), work_of("a3", is_dirty=True), work_of("a4"))
    pairs = (
        *(Pair(agent, BASE, "clean") for agent in ("a1", "a2", "a3")),
        Pair("a4", BASE, "conflict", (Meeting(b"agentgrid.yaml", "conflict", "add/add"),)),
        Pair("a1", "a2", "conflict", (FAR, CONTENT)),
        Pair("a1", "a3", "overlap", (FUNCTION, PIN)),
        Pair("a1", "a4", "clean"),
        Pair("a2", "a3", "adjacent", (NEAR,)),
        Pair("a2", "a4", "conflict", (GONE,)),
        Pair("a3", "a4", "same-file", (FAR,)),
    )
    order = ProposedOrder(("a3", "a1", "a4", "a2"), 2, ("a1", "a2", "a3", "a4"), 3,
                          together=(("a2", (API, b"docs/old guide.md")),))  # fmt: skip
    return ConflictReport("main", BASE_OID, agents, pairs, order)


def of_many(count: int = 40, *, name: str = "a{}") -> ConflictReport:
    """Some of everything, the same in every run."""
    ids = [name.format(number) for number in range(1, count + 1)]
    pairs = [Pair(agent, BASE, "conflict" if position == 16 else "clean",
                  (CONTENT,) if position == 16 else ()) for position, agent in enumerate(ids)]  # fmt: skip
    pairs += [_pair(a, b, (ids.index(a) * 31 + ids.index(b) * 17) % 61) for a, b in combinations(ids, 2)]
    order = ProposedOrder((*ids[1::2], *ids[::2]), 9, tuple(ids), 41, is_exact=False,
                          together=((ids[0], (CACHE,)),))  # fmt: skip
    agents = tuple(work_of(agent, is_dirty=position % 3 == 0) for position, agent in enumerate(ids))
    return ConflictReport("main", BASE_OID, agents, tuple(pairs), order)


def of_none() -> ConflictReport:
    """Two agents that share nothing."""
    pairs = (Pair("a1", BASE, "clean"), Pair("a2", BASE, "clean"), Pair("a1", "a2", "clean"))
    order = ProposedOrder(("a1", "a2"), 0, ("a1", "a2"), 0)
    return ConflictReport("main", BASE_OID, (work_of("a1"), work_of("a2")), pairs, order)


def of_unknown() -> ConflictReport:
    """One agent whose work can't be read, and one pair that git could not merge in time."""
    reason = "its worktree ../wt-a2 is gone; agentgrid agent repair"
    agents = (work_of("a1"), work_of("a2", problem=reason), work_of("a3"))
    pairs = (
        Pair("a1", BASE, "clean"),
        Pair("a2", BASE, "unknown", problem=reason),
        Pair("a3", BASE, "clean"),
        Pair("a1", "a3", "unknown", problem="git merge-tree ended with 128: unable to read tree"),
    )
    return ConflictReport("main", BASE_OID, agents, pairs, ProposedOrder(("a1", "a3"), 0, ("a1", "a3"), 0))


def of_trio() -> ConflictReport:
    """Clean in pairs; the third does not merge once the two others have landed."""
    ids = ("a1", "a2", "a3")
    pairs = (*(Pair(agent, BASE, "clean") for agent in ids), *(Pair(a, b, "clean") for a, b in combinations(ids, 2)))
    order = ProposedOrder(ids, 1, ids, 1, together=(("a3", (API,)),))
    return ConflictReport("main", BASE_OID, tuple(work_of(agent) for agent in ids), pairs, order)


def _pair(a: str, b: str, lot: int) -> Pair:
    kinds: dict[int, tuple[Level, tuple[Meeting, ...]]] = {
        0: ("conflict", (CONTENT, FAR)), 1: ("overlap", (FUNCTION,)), 2: ("adjacent", (NEAR,)),
        3: ("same-file", (FAR,)), 4: ("same-file", (FAR,)), 5: ("overlap", (PIN,)), 6: ("conflict", (GONE,)),
    }  # fmt: skip
    level, files = kinds.get(lot, ("clean", ()))
    if (a, b) == ("a5", "a9"):
        return Pair(a, b, "unknown", problem="git merge-tree ended with 128: unable to read tree")
    return Pair(a, b, level, files)
