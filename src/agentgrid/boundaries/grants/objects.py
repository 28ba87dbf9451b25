"""Grants as objects of git, so that they travel: a ref each, to a commit that holds the text and its signature.

Whoever may push can make such a ref. What counts is the signature, by a key that the base's policy names.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from agentgrid.boundaries.grants.grant import Grant, NotAGrant, read_grant, write_grant
from agentgrid.git.process import Git
from agentgrid.git.trees import read_objects
from agentgrid.git.work_commit import AUTHOR

GRANT_REFS = "refs/agentgrid/grants/"
NAMESPACE = "agentgrid-grant"  # a signature of anything else says nothing here
_TEXT, _SIGNATURE = "grant.json", "grant.sig"
_LARGEST = 65_536


@dataclass(frozen=True, slots=True)
class StoredGrant:
    """`fault`: why the object is no grant. `signature`: empty when nobody has signed it."""

    ref: str
    grant: Grant | None
    text: bytes = b""
    signature: bytes = b""
    fault: str = ""


def grant_ref(grant: Grant) -> str:
    return f"{GRANT_REFS}{grant.to}/{grant.id}"


def write_object(git: Git, grant: Grant, signature: bytes) -> str:
    """Writes the grant's commit and its ref; the ref."""
    files = {_TEXT: write_grant(grant), **({_SIGNATURE: signature} if signature else {})}
    oids = {name: git.text("hash-object", "-w", "--stdin", stdin=content) for name, content in files.items()}
    listing = "".join(f"100644 blob {oid}\t{name}\n" for name, oid in sorted(oids.items()))
    tree = git.text("mktree", stdin=listing.encode())
    subject = f"Grant {grant.id} to {grant.to} by {grant.by}"
    commit = git.run("commit-tree", tree, "-m", subject, env=AUTHOR).text
    git.run("update-ref", "-m", subject, grant_ref(grant), commit)
    return grant_ref(grant)


def list_stored(git: Git, agent: str | None = None) -> list[StoredGrant]:
    """Every grant (to `agent`) whose ref is here, whoever made it, in the order of the refs' names."""
    refs = git.text("for-each-ref", "--format=%(refname)", f"{GRANT_REFS}{agent or ''}".rstrip("/")).splitlines()
    found = read_objects(git, [f"{ref}:{name}" for ref in refs for name in (_TEXT, _SIGNATURE)])
    return [_stored(ref, found.get(f"{ref}:{_TEXT}"), found.get(f"{ref}:{_SIGNATURE}")) for ref in refs]


def drop_objects(git: Git, grants: Iterable[Grant]) -> dict[str, str]:
    """Deletes the refs; grant's id → the commit that its ref had, for who wants it back."""
    dropped: dict[str, str] = {}
    for grant in grants:
        found = git.run("rev-parse", "--verify", "--quiet", grant_ref(grant), accept=(0, 1, 128))
        if found.code == 0:
            git.run("update-ref", "-d", grant_ref(grant), found.text)
            dropped[grant.id] = found.text
    return dropped


def _stored(ref: str, text: bytes | None, signature: bytes | None) -> StoredGrant:
    if text is None or len(text) > _LARGEST or len(signature or b"") > _LARGEST:
        return StoredGrant(ref, None, fault=f"it has no {_TEXT}" if text is None else "it is too large")
    try:
        grant = read_grant(text)
    except NotAGrant as error:
        return StoredGrant(ref, None, fault=str(error))
    if grant_ref(grant) != ref:
        return StoredGrant(ref, None, fault=f"it is grant {grant.id} to {grant.to} under another name")
    return StoredGrant(ref, grant, text, signature or b"")
