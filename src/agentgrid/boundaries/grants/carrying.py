"""Grants and reviews travel with the branch: what pre-push sends ahead, so that CI finds them when it arrives.

As git-lfs does with its files: a push of its own from the hook, to the same place.
"""

from collections.abc import Iterable, Sequence

from agentgrid.boundaries.grants.book import OPEN, OTHER_BRANCH, Known
from agentgrid.boundaries.grants.objects import grant_ref
from agentgrid.errors import GitError
from agentgrid.git.process import Git

_DRY = {"--dry-run", "-n"}


def find_carried(known: Iterable[Known], branches: Sequence[str]) -> list[str]:
    """Refs of the grants that count for one of these branches."""
    wanted = [
        each.grant
        for each in known
        if each.grant is not None and each.state in {OPEN, OTHER_BRANCH} and each.grant.is_for(frozenset(branches))
    ]
    return sorted({grant_ref(grant) for grant in wanted})


def carry(git: Git, remote: str, refs: Sequence[str], *, command: Sequence[str]) -> str | None:
    """Pushes those of `refs` that are here to `remote`; what to know when that fails. `command`: of the push that this
    goes ahead of: one that only tries sends nothing."""
    here = set(git.text("for-each-ref", "--format=%(refname)", *refs).splitlines()) if refs else set()
    if not here or _DRY & set(command):
        return None
    specs = [f"+{ref}:{ref}" for ref in refs if ref in here]
    try:
        git.run("push", "--quiet", "--no-verify", remote, *specs)
    except GitError as error:
        said = [line for line in error.stderr.splitlines() if line.strip()] or ["no reason given"]
        kinds = sorted({ref.split("/")[2] for ref in refs})
        by_hand = " ".join(f"'refs/agentgrid/{kind}/*:refs/agentgrid/{kind}/*'" for kind in kinds)
        lost = f"the {' and '.join(kinds)} for this branch could not be sent to {remote} ({said[-1].strip()})"
        return f"{lost}; for CI: git push {remote} {by_hand}"
    return None
