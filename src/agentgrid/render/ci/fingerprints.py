"""What a finding is, whatever run finds it: servers compare runs by it, and show what is new and what is gone."""

import hashlib
import re
from collections.abc import Sequence

from agentgrid.boundaries.findings import Finding

# Ids of commits, and lines of the policy: both change while the finding stays the same.
_PASSING = re.compile(r"\b(?=[0-9a-f]*\d)[0-9a-f]{7,64}\b|(?<=\.yaml):\d+\b|(?<=\.yml):\d+\b")


def fingerprints(findings: Sequence[Finding]) -> list[str]:
    """One for each finding, in their order: 64 hex digits, each once, the same in every run and in any order."""
    seen: dict[bytes, int] = {}
    made: list[str] = []
    for finding in findings:
        identity = _identity(finding)
        number = seen[identity] = seen.get(identity, 0) + 1
        made.append(hashlib.sha256(identity + b"\0%d" % number).hexdigest())
    return made


def lasting(message: str) -> str:
    """The message without what another run may say otherwise about the same finding."""
    return _PASSING.sub("…", message)


def _identity(finding: Finding) -> bytes:
    message = lasting(finding.message).encode("utf-8", "surrogateescape")
    return b"\0".join([finding.rule.encode(), finding.path, (finding.owner or "").encode(), message])
