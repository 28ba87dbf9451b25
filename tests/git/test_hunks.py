"""Changed lines of many files come from one comparison, as a merge counts them."""

from agentgrid.git.hunks import LineChange, find_line_changes
from agentgrid.git.repository import Repository
from agentgrid.git.scratch_objects import scratch_objects
from support.footprints import real_objects
from support.repositories import Sandbox


def blob(repo: Sandbox, content: bytes) -> bytes:
    return repo.git("hash-object", "-w", "--stdin", stdin=content).encode()


def test_each_pair_of_blobs_has_its_changed_lines(repo: Sandbox) -> None:
    old = blob(repo, b"1\n2\n3\n4\n5\n")
    changed = blob(repo, b"1\ntwo\n3\n4\n4b\n5\n")
    # Content that looks like the head of a comparison is content.
    tricky, more = blob(repo, b"x\n"), blob(repo, b"x\ndiff --git a/0 b/0\n@@ -1 +1 @@\nBinary files differ\n")
    binary, other = blob(repo, b"\0\1"), blob(repo, b"\0\2")
    objects = real_objects(repo)

    with scratch_objects(Repository.discover(repo.path)) as git:
        found = find_line_changes(git, [(old, changed), (tricky, more), (binary, other), (old, old)])

    assert found == {
        (old, changed): (LineChange(2, 1, 2, 1), LineChange(4, 0, 5, 1)),
        (tricky, more): (LineChange(1, 0, 2, 3),),
        (binary, other): None,
        (old, old): (),
    }
    assert real_objects(repo) == objects
