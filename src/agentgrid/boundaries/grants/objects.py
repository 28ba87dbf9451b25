"""Grants as objects of git, so that they travel: a ref each, to a commit that holds the text and its signature.

Whoever may push can make such a ref. What counts is the signature, by a key that the base's policy names.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from agentgrid.boundaries.grants.grant import Grant, NotAGrant, read_grant, write_grant
from agentgrid.git.process import Git
from agentgrid.git.ref_files import drop_refs, read_ref_files, write_ref_files

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
    write_ref_files(git, grant_ref(grant), files, f"Grant {grant.id} to {grant.to} by {grant.by}")
    return grant_ref(grant)


def list_stored(git: Git, agent: str | None = None) -> list[StoredGrant]:
    """Every grant (to `agent`) whose ref is here, whoever made it, in the order of the refs' names."""
    found = read_ref_files(git, f"{GRANT_REFS}{agent or ''}", (_TEXT, _SIGNATURE))
    return [_stored(ref, files.get(_TEXT), files.get(_SIGNATURE)) for ref, files in found.items()]


def drop_objects(git: Git, grants: Iterable[Grant]) -> dict[str, str]:
    """Deletes the refs; grant's id → the commit that its ref had, for who wants it back."""
    named = {grant_ref(grant): grant.id for grant in grants}
    return {named[ref]: oid for ref, oid in drop_refs(git, named).items()}


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
