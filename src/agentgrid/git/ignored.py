"""Which paths git ignores: those that it doesn't track and that an exclude pattern matches."""

from collections.abc import Sequence

from agentgrid.git.process import Git, join_nul


def find_ignored_among(git: Git, paths: Sequence[bytes]) -> frozenset[bytes]:
    """Those of `paths` (below the top of the work tree, where `git` runs) that are ignored. They need not exist; one
    beyond a symbolic link is in no work tree, and never ignored."""
    found: set[bytes] = set()
    for path in paths:
        # One by one: a path that git can't say anything about would silence the others.
        answer = git.run("check-ignore", "-z", "--stdin", stdin=join_nul([path]), accept=(0, 1, 128))
        found.update(answer.fields if answer.code == 0 else ())
    return frozenset(found)
