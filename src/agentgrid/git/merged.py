"""Whether the base has what a branch did: by its commits, or by content after a squash."""

from collections.abc import Sequence

from agentgrid.git.process import Git


def is_merged(git: Git, base: str, head: str) -> bool:
    """True when `base` contains `head`, or merging it would change nothing.

    Patch ids and equal trees both miss a squash that landed beside other changes; the merge itself doesn't.
    """
    if git.succeeds("merge-base", "--is-ancestor", head, base):
        return True
    merged = git.run("merge-tree", "--write-tree", "--no-messages", base, head, accept=(0, 1, 128))
    return merged.code == 0 and merged.text == git.text("rev-parse", f"{base}^{{tree}}")


def count_unmerged(git: Git, base: str, heads: Sequence[str]) -> tuple[int, int]:
    """(commits of `heads` that `base` doesn't have, those of them that are on no remote either)."""
    open_heads = [head for head in heads if not is_merged(git, base, head)]
    if not open_heads:
        return 0, 0
    unmerged = int(git.text("rev-list", "--count", *open_heads, "--not", base))
    if not git.text("for-each-ref", "--count=1", "refs/remotes"):
        return unmerged, 0  # nowhere to push to
    return unmerged, int(git.text("rev-list", "--count", *open_heads, "--not", base, "--remotes"))
