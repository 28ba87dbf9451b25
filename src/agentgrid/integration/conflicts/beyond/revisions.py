"""Alembic's revisions: two that follow the same one are two heads, which it refuses to upgrade to."""

import ast
from typing import Any

from agentgrid.boundaries.migrations.names import parse_name
from agentgrid.integration.conflicts.beyond.facts import Change, Facts
from agentgrid.integration.conflicts.model import LineRange

_NAMES = ("revision", "down_revision")


class Revisions:
    """Python files that say which revision they are, and which one they follow."""

    name = "revisions"

    def handles(self, path: bytes) -> bool:
        return path.endswith(b".py")

    def parse(self, path: bytes, content: bytes) -> dict[str, tuple[str, int]]:  # noqa: ARG002 - the content says it
        if not all(name.encode() in content for name in _NAMES):
            return {}
        return {name: told for node in ast.parse(content).body for name, told in _assigned(node)}

    def compare(self, path: bytes, before: Any, after: Any) -> Facts:
        if before is not None or not after or any(name not in after for name in _NAMES):
            return Facts()
        name = parse_name(path.rpartition(b"/")[2])
        if name is not None and name.is_provisional:
            return Facts()  # what it follows is decided when it gets its place
        (revision, _), (follows, line) = after["revision"], after["down_revision"]
        folder = path.rpartition(b"/")[0].decode("utf-8", "surrogateescape")
        key = ("migration-number", "alembic", folder, follows)
        label = f"a migration that follows {follows}" if follows != "None" else "a first migration"
        return Facts({key: Change("migration-number", key, revision, path, label, is_new=True, now=LineRange(line, 1))})


def _assigned(node: ast.stmt) -> list[tuple[str, tuple[str, int]]]:
    targets = node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
    names = [each.id for each in targets if isinstance(each, ast.Name) and each.id in _NAMES]
    value = getattr(node, "value", None)
    if not isinstance(value, ast.Constant) or not isinstance(value.value, str | None):
        return []  # several: a merge of heads, on purpose
    return [(name, (str(value.value), node.lineno)) for name in names]
