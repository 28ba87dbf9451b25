"""Whether the base has what a branch did: by its commits, or by content after a squash."""

from collections.abc import Sequence

from agentgrid.git.history import changed_between, merge_bases
from agentgrid.git.process import Git

_MOST_NAMED = 200  # beyond that, paths don't go on a command line
_MOST_TRIALS = 24  # trial merges, newest commits first


def is_merged(git: Git, base: str, head: str) -> bool:
    """True when `base` contains `head`, or merging it would change nothing: in the base, or in a commit that the base
    went through since.

    Patch ids and equal trees both miss a squash that landed beside other changes; the merge itself doesn't.
    """
    if git.succeeds("merge-base", "--is-ancestor", head, base):
        return True
    return _adds_nothing(git, base, head) or _was_merged(git, base, head)


def count_unmerged(git: Git, base: str, heads: Sequence[str]) -> tuple[int, int]:
    """(commits of `heads` that `base` doesn't have, those of them that are on no remote either)."""
    open_heads = [head for head in heads if not is_merged(git, base, head)]
    if not open_heads:
        return 0, 0
    unmerged = int(git.text("rev-list", "--count", *open_heads, "--not", base))
    if not git.text("for-each-ref", "--count=1", "refs/remotes"):
        return unmerged, 0  # nowhere to push to
    return unmerged, int(git.text("rev-list", "--count", *open_heads, "--not", base, "--remotes"))


def _adds_nothing(git: Git, commit: str, head: str) -> bool:
    merged = git.run("merge-tree", "--write-tree", "--no-messages", commit, head, accept=(0, 1, 128))
    return merged.code == 0 and merged.text == git.text("rev-parse", f"{commit}^{{tree}}")


def _was_merged(git: Git, base: str, head: str) -> bool:
    """Once the base goes on over the same lines, only the commit that the squash made still has the branch's work."""
    forks = merge_bases(git, base, [head])
    if not forks:
        return False
    paths = changed_between(git, forks[0], head)
    named = ["--", *paths] if len(paths) <= _MOST_NAMED else ["--"]
    passed = git.run("--literal-pathspecs", "rev-list", "--first-parent", f"--max-count={_MOST_TRIALS}",
                     f"{forks[0]}..{base}", *named).text.split()  # fmt: skip
    return any(_adds_nothing(git, commit, head) for commit in passed if commit != base)
