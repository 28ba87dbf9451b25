"""What the queue knows of the migrations that a change set has: requests where there is state, and what the queue's own
commits say, which is all that there is in CI and on a server."""

import hashlib
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from agentgrid.boundaries.messages.trailer_text import read_trailers
from agentgrid.boundaries.migrations.evidence import TRAILER, Evidence, read_evidence
from agentgrid.boundaries.migrations.queries import read_requests
from agentgrid.boundaries.migrations.request import MigrationRequest
from agentgrid.git.commit_messages import list_messages
from agentgrid.git.repository import Repository
from agentgrid.store.session import Store


@dataclass(frozen=True)
class Known:
    """`requests`: oldest first. `evidence`: of the commits that the change set has. `integrated`: path → the object
    that the commit which integrated it has there. `has_state`: whether requests could be known at all."""

    requests: tuple[MigrationRequest, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    integrated: Mapping[bytes, bytes] = field(default_factory=dict)
    has_state: bool = False


class Registry:
    """`store`: None where nothing of this machine counts. `beside`: tips of further branches whose commits are read, as
    a squash may have lost what they say."""

    def __init__(self, store: Store | None, *, beside: Callable[[], Iterable[str]] = tuple) -> None:
        self._store = store
        self._beside = beside

    def read(self, repository: Repository, base: str, heads: Sequence[str], paths: Iterable[bytes]) -> Known:
        """What is known about these `paths`, for work on top of `heads`."""
        tips = dict.fromkeys((*heads, *self._beside()))
        evidence = tuple(each for tip in tips for each in _read_commits(repository, base, tip))
        if self._store is None:
            return Known(evidence=evidence)
        with self._store.read() as session:
            requests = tuple(read_requests(session))
        return Known(requests, evidence, _find_integrated(repository, requests, paths), has_state=True)

    def stamp(self) -> str:
        """The same as long as the queue knows the same."""
        if self._store is None:
            return ""
        with self._store.read() as session:
            found = read_requests(session)
        told = [(each.id, each.status, each.digest, each.file, each.commit) for each in found]
        return hashlib.sha256(repr(told).encode()).hexdigest()[:16] if told else ""


def _read_commits(repository: Repository, base: str, tip: str) -> list[Evidence]:
    found: list[Evidence] = []
    for commit in list_messages(repository.git, base, tip):
        if TRAILER.encode() in commit.raw:
            trailers = read_trailers(commit.raw, anywhere=True)
            lines = [key + b": " + value for key, value in trailers if key == TRAILER.encode()]
            found += [each for line in lines for each in read_evidence(line)]
    return found


def _find_integrated(
    repository: Repository, requests: Sequence[MigrationRequest], paths: Iterable[bytes]
) -> dict[bytes, bytes]:
    """What integration wrote: a request has the content that it was submitted with."""
    asked = set(paths)
    found: dict[bytes, bytes] = {}
    for each in requests:
        if each.file in asked and each.file is not None and each.commit is not None:
            name = f"{each.commit}:{os.fsdecode(each.file)}"
            oid = repository.git.run("rev-parse", "--verify", "--quiet", name, accept=(0, 1, 128)).text
            if oid:
                found[each.file] = oid.encode()
    return found
