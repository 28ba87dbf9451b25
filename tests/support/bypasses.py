"""Every way around the guard that is known, and what each enforcement point says to it: the bypass matrix as data.

The README prints it (`render_matrix`), and tests/acceptance/test_bypass_matrix.py plays every cell with real git.
"""

from pathlib import Path

from support.bypass_scene import BILLING, COMMON, ORDERS, Act, Scene, Step
from support.bypass_ways import (
    BASE,
    BRANCH,
    FOREIGN,
    FROZEN,
    HELD,
    NAME,
    NOT_THERE,
    PASSES,
    SERVER,
    STALE,
    STASH,
    Cells,
    Row,
    Way,
    by_hand,
    edit_policy,
    git,
    gitpython,
    held_by_sibling,
    landed,
    landed_common,
    main_is_free,
    own_work,
    past,
    sibling_worked,
    slipped,
    stage,
    write,
)

COLUMNS = ("at the commit", "at the ref update", "at the push", "`check` (CI)")

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
    return Way(name, cells, git(command), steps, f"server:{watched}", "", checked or f"origin/{branch}")


def free(name: str, act: Act, *steps: Step, watched: str = "HEAD", cells: Cells = FREE_HERE) -> Way:
    return Way(name, cells, act, steps, watched)


def past_hooks(name: str, act: Act) -> Way:
    return content(name, act, stage(ORDERS), cells=PAST_LOCAL)


def _in_new_worktree(scene: Scene) -> None:
    """A worktree that the agent makes inside its own, with all hooks, and changes a foreign file in."""
    git("worktree add --quiet -b sub {beside}/sub")(scene)
    Path(scene.fill("{beside}/sub/" + ORDERS)).write_text("CHANGED = 1\n", encoding="utf-8")


def _inner_repository(scene: Scene) -> None:
    scene.past("init --quiet services/orders/lib")


def _hundred_commits(scene: Scene) -> None:
    """A hundred own commits, written in one go."""
    lines = []
    for number in range(100):
        lines.append(f"commit {OWN}\ncommitter Test Person <person@example.invalid> {1741000000 + number} +0000\n")
        lines.append(f"data 4\nOwn\n{'from ' + OWN + '^0' if not number else ''}\n")
        lines.append(f"M 100644 inline services/billing/n{number}.py\ndata 2\n1\n\n")
    scene.a2.git("fast-import", "--quiet", "--force", stdin=scene.fill("".join(lines)))
    scene.past("reset --quiet --hard")


