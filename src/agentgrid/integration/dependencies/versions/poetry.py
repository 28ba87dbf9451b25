"""Poetry's constraints, told in PEP 440: https://python-poetry.org/docs/dependency-specification/"""

import re

from agentgrid.integration.dependencies.versions.python import join_alternatives
from agentgrid.integration.dependencies.versions.ranges import Range

_CLAUSE = re.compile(
    r"\s*(?P<operator>\^|~=|~|===?|=|!=|>=|<=|>|<|<>)?\s*(?P<version>v?[0-9*][^\s,|]*|\*)\s*(?:,|(?=\s|$|[\^~=!<>]))?"
)


def read_poetry(constraint: str) -> Range:
    """Raises ValueError for what Poetry wouldn't understand."""
    return join_alternatives(as_pep440(constraint))


def as_pep440(constraint: str) -> list[str]:
    """The alternatives that a constraint allows, each as PEP 440 writes it. Raises ValueError."""
    return [_alternative(each) for each in re.split(r"\|\|?", constraint)]


def _alternative(text: str) -> str:
    clauses: list[str] = []
    place = 0
    text = text.strip()
    while place < len(text):
        found = _CLAUSE.match(text, place)
        if found is None or found.end() == place:
            raise ValueError(f"{text!r} is no constraint of Poetry")
        clauses += _clause(found["operator"] or "", found["version"].removeprefix("v"))
        place = found.end()
    return ",".join(clauses)


def _clause(operator: str, version: str) -> list[str]:
    if version.endswith("*"):
        head = version.rstrip("*").rstrip(".")
        return [] if not head else [f"{'!=' if operator in {'!=', '<>'} else '=='}{head}.*"]
    if operator in {"^", "~"}:
        return [f">={version}", f"<{_end(operator, version)}"]
    return [{"": "==", "=": "==", "<>": "!="}.get(operator, operator) + version]


def _end(operator: str, version: str) -> str:
    """The first release that a caret (no change of the first number that isn't 0) or a tilde (no change of the second
    number, or of the first where there is no second) leaves out."""
    from packaging.version import InvalidVersion, Version

    try:
        release = Version(version).release
    except InvalidVersion as error:
        raise ValueError(f"{version!r} is no version") from error
    if operator == "~":
        place = min(1, len(release) - 1)
    else:
        place = next((at for at, number in enumerate(release) if number), len(release) - 1)
    return ".".join(map(str, [*release[:place], release[place] + 1]))
