"""Generated lock files, and the command that brings each up to date without upgrading anything it need not."""

import json
import shlex

from agentgrid.onboarding.discovery.folders import is_vendored
from agentgrid.onboarding.discovery.pattern_text import file_pattern, is_writable
from agentgrid.onboarding.discovery.tree_facts import TreeFacts

# `cargo generate-lockfile` would upgrade every dependency; `update --workspace` adds what is missing.
_COMMANDS = {
    "pnpm-lock.yaml": "pnpm install --lockfile-only",
    "package-lock.json": "npm install --package-lock-only",
    "npm-shrinkwrap.json": "npm install --package-lock-only",
    "yarn.lock": "yarn install --mode=update-lockfile",
    "bun.lock": "bun install --lockfile-only",
    "bun.lockb": "bun install --lockfile-only",
    "uv.lock": "uv lock",
    "poetry.lock": "poetry lock",
    "pdm.lock": "pdm lock --update-reuse",
    "Pipfile.lock": "pipenv lock",
    "Cargo.lock": "cargo update --workspace",
    "go.sum": "go mod tidy",
    "go.work.sum": "go work sync",
    "Gemfile.lock": "bundle lock",
    "composer.lock": "composer update --lock --no-install",
    "mix.lock": "mix deps.get",
    "pubspec.lock": "dart pub get",
    "flake.lock": "nix flake lock",
}
_YARN_CLASSIC = "yarn install --ignore-scripts --non-interactive"  # version 1 knows no --mode


def is_lock_file(path: str) -> bool:
    return path.rpartition("/")[2] in _COMMANDS


def find_derived(facts: TreeFacts) -> dict[str, str]:
    """Anchored pattern of each lock file → shell command, run at the root, that regenerates it; sorted by path."""
    paths = sorted(path for path in facts.sizes if is_lock_file(path) and is_writable(path) and not is_vendored(path))
    return {file_pattern(path): _command(facts, path) for path in paths}


def _command(facts: TreeFacts, path: str) -> str:
    folder, _, name = path.rpartition("/")
    command = _COMMANDS[name]
    if name == "yarn.lock" and _is_yarn_classic(facts, folder):
        command = _YARN_CLASSIC
    return f"cd {shlex.quote(folder)} && {command}" if folder else command


def _is_yarn_classic(facts: TreeFacts, folder: str) -> bool:
    prefix = f"{folder}/" if folder else ""
    try:
        package = json.loads(facts.manifests.get(f"{prefix}package.json", "{}"))
    except ValueError:
        package = None
    manager = package.get("packageManager") if isinstance(package, dict) else None
    return f"{prefix}.yarnrc" in facts.sizes or str(manager).startswith("yarn@1.")
