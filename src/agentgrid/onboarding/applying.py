"""`policy apply` and `config check`: files on disk, checked as a policy and perhaps put in force."""

from pathlib import Path

from agentgrid.boundaries.policy.compiled import compile_policy
from agentgrid.boundaries.policy.publishing import publish
from agentgrid.config.in_force import apply_policy, find_base, withdraw_applied
from agentgrid.config.policy import GRID_FILE, Policy, parse_policy, read_directory, read_tree
from agentgrid.errors import InputError
from agentgrid.git.repository import Repository
from agentgrid.workspace.acting import require_person


def check_directory(directory: Path) -> Policy:
    """The policy whose files lie in `directory`. Raises InputError when there are none, ConfigError with every
    problem in them, patterns included."""
    files = read_directory(directory)
    if files is None:
        raise InputError(f"there is no {GRID_FILE} in {directory}", hint="`agentgrid init` makes one")
    policy = parse_policy(files)
    compile_policy(policy)
    return policy


def apply_from_main(repository: Repository, *, dry_run: bool) -> None:
    """Puts the main worktree's files in force on this machine.

    Raises NotPermitted in an agent's worktree (a person does this), InputError when the base has them already.
    """
    require_person(repository, "choose the policy")
    root = repository.main_worktree
    if root is None:
        raise InputError("a bare repository has no main worktree to take the files from",
                         hint="commit them to the base from a worktree")  # fmt: skip
    policy = check_directory(root)
    base = find_base(repository)
    committed = read_tree(repository.git, base.oid)
    if committed is not None and committed.key == policy.files.key:
        raise InputError(f"{base.branch} has these files already: they are in force", hint="agentgrid policy show")
    if not dry_run:
        apply_policy(repository, policy.files, base)
        publish(repository)


def withdraw_from_here(repository: Repository, *, dry_run: bool) -> None:
    """Ends what `apply_from_main` began. Raises InputError when nothing was applied."""
    require_person(repository, "choose the policy")
    if not dry_run and not withdraw_applied(repository):
        raise InputError("no policy was applied on this machine", hint="agentgrid policy show")
    publish(repository)
