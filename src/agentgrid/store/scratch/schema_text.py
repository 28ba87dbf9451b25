"""A schema as text that can be compared: each relation with its sorted lines. Pure."""

import difflib
from collections.abc import Mapping, Sequence

Rows = Mapping[str, Sequence[Sequence[object]]]
Lines = list[tuple[str, str]]

BOOKKEEPING = frozenset({
    "alembic_version", "django_migrations", "flyway_schema_history", "goose_db_version", "schema_migrations",
})  # fmt: skip
"""Tables in which migration tools note what they have done."""

_LONGEST_DIFFERENCE = 40


def schema_text(lines: Lines) -> str:
    """`lines`: (relation, what it has)."""
    relations: dict[str, list[str]] = {}
    for relation, line in lines:
        relations.setdefault(relation, []).append(line)
    return "".join(
        f"{relation}\n" + "".join(f"  {line}\n" for line in sorted(relations[relation]))
        for relation in sorted(relations)
    )


def compare_schemas(expected: str, found: str) -> str:
    """Where two schemas differ, as lines with `-` (expected alone) and `+` (found alone); empty when they are equal."""
    if expected == found:
        return ""
    lines = difflib.unified_diff(_full(expected), _full(found), lineterm="", n=0)
    told = [line for line in lines if not line.startswith(("---", "+++", "@@"))]
    more = len(told) - _LONGEST_DIFFERENCE
    return "\n".join(told[:_LONGEST_DIFFERENCE] + ([f"… and {more} lines more"] if more > 0 else []))


def _full(schema: str) -> list[str]:
    """Each line with the relation that it is of."""
    relation, full = "", []
    for line in schema.splitlines():
        if line.startswith("  "):
            full.append(f"{relation}: {line.strip()}")
        else:
            relation = line
    return full
