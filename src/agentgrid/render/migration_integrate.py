"""What `migration integrate` did: for people, and in JSON."""

from collections.abc import Sequence

from agentgrid.git.paths import json_path, show_path
from agentgrid.integration.migrations.integrating.integrating import Integrated

_SHORT = 10


def render_integrated(done: Sequence[Integrated], *, is_dry_run: bool) -> str:
    return "\n".join(line for each in done for line in _lines(each, is_dry_run=is_dry_run))


def integrated_as_json(done: Sequence[Integrated], *, is_dry_run: bool) -> list[dict[str, object]]:
    return [
        {
            "lineage": each.lineage,
            "branch": each.branch,
            "commit": each.commit,
            "integrated": [
                {"id": one.id, "number": one.number, "file": json_path(one.path), "key": one.key} for one in each.placed
            ],
            "waiting": [{"id": id_, "reason": why} for id_, why in each.waiting.items()],
            "notes": list(each.notes),
            "dry_run": is_dry_run,
        }
        for each in done
    ]


def _lines(each: Integrated, *, is_dry_run: bool) -> list[str]:
    verb = "would be" if is_dry_run else "is"
    lines = [f"{one.id} {verb} {each.lineage} {one.number}: {show_path(one.path)}" for one in each.placed]
    if each.commit:
        lines.append(f"{each.lineage}: on {each.branch}, commit {each.commit[:_SHORT]}")
    elif not each.placed:
        lines.append(f"{each.lineage}: nothing to integrate")
    lines += [f"{id_} waits: {why}" for id_, why in each.waiting.items()]
    return [*lines, *(f"note: {note}" for note in each.notes)]
