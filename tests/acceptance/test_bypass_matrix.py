"""The bypass matrix, played with real git: each cell of it alone, and the whole with all hooks in place."""

from pathlib import Path

import pytest

from support.bypass_scene import LINEAGE, Scene, build_scene
from support.bypass_shapes import MAIN
from support.bypass_ways import NOT_THERE, PASSES, Way
from support.bypasses import ROWS, WAYS, render_matrix
from support.grids import GRID, Attempt, attempt, share_grid
from support.program import run

README = Path(__file__).parents[2] / "README.md"
WORDS = {"commit": ("this commit", "this merge"), "refs": ("this update of ",), "push": ("this push to ",)}
UNDO = ("to get back to where you were: ", "to put it back: ", "to put them back: ", "to take it out again: ")
GOING_ON = [way for row in ROWS for way in row.going_on]


@pytest.fixture(scope="module")
def built(hermetic_session: None, tmp_path_factory: pytest.TempPathFactory) -> Scene:
    lineage = f"migrations: {{main: {{path: {LINEAGE}, owner: a1}}}}\n"
    shared = share_grid(tmp_path_factory.mktemp("bypassed") / "shop", grid=GRID + lineage)
    return build_scene(shared, tmp_path_factory.mktemp("beside") / "it")


@pytest.fixture
def scene(built: Scene) -> Scene:
    built.put_back()
    return built


def named(ways: list[Way]) -> list[object]:
    return [pytest.param(way, id=way.name.replace(" ", "-")) for way in ways]


def play(scene: Scene, way: Way, *points: str) -> tuple[Attempt, bool]:
    """Plays a way with the hooks of these points alone; how it ended, and whether it went through."""
    for step in way.steps:
        step(scene)
    scene.only(*points)
    return act(scene, way)


def git_version(scene: Scene) -> tuple[int, ...]:
    return tuple(int(part) for part in scene.a2.git("version").split()[2].split(".")[:2])


def act(scene: Scene, way: Way) -> tuple[Attempt, bool]:
    before = scene.value(way.watched)
    done = way.act(scene)
    return done, done.code == 0 and (not way.watched or scene.value(way.watched) != before)


def assert_said(done: Attempt, way: Way, point: str) -> None:
    """This point refused, and by this rule."""
    assert done.code != 0, done
    assert f"[{way.cells.rule(point)}]" in done.verdict, done
    assert any(f"agentgrid: refused: a2 may not make {words}" in done.said for words in WORDS[point]), done


@pytest.mark.parametrize("way", named([way for way in WAYS if way.stopped_by]))
def test_with_all_hooks_it_is_refused_and_what_the_hint_says_leaves_nothing(scene: Scene, way: Way) -> None:
    for step in way.steps:
        step(scene)
    before = scene.snapshot()
    done, went_through = act(scene, way)
    assert not went_through, done
    assert_said(done, way, way.stopped_by or "")
    for command in [line.split(mark, 1)[1] for line in done.said.splitlines() for mark in UNDO if mark in line]:
        undone = run(scene.a2, "sh", "-c", command)
        assert undone.code == 0, (done, undone)
    after = scene.snapshot()
    assert {name: (before[name], after[name]) for name in after if after[name] != before[name]} == {}, done


@pytest.mark.parametrize("way", named([way for way in WAYS if not way.stopped_by]))
def test_with_all_hooks_it_passes_without_a_word(scene: Scene, way: Way) -> None:
    for step in way.steps:
        step(scene)
    done, went_through = act(scene, way)
    if way.refused_from and git_version(scene) >= way.refused_from:
        assert not went_through, done
        return
    assert went_through, done
    assert "agentgrid: " not in done.said.replace("agentgrid: this worktree is a2's too, and guarded", ""), done


@pytest.mark.parametrize("way", named([way for way in WAYS if way.cells.commit == PASSES and way.stopped_by == "refs"]))
def test_the_commit_hooks_alone_let_it_pass(scene: Scene, way: Way) -> None:
    done, went_through = play(scene, way, "commit")
    assert went_through, done


@pytest.mark.parametrize("way", named([way for way in WAYS if way.stopped_by == "commit"]))
def test_the_ref_update_alone(scene: Scene, way: Way) -> None:
    done, went_through = play(scene, way, "refs")
    assert went_through is (way.cells.refs == PASSES), done
    if not went_through:
        assert_said(done, way, "refs")


@pytest.mark.parametrize("way", named([way for way in WAYS if way.stopped_by or way.cells.push or way.cells.ci]))
def test_without_those_guards_it_goes_through_to_the_push_alone_and_to_ci(scene: Scene, way: Way) -> None:
    if way.pushed.startswith("refs/heads/") and scene.value(way.pushed):
        scene.past(f"push --quiet --force server {way.pushed}")
    done, went_through = play(scene, way, *(() if way.is_push else ("push",)))
    assert went_through, done
    if way not in GOING_ON:
        return
    if way.cells.push != NOT_THERE and not way.is_push:
        push_alone(scene, way)
    if way.cells.ci not in {NOT_THERE, PASSES} or (way.cells.ci == PASSES and way.cells.push != NOT_THERE):
        ci_alone(scene, way)


def push_alone(scene: Scene, way: Way) -> None:
    """pre-push as it should be; without it the push goes through."""
    ref = scene.fill(way.pushed)
    refspec = ref
    if ref.startswith("refs/"):  # both names: of a symbolic ref git would push what it leads to
        refspec = f"{ref}:{ref}" if scene.value(ref) else f":{ref}"
    done = attempt(scene.a2, "push", "--quiet", "--force", "server", refspec)
    if way.cells.push == PASSES:
        assert (done.code, done.said) == (0, "")
        return
    assert_said(done, way, "push")
    scene.only()
    scene.a2.git(*f"push --quiet --force server {refspec}".split())


def ci_alone(scene: Scene, way: Way) -> None:
    """A fresh clone without state."""
    if way.checked.startswith("origin/") and not scene.value(way.checked.replace("origin/", "server:refs/heads/")):
        return  # it was deleted: there is nothing to check
    if not way.watched.endswith(MAIN):
        scene.past(f"push --quiet --force server {MAIN}")  # what people have landed
    found = scene.check_in_ci(way.checked)
    rule = way.cells.rule("ci")
    assert found.code == (1 if rule else 0), found
    assert rule is None or f"[{rule}]" in found.out + found.err


def test_every_way_has_a_name_of_its_own() -> None:
    assert len({way.name for way in WAYS}) == len(WAYS)
    assert all(row.ways for row in ROWS)


def test_the_readme_has_the_same_table() -> None:
    assert render_matrix() in README.read_text(encoding="utf-8")
