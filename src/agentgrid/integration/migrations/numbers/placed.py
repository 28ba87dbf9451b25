"""A request that got its place: what the log, the landing's journal and commits say of it."""

import os
from dataclasses import dataclass

from agentgrid.boundaries.migrations.evidence import Evidence, write_evidence


@dataclass(frozen=True)
class PlacedRequest:
    """`number`: in its lineage. `file`: path in the repository, as the file system's text. `digest`: SHA-256 of the
    file's content. `key`: how other migrations name it."""

    id: str
    lineage: str
    number: int
    file: str
    digest: str
    key: str = ""

    @property
    def path(self) -> bytes:
        return os.fsencode(self.file)

    def evidence(self) -> bytes:
        """The trailer that the commit which brings it carries."""
        return write_evidence(Evidence(self.id, self.lineage, self.number, self.digest, self.path))
