"""A few small files kept under a ref of their own, as a commit without parents: so they can be pushed and fetched."""

from collections.abc import Iterable, Mapping

from agentgrid.git.process import Git
from agentgrid.git.work_commit import AUTHOR


def write_ref_files(git: Git, ref: str, files: Mapping[str, bytes], subject: str) -> str:
    """Writes a commit of `files` (name → content) and lets `ref` point to it; the commit."""
    oids = {name: git.text("hash-object", "-w", "--stdin", stdin=content) for name, content in files.items()}
    listing = "".join(f"100644 blob {oid}\t{name}\n" for name, oid in sorted(oids.items()))
    tree = git.text("mktree", stdin=listing.encode())
    commit = git.run("commit-tree", tree, "-m", subject, env=AUTHOR).text
    git.run("update-ref", "-m", subject, ref, commit)
    return commit


def drop_refs(git: Git, refs: Iterable[str]) -> dict[str, str]:
    """Deletes those that are there; ref → the commit that it had, for who wants it back."""
    dropped: dict[str, str] = {}
    for ref in refs:
        found = git.run("rev-parse", "--verify", "--quiet", ref, accept=(0, 1, 128))
        if found.code == 0:
            git.run("update-ref", "-d", ref, found.text)
            dropped[ref] = found.text
    return dropped
