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
    return Way(f"{name} of {branch}", cells, git(filled, stdin=said), steps, ref, ref, f"origin/{branch}")


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


def _with_others_branch(scene: Scene) -> None:
    git("worktree add --quiet --force {beside}/sub {other}")(scene)
    Path(scene.fill("{beside}/sub/" + BILLING)).write_text("CHANGED = 1\n", encoding="utf-8")


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
    Way("commit in a worktree of its own making", Cells(FOREIGN, FOREIGN, NAME, PASSES),
        git("commit -a -m Work", where="{beside}/sub"), (_in_new_worktree,), "refs/heads/sub",
        "refs/heads/sub", "origin/sub"),
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
    refs("git replace in front", "update-ref refs/heads/{own} {forged}", past("replace {forged} {start}")),
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
)
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
    moving("branch -C", MAIN, "branch -C {own} {branch}", main_is_free, own_work),
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
        moving("update-ref", ref, "update-ref {ref} {clean}"),
        moving("update-ref -d", ref, "update-ref -d {ref}"),
        moving("update-ref -d, packed", ref, "update-ref -d {ref}", past("pack-refs --all --prune")),
        moving("update-ref --stdin", ref, "update-ref --stdin", stdin="start\ndelete {ref}\nprepare\ncommit\n"),
        *(
            (
                moving("branch -f", ref, "branch -f {branch} {clean}"),
                moving("branch -M", ref, "branch -M {own} {branch}", own_work),
                moving("branch -m away", ref, "branch -m {branch} elsewhere"),
                moving("branch -C", ref, "branch -C {own} {branch}", own_work),
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
    Way("commit in a second worktree of another's branch", Cells(PASSES, BRANCH, BRANCH, PASSES),
        git("commit -a -m Work", where="{beside}/sub"), (_with_others_branch,), OTHER, OTHER, "origin/{other}"),
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
