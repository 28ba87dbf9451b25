"""Which lock files no longer fit manifests that were rewritten, and what makes them again. Pure."""

import os
from collections.abc import Callable, Iterable

from agentgrid.integration.dependencies.lock_checks import locks_of
from agentgrid.integration.dependencies.sides import Contents
from agentgrid.integration.dependencies.standardizing.model import Stale

_COMMANDS = {
    "poetry": "poetry lock",
    "uv": "uv lock",
    "npm": "npm install --package-lock-only",
    "pnpm": "pnpm install --lockfile-only",
    "cargo": "cargo update --workspace",
    "go": "go mod tidy",
}


def find_stale(contents: Contents, paths: Iterable[bytes], derived: Callable[[bytes], str | None]) -> list[Stale]:
    """The locks of the manifests `paths`. `derived`: the command that the policy names for a path, run at the top."""
    locks = sorted(contents.locks.items())
    found = {lock_path: lock for path in paths for lock_path, lock in locks_of(path, contents.manifests[path], locks)}
    stale: list[Stale] = []
    for lock_path, lock in sorted(found.items()):
        directory = os.fsdecode(lock_path.rpartition(b"/")[0]) or "."
        known = derived(lock_path)
        compiled = contents.manifests[lock_path].compiled_by if lock_path in contents.manifests else ""
        command = known or compiled or _COMMANDS[lock.tool]
        stale.append(Stale(lock_path, "." if known else directory, command))
    return stale
