"""Folders that workspace files name as members: npm, yarn, pnpm, uv, Cargo, Go, and compose build contexts.

A file that can't be read as what it claims to be names nobody: proposing a split is no place to judge it.
"""

import json
import posixpath
import re
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from agentgrid.onboarding.discovery.pattern_text import escape_path
from agentgrid.onboarding.discovery.tree_facts import TreeFacts

_BRACES = re.compile(r"\{([^{}]*)\}")
_COMPOSE = re.compile(r"(docker-)?compose(\.[\w.-]+)?\.ya?ml")


@dataclass(frozen=True)
class Globs:
    """What a workspace file says: `members` and `excluded` folders as globs; `manifest` is in each member."""

    members: tuple[str, ...]
    excluded: tuple[str, ...]
    manifest: str


def find_members(facts: TreeFacts) -> dict[str, str]:
    """Each member folder → the workspace file that names it (the one nearest to the root)."""
    found: dict[str, str] = {}
    for path in sorted(facts.manifests, key=lambda path: (path.count("/"), path)):
        for folder in _members_of(facts, path):
            found.setdefault(folder, path)
    return found


def _members_of(facts: TreeFacts, path: str) -> list[str]:
    root, _, name = path.rpartition("/")
    text = facts.manifests[path]
    if _COMPOSE.fullmatch(name):
        contexts = (_resolve(root, context) for context in _compose_contexts(text))
        return [folder for folder in contexts if folder]
    reader = _READERS.get(name)
    globs = reader(text) if reader else None
    return expand_globs(facts, root, globs) if globs else []


def expand_globs(facts: TreeFacts, root: str, globs: Globs) -> list[str]:
    """The real folders that `globs` (relative to the folder `root`) mean, sorted; the root itself is none."""
    from pathspec import GitIgnoreSpec

    lines = [line for glob in globs.members for line in _glob_lines(root, glob, globs.manifest)]
    lines += [f"!{line}" for glob in globs.excluded for line in _glob_lines(root, glob, "**")]
    try:
        spec = GitIgnoreSpec.from_lines(lines)
    except ValueError:  # a glob of that ecosystem that gitignore can't say
        return []
    ending = f"/{globs.manifest}"
    manifests = [path for path in facts.sizes if path.endswith(ending)]
    return sorted(path.removesuffix(ending) for path in manifests if spec.match_file(path))


def _glob_lines(root: str, glob: str, last: str) -> Iterator[str]:
    sign = "!" if glob.startswith("!") else ""
    for one in _expand_braces(glob.removeprefix("!")):
        line = _resolve(escape_path(root), one)
        if line is not None:
            yield f"{sign}/{line}/{last}".replace("//", "/")


def _expand_braces(glob: str) -> Iterator[str]:
    match = _BRACES.search(glob)
    if match is None:
        yield glob
        return
    for choice in match[1].split(","):
        yield from _expand_braces(glob[: match.start()] + choice + glob[match.end() :])


def _resolve(root: str, relative: str) -> str | None:
    """`relative`, as written in a file in `root`, from the repository's root; None outside it or for a URL."""
    if "://" in relative or relative.startswith(("/", "git@", "$")):
        return None
    joined = posixpath.normpath(posixpath.join(root, relative))
    if joined == ".":
        return ""
    return None if joined == ".." or joined.startswith("../") else joined


def _texts(value: Any) -> tuple[str, ...]:
    return tuple(item for item in value if isinstance(item, str)) if isinstance(value, list) else ()


def _at(value: Any, *keys: str) -> Any:
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    return value


def _load_json(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return None


def _load_toml(text: str) -> Any:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return None


def _load_yaml(text: str) -> Any:
    import yaml

    try:
        return yaml.load(text, Loader=yaml.CSafeLoader)
    except (yaml.YAMLError, ValueError):
        return None


def _read_npm(text: str) -> Globs:
    declared = _at(_load_json(text), "workspaces")
    return Globs(_texts(_at(declared, "packages") or declared), (), "package.json")


def _read_pnpm(text: str) -> Globs:
    return Globs(_texts(_at(_load_yaml(text), "packages")), (), "package.json")


def _read_uv(text: str) -> Globs:
    declared = _at(_load_toml(text), "tool", "uv", "workspace")
    return Globs(_texts(_at(declared, "members")), _texts(_at(declared, "exclude")), "pyproject.toml")


def _read_cargo(text: str) -> Globs:
    declared = _at(_load_toml(text), "workspace")
    return Globs(_texts(_at(declared, "members")), _texts(_at(declared, "exclude")), "Cargo.toml")


def _read_go_work(text: str) -> Globs:
    """`use ./x` and `use ( ./x ./y )` (go.dev/ref/mod#go-work-file)."""
    bare = re.sub(r"//[^\n]*", "", text)
    blocks = re.findall(r"^\s*use\s*\(([^)]*)\)", bare, re.MULTILINE)
    words = [word for block in blocks for word in block.split()]
    words += re.findall(r"^\s*use\s+([^\s(]+)", bare, re.MULTILINE)
    return Globs(tuple(escape_path(word.strip('"`')) for word in words), (), "go.mod")


def _compose_contexts(text: str) -> list[str]:
    services = _at(_load_yaml(text), "services")
    builds = [_at(service, "build") for service in services.values()] if isinstance(services, dict) else []
    contexts = [build if isinstance(build, str) else _at(build, "context") for build in builds]
    return [context for context in contexts if isinstance(context, str)]


_READERS: dict[str, Callable[[str], Globs]] = {
    "package.json": _read_npm,
    "pnpm-workspace.yaml": _read_pnpm,
    "pnpm-workspace.yml": _read_pnpm,
    "pyproject.toml": _read_uv,
    "Cargo.toml": _read_cargo,
    "go.work": _read_go_work,
}