_COMMITS = (
    content("commit", git("commit -m Work"), stage(ORDERS)),
    content("commit -a", git("commit -a -m Work"), write(ORDERS)),
    content("commit -- path", git(f"commit -m Work -- {ORDERS}"), write(ORDERS)),
    content("commit --amend", git("commit --amend --no-edit"), own_work, stage(ORDERS)),
    content("rename", git("commit -m Work"), past(f"mv {ORDERS} services/billing/taken.py")),
    content("deletion", git("commit -m Work"), past(f"rm --quiet {ORDERS}")),
    content("mode", git("commit -m Work"), past(f"update-index --chmod=+x {ORDERS}")),
    content("submodule link", git("commit -m Work"),
            past("update-index --add --cacheinfo 160000,{start},services/orders/lib")),
    content("frozen file", git("commit -m Work"), stage("LICENSE"), cells=Cells(*[FROZEN] * 4)),
    content("commit of what a cherry-pick staged", git("commit -m Work"), sibling_worked,
            past("cherry-pick -n {theirs}")),
)  # fmt: skip
_MERGES = (
    content("evil merge of the base", git("commit --no-edit"), landed, own_work,
            past("merge --no-commit main"), stage(ORDERS)),
    content("octopus", git("merge -m Octopus main {other}"), landed, sibling_worked, own_work),
    content("merge of a sibling's branch", git("merge --no-edit {other}"), sibling_worked, own_work),
)  # fmt: skip
_PAST_COMMIT = (
    content("commit --no-verify", git("commit --no-verify -m Work"), stage(ORDERS), cells=PAST_COMMIT),
    content("fast-forward to a sibling's branch", git("merge --ff-only {other}"), sibling_worked, cells=PAST_COMMIT),
    content("pull of a sibling's branch", git("pull --quiet --ff-only . {other}"), sibling_worked, cells=PAST_COMMIT),
    content("cherry-pick", git("cherry-pick {theirs}"), own_work, cells=PAST_COMMIT),
    content("revert", git("revert --no-edit {landed}"), landed, past("reset --quiet --hard {landed}"),
            cells=PAST_COMMIT),
    content("am", git("am --quiet {beside}/0001-Made.patch"), past("format-patch --quiet -o {beside} -1 {forged}"),
            cells=PAST_COMMIT),
    content("rebase, merge backend", git("rebase --quiet main"), landed, slipped, cells=PAST_COMMIT),
    content("rebase, apply backend", git("rebase --quiet --apply main"), landed, slipped, cells=PAST_COMMIT),
    content("rebase -i with an added pick", git("rebase --quiet -i {start}", GIT_SEQUENCE_EDITOR=
            "sh -c 'echo pick {theirs} >>\"$1\"' -"), own_work, cells=PAST_COMMIT),
)  # fmt: skip
_OWN_REFS = (
    refs("update-ref", "update-ref refs/heads/{own} {forged}"),
    refs("update-ref HEAD", "update-ref HEAD {forged}"),
    refs("update-ref --stdin", "update-ref --stdin",
         stdin="start\nupdate refs/heads/{own} {forged}\nprepare\ncommit\n"),
    refs("reset --hard", "reset --hard {forged}"),
    refs("reset --soft", "reset --soft {forged}"),
    refs("reset --mixed", "reset --mixed {forged}"),
    refs("reset --keep", "reset --keep {forged}"),
    refs("reset --merge", "reset --merge {forged}"),
    refs("checkout -B", "checkout --quiet -B {own} {forged}"),
    refs("switch -C", "switch --quiet -C {own} {forged}"),
    refs("fetch into it", "fetch --quiet --update-head-ok . {forged}:refs/heads/{own}"),
    refs("git replace in front", "update-ref refs/heads/{own} {forged}",
         git("commit --quiet --allow-empty -m Own"), past("replace {forged} HEAD")),
)  # fmt: skip
_NEW_BRANCHES = tuple(
    Way(name, Cells(NOT_THERE, FOREIGN, NAME, PASSES), git(command), (), TOPIC, TOPIC, "origin/topic")
    for name, command in {
        "branch": "branch topic {forged}",
        "checkout -b": "checkout --quiet -b topic {forged}",
        "switch -c": "switch --quiet -c topic {forged}",
        "update-ref of a new branch": "update-ref refs/heads/topic {forged}",
        "fetch into a new branch": "fetch --quiet . {forged}:refs/heads/topic",
    }.items()
) + (
    Way("commit in a worktree of its own making", Cells(FOREIGN, FOREIGN, NAME, PASSES),
        git("commit -a -m Work", where="{beside}/sub"), (_in_new_worktree,), "refs/heads/sub",
        "refs/heads/sub", "origin/sub"),
)  # fmt: skip
_BASE = (
    moving("update-ref", MAIN, "update-ref {ref} {clean}"),
    moving("update-ref --stdin beside an own branch", MAIN, "update-ref --stdin",
           stdin="update refs/heads/{own} {clean}\nupdate {ref} {clean}\n"),
    moving("update-ref -d", MAIN, "update-ref -d {ref}"),
    moving("update-ref -d, packed", MAIN, "update-ref -d {ref}", past("pack-refs --all --prune")),
    moving("update-ref -d, packed and loose", MAIN, "update-ref -d {ref}", past("pack-refs --all --no-prune")),
    moving("branch -f", MAIN, "branch -f {branch} {clean}", main_is_free),
    moving("branch -M", MAIN, "branch -M {own} {branch}", main_is_free, own_work),
    moving("branch -m away", MAIN, "branch -m {branch} elsewhere", main_is_free),
    moving("branch -D", MAIN, "branch -D {branch}", main_is_free),
    moving("branch -d", MAIN, "branch -d {branch}", main_is_free),
    moving("checkout -B", MAIN, "checkout --quiet -B {branch} {clean}", main_is_free),
    moving("switch -C", MAIN, "switch --quiet -C {branch} {clean}", main_is_free),
    moving("fetch . x:main", MAIN, "fetch --quiet . {clean}:{ref}", main_is_free),
    moving("fetch server main:main", MAIN, "fetch --quiet server {ref}:{ref}", main_is_free,
           past("push --quiet server {landed}:refs/heads/main")),
    moving("push . HEAD:main", MAIN, "push --quiet . HEAD:{ref}", main_is_free, own_work),
    moving("through a symbolic ref", MAIN, "update-ref refs/heads/alias {clean}",
           past("symbolic-ref refs/heads/alias refs/heads/main")),
    Way("symbolic-ref HEAD main, then commit", Cells(BASE, BASE, BASE, SERVER), git("commit --quiet -m Work"),
        (stage(BILLING), past("symbolic-ref HEAD refs/heads/main")), MAIN, MAIN, "origin/main"),
)  # fmt: skip
_OTHERS = tuple(
    way
    for ref in (OTHER, PERSONS)
    for way in (
        moving("update-ref", ref, "update-ref {ref} {clean}" if ref == PERSONS else "update-ref {ref} {forged}"),
        moving("update-ref -d", ref, "update-ref -d {ref}"),
        moving("update-ref -d, packed", ref, "update-ref -d {ref}", past("pack-refs --all --prune")),
        moving("update-ref --stdin", ref, "update-ref --stdin", stdin="start\ndelete {ref}\nprepare\ncommit\n"),
        *(
            (
                moving("branch -f", ref, "branch -f {branch} {clean}"),
                moving("branch -M", ref, "branch -M {own} {branch}", own_work),
                moving("branch -m away", ref, "branch -m {branch} elsewhere"),
                moving("branch -D", ref, "branch -D {branch}"),
                moving("branch -d", ref, "branch -d {branch}"),
                moving("checkout -B", ref, "checkout --quiet -B {branch} {clean}"),
                moving("fetch . x:it", ref, "fetch --quiet . {clean}:{ref}"),
                moving("push . x:it", ref, "push --quiet . HEAD:{ref}", own_work),
            )
            if ref == PERSONS
            else (moving("branch -m away", ref, "branch -m {branch} elsewhere"),)
        ),
    )
) + (
    Way("commit in a second worktree of another's branch", Cells(PASSES, BRANCH, BRANCH, SERVER),
        git("commit --allow-empty -m Work", where="{beside}/sub"), (git("worktree add --quiet --force {beside}/sub {other}"),), OTHER, OTHER, "origin/{other}"),
)  # fmt: skip
_STASH = tuple(
    Way(f"stash {name}", ON_STASH, git(command), steps, "refs/stash")
    for name, command, *steps in (
        ("push", "stash push", write(BILLING)),
        ("save with new files", "stash push --include-untracked", write(BILLING), write("new.txt")),
        ("pop", "stash pop", write(BILLING), past("stash push --quiet")),
        ("drop", "stash drop", write(BILLING), past("stash push --quiet")),
        ("clear", "stash clear", write(BILLING), past("stash push --quiet")),
        ("store", "stash store {clean}"),
    )
)
_UNSEEN = (
    *(
        Way(f"symbolic-ref over {whose}", Cells(NOT_THERE, PASSES, rule, SERVER),
            git(f"symbolic-ref {ref} refs/heads/{{own}}"), (own_work,), ref, ref, f"origin/{ref[11:]}",
            refused_from=(2, 46))
        for whose, ref, rule in (("the base", MAIN, BASE), ("a person's branch", PERSONS, BRANCH))
    ),
    Way("branch -C over the base", Cells(NOT_THERE, PASSES, BASE, SERVER), git("branch -C {own} main"),
        (main_is_free, own_work), MAIN, MAIN, "origin/main"),
    Way("branch -C over a person's branch", Cells(NOT_THERE, PASSES, BRANCH, SERVER), git("branch -C {own} notes"),
        (own_work,), PERSONS, PERSONS, "origin/notes"),
    *(
        Way(f"stash {name} of one of several", Cells(NOT_THERE, PASSES, NOT_THERE, NOT_THERE), git(f"stash {name}"),
            (write(BILLING, "A = 1\n"), past("stash push --quiet"), write(BILLING), past("stash push --quiet")),
            "refs/stash")
        for name in ("pop", "drop")
    ),
)  # fmt: skip
_LEASES = (
    Way("commit of a common path that another holds", Cells(HELD, HELD, HELD, PASSES), git("commit -m Work"),
        (held_by_sibling, stage(COMMON))),
)  # fmt: skip
_STALE = (
    content("commit of a common path that the base has changed", git("commit -m Work"), landed_common,
            stage(COMMON), cells=Cells(*[STALE] * 4)),
)  # fmt: skip
_POSING = (
    content("another agent in the environment", git("commit -m Work", **dict.fromkeys(
        ("AGENT_ID", "AGENTGRID_AGENT", "GIT_AUTHOR_NAME", "GIT_REFLOG_ACTION", "agent", "desk", "name"), "a1")),
            stage(ORDERS)),
    content("a forged pass", git("commit -m Work", AGENTGRID_AS_ME="forged"), stage(ORDERS)),
    content("its own version of the policy", git("commit -m Work"), edit_policy, stage(ORDERS)),
)  # fmt: skip
_DETACHED = (
    content("commit on a detached HEAD", git("commit -m Work"), past("switch --quiet --detach"), stage(ORDERS),
            cells=Cells(FOREIGN, PASSES, FOREIGN, FOREIGN)),
)  # fmt: skip
_DETACHED_PAST = (
    content("commit --no-verify on a detached HEAD", git("commit --no-verify -m Work"),
            past("switch --quiet --detach"), stage(ORDERS), cells=PAST_LOCAL),
)  # fmt: skip
_PAST_HOOKS = (
    past_hooks("-c core.hooksPath", git("-c core.hooksPath={past} commit -m Work")),
    past_hooks("hooks path in the environment", git("commit -m Work", GIT_CONFIG_COUNT="1",
               GIT_CONFIG_KEY_0="core.hooksPath", GIT_CONFIG_VALUE_0="{past}")),
    past_hooks("GitPython's index.commit", gitpython),
    content("its own ref, by hand", by_hand(OWN, "{forged}"), cells=PAST_LOCAL),
)  # fmt: skip
_AS_A_PERSON = tuple(
    Way(name, Cells(PASSES, PASSES, BASE, SERVER), act, (), MAIN, MAIN, "origin/main")
    for name, act in {
        "another git directory": git("--git-dir={common} --work-tree={here} commit --quiet --allow-empty -m Work"),
        "in the main worktree": git("-C {main} commit --quiet --allow-empty -m Work"),
        "the base's ref, by hand": by_hand(MAIN, "{clean}"),
    }.items()
)


