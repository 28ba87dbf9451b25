"""One requirement as PEP 508 writes it, with the place of its version text."""

import re

from agentgrid.integration.dependencies.names import alike
from agentgrid.integration.dependencies.wanted import Wanted, without_secrets

# A name, extras, then versions (in round brackets, the old way) or an address; behind a semicolon: when.
_REQUIREMENT = re.compile(
    r"\s*(?P<name>[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)(?P<extras>\s*\[[^\]]*\])?\s*"
    r"(?:@\s*(?P<address>\S+)|(?P<open>\()?(?P<spec>[^;()]*?)(?(open)\s*\)))\s*(?:;(?P<marker>.*))?",
    re.DOTALL,
)

# A line that was continued: the grammar has no line breaks.
_BREAKS = str.maketrans("\r\n", "  ")


def read_requirement(text: str) -> Wanted:
    """The requirement in `text`, on line 1. Raises ValueError, saying what is wrong, for what is none."""
    from packaging.requirements import InvalidRequirement, Requirement

    found = _REQUIREMENT.fullmatch(text)
    try:
        parsed = Requirement(text.translate(_BREAKS).strip())
    except InvalidRequirement as error:
        raise ValueError(str(error).split("\n", 1)[0]) from error
    if found is None:
        raise ValueError(f"{text.strip()!r} is no requirement")
    marker = str(parsed.marker) if parsed.marker else ""
    name, package = found["name"], alike("python", found["name"])
    if found["address"] is not None:
        return Wanted("pep440", package, name, "", 1, marker=marker, source=without_secrets(found["address"]))
    start = found.start("spec")
    spec = found["spec"].rstrip()
    return Wanted("pep440", package, name, spec, 1, marker=marker, span=(start, start + len(spec)))
