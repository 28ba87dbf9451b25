"""Why a request may not get its number now: not approved, its window isn't open, it destroys something. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from agentgrid.boundaries.migrations.request import MigrationRequest
from agentgrid.config.window import Window
from agentgrid.integration.migrations.numbers.numbering import Hindrance, Objection


@dataclass(frozen=True)
class Allowance:
    """What who integrates has said: `now`: whatever the windows are; `destructive`: data may be lost."""

    now: bool = False
    destructive: bool = False


def make_hindrance(windows: Mapping[str, Window], now: datetime, allowance: Allowance, branch: str) -> Hindrance:
    """`now`: in the zone that windows are written for. `branch`: the one that carries the requests, for the hint."""

    def find(request: MigrationRequest) -> Objection | None:
        told = f"{request.id} ({request.title})"
        if request.status == "submitted":
            return Objection(f"{told} isn't approved yet", f"agentgrid migration approve {request.id}")
        on = f"agentgrid migration integrate --on {branch}" if request.is_carried else "agentgrid migration integrate"
        window = windows.get(request.lineage)
        if window is not None and not allowance.now and request.decided_at is not None:
            decided = datetime.fromisoformat(request.decided_at)
            if not window.is_due(decided, now):
                opens = window.next_opening(now).isoformat(" ", "minutes")
                return Objection(f"{told} waits for its window, which opens {opens}", f"{on} --now --reason TEXT")
        if request.touched.destructive and not allowance.destructive:
            lost = "; ".join(request.touched.destructive)
            return Objection(f"{told} destroys: {lost}", f"{on} --allow-destructive")
        return None

    return find
