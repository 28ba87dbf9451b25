"""Writes what `in_force_file` reads: the compiled policy, named by its content, and the pointer to it."""

import marshal
import time
from pathlib import Path

from agentgrid import __version__
from agentgrid.boundaries.policy.compiled import FORMAT, MARSHAL_VERSION, CompiledPolicy, compile_policy
from agentgrid.boundaries.policy.in_force_file import FORMAT as POINTER_FORMAT
from agentgrid.boundaries.policy.in_force_file import read_ref, stat_signature
from agentgrid.config.in_force import (
    InForce,
    applied_file,
    find_in_force,
    local_agent_files,
    local_agents_directory,
    with_local_agents,
)
from agentgrid.config.places import grid_directory
from agentgrid.config.policy import PolicyFiles, read_directory
from agentgrid.git.repository import Repository
from agentgrid.machine.files import write_atomically, write_if_changed
from agentgrid.workspace.guard_bundle import write_bundles

_KEEP_S = 30 * 86400


def publish(repository: Repository) -> tuple[InForce, CompiledPolicy]:
    """Works out the policy in force, compiles it and leaves both where the hooks look.

    Only a grid that was set up here has that place: a fresh clone in CI is left as it is.
    """
    # Signatures are taken first: what changes while we read makes the pointer stale, not wrong.
    signatures = {str(path): stat_signature(str(path)) for path in _watchable(repository)}
    in_force = find_in_force(repository)
    # What `init --base` recorded counts, not what the file says to those who have no record.
    compiled = {**compile_policy(in_force.policy), "base": in_force.base.branch, "root": str(repository.root)}
    if grid_directory(repository).is_dir():
        write_bundles(repository)
        _write(repository, in_force, compiled, signatures)
    return in_force, compiled


def _watchable(repository: Repository) -> list[Path]:
    return [
        repository.common_dir / "config",
        applied_file(repository),
        local_agents_directory(repository),
        *local_agent_files(repository),
    ]


def _write(
    repository: Repository,
    in_force: InForce,
    compiled: CompiledPolicy,
    signatures: dict[str, tuple[int, ...] | None],
) -> None:
    directory = grid_directory(repository) / "policy"
    name = f"{in_force.policy.files.key}-{FORMAT}-{__version__}.marshal"
    write_atomically(directory / name, marshal.dumps(compiled, MARSHAL_VERSION))
    _forget_old(directory)
    common = str(repository.common_dir)
    refs = tuple(in_force.base.refs)
    if any(read_ref(common, ref) != oid for ref, oid in refs):
        return  # moved meanwhile, or kept in a format that only git reads: the next one works it out
    files = tuple((path, signatures[path] if path in signatures else stat_signature(path)) for path in in_force.watched)
    if in_force.source == "main-worktree" and _files_of_main(repository) != in_force.policy.files:
        return  # edited while it was read
    pointer = {
        "format": POINTER_FORMAT,
        "version": __version__,
        "common_dir": common,
        "base": in_force.base.oid,
        "refs": refs,
        "files": files,
        "compiled": name,
    }
    _mark(directory / "until-commit", is_set=in_force.policy.grid.locks.until == "commit")
    _mark(directory / "any-message", is_set=in_force.policy.grid.commits is None)
    write_if_changed(directory / "base", in_force.base.oid.encode() + b"\n")
    write_atomically(directory / "in-force", marshal.dumps(pointer, MARSHAL_VERSION))


def _mark(path: Path, *, is_set: bool) -> None:
    """A file whose presence says one thing to the hooks' shell."""
    if is_set:
        write_if_changed(path, b"")
    else:
        path.unlink(missing_ok=True)


def _files_of_main(repository: Repository) -> PolicyFiles | None:
    files = read_directory(repository.main_worktree) if repository.main_worktree else None
    return with_local_agents(repository, files) if files else None


def _forget_old(directory: Path) -> None:
    """Compiled policies that nobody wrote or asked for in a month."""
    limit = time.time() - _KEEP_S
    for path in directory.glob("*.marshal"):
        try:
            if path.stat().st_mtime < limit:
                path.unlink()
        except FileNotFoundError:
            continue  # somebody else forgot it
