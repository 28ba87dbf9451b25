"""Go's minimal version selection: a requirement is a least version, and the largest of all is built.

https://go.dev/ref/mod#minimal-version-selection
"""

from typing import TYPE_CHECKING

from agentgrid.integration.dependencies.versions.ranges import Range
from agentgrid.integration.dependencies.versions.semver import read_semver

if TYPE_CHECKING:
    from semantic_version import Version


def read_go(constraint: str) -> Range:
    """`v1.2.3`, or `!v1.2.3` for one that is excluded. Raises ValueError."""
    version = read_semver(constraint.removeprefix("!"))
    if constraint.startswith("!"):

        def admits(other: "Version") -> bool:
            return bool(other != version)

        return Range(constraint, admits, (), (version.next_patch(),))

    def reaches(other: "Version") -> bool:
        return bool(other >= version)

    return Range(constraint, reaches, (version,))
