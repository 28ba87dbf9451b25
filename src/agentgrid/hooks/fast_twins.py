"""Whether a path that is being added looks like another one of the tree: asked of git only when something is added."""

from agentgrid.boundaries.paths import twins
from agentgrid.hooks.fast_git import ask_git


def has_twins(added: list[bytes], arguments: list[str]) -> bool:
    """Whether a path of `added` has a twin, or that is in doubt. `arguments`: with these git lists every path of the
    tree."""
    return not surely_has_none(added, ask_git(arguments))


def surely_has_none(added: list[bytes], listing: bytes | None) -> bool:
    """Whether none of `added` has a twin in what git listed (None: it failed)."""
    return listing is not None and twins.has_twins(listing, added) is False
