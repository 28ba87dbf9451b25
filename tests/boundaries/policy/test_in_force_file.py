"""The published pointer: an answer as long as nothing moved, none otherwise, and never an old one."""

import marshal
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agentgrid import __version__
from agentgrid.boundaries.policy.in_force_file import load_in_force, read_ref, stat_signature
from agentgrid.boundaries.policy.publishing import publish
from agentgrid.config.in_force import apply_policy, find_base, withdraw_applied
from agentgrid.config.places import grid_directory
from agentgrid.config.policy import PolicyFiles
from support.desks import open_repository
from support.repositories import Sandbox

A1 = {"config/agents/a1.yaml": "id: a1\nowns: {critical: [services/orders/**]}\n"}
A2 = {"config/agents/a2.yaml": "id: a2\nowns: {critical: [services/billing/**]}\n"}


def load(repo: Sandbox, version: str = __version__) -> list[str] | None:
    """The agents of the published policy."""
    found = load_in_force(str(repo.path / ".git"), version)
    return None if found is None else list(found[1]["agents"])


def policy_directory(repo: Sandbox) -> Path:
    return repo.path / ".git" / "agentgrid" / "policy"


@pytest.fixture
def published(repo: Sandbox) -> Sandbox:
    """A grid whose policy is on the base and published."""
    repo.commit("Policy", **{"agentgrid.yaml": "version: 1\n", **A1})
    grid_directory(open_repository(repo)).mkdir()
    publish(open_repository(repo))
    assert load(repo) == ["a1"]
    return repo


def test_the_answer_has_the_base_and_the_compiled_policy(published: Sandbox) -> None:
    _, compiled = publish(open_repository(published))
    assert load_in_force(str(published.path / ".git"), __version__) == (published.oid(), compiled)


def test_there_is_none_after_the_base_moved(published: Sandbox) -> None:
    published.commit("Another agent", **A2)
    assert load(published) is None
    publish(open_repository(published))
    assert load(published) == ["a1", "a2"]


def test_packed_refs_with_the_same_commit_are_the_same(published: Sandbox) -> None:
    published.git("pack-refs", "--all", "--prune")
    assert not (published.path / ".git/refs/heads/main").exists()
    assert load(published) == ["a1"]


def test_a_loose_ref_counts_before_a_packed_one(published: Sandbox) -> None:
    published.git("pack-refs", "--all", "--prune")
    published.commit("Moved")
    assert load(published) is None


def test_there_is_none_after_the_base_was_deleted(published: Sandbox) -> None:
    published.git("pack-refs", "--all", "--prune")
    published.git("update-ref", "-d", "refs/heads/main")
    assert load(published) is None


def test_there_is_none_after_the_configuration_was_edited(published: Sandbox) -> None:
    published.git("config", "agentgrid.base", "other")
    assert load(published) is None


def test_an_edit_that_keeps_time_size_and_inode_is_seen(published: Sandbox) -> None:
    config = published.path / ".git" / "config"
    before = config.stat()
    with config.open("r+b") as stream:
        stream.write(config.read_bytes().swapcase())
    os.utime(config, ns=(before.st_atime_ns, before.st_mtime_ns))
    after = config.stat()
    assert (before.st_mtime_ns, before.st_size, before.st_ino) == (after.st_mtime_ns, after.st_size, after.st_ino)
    assert load(published) is None


def test_there_is_none_after_a_policy_was_applied_or_withdrawn(published: Sandbox) -> None:
    repository = open_repository(published)
    files = PolicyFiles(b"version: 1\n", {"config/agents/a2.yaml": b"id: a2\n"})
    apply_policy(repository, files, find_base(repository))
    assert load(published) is None
    publish(repository)
    assert load(published) == ["a2"]
    withdraw_applied(repository)
    assert load(published) is None


def test_there_is_none_after_a_fetch_brought_the_first_upstream(published: Sandbox, tmp_path: Path) -> None:
    server = published.clone(tmp_path / "server.git", "--bare")
    published.git("remote", "add", "origin", server.path)
    publish(open_repository(published))
    assert load(published) == ["a1"]
    mate = server.clone(tmp_path / "mate")
    mate.commit("Another agent", **A2)
    mate.git("push", "--quiet")
    published.git("fetch", "--quiet")
    assert load(published) is None


def test_there_is_none_for_another_version_of_agentgrid(published: Sandbox) -> None:
    assert load(published, "0.0.9") is None


def test_there_is_none_in_a_copy_of_the_repository(published: Sandbox, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(published.path, copy, symlinks=True)
    assert load(Sandbox(copy)) is None


def test_there_is_none_after_a_move(published: Sandbox, tmp_path: Path) -> None:
    published.path.rename(tmp_path / "moved")
    assert load(Sandbox(tmp_path / "moved")) is None


def test_there_is_none_without_a_grid(repo: Sandbox) -> None:
    publish_nothing = load_in_force(str(repo.path / ".git"), __version__)
    assert publish_nothing is None


def compiled_file(repo: Sandbox) -> Path:
    (found,) = policy_directory(repo).glob("*.marshal")
    return found


def pointer_file(repo: Sandbox) -> Path:
    return policy_directory(repo) / "in-force"


@pytest.mark.parametrize("find", [compiled_file, pointer_file])
@pytest.mark.parametrize("left", [0.0, 0.3, 0.6, 0.99])
def test_a_truncated_file_is_no_answer_and_is_written_anew(
    published: Sandbox, find: Callable[[Sandbox], Path], left: float
) -> None:
    file = find(published)
    content = file.read_bytes()
    file.write_bytes(content[: int(len(content) * left)])
    assert load(published) is None
    publish(open_repository(published))
    assert load(published) == ["a1"]


@pytest.mark.parametrize("find", [compiled_file, pointer_file])
@pytest.mark.parametrize("value", [None, [], {}, 3, b"x", {"key": "x"}, ("format", "version")])
def test_another_value_is_no_answer(published: Sandbox, find: Callable[[Sandbox], Path], value: Any) -> None:
    find(published).write_bytes(marshal.dumps(value))
    assert load(published) is None


def test_another_policy_under_that_name_is_no_answer(published: Sandbox) -> None:
    file = compiled_file(published)
    file.write_bytes(marshal.dumps({**marshal.loads(file.read_bytes()), "key": "0" * 40}))
    assert load(published) is None


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(garbage=st.text("NTF.{0)i\xe9", max_size=30).map(str.encode))
def test_garbage_is_no_answer(published: Sandbox, garbage: bytes) -> None:
    file = pointer_file(published)
    good = file.read_bytes()
    file.write_bytes(garbage)
    try:
        assert load(published) is None
    finally:
        file.write_bytes(good)


@pytest.mark.parametrize("pack", [False, True])
def test_refs_are_read_as_git_reads_them(repo: Sandbox, pack: bool) -> None:
    for name in ("feat/core/x", "main2", "\u00e9t\u00e9"):
        repo.branch(name)
    repo.git("tag", "-a", "-m", "Tag", "v1")
    if pack:
        repo.git("pack-refs", "--all", "--prune")
    names = repo.git("for-each-ref", "--format=%(refname)").split()
    common = str(repo.path / ".git")
    assert {name: read_ref(common, name) for name in names} == {name: repo.oid(name) for name in names}
    assert [read_ref(common, name) for name in ("refs/heads/mai", "refs/heads/feat", "heads/main")] == [None] * 3


def test_a_file_that_is_not_there_has_no_signature(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert stat_signature(str(tmp_path / "nothing")) is None
    assert stat_signature(str(tmp_path / "file" / "below")) is None
