"""The same change gives the same findings at the edit, commit, ref update and push, in CI and on a server."""

import os
import re
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from agentgrid.git.paths import show_path
from agentgrid.grid import Grid
from support.edits import ask_hook, write_call
from support.granting import BILLING, NOTES, ORDERS, TOOLS, GrantScene, make_grant_scene
from support.grids import attempt
from support.repositories import Sandbox
from support.servers import install_pre_receive

COMMON, STALE = "services/common/cache.py", "services/common/clock.py"
GRANTED = "services/orders/tests/test_orders.py"
LINE = re.compile(r"^(?:remote: )?  (error|warn): (.*) \[([\w.-]+)\]\s*$", re.MULTILINE)
Findings = set[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Change:
    """`act`: makes it in the worktree. `paths`: those that a client would name. `rules`: path → the rule it breaks.
    `is_edit` False: no client has a call for it."""

    name: str
    act: Callable[[Sandbox], object]
    paths: tuple[str, ...]
    rules: dict[str, str]
    is_edit: bool = True


def writes(*paths: str) -> Callable[[Sandbox], object]:
    return lambda desk: [desk.write(path, f"CHANGED = {os.urandom(4).hex()!r}\n") for path in paths]


def written(name: str, rules: dict[str, str], *free: str) -> Change:
    paths = (*rules, *free)
    return Change(name, writes(*paths), paths, rules)


def links(desk: Sandbox) -> None:
    (desk.path / "services/billing/link.py").symlink_to("../orders/main.py")


FOREIGN, FROZEN, UNOWNED = "ownership.foreign", "ownership.frozen", "ownership.unowned"
CHANGES = (
    written("its own file", {}, BILLING),
    written("a new file of its own", {}, "services/billing/new.py"),
    written("common code", {}, COMMON),
    written("a generated file", {}, "deps.lock"),
    written("what a grant opens", {}, GRANTED),
    written("what a grant opens, and its neighbour", {ORDERS: FOREIGN}, GRANTED),
    written("a critical path of another agent", {ORDERS: FOREIGN}),
    written("a support path of another agent", {TOOLS: FOREIGN}),
    written("a new file among another agent's", {"services/orders/new.py": FOREIGN}),
    written("a frozen file", {"LICENSE": FROZEN}),
    written("the policy itself", {"agentgrid.yaml": FROZEN, "config/agents/a2.yaml": FROZEN}),
    written("what nobody owns", {NOTES: UNOWNED}),
    written("common code that the base has changed since", {STALE: "lock.stale"}),
    written("a twin of its own file", {"services/billing/MAIN.py": "path.collision"}),
    written("several at once", {ORDERS: FOREIGN, "LICENSE": FROZEN, NOTES: UNOWNED}, BILLING, COMMON),
    Change("deletes another agent's file", lambda desk: (desk.path / ORDERS).unlink(), (ORDERS,), {ORDERS: FOREIGN}),
    Change(
        "takes another agent's file away",
        lambda desk: desk.git("mv", ORDERS, "services/billing/taken.py"),
        (ORDERS, "services/billing/taken.py"),
        {ORDERS: FOREIGN},
    ),
    Change(
        "another agent's mode",
        lambda desk: (desk.path / ORDERS).chmod(0o755),
        (ORDERS,),
        {ORDERS: FOREIGN},
        is_edit=False,
    ),
    Change("a link to another agent's file", links, (), {ORDERS: FOREIGN}, is_edit=False),
)


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> GrantScene:
    """Agent a2 may change one file of a1's, and stands behind the base, which has changed common code since."""
    scene = make_grant_scene(tmp_path_factory.mktemp("points"))
    given = scene.grant("main", GRANTED, "--to", "a2", "--key", scene.keys.jane)
    assert given.data["signed"], given
    scene.main.commit("Change common code", **{STALE: "NOW = 1\n"})
    scene.main.git("push", "--quiet", "origin", "main", "refs/agentgrid/grants/*:refs/agentgrid/grants/*")
    scene.server.clone(scene.server.path.parent / "guarded.git", "--mirror")
    install_pre_receive(Sandbox(scene.server.path.parent / "guarded.git"))
    return scene


@pytest.fixture
def desk(scene: GrantScene) -> Sandbox:
    desk = scene.desk("a2")
    past(desk, "reset", "--quiet", "--hard", "main^")
    desk.git("clean", "--quiet", "-fdx")
    return desk


def past(desk: Sandbox, *arguments: str) -> None:
    desk.git("-c", f"core.hooksPath={os.devnull}", *arguments)


def said(text: str) -> Findings:
    return {(rule, words) for _, words, rule in LINE.findall(text)}


def stage(desk: Sandbox, change: Change) -> None:
    change.act(desk)
    desk.git("add", "--all")


def at_the_edit(scene: GrantScene, desk: Sandbox, change: Change) -> Findings:
    """What `can-edit` finds; the hook refuses for exactly that."""
    found: Findings = set()
    for path in change.paths:
        answer = ask_hook(desk, write_call(desk, path))
        [verdict] = Grid.open(desk.path).can_edit([str(desk.path / path)])
        assert (answer.reason is None) is verdict.is_allowed, (answer, verdict)
        assert all(each.message in (answer.reason or "") for each in verdict.reasons), (answer, verdict)
        found |= {(each.rule, f"{show_path(each.path)} {each.message}") for each in verdict.reasons}
    change.act(desk)
    return found


def at_the_commit(scene: GrantScene, desk: Sandbox, change: Change) -> Findings:
    stage(desk, change)
    done = attempt(desk, "commit", "--quiet", "-m", "Work")
    assert (done.code != 0) is bool(change.rules), done
    assert "may not make this update" not in done.said
    return said(done.said)


def at_the_ref_update(scene: GrantScene, desk: Sandbox, change: Change) -> Findings:
    stage(desk, change)
    done = attempt(desk, "commit", "--quiet", "--no-verify", "-m", "Work")
    assert (done.code != 0) is bool(change.rules), done
    return said(done.said)


def at_the_push(scene: GrantScene, desk: Sandbox, change: Change) -> Findings:
    stage(desk, change)
    past(desk, "commit", "--quiet", "-m", "Work")
    done = attempt(desk, "push", "--quiet", "--force", "origin", "HEAD")
    assert (done.code != 0) is bool(change.rules), done
    return said(done.said)


def in_ci(scene: GrantScene, desk: Sandbox, change: Change) -> Findings:
    stage(desk, change)
    past(desk, "commit", "--quiet", "-m", "Work")
    past(desk, "push", "--quiet", "--force", "origin", "HEAD")
    place = scene.server.path.parent / f"clone-{os.urandom(4).hex()}"
    found = scene.check_in_ci(place, scene.branch("a2"))
    assert found.code == (1 if change.rules else 0), found
    return {(each["rule"], f"{each['path']} {each['message']}") for each in found.data["findings"]}


def on_the_server(scene: GrantScene, desk: Sandbox, change: Change) -> Findings:
    stage(desk, change)
    past(desk, "commit", "--quiet", "-m", "Work")
    guarded = str(scene.server.path.parent / "guarded.git")
    done = attempt(desk, "-c", f"core.hooksPath={os.devnull}", "push", "--quiet", "--force", guarded, "HEAD")
    assert (done.code != 0) is bool(change.rules), done
    return said(done.said)


POINTS = (at_the_edit, at_the_commit, at_the_ref_update, at_the_push, in_ci, on_the_server)


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.name.replace(" ", "-").replace("'", ""))
def test_every_point_finds_the_same(scene: GrantScene, desk: Sandbox, change: Change) -> None:
    found: dict[str, Findings] = {}
    for point in POINTS:
        if point is at_the_edit and not change.is_edit:
            continue
        found[point.__name__] = point(scene, desk, change)
        past(desk, "reset", "--quiet", "--hard", "main^")
        desk.git("clean", "--quiet", "-fdx")
    [first, *others] = found.values()
    assert all(each == first for each in others), found
    assert {(rule, words.partition(" ")[0]) for rule, words in first} == {
        (rule, path) for path, rule in change.rules.items()
    }


def test_the_table_has_every_rule_about_paths() -> None:
    assert {rule for change in CHANGES for rule in change.rules.values()} == {
        FOREIGN, FROZEN, UNOWNED, "lock.stale", "path.collision",
    }  # fmt: skip
    assert sum(not change.rules for change in CHANGES) >= 5