def _follow_server(scene: Scene) -> None:
    """The base follows a server's branch."""
    scene.past("update-ref refs/remotes/server/main {start}")
    scene.past("config branch.main.remote server", where=scene.grid.main)
    scene.past("config branch.main.merge refs/heads/main", where=scene.grid.main)


_AS_LANDED = (
    Way("the base's remote-tracking ref", Cells(PASSES, PASSES, PASSES, FOREIGN),
        git("update-ref refs/remotes/server/main {forged}", "reset --quiet --hard {forged}",
            "commit --quiet --allow-empty -m Work"), (_follow_server,)),
)  # fmt: skip
_SUBMODULES = (
    Way("commit inside a submodule", Cells(PASSES, PASSES, NOT_THERE, PASSES),
        git("-C services/orders/lib commit --quiet --allow-empty -m Work"), (_inner_repository,),
        "{here}/services/orders/lib:HEAD"),
)  # fmt: skip
_PUSHES = (
    pushing("a slipped change to its own branch", FOREIGN, FOREIGN, "push server HEAD:{own}", slipped, watched=OWN),
    pushing("a slipped change from a detached HEAD", FOREIGN, FOREIGN, "push server HEAD:refs/heads/{own}", slipped,
            past("switch --quiet --detach"), watched=OWN),
)  # fmt: skip
_PUSHED_ELSEWHERE = (
    pushing("to main", BASE, SERVER, "push server {clean}:refs/heads/main", watched=MAIN),
    pushing("deletion of main", BASE, SERVER, "push server :refs/heads/main", watched=MAIN),
    pushing("to another agent's branch", BRANCH, SERVER, "push server {forged}:refs/heads/{other}", watched=OTHER),
    pushing("deletion of another agent's branch", BRANCH, SERVER, "push server :refs/heads/{other}",
            past("push --quiet server {other}"), watched=OTHER),
    pushing("to a person's branch", BRANCH, SERVER, "push server {clean}:refs/heads/notes",
            past("push --quiet server notes"), watched=PERSONS),
    pushing("deletion of a person's branch", BRANCH, SERVER, "push server :refs/heads/notes",
            past("push --quiet server notes"), watched=PERSONS),
    pushing("to a name of no template", NAME, SERVER, "push server {clean}:refs/heads/topic", watched=TOPIC),
    pushing("a slipped change as a tag", FOREIGN, SERVER, "push server v1", past("tag v1 {forged}"),
            watched="refs/tags/v1", checked="v1"),
    pushing("a slipped change for review", FOREIGN, SERVER, "push server {forged}:refs/for/main",
            watched="refs/for/main", checked="{forged}"),
    pushing("everything, with --mirror", BASE, SERVER, "push --mirror server", landed, watched=MAIN),
)  # fmt: skip
_PUSHED_PAST = (
    pushing("with --no-verify", PASSES, FOREIGN, "push --no-verify server HEAD:refs/heads/{own}", slipped,
            watched=OWN),
)  # fmt: skip
_WORK = (
    free("own files", git("commit -m Work"), stage(BILLING), cells=FREE),
    free("free common files", git("commit -m Work"), stage(COMMON), cells=FREE),
    free("files of nobody", git("commit -m Work"), stage("notes.md"), cells=FREE),
    free("amend", git("commit --amend -m Again"), own_work, cells=FREE),
    free("fixup and autosquash", git("commit --fixup HEAD", "rebase --quiet -i --autosquash {start}",
         GIT_SEQUENCE_EDITOR="true"), own_work, stage(BILLING), cells=FREE),
    free("own files on a detached HEAD", git("commit -m Work"), past("switch --quiet --detach"),
         stage(BILLING), cells=FREE),
    free("a reverted touch", git("revert --no-edit HEAD"), slipped, cells=FREE),
    free("new branch", git("switch --quiet -c topic", "commit -m Work"), stage(BILLING)),
    free("sub-agent's worktree", git("worktree add --quiet -b sub {beside}/sub",
         "-C {beside}/sub commit --allow-empty -m Work"), watched="refs/heads/sub"),
    free("rewind, hard", git("reset --quiet --hard HEAD^"), own_work),
    free("rewind, soft", git("reset --quiet --soft HEAD^"), own_work),
    free("rewind of a slip", git("reset --quiet --keep HEAD^"), slipped),
)  # fmt: skip
_BRINGING_IN = (
    free("merge of the base", git("merge --no-edit main"), landed, own_work, cells=FREE),
    free("fast-forward of the base", git("merge --ff-only main"), landed, cells=FREE),
    free("pull of the base", git("pull --quiet --no-rebase --no-edit . main"), landed, own_work, cells=FREE),
    free("rebase onto the base, merge backend", git("rebase --quiet main"), landed, own_work, cells=FREE),
    free("rebase onto the base, apply backend", git("rebase --quiet --apply main"), landed, own_work, cells=FREE),
    free("rebase with an autostash", git("rebase --quiet --autostash main"), landed, own_work, write(BILLING)),
    free("rebase of 100 commits", git("rebase --quiet main"), landed, _hundred_commits),
    free("cherry-pick of a fix", git("cherry-pick {landed}"), landed, own_work, cells=FREE),
    free("reset to it", git("reset --quiet --hard main"), landed, own_work, cells=FREE),
)  # fmt: skip
_UPKEEP = (
    free("gc", git("gc --quiet --prune=now"), own_work, watched=""),
    free("pack-refs", git("pack-refs --all"), own_work, watched=""),
    free("pack-refs --prune", git("pack-refs --all --prune"), past("pack-refs --all", "update-ref HEAD {clean}"),
         watched=""),
    free("maintenance", git("maintenance run --task=gc --task=pack-refs --task=commit-graph --quiet"), watched=""),
    free("fetch --prune", git("fetch --quiet --prune server"),
         past("update-ref refs/remotes/server/gone {clean}"), watched="refs/remotes/server/gone"),
    free("bisect", git("bisect start HEAD HEAD~2", "bisect good", "bisect reset"), own_work,
         past("commit --quiet --allow-empty -m Two", "commit --quiet --allow-empty -m Three"), watched=""),
    free("tag", git("tag v1"), watched="refs/tags/v1"),
    free("notes", git("notes add -m Seen"), watched="refs/notes/commits"),
    free("deleting its own branch", git("branch -D topic"), git("branch topic"), watched=TOPIC),
    free("renaming its own branch", git("branch -m topic"), watched=TOPIC),
    free("copying a branch", git("branch -c {other} topic"), watched=TOPIC),
    free("a branch where another's is", git("branch topic {other}"), sibling_worked, watched=TOPIC),
    free("sparse checkout", git("sparse-checkout set services/billing"), watched=""),
    free("stash create", git("stash create"), write(BILLING), watched=""),
    free("looking at the base", git("checkout --quiet --detach main"), landed),
)  # fmt: skip
_FREE_PUSHES = (
    pushing("its own work", PASSES, PASSES, "push server HEAD:refs/heads/{own}", own_work, watched=OWN),
    pushing("deletion of its own branch", PASSES, PASSES, "push server :refs/heads/{own}",
            past("push --quiet server HEAD:refs/heads/{own}"), watched=OWN),
    pushing("a tag of its own work", PASSES, PASSES, "push server v1", past("tag v1 {clean}"), watched="refs/tags/v1",
            checked="v1"),
)  # fmt: skip
_PERSONS = (
    Way("a person in the main worktree", FREE_HERE, git("commit --quiet --allow-empty -m Work", where="{main}"), (),
        MAIN),
)  # fmt: skip

