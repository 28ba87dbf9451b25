"""A few small files kept under a ref of their own, as a commit without parents: so they can be pushed and fetched."""

from collections.abc import Iterable, Mapping, Sequence

from agentgrid.git.process import Git
from agentgrid.git.trees import read_objects
from agentgrid.git.work_commit import commit_tree


def write_ref_files(git: Git, ref: str, files: Mapping[str, bytes], subject: str) -> str:
    """Writes a commit of `files` (name → content) and lets `ref` point to it; the commit."""
    oids = {name: git.text("hash-object", "-w", "--stdin", stdin=content) for name, content in files.items()}
    listing = "".join(f"100644 blob {oid}\t{name}\n" for name, oid in sorted(oids.items()))
    tree = git.text("mktree", stdin=listing.encode())
    commit = commit_tree(git, tree, [], subject)
    git.run("update-ref", "-m", subject, ref, commit)
    return commit


def read_ref_files(git: Git, prefix: str, names: Sequence[str]) -> dict[str, dict[str, bytes]]:
    """Ref (in or below `prefix`, in the order of names) → those of the files `names` that it has."""
    refs = git.text("for-each-ref", "--format=%(refname)", prefix.rstrip("/")).splitlines()
    found = read_objects(git, [f"{ref}:{name}" for ref in refs for name in names])
    return {ref: {name: found[f"{ref}:{name}"] for name in names if f"{ref}:{name}" in found} for ref in refs}


def drop_refs(git: Git, refs: Iterable[str]) -> dict[str, str]:
    """Deletes those that are there; ref → the commit that it had, for who wants it back."""
    dropped: dict[str, str] = {}
    for ref in refs:
        found = git.run("rev-parse", "--verify", "--quiet", ref, accept=(0, 1, 128))
        if found.code == 0:
            git.run("update-ref", "-d", ref, found.text)
            dropped[ref] = found.text
    return dropped
