"""What is remembered of pairs may be old, broken or lost; it is never wrong and never endless."""

from pathlib import Path

import pytest

from agentgrid.git.hunks import LineChange
from agentgrid.git.process import Git
from agentgrid.git.repository import Repository
from agentgrid.integration.conflicts import memory as memories
from agentgrid.integration.conflicts.git_verdict import GitVerdict
from agentgrid.integration.conflicts.memory import merge_settings, open_memory
from support.repositories import Sandbox

SIDES = ("a" * 40, "b" * 40)
BLOBS = (b"c" * 40, b"d" * 40)
VERDICT = GitVerdict(((b"odd \xff\n.py", "add/add"),))


def file_of(repo: Sandbox) -> Path:
    return repo.path / ".git/agentgrid/cache/conflicts.json"


def keep(repo: Sandbox, settings: str = "s") -> None:
    with open_memory(Repository.discover(repo.path), settings) as memory:
        memory.keep_verdict(SIDES, VERDICT)
        memory.keep_lines({BLOBS: (LineChange(1, 2, 3, 4),), (b"e", b"f"): None})


def test_what_was_found_out_is_known_the_next_time(repo: Sandbox) -> None:
    keep(repo)
    with open_memory(Repository.discover(repo.path), "s") as memory:
        assert memory.verdict(SIDES) == VERDICT
        assert memory.lines(BLOBS) == (LineChange(1, 2, 3, 4),)
        assert memory.knows_lines((b"e", b"f"))
        assert memory.verdict(SIDES[::-1]) is None


def test_under_other_settings_nothing_is_known(repo: Sandbox) -> None:
    keep(repo)
    with open_memory(Repository.discover(repo.path), "other") as memory:
        assert memory.verdict(SIDES) is None


@pytest.mark.parametrize("change", ["merge.directoryRenames", "attributes", "diff.renameLimit"])
def test_whatever_changes_merges_changes_the_settings(repo: Sandbox, change: str) -> None:
    before = merge_settings(Git(repo.path))
    if change == "attributes":
        repo.write(".gitattributes", "*.py merge=union\n")
    else:
        repo.git("config", change, "3")

    assert merge_settings(Git(repo.path)) != before


def test_a_broken_file_is_as_none_and_is_mended(repo: Sandbox) -> None:
    keep(repo)
    whole = file_of(repo).read_bytes()
    for content in (b"", whole[:-9], b"[]", whole.replace(b"[1,2,3,4]", b"[1,2]"), whole.replace(b"add/add", b'",5,"')):
        file_of(repo).write_bytes(content)
        with open_memory(Repository.discover(repo.path), "s") as memory:
            assert memory.verdict(SIDES) is None
        keep(repo)
        assert file_of(repo).read_bytes() == whole


def test_it_keeps_the_newest_and_no_more_than_may_be(repo: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memories, "MOST_VERDICTS", 3)
    monkeypatch.setattr(memories, "MOST_BYTES", 400)
    with open_memory(Repository.discover(repo.path), "s") as memory:
        for number in range(9):
            memory.keep_verdict((f"{number}", "x"), GitVerdict())
        memory.keep_lines({(b"%d" % number, b"y"): () for number in range(99)})

    assert file_of(repo).stat().st_size <= 400
    monkeypatch.undo()
    with open_memory(Repository.discover(repo.path), "s") as memory:
        assert memory.verdict(("0", "x")) is None