ROWS = (
    Row(
        "commits a foreign or frozen path: `-a`, `-- path`, `--amend`, rename, mode, submodule link, hidden in a merge",
        (*_COMMITS, *_MERGES),
    ),
    Row("poses as somebody else (environment, its own version of the policy)", _POSING, is_alike=True),
    Row("commits a common path that another agent holds", _LEASES),
    Row("commits a common path that the base has changed since", _STALE),
    Row("`commit --no-verify`, cherry-pick, revert, `am`, rebase, fast-forward, pull", _PAST_COMMIT, is_alike=True),
    Row("puts its branch on foreign work: `update-ref`, `reset`, `checkout -B`, `fetch`", _OWN_REFS, is_alike=True),
    Row("makes a new branch of foreign work", _NEW_BRANCHES, is_alike=True),
    Row("moves or deletes the base (`branch -f/-M/-D`, `fetch . x:main`, …)", _BASE, is_alike=True),
    Row("moves or deletes another agent's or a person's branch", _OTHERS, is_alike=True),
    Row("`stash`: one for all worktrees", _STASH, is_alike=True),
    Row("`branch -C` or `symbolic-ref` over a free branch, `stash drop` of one of several: git asks no hook", _UNSEEN),
    Row("commits on a detached HEAD", _DETACHED),
    Row(
        "`-c core.hooksPath=…`, GitPython, writes its own ref by hand, `commit --no-verify` on a detached HEAD",
        (*_PAST_HOOKS, *_DETACHED_PAST),
        is_alike=True,
    ),
    Row("commits in the main worktree, writes the base's ref by hand", _AS_A_PERSON),
    Row("says that its work has landed: writes `refs/remotes/…` of the base by hand", _AS_LANDED),
    Row("commits inside a submodule", _SUBMODULES),
    Row("pushes foreign work that slipped into its branch", _PUSHES),
    Row("pushes to the base, others' branches, a name of no template, `--mirror`", _PUSHED_ELSEWHERE),
    Row("`push --no-verify`", _PUSHED_PAST),
    Row(
        "does its own work: commits, amends, rewinds; a sub-agent's worktree; merges, rebases or pulls the base",
        (*_WORK, *_BRINGING_IN),
    ),
    Row("`gc`, `pack-refs`, `fetch --prune`, bisect, tags, its own branches", _UPKEEP),
    Row("pushes its own work", _FREE_PUSHES),
    Row("(a person in the main worktree)", _PERSONS),
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
