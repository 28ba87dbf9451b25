"""The base: the local base branch or its upstream, whichever contains the other (diverged: the upstream).

Most teams merge on a server and keep a stale local `main`: what a teammate landed there must count as landed.
"""

from dataclasses import dataclass

from agentgrid.errors import InputError
from agentgrid.git.process import Git
from agentgrid.git.ref_names import is_valid_branch_name
from agentgrid.git.repository import Repository


@dataclass(frozen=True, slots=True)
class Base:
    """`branch`: its name. `ref`: the ref that counts. `oid`: the commit. `refs`: every ref that was looked at with
    its commit id, None where it doesn't exist. `warning`: set when local and upstream diverged."""

    branch: str
    ref: str
    oid: str
    refs: tuple[tuple[str, str | None], ...]
    warning: str | None = None


def resolve_base(repository: Repository, branch: str) -> Base:
    """The base named `branch`. Raises InputError when neither the branch nor an upstream of it has a commit."""
    if not is_valid_branch_name(branch):  # `main^` would be read as a commit
        raise InputError(f"{branch!r} can't be a branch's name", hint="name the one that work lands on: main")
    local_ref = f"refs/heads/{branch}"
    upstream_ref = _expected_upstream(repository, branch)
    local = repository.resolve(local_ref)
    upstream = repository.resolve(upstream_ref) if upstream_ref else None
    refs = ((local_ref, local), *(((upstream_ref, upstream),) if upstream_ref else ()))
    if upstream is None or upstream_ref is None:
        if local is None:
            raise _no_base(repository, branch)
        return Base(branch, local_ref, local, refs)
    if local is None or local == upstream or _is_ancestor(repository, local, upstream):
        return Base(branch, upstream_ref, upstream, refs)
    if _is_ancestor(repository, upstream, local):
        return Base(branch, local_ref, local, refs)
    warning = f"{branch} and its upstream have diverged; {short_ref(upstream_ref)} counts as the base"
    return Base(branch, upstream_ref, upstream, refs, warning)


def find_upstream(repository: Repository, branch: str) -> str | None:
    """The remote-tracking ref of `branch`: as configured, else the same name on the only remote or `origin`, where
    that has it."""
    configured = _configured_upstream(repository, branch)
    expected = _expected_upstream(repository, branch)
    return expected if configured or (expected and repository.resolve(expected)) else None


def find_default_branch(repository: Repository) -> str | None:
    """What a fresh clone would call its default: the remote's HEAD, else the branch that is checked out in the main
    worktree when it is called main or master, else the one of those two that exists."""
    for remote in repository.git.text("remote").split():
        head = repository.git.run("symbolic-ref", "--quiet", f"refs/remotes/{remote}/HEAD", accept=(0, 1, 128))
        if head.code == 0:
            return head.text.removeprefix(f"refs/remotes/{remote}/")
    head = Git(repository.common_dir).run("symbolic-ref", "--quiet", "HEAD", accept=(0, 1, 128))
    for name in ("master", "main") if head.text == "refs/heads/master" else ("main", "master"):
        if repository.resolve(f"refs/heads/{name}"):
            return name
    return None


def short_ref(ref: str) -> str:
    """`main` for refs/heads/main, `origin/main` for refs/remotes/origin/main."""
    return ref.removeprefix("refs/heads/").removeprefix("refs/remotes/")


def _configured_upstream(repository: Repository, branch: str) -> str:
    """What git says is the upstream of the local branch, as a full ref; empty without one."""
    local_ref = f"refs/heads/{branch}"
    listed = repository.git.run("for-each-ref", "--format=%(refname) %(upstream)", local_ref).text.splitlines()
    return dict(line.split(" ") for line in listed).get(local_ref, "")  # `release` also lists release/1.0


def _expected_upstream(repository: Repository, branch: str) -> str | None:
    """As `find_upstream`, also where the remote has no such branch yet: a fetch may bring it at any moment."""
    configured = _configured_upstream(repository, branch)
    if configured:
        return configured if configured.startswith("refs/remotes/") else None
    remotes = repository.git.text("remote").split()
    if len(remotes) != 1:
        remotes = [name for name in remotes if name == "origin"]
    return f"refs/remotes/{remotes[0]}/{branch}" if remotes else None


def _is_ancestor(repository: Repository, ancestor: str, descendant: str) -> bool:
    return repository.git.succeeds("merge-base", "--is-ancestor", ancestor, descendant)


def _no_base(repository: Repository, branch: str) -> InputError:
    if repository.git.run("rev-list", "-n", "1", "--all").stdout:
        return InputError(f"there is no branch {branch!r}", hint="name the one that work lands on: `--base BRANCH`")
    return InputError(
        "this repository has no commit yet: there is nothing to branch from",
        hint="git commit --allow-empty -m 'Start'",
    )
