"""The report says what a real `git merge` of the two snapshots does, for every pair; and touches nothing."""

import os
import shutil
from pathlib import Path

import pytest

from agentgrid.git.scratch_objects import scratch_objects
from agentgrid.integration.conflicts import pairs as judging
from agentgrid.integration.conflicts.field import Field, survey
from agentgrid.integration.conflicts.model import Pair
from agentgrid.integration.conflicts.pairs import Means, find_pairs
from agentgrid.integration.snapshots.shelf import open_shelf
from agentgrid.integration.snapshots.taking import take_snapshots
from support.clashing import Clash, build_clash, merge_for_real
from support.footprints import fingerprint, real_objects

FAR_MEETINGS = (0, 2)  # seeds whose conflicts are in no path that both sides changed


def judge(clash: Clash, *, batched: bool = True) -> tuple[Field, tuple[Pair, ...]]:
    repository = clash.repository
    with open_shelf(repository) as shelf, scratch_objects(repository, [shelf.objects]) as git:
        works = take_snapshots(repository, clash.places, shelf)
        ground = survey(git, works, clash.main.oid())
        return ground, find_pairs(ground, Means(git, batched=batched))


def conflicts_of(pair: Pair) -> set[bytes]:
    return {meeting.path for meeting in pair.files if meeting.level == "conflict"}


def disagreements(clash: Clash, tmp_path: Path) -> list[str]:
    """Where the report says something else than a real merge does. Where git itself dies, it must not say clean."""
    ground, pairs = judge(clash)
    shelf = clash.repository.common_dir / "agentgrid/snapshots/objects"
    found = []
    for pair in pairs:
        sides = ground.commits[pair.a], ground.commits[pair.b]
        end, paths = merge_for_real(clash, shelf, tmp_path / "clone", *sides)
        said = ("conflict" if pair.level == "conflict" else "merged", conflicts_of(pair))
        if said != (end, paths) and not (end == "died" and pair.level in {"conflict", "unknown"}):
            found.append(f"{pair.a} {pair.b}: {said}, git: {end} {paths}")
    return found


@pytest.mark.parametrize("seed", range(12))
def test_every_pair_is_reported_as_a_real_merge_goes(tmp_path: Path, seed: int) -> None:
    clash = build_clash(tmp_path, seed)
    before, objects = fingerprint(*clash.desks.values(), clash.main), real_objects(clash.main)

    assert disagreements(clash, tmp_path) == []

    assert fingerprint(*clash.desks.values(), clash.main) == before
    assert real_objects(clash.main) == objects


@pytest.mark.parametrize("seed", FAR_MEETINGS)
def test_without_the_sieve_for_directories_conflicts_would_be_missed(
    tmp_path: Path, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(judging, "meet_around", lambda _a, _b: False)

    assert disagreements(build_clash(tmp_path, seed), tmp_path)


def test_without_a_look_at_the_lines_conflicts_would_be_missed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(judging, "can_skip_merge", lambda *_: True)

    assert disagreements(build_clash(tmp_path, 3), tmp_path)


@pytest.mark.parametrize("seed", [2, 5])
def test_a_git_without_batches_answers_the_same(tmp_path: Path, seed: int) -> None:
    clash = build_clash(tmp_path, seed)

    assert judge(clash, batched=False)[1] == judge(clash, batched=True)[1]


def test_a_git_that_does_not_know_batches_is_asked_pair_by_pair(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As git 2.38: `--stdin` is an option that it refuses."""
    clash = build_clash(tmp_path, 2)
    expected = judge(clash)[1]
    real = shutil.which("git")
    old = tmp_path / "bin/git"
    old.parent.mkdir()
    old.write_text(
        f'#!/bin/sh\ncase " $* " in *" merge-tree "*" --stdin "*) echo usage >&2; exit 129;; esac\nexec {real} "$@"\n'
    )
    old.chmod(0o755)
    monkeypatch.setenv("PATH", f"{old.parent}{os.pathsep}{os.environ['PATH']}")

    assert judge(clash)[1] == expected
