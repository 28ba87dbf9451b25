"""What a self-test tries to change: paths that an agent may not change and one that it may, and commits of them that
only exist in a directory of their own."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from agentgrid.boundaries.policy.compiled import compile_policy
from agentgrid.boundaries.policy.territory import Place, Territory
from agentgrid.boundaries.verdict import broken_rule, needs_lease, severity_of
from agentgrid.config.policy import parse_policy, read_tree
from agentgrid.errors import ConfigError
from agentgrid.git.history import list_tree
from agentgrid.git.process import Git, Output
from agentgrid.git.repository import Repository

_ORDINARY = b"100644"
_IDENTITY = {
    f"GIT_{role}_{part}": value
    for role in ("AUTHOR", "COMMITTER")
    for part, value in (("NAME", "agentgrid self-test"), ("EMAIL", "self-test@agentgrid.invalid"))
}


@dataclass(frozen=True)
class Forbidden:
    """A path that an agent may not change, the rule that says so, and how severe the grid takes it."""

    path: bytes
    rule: str
    severity: str


@dataclass(frozen=True)
class Choices:
    """`forbidden` None: the agent may change everything. `allowed` None: no file is the agent's own yet."""

    forbidden: Forbidden | None
    allowed: bytes | None


def choose_paths(repository: Repository, territory: Territory, agent: str, base: str, fork: str) -> Choices:
    """Picks from the files of the commit `base`. What the policy at the commit `fork` allows is allowed as well."""
    files = [path for path, mode, _ in list_tree(repository.git, base) if mode == _ORDINARY]
    maps = [territory, *_earlier(repository, fork)]
    found: list[Forbidden] = []
    allowed = None
    for path in files:
        rules = [broken_rule(each.place(path), agent, each.compiled["unowned"]) for each in maps]
        if rules[0] is not None and all(rules):
            found.append(Forbidden(path, rules[0], _severity(territory, rules[0])))
        elif allowed is None and rules[0] is None and _is_free(territory, territory.place(path)):
            allowed = path
    told = [each for each in found if each.severity != "off"]
    strictest = sorted(told, key=lambda each: each.severity != "error")
    return Choices(strictest[0] if strictest else None, allowed)


class ScratchCommits:
    """Objects in a directory of their own: git sees them beside the repository's, and they go with the directory."""

    def __init__(self, repository: Repository, worktree: Path, scratch: Path) -> None:
        self.env = {
            "GIT_OBJECT_DIRECTORY": str(scratch / "objects"),
            "GIT_ALTERNATE_OBJECT_DIRECTORIES": _quoted(repository.common_dir / "objects"),
        }
        self._git = Git(worktree, env=self.env)
        self._scratch = scratch
        (scratch / "objects").mkdir(exist_ok=True)

    def index(self, start: str, path: bytes | None) -> Path:
        """An index with the files of the commit `start`, of which `path` is changed."""
        file = self._scratch / "index"
        env = {"GIT_INDEX_FILE": str(file)}
        file.unlink(missing_ok=True)
        self._run("read-tree", start, env=env)
        if path is not None:
            blob = self._run("hash-object", "-w", "--stdin", stdin=b"tried by a self-test\n").text
            entry = b"100644 " + blob.encode() + b"\t" + path + b"\0"
            self._run("update-index", "-z", "--index-info", stdin=entry, env=env)
        return file

    def commit(self, start: str, path: bytes | None, message: str) -> str:
        """A commit on `start` that changes `path`."""
        index = self.index(start, path)
        tree = self._run("write-tree", env={"GIT_INDEX_FILE": str(index)}).text
        return self._run("commit-tree", tree, "-p", start, "-m", message, env=_IDENTITY).text

    def _run(self, *arguments: str, env: Mapping[str, str] | None = None, stdin: bytes | None = None) -> Output:
        """Runs git without hooks: some are called for an index, too."""
        return self._git.run("-c", f"core.hooksPath={os.devnull}", *arguments, env=env, stdin=stdin)


def _earlier(repository: Repository, fork: str) -> Sequence[Territory]:
    try:
        files = read_tree(repository.git, fork)
        return [Territory(compile_policy(parse_policy(files)))] if files is not None else []
    except ConfigError:
        return []


def _severity(territory: Territory, rule: str) -> str:
    return severity_of(rule, territory.compiled["severity"], territory.compiled["unowned"])


def _is_free(territory: Territory, place: Place) -> bool:
    """Changed without a lease, which somebody else may have."""
    return not needs_lease(place, territory.compiled["unowned"])


def _quoted(directory: Path) -> str:
    """As git reads a list of directories: quoted where a sign of the list is in it."""
    text = str(directory)
    if os.pathsep not in text and '"' not in text:
        return text
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
