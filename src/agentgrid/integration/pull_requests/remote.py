"""Where agents' branches go: the remote that has the base. A push never overwrites what isn't known here."""

from dataclasses import dataclass

from agentgrid.errors import GitError, InputError, OutsideError, Refused
from agentgrid.git.base_ref import find_upstream
from agentgrid.git.process import Git
from agentgrid.git.repository import Repository
from agentgrid.machine.github_cli import hide_secrets


@dataclass(frozen=True, slots=True)
class Remote:
    """`name`: as git has it. `base`: what the base branch is called there."""

    name: str
    base: str


def find_remote(repository: Repository, base: str) -> Remote:
    """The remote that the base is fetched from, else `origin`, else the only one. Raises InputError without one."""
    names = repository.git.text("remote").split()
    upstream = (find_upstream(repository, base) or "").removeprefix("refs/remotes/")
    for name in sorted(names, key=len, reverse=True):
        if upstream.startswith(f"{name}/"):
            return Remote(name, upstream.removeprefix(f"{name}/"))
    if not names:
        raise InputError("this repository has no remote to push to", hint="git remote add origin URL")
    if len(names) > 1 and "origin" not in names:
        raise InputError(f"which remote has {base}? ({', '.join(names)})",
                         hint=f"git branch --set-upstream-to REMOTE/{base} {base}")  # fmt: skip
    return Remote("origin" if "origin" in names else names[0], base)


def push_branch(git: Git, remote: Remote, branch: str, head: str, *, is_rewritten: bool) -> bool:
    """Pushes the commit `head` as `branch`; False when the remote has it already. `git`: in the worktree, whose hooks
    judge it once more.

    `is_rewritten`: replaces what was pushed from here before a rebase, and only that. Raises Refused when the remote
    has commits that would be lost, OutsideError when it doesn't take the push.
    """
    ref = f"refs/heads/{branch}"
    there = _ask(git, remote, ref)
    if there == head:
        return False
    lease: list[str] = []
    if there is not None:
        is_known = git.run("cat-file", "-e", f"{there}^{{commit}}", accept=(0, 1, 128)).code == 0
        if not is_known:
            raise Refused(f"{remote.name} has commits on {branch} that aren't here: {there[:10]}",
                          hint=f"bring them in first: git fetch {remote.name} {branch}")  # fmt: skip
        if not git.succeeds("merge-base", "--is-ancestor", there, head):
            if not is_rewritten:
                raise Refused(f"{branch} was rewritten: {remote.name} has it at {there[:10]}",
                              hint="to replace exactly that: agentgrid pr --force-with-lease")  # fmt: skip
            lease = [f"--force-with-lease={ref}:{there}"]
    try:
        git.run("push", "--quiet", *lease, remote.name, f"{head}:{ref}")
    except GitError as error:
        raise OutsideError(f"{branch} could not be pushed to {remote.name}: {_last_line(error)}",
                           hint=f"git push {remote.name} {branch}") from None  # fmt: skip
    return True


def _ask(git: Git, remote: Remote, ref: str) -> str | None:
    """The commit that the remote has there."""
    try:
        said = git.run("ls-remote", "--refs", remote.name, ref).text
    except GitError as error:
        hint = f"git ls-remote {remote.name}"
        raise OutsideError(f"{remote.name} can't be reached: {_last_line(error)}", hint=hint) from None
    return next((line.split("\t")[0] for line in said.splitlines() if line.endswith(f"\t{ref}")), None)


def _last_line(error: GitError) -> str:
    """Of what git said; addresses may hold a password."""
    lines = [line.strip() for line in hide_secrets(error.stderr).splitlines() if line.strip()]
    return lines[-1] if lines else "no reason given"
