"""Where a CI run's base is in its clone, and the policy that counts there. A clone that has too little is refused."""

from agentgrid.config.in_force import InForce, find_in_force
from agentgrid.errors import InputError
from agentgrid.git.ci_run import CiRun
from agentgrid.git.repository import Repository


def refuse_shallow(repository: Repository) -> None:
    """Raises InputError when the clone may lack commits that are compared: the merge base first of all."""
    if repository.git.text("rev-parse", "--is-shallow-repository") == "true":
        raise InputError(
            "this clone is shallow: the commits that a check compares are missing",
            hint="fetch-depth: 0 in the checkout step (GitHub), GIT_DEPTH: 0 (GitLab), or git fetch --unshallow",
        )


def find_run_policy(repository: Repository, run: CiRun) -> InForce:
    """The policy of the run's base, as the server has it; the base is the one that the policy names where nobody asked
    for another. Raises InputError when the clone has no such base."""
    found = find_in_force(repository, base=_find_ref(repository, run.base, run.base_tip))
    named = found.policy.grid.base
    if not run.is_default or named == run.base:
        return found
    return find_in_force(repository, base=_find_ref(repository, named, None))


def require_head(repository: Repository, run: CiRun) -> str:
    """The commit to judge. Raises InputError when the clone has none of that id."""
    oid = repository.resolve(run.head)
    if oid is None:
        raise InputError(
            f"the commit to check, {run.head[:12]}, isn't in this clone",
            hint="check out the branch itself (ref: ${{ github.event.pull_request.head.sha }}), with fetch-depth: 0",
        )
    return oid


def _find_ref(repository: Repository, branch: str, tip: str | None) -> str:
    """What the server has: never a local branch, which a step before this one may have moved."""
    remotes = repository.git.text("remote").split()
    remote = "origin" if "origin" in remotes or not remotes else remotes[0]
    ref = f"refs/remotes/{remote}/{branch}"
    if repository.resolve(ref) is not None:
        return ref
    if tip is not None and repository.resolve(tip) is not None:
        return tip
    raise InputError(
        f"this clone doesn't have the base {branch} ({ref})",
        hint=f"git fetch {remote} '+refs/heads/{branch}:{ref}', or fetch-depth: 0 (GitHub), GIT_DEPTH: 0 (GitLab)",
    )
