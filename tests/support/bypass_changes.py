"""Ways to get a foreign change into a commit of one's own."""

from dataclasses import replace

from support.bypass_scene import COMMON, LINEAGE, Scene
from support.bypass_shapes import MAIN, OWN, PAST_COMMIT, PAST_LOCAL, content, past_hooks
from support.bypass_ways import (
    BASE,
    FOREIGN,
    FROZEN,
    HELD,
    NOT_THERE,
    PASSES,
    SERVER,
    STALE,
    UNQUEUED,
    Cells,
    Way,
    by_hand,
    edit_policy,
    git,
    gitpython,
    held_by_sibling,
    landed,
    landed_common,
    own_work,
    past,
    sibling_worked,
    slipped,
    stage,
    write,
)
from support.grids import ORDERS


def _inner_repository(scene: Scene) -> None:
    scene.past("init --quiet services/orders/lib")


def _follow_server(scene: Scene) -> None:
    """The base follows a server's branch."""
    scene.past("update-ref refs/remotes/server/main {start}")
    scene.past("config branch.main.remote server", where=scene.grid.main)
    scene.past("config branch.main.merge refs/heads/main", where=scene.grid.main)


COMMITS = (
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
MERGES = (
    content("evil merge of the base", git("commit --no-edit"), landed, own_work,
            past("merge --no-commit main"), stage(ORDERS)),
    content("octopus", git("merge -m Octopus main {other}"), landed, sibling_worked, own_work),
    content("merge of a sibling's branch", git("merge --no-edit {other}"), sibling_worked, own_work),
)  # fmt: skip
_USERS = "CREATE TABLE users (id INT);\n"
_UNQUEUED = Cells(*[UNQUEUED] * 4)
MIGRATIONS = (
    content("migration, commit", git("commit -m Work"), stage(f"{LINEAGE}/0001_users.sql", _USERS), cells=_UNQUEUED),
    content("migration, commit --amend", git("commit --amend --no-edit"), own_work,
            stage(f"{LINEAGE}/0001_users.sql", _USERS), cells=_UNQUEUED),
    content("migration, a provisional number that nobody gave", git("commit -m Work"),
            stage(f"{LINEAGE}/900000001_users.sql", _USERS), cells=_UNQUEUED),
)  # fmt: skip
MIGRATIONS_PAST_COMMIT = (
    content("migration, commit --no-verify", git("commit --no-verify -m Work"),
            stage(f"{LINEAGE}/0001_users.sql", _USERS), cells=replace(_UNQUEUED, commit=PASSES)),
    content("migration, cherry-pick", git("cherry-pick {unqueued}"), own_work,
            cells=replace(_UNQUEUED, commit=PASSES)),
)  # fmt: skip
SKIPPING_COMMIT = (
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
POSING = (
    content("another agent in the environment", git("commit -m Work", **dict.fromkeys(
        ("AGENT_ID", "AGENTGRID_AGENT", "GIT_AUTHOR_NAME", "GIT_REFLOG_ACTION", "agent", "desk", "name"), "a1")),
            stage(ORDERS)),
    content("a forged pass", git("commit -m Work", AGENTGRID_AS_ME="forged"), stage(ORDERS)),
    content("its own version of the policy", git("commit -m Work"), edit_policy, stage(ORDERS)),
)  # fmt: skip
LEASES = (
    Way("commit of a common path that another holds", Cells(HELD, HELD, HELD, PASSES), git("commit -m Work"),
        (held_by_sibling, stage(COMMON))),
)  # fmt: skip
OUTDATED = (
    content("commit of a common path that the base has changed", git("commit -m Work"), landed_common,
            stage(COMMON), cells=Cells(*[STALE] * 4)),
)  # fmt: skip
DETACHED = (
    content("commit on a detached HEAD", git("commit -m Work"), past("switch --quiet --detach"), stage(ORDERS),
            cells=Cells(FOREIGN, PASSES, FOREIGN, FOREIGN)),
)  # fmt: skip
DETACHED_PAST = (
    content("commit --no-verify on a detached HEAD", git("commit --no-verify -m Work"),
            past("switch --quiet --detach"), stage(ORDERS), cells=PAST_LOCAL),
)  # fmt: skip
PAST_HOOKS = (
    past_hooks("-c core.hooksPath", git("-c core.hooksPath={past} commit -m Work")),
    past_hooks("hooks path in the environment", git("commit -m Work", GIT_CONFIG_COUNT="1",
               GIT_CONFIG_KEY_0="core.hooksPath", GIT_CONFIG_VALUE_0="{past}")),
    past_hooks("GitPython's index.commit", gitpython),
    content("its own ref, by hand", by_hand(OWN, "{forged}"), cells=PAST_LOCAL),
)  # fmt: skip
AS_A_PERSON = tuple(
    Way(name, Cells(PASSES, PASSES, BASE, SERVER), act, (), MAIN, MAIN, "origin/main")
    for name, act in {
        "another git directory": git("--git-dir={common} --work-tree={here} commit --quiet --allow-empty -m Work"),
        "in the main worktree": git("-C {main} commit --quiet --allow-empty -m Work"),
        "the base's ref, by hand": by_hand(MAIN, "{clean}"),
    }.items()
)
AS_LANDED = (
    Way("the base's remote-tracking ref", Cells(PASSES, PASSES, PASSES, FOREIGN),
        git("update-ref refs/remotes/server/main {forged}", "reset --quiet --hard {forged}",
            "commit --quiet --allow-empty -m Work"), (_follow_server,)),
)  # fmt: skip
SUBMODULES = (
    Way("commit inside a submodule", Cells(PASSES, PASSES, NOT_THERE, PASSES),
        git("-C services/orders/lib commit --quiet --allow-empty -m Work"), (_inner_repository,),
        "{here}/services/orders/lib:HEAD"),
)  # fmt: skip
