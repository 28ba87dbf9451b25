"""Every way around the guard that is known, and what each enforcement point says to it: the bypass matrix as data.

The README prints it (`render_matrix`), and tests/acceptance/test_bypass_matrix.py plays every cell with real git.
"""

from support.bypass_changes import (
    AS_A_PERSON,
    AS_LANDED,
    COMMITS,
    DETACHED,
    DETACHED_PAST,
    LEASES,
    MERGES,
    MIGRATIONS,
    MIGRATIONS_PAST_COMMIT,
    OUTDATED,
    PAST_HOOKS,
    POSING,
    SKIPPING_COMMIT,
    SUBMODULES,
)
from support.bypass_pushes import (
    BRINGING_IN,
    BY_PERSONS,
    FREE_PUSHES,
    PUSHED_ELSEWHERE,
    PUSHED_PAST,
    PUSHES,
    UPKEEP,
    WORK,
)
from support.bypass_refs import NEW_BRANCHES, OF_BASE, OF_STASH, OTHERS, OWN_REFS, UNSEEN
from support.bypass_ways import NOT_THERE, PASSES, SERVER, Cells, Row

COLUMNS = ("at the commit", "at the ref update", "at the push", "`check` (CI)")

ROWS = (
    Row(
        "commits a foreign or frozen path: `-a`, `-- path`, `--amend`, rename, mode, submodule link, hidden in a merge",
        (*COMMITS, *MERGES),
    ),
    Row("poses as somebody else (environment, its own version of the policy)", POSING, is_alike=True),
    Row("commits a common path that another agent holds", LEASES),
    Row("commits a common path that the base has changed since", OUTDATED),
    Row("commits a migration that it didn't submit to the queue", MIGRATIONS),
    Row("the same with `commit --no-verify`, cherry-pick", MIGRATIONS_PAST_COMMIT),
    Row("`commit --no-verify`, cherry-pick, revert, `am`, rebase, fast-forward, pull", SKIPPING_COMMIT, is_alike=True),
    Row("puts its branch on foreign work: `update-ref`, `reset`, `checkout -B`, `fetch`", OWN_REFS, is_alike=True),
    Row("makes a new branch of foreign work", NEW_BRANCHES, is_alike=True),
    Row("moves or deletes the base (`branch -f/-M/-D`, `fetch . x:main`, …)", OF_BASE, is_alike=True),
    Row("moves or deletes another agent's or a person's branch", OTHERS, is_alike=True),
    Row("`stash`: one for all worktrees", OF_STASH, is_alike=True),
    Row("`branch -C` or `symbolic-ref` over a free branch, `stash drop` of one of several: git asks no hook", UNSEEN),
    Row("commits on a detached HEAD", DETACHED),
    Row(
        "`-c core.hooksPath=…`, GitPython, writes its own ref by hand, `commit --no-verify` on a detached HEAD",
        (*PAST_HOOKS, *DETACHED_PAST),
        is_alike=True,
    ),
    Row("commits in the main worktree, writes the base's ref by hand", AS_A_PERSON),
    Row("says that its work has landed: writes `refs/remotes/…` of the base by hand", AS_LANDED),
    Row("commits inside a submodule", SUBMODULES),
    Row("pushes foreign work that slipped into its branch", PUSHES),
    Row("pushes to the base, others' branches, a name of no template, `--mirror`", PUSHED_ELSEWHERE),
    Row("`push --no-verify`", PUSHED_PAST),
    Row(
        "does its own work: commits, amends, rewinds; a sub-agent's worktree; merges, rebases or pulls the base",
        (*WORK, *BRINGING_IN),
    ),
    Row("`gc`, `pack-refs`, `fetch --prune`, bisect, tags, its own branches", UPKEEP),
    Row("pushes its own work", FREE_PUSHES),
    Row("(a person in the main worktree)", BY_PERSONS),
)
WAYS = tuple(way for row in ROWS for way in row.ways)


def render_matrix() -> str:
    """The table in Markdown: a line a row, ✔ where every way that comes by is refused, a dash where it passes."""
    lines = [f"| an agent … | {' | '.join(COLUMNS)} |", f"|{'---|' * (len(COLUMNS) + 1)}"]
    return "\n".join([*lines, *(f"| {row.text} | {' | '.join(row_marks(row))} |" for row in ROWS)])


def row_marks(row: Row) -> list[str]:
    """One mark a column. Raises ValueError when a point refuses some of the ways and lets others pass."""
    marks = []
    for point in ("commit", "refs", "push", "ci"):
        found = {_mark(way.cells, point) for way in row.ways} - {""}
        if len(found) > 1:
            raise ValueError(f"{row.text}: {point}: {found}")
        marks.append(found.pop() if found else "")
    return marks


def _mark(cells: Cells, point: str) -> str:
    said = getattr(cells, point)
    return {PASSES: "\N{EN DASH}", NOT_THERE: "", SERVER: "server"}.get(said, "✔")
