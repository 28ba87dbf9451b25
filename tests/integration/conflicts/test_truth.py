"""The report says what a real `git merge` of the two snapshots does, for every pair; and touches nothing."""

from pathlib import Path

import pytest

from agentgrid.git.scratch_objects import scratch_objects
from agentgrid.integration.conflicts.field import Field, survey
from agentgrid.integration.conflicts.model import Pair
from agentgrid.integration.conflicts.pairs import Means, find_pairs
from agentgrid.integration.snapshots.shelf import open_shelf
from agentgrid.integration.snapshots.taking import take_snapshots
from support.clashing import Clash, build_clash, merge_for_real
from support.footprints import fingerprint, real_objects


def judge(clash: Clash, *, batched: bool = True) -> tuple[Field, tuple[Pair, ...]]:
    repository = clash.repository
    with open_shelf(repository) as shelf, scratch_objects(repository, [shelf.objects]) as git:
        works = take_snapshots(repository, clash.places, shelf)
        ground = survey(git, works, clash.main.oid())
        return ground, find_pairs(ground, Means(git, batched=batched))


def conflicts_of(pair: Pair) -> set[bytes]:
    return {meeting.path for meeting in pair.files if meeting.level == "conflict"}


@pytest.mark.parametrize("seed", range(12))
def test_every_pair_is_reported_as_a_real_merge_goes(tmp_path: Path, seed: int) -> None:
    clash = build_clash(tmp_path, seed)
    before, objects = fingerprint(*clash.desks.values(), clash.main), real_objects(clash.main)

    ground, pairs = judge(clash)

    assert fingerprint(*clash.desks.values(), clash.main) == before
    assert real_objects(clash.main) == objects
    shelf = clash.repository.common_dir / "agentgrid/snapshots/objects"
    for pair in pairs:
        sides = ground.commits[pair.a], ground.commits[pair.b]
        end, paths = merge_for_real(clash, shelf, tmp_path / "clone", *sides)
        if end == "died":
            assert pair.level in {"conflict", "unknown"}, paths
        else:
            assert (pair.level == "conflict", conflicts_of(pair)) == (end == "conflict", paths), pair


@pytest.mark.parametrize("seed", [2, 5])
def test_a_git_without_batches_answers_the_same(tmp_path: Path, seed: int) -> None:
    clash = build_clash(tmp_path, seed)

    assert judge(clash, batched=False)[1] == judge(clash, batched=True)[1]
