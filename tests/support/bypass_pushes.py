"""Ways to push, and what must never be refused."""

from support.bypass_scene import COMMON, Scene
from support.bypass_shapes import FREE, FREE_HERE, MAIN, OTHER, OWN, PERSONS, TOPIC, free, pushing
from support.bypass_ways import (
    BASE,
    BRANCH,
    FOREIGN,
    NAME,
    PASSES,
    SERVER,
    Way,
    git,
    landed,
    own_work,
    past,
    sibling_worked,
    slipped,
    stage,
    write,
)
from support.grids import BILLING


def _hundred_commits(scene: Scene) -> None:
    """A hundred own commits, written in one go."""
    lines = []
    for number in range(100):
        lines.append(f"commit {OWN}\ncommitter Test Person <person@example.invalid> {1741000000 + number} +0000\n")
        lines.append(f"data 4\nOwn\n{'from ' + OWN + '^0' if not number else ''}\n")
        lines.append(f"M 100644 inline services/billing/n{number}.py\ndata 2\n1\n\n")
    scene.a2.git("fast-import", "--quiet", "--force", stdin=scene.fill("".join(lines)))
    scene.past("reset --quiet --hard")


PUSHES = (
    pushing("a slipped change to its own branch", FOREIGN, FOREIGN, "push server HEAD:{own}", slipped, watched=OWN),
    pushing("a slipped change from a detached HEAD", FOREIGN, FOREIGN, "push server HEAD:refs/heads/{own}", slipped,
            past("switch --quiet --detach"), watched=OWN),
)  # fmt: skip
PUSHED_ELSEWHERE = (
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
PUSHED_PAST = (
    pushing("with --no-verify", PASSES, FOREIGN, "push --no-verify server HEAD:refs/heads/{own}", slipped,
            watched=OWN),
)  # fmt: skip
WORK = (
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
BRINGING_IN = (
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
UPKEEP = (
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
FREE_PUSHES = (
    pushing("its own work", PASSES, PASSES, "push server HEAD:refs/heads/{own}", own_work, watched=OWN),
    pushing("deletion of its own branch", PASSES, PASSES, "push server :refs/heads/{own}",
            past("push --quiet server HEAD:refs/heads/{own}"), watched=OWN),
    pushing("a tag of its own work", PASSES, PASSES, "push server v1", past("tag v1 {clean}"), watched="refs/tags/v1",
            checked="v1"),
)  # fmt: skip
BY_PERSONS = (
    Way("a person in the main worktree", FREE_HERE, git("commit --quiet --allow-empty -m Work", where="{main}"), (),
        MAIN),
)  # fmt: skip
