"""Trees and histories as values, for tests of what is proposed from them."""

from collections.abc import Iterable, Mapping

from hypothesis import strategies as st
from pathspec import GitIgnoreSpec

from agentgrid.onboarding.discovery.tree_facts import TreeFacts


def facts(
    *paths: str,
    sizes: Mapping[str, int] | None = None,
    manifests: Mapping[str, str] | None = None,
    history: Iterable[Iterable[str]] = (),
) -> TreeFacts:
    """A tree of `paths`, 100 bytes each, and of `sizes` (path → bytes), with the manifests' texts in it."""
    texts = dict(manifests or {})
    known = {**{path: len(text) for path, text in texts.items()}, **dict.fromkeys(paths, 100), **(sizes or {})}
    return TreeFacts(known, texts, tuple(frozenset(commit) for commit in history))


def commits(count: int, *paths: str) -> list[tuple[str, ...]]:
    """`count` commits that change the same paths."""
    return [paths] * count


def matches(patterns: Iterable[str], path: str) -> bool:
    """Whether a list of gitignore patterns matches: each as git reads it, the last match wins."""
    matched = False
    for pattern in patterns:
        if GitIgnoreSpec.from_lines([pattern.removeprefix("!")]).match_file(path):
            matched = not pattern.startswith("!")
    return matched


NAMES = st.sampled_from(["services", "apps", "libs", "src", "api", "web", "common", "core", "tests", "docs", "a b",
                         "[x]", "!x", "*", "é", "scripts", ".github", "migrations", "config", "agents"])  # fmt: skip
PATHS = st.lists(NAMES, min_size=1, max_size=4).map(lambda parts: "/".join([*parts, "file.py"])) | st.just("root.py")


@st.composite
def trees(draw: st.DrawFn) -> TreeFacts:
    """Random small trees: usual and awkward names, build contexts, a history."""
    paths = draw(st.lists(PATHS, min_size=1, max_size=25, unique=True))
    sizes = {path: draw(st.integers(0, 1000)) for path in paths}
    globs = draw(st.lists(NAMES.map(lambda name: f"{name}/*"), max_size=2))
    compose = "services:\n" + "".join(f"  s{n}: {{build: '{glob[:-2]}'}}\n" for n, glob in enumerate(globs))
    history = draw(st.lists(st.frozensets(st.sampled_from(paths), min_size=1, max_size=4), max_size=30))
    return TreeFacts(sizes, {"compose.yaml": compose}, tuple(history))
