"""Whole grids: a repository whose policy is committed, the agents' worktrees, their hooks, the published policy."""

import os
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from agentgrid import __version__
from agentgrid.boundaries.policy.in_force_file import load_in_force
from agentgrid.boundaries.policy.publishing import publish
from agentgrid.config.in_force import find_in_force
from agentgrid.git.repository import Repository
from agentgrid.machine.files import write_if_changed
from agentgrid.workspace.creation import create_desks, plan_desks
from agentgrid.workspace.hookdir import equip
from support.repositories import Sandbox, create_repository

GRID = 'version: 1\nworktree: "../wt-{agent}"\ncommon: [services/common/**]\nfrozen: [/LICENSE]\n'
OWNED = {"a1": "services/orders/**", "a2": "services/billing/**"}
FILES = {
    "LICENSE": "mine\n",
    "README.md": "# shop\n",
    "services/orders/main.py": "ORDERS = []\n",
    "services/orders/tests/test_orders.py": "def test_orders(): ...\n",
    "services/billing/main.py": "INVOICES = []\n",
    "services/billing/tax.py": "VAT = 0.2\n",
    "services/common/cache.py": "TTL_S = 60\n",
}
ORDERS, BILLING = "services/orders/main.py", "services/billing/main.py"


@dataclass(frozen=True, slots=True)
class GridSandbox:
    """`main`: the main worktree, or the bare repository. `desks`: agent → its worktree."""

    main: Sandbox
    desks: Mapping[str, Sandbox]

    @property
    def repository(self) -> Repository:
        return Repository.discover(self.main.path)


@dataclass(frozen=True, slots=True)
class Attempt:
    """How a git command ended. `said`: its stderr."""

    code: int
    said: str

    @property
    def verdict(self) -> str:
        """What was said, without the hints."""
        return "".join(line for line in self.said.splitlines(keepends=True) if not line.startswith("hint: "))


@dataclass(frozen=True, slots=True)
class SharedGrid:
    """One grid for many tests: `fresh` puts it back to what it was when it was made."""

    grid: GridSandbox
    start: str
    branches: Mapping[str, str]
    config: bytes
    hooks: Mapping[str, tuple[int, bytes]]

    def fresh(self) -> GridSandbox:
        """Every worktree on its branch at the first commit, the configuration as it was, hooks in order."""
        main = self.grid.main
        write_if_changed(main.path / ".git/config", self.config)
        shutil.rmtree(main.path / ".git/hooks", ignore_errors=True)
        shutil.rmtree(main.path / ".git/agentgrid/state", ignore_errors=True)
        (main.path / ".git/agentgrid/edited-paths").unlink(missing_ok=True)
        places = [*((self.grid.desks[agent], branch) for agent, branch in self.branches.items()), (main, "main")]
        for sandbox, branch in places:
            sandbox.git("-c", f"core.hooksPath={os.devnull}", "checkout", "--quiet", "-f", "-B", branch, self.start)
            sandbox.git("clean", "--quiet", "-fdx")
        repository = self.grid.repository
        if _read_hooks(main) != self.hooks:
            for agent, desk in self.grid.desks.items():
                equip(repository, agent, admin_dir_of(desk))
                shutil.rmtree(main.path / ".git/agentgrid/agents" / agent / "displaced", ignore_errors=True)
        if load_in_force(str(repository.common_dir), __version__) is None:
            publish(repository)
        return self.grid


def share_grid(path: Path, *, grid: str = GRID) -> SharedGrid:
    """As `make_grid`, for a fixture that outlives a test."""
    made = make_grid(path, grid=grid)
    branches = {agent: desk.git("branch", "--show-current") for agent, desk in made.desks.items()}
    return SharedGrid(made, made.main.oid(), branches, (path / ".git/config").read_bytes(), _read_hooks(made.main))


def _read_hooks(main: Sandbox) -> dict[str, tuple[int, bytes]]:
    """Mode and content of everything in the agents' hook directories."""
    found = sorted((main.path / ".git/agentgrid/agents").glob("*/*/*"))
    return {str(path): (path.lstat().st_mode, path.read_bytes() if path.is_file() else b"") for path in found}


