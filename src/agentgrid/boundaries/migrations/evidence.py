"""What the queue's own commits say of the migrations in them, for checks that have no state: one trailer a file.

`Agentgrid-Migration: m12 main 7 <SHA-256 of the content> "db/migrations/0007_add_users.sql"`. It is evidence, as
lock trailers are: whoever writes commits can write it too.
"""

import re
from dataclasses import dataclass
from hashlib import sha256

TRAILER = "Agentgrid-Migration"
_LINE = re.compile(
    rb"^Agentgrid-Migration: (?P<id>m\d+) (?P<lineage>\S+) (?P<number>\d+) (?P<digest>[0-9a-f]{64})"
    rb' "(?P<path>(?:[^"\\]|\\.)*)"$',
    re.MULTILINE,
)


@dataclass(frozen=True, slots=True)
class Evidence:
    """One file that the queue wrote: `path` in the repository, `digest` of its content."""

    id: str
    lineage: str
    number: int
    digest: str
    path: bytes


def digest_of(content: bytes) -> str:
    """How contents of migrations are told apart."""
    return sha256(content).hexdigest()


def write_evidence(evidence: Evidence) -> bytes:
    """The trailer's line, without its end."""
    path = evidence.path.replace(b"\\", b"\\\\").replace(b'"', b'\\"').replace(b"\n", b"\\n")
    said = f"{TRAILER}: {evidence.id} {evidence.lineage} {evidence.number} {evidence.digest} "
    return said.encode() + b'"' + path + b'"'


def read_evidence(message: bytes) -> list[Evidence]:
    """What a commit's message tells of migrations."""
    return [
        Evidence(
            found["id"].decode(), found["lineage"].decode(), int(found["number"]), found["digest"].decode(),
            _unquote(found["path"]),
        )
        for found in _LINE.finditer(message)
    ]  # fmt: skip


def _unquote(text: bytes) -> bytes:
    return re.sub(rb"\\(.)", lambda found: b"\n" if found[1] == b"n" else found[1], text)
