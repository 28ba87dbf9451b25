"""Ways to move refs that one may not move, or to move one's own where it may not go."""

from pathlib import Path

from support.bypass_scene import Scene
from support.bypass_shapes import MAIN, ON_STASH, OTHER, PERSONS, TOPIC, moving, refs
from support.bypass_ways import (
    BASE,
    BRANCH,
    FOREIGN,
    NAME,
    NOT_THERE,
    PASSES,
    SERVER,
    Cells,
    Way,
    git,
    main_is_free,
    own_work,
    past,
    stage,
    write,
)
from support.grids import BILLING, ORDERS


def _in_new_worktree(scene: Scene) -> None:
    """A worktree that the agent makes inside its own, with all hooks, and changes a foreign file in."""
    git("worktree add --quiet -b sub {beside}/sub")(scene)
    Path(scene.fill("{beside}/sub/" + ORDERS)).write_text("CHANGED = 1\n", encoding="utf-8")


OWN_REFS = (
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
NEW_BRANCHES = tuple(
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
OF_BASE = (
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
    moving("push --no-verify . HEAD:main", MAIN, "push --quiet --no-verify . HEAD:{ref}", main_is_free, own_work),
    moving("through a symbolic ref", MAIN, "update-ref refs/heads/alias {clean}",
           past("symbolic-ref refs/heads/alias refs/heads/main")),
    Way("symbolic-ref HEAD main, then commit", Cells(BASE, BASE, BASE, SERVER), git("commit --quiet -m Work"),
        (stage(BILLING), past("symbolic-ref HEAD refs/heads/main")), MAIN, MAIN, "origin/main"),
)  # fmt: skip
OTHERS = tuple(
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
                moving("push --no-verify . x:it", ref, "push --quiet --no-verify . HEAD:{ref}", own_work),
            )
            if ref == PERSONS
            else (moving("branch -m away", ref, "branch -m {branch} elsewhere"),)
        ),
    )
) + (
    Way("commit in a second worktree of another's branch", Cells(PASSES, BRANCH, BRANCH, SERVER),
        git("commit --allow-empty -m Work", where="{beside}/sub"),
        (git("worktree add --quiet --force {beside}/sub {other}"),), OTHER, OTHER, "origin/{other}"),
)  # fmt: skip
OF_STASH = tuple(
    Way(f"stash {name}", ON_STASH, git(command), tuple(steps), "refs/stash")
    for name, command, *steps in (
        ("push", "stash push", write(BILLING)),
        ("save with new files", "stash push --include-untracked", write(BILLING), write("new.txt")),
        ("pop", "stash pop", write(BILLING), past("stash push --quiet")),
        ("drop", "stash drop", write(BILLING), past("stash push --quiet")),
        ("clear", "stash clear", write(BILLING), past("stash push --quiet")),
        ("store", "stash store {clean}"),
    )
)
UNSEEN = (
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