def policy_files(owned: Mapping[str, str], grid: str = GRID) -> dict[str, str]:
    """Path → text of agentgrid.yaml and the agents' profiles; `owned`: agent → its critical pattern."""
    profiles = {
        f"config/agents/{agent}.yaml": f"id: {agent}\nowns:\n  critical:\n    - {pattern}\n"
        for agent, pattern in owned.items()
    }
    return {"agentgrid.yaml": grid, **profiles}


def make_grid(path: Path, *, owned: Mapping[str, str] = OWNED, grid: str = GRID) -> GridSandbox:
    """A repository at `path` with FILES and a policy on `main`; a desk for each agent beside it."""
    return equip_grid(create_repository(path, **FILES, **policy_files(owned, grid)), *owned)


def equip_grid(main: Sandbox, *agents: str) -> GridSandbox:
    """Makes the desks of `agents` in a repository that has a policy, as `agentgrid init` does."""
    repository = Repository.discover(main.path)
    in_force = find_in_force(repository)
    plans, _ = plan_desks(repository, in_force.policy, in_force.base, agents, dict.fromkeys(agents, "work"))
    made = create_desks(repository, plans, report=lambda _agent, _stage: None)
    publish(repository)
    return GridSandbox(main, {desk.agent: Sandbox(desk.path) for desk in made})


def attempt(
    where: Sandbox, *arguments: str | Path, env: Mapping[str, str] | None = None, stdin: str = "", cwd: str = "."
) -> Attempt:
    """Runs git in `where` (or `cwd` below it), hooks and all, and tells how it ended."""
    done = subprocess.run(
        ["git", *arguments],
        cwd=where.path / cwd,
        input=os.fsencode(stdin),
        capture_output=True,
        env={**os.environ, **(env or {})},
        check=False,
    )
    return Attempt(done.returncode, os.fsdecode(done.stderr))


def try_commit(where: Sandbox, *paths: str, env: Mapping[str, str] | None = None) -> Attempt:
    """Changes `paths`, stages them and tries to commit."""
    for path in paths:
        where.write(path, f"CHANGED = {os.urandom(4).hex()!r}\n")
    where.git("add", "--", *paths)
    return attempt(where, "commit", "--quiet", "-m", "Work", env=env)


def hook_of(desk: Sandbox, name: str = "pre-commit") -> Path:
    """The installed hook of a desk."""
    return Path(desk.git("config", "core.hooksPath")) / name


def admin_dir_of(desk: Sandbox) -> Path:
    return Path(desk.git("rev-parse", "--absolute-git-dir"))


def replace_hook(desk: Sandbox, text: str, name: str = "pre-commit") -> None:
    """Puts `text` where the guard was."""
    hook = hook_of(desk, name)
    hook.parent.chmod(0o755)
    hook.unlink()
    hook.write_text(text, encoding="utf-8")
    hook.chmod(0o755)


GUARDS = ("pre-commit", "pre-merge-commit", "prepare-commit-msg", "commit-msg", "reference-transaction", "pre-push")


def remove_guard(desk: Sandbox, *names: str) -> None:
    """For the twins of guard tests: hooks (all that guard, or those named) that let everything through, and that the
    others take for their own."""
    for name in names or GUARDS:
        replace_hook(desk, "#!/bin/sh\nexit 0\n", name)
    seal = hook_of(desk).parents[1] / "verified"
    seal.touch()
    newest = max(path.lstat().st_mtime_ns for path in [hook_of(desk).parent, *hook_of(desk).parent.iterdir()])
    os.utime(seal, ns=(newest + 1, newest + 1))


def was_fast(desk: Sandbox, trace: Path) -> bool:
    """Stages nothing new and runs the guard once: whether it answered without the whole program."""
    trace.unlink(missing_ok=True)
    desk.git("hook", "run", "pre-commit", env={"GIT_TRACE": str(trace)})
    said = trace.read_text(encoding="utf-8")
    assert "diff-index" in said
    return "rev-parse" not in said
