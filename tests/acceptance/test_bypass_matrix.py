"""The bypass matrix, played with real git: every cell of it, alone and with all hooks in place."""

import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.bypass_scene import Scene, build_scene
from support.bypass_ways import PASSES, Way
from support.bypasses import WAYS
from support.grids import Attempt, SharedGrid, attempt

UNDO = ("to get back to where you were: ", "to put it back: ", "to put them back: ")


@pytest.fixture(scope="module")
def built(shared: SharedGrid, tmp_path_factory: pytest.TempPathFactory) -> Scene:
    return build_scene(shared, tmp_path_factory.mktemp("beside") / "it")


@pytest.fixture
def scene(built: Scene) -> Iterator[Scene]:
    built.put_back()
    yield built


def ways(*points: str, refused: bool | None = None, passing: bool | None = None) -> list[object]:
    """The ways that come by one of the points."""
    found = []
    for way in WAYS:
        cells = [getattr(way.cells, point) for point in points]
        if refused and not any(way.cells.rule(point) for point in points):
            continue
        if passing and PASSES not in cells:
            continue
        found.append(pytest.param(way, id=f"{way.name}".replace(" ", "-")))
    return found


def prepare(scene: Scene, way: Way) -> None:
    for step in way.steps:
        step(scene)


def went_through(scene: Scene, way: Way, before: str, done: Attempt) -> bool:
    if done.code:
        return False
    return not way.watched or scene.value(way.watched) != before


def play(scene: Scene, way: Way, point: str | None) -> tuple[Attempt, bool]:
    """Plays a way with the hooks of one point alone (None: none at all); how it ended, and whether it went through."""
    prepare(scene, way)
    before = scene.value(way.watched) if way.watched else ""
    scene.only(point)
    done = way.act(scene)
    return done, went_through(scene, way, before, done)


def undo(done: Attempt) -> list[str]:
    return [line.split(mark, 1)[1] for line in done.said.splitlines() for mark in UNDO if mark in line]


@pytest.mark.parametrize("way", ways())
def test_with_all_hooks_it_is_stopped_where_it_should_and_leaves_nothing(scene: Scene, way: Way) -> None:
    prepare(scene, way)
    before = scene.value(way.watched) if way.watched else ""
    snapshot = scene.snapshot()
    done = way.act(scene)
    through = went_through(scene, way, before, done)
    point = "push" if way.is_push and way.cells.rule("push") else way.cells.stopped_by
    if point is None:
        assert through, done
        assert "agentgrid: refused" not in done.said
        return
    assert not through, done
    assert done.code, done
    assert f"[{way.cells.rule(point)}]" in done.verdict, done
    commands = undo(done)
    for command in commands:
        assert attempt(scene.a2, *shlex.split(command)[1:]).code == 0, (command, done)
    after = scene.snapshot()
    assert {k: (snapshot[k], after[k]) for k in after if after[k] != snapshot[k]} == {}, done


@pytest.mark.parametrize("way", [each for each in ways("commit", "refs", refused=True)])
def test_without_any_guard_it_goes_through(scene: Scene, way: Way) -> None:
    done, through = play(scene, way, None)
    assert through, done
