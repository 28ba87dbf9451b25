"""When two spellings are one package: each ecosystem's own rule."""

import re

from agentgrid.integration.dependencies.wanted import Ecosystem


def alike(ecosystem: Ecosystem, name: str) -> str:
    """The one spelling that all of a package's spellings have. Python: PEP 503. Cargo: crates.io takes `-` and `_` for
    one. npm's and Go's names are what they are."""
    if ecosystem == "python":
        return re.sub(r"[-_.]+", "-", name).lower()
    return name.replace("_", "-") if ecosystem == "cargo" else name
