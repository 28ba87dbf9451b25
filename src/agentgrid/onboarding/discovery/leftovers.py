"""What no service claims: whole folders, and single files beside them."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from agentgrid.onboarding.discovery.folders import innermost, is_hidden, is_vendored, parents
from agentgrid.onboarding.discovery.pattern_text import is_writable

# Every agent writes here: one owner would refuse the tests and pages of all others.
_EVERYONES = frozenset({
    "tests", "test", "spec", "specs", "e2e", "__tests__", "docs", "doc", "documentation", "examples", "example",
})  # fmt: skip
_SUPPORTING = frozenset({
    "scripts", "script", "tools", "tooling", "bin", "ci", "build", "config", "configs", "conf", "docker", "deploy",
    "deployment", "deployments", "infra", "infrastructure", "ops", "k8s", "kubernetes", "helm", "charts", "terraform",
    "ansible", "etc", "assets", "static", "public", "data", "bench", "benchmarks",
})  # fmt: skip


@dataclass(frozen=True)
class Leftovers:
    """`folders`: the largest ones that hold nothing of anybody's. `files`: the rest. Both sorted."""

    folders: tuple[str, ...]
    files: tuple[str, ...]


def find_leftovers(paths: Iterable[str], taken: Collection[str]) -> Leftovers:
    """What of `paths` lies outside `taken` (folders and files)."""
    around = {parent for place in taken for parent in parents(place)}
    folders: set[str] = set()
    files: list[str] = []
    for path in paths:
        if innermost(path, taken) is not None:
            continue
        free = [folder for folder in parents(path) if folder not in around]
        if free and is_writable(free[-1]):
            folders.add(free[-1])
        else:
            files.append(path)
    return Leftovers(tuple(sorted(folders)), tuple(sorted(files)))


def is_everyones(folder: str) -> bool:
    """Tests, documentation, samples, vendored and hidden folders: changed by all, so owned by none."""
    return folder.rpartition("/")[2].casefold() in _EVERYONES or is_hidden(folder) or is_vendored(folder)


def is_supporting(folder: str) -> bool:
    """Scripts, infrastructure and the like: owned by somebody, but no service of its own."""
    return folder.rpartition("/")[2].casefold() in _SUPPORTING
