"""migration submit, list, show, approve, reject, withdraw: for people, and in JSON."""

from collections.abc import Mapping, Sequence

from agentgrid.boundaries.migrations.request import PRIORITIES, MigrationRequest
from agentgrid.git.paths import json_path, quote_path, show_path
from agentgrid.integration.migrations.asking.submission import Change
from agentgrid.integration.migrations.asking.submitting import Submitted
from agentgrid.integration.migrations.collisions import Collision
from agentgrid.integration.migrations.queue import Decided
from agentgrid.integration.migrations.standing import RequestStanding
from agentgrid.machine.clock import rfc3339
from agentgrid.render.tables import Cell, render_code, render_table

_STYLES = {"submitted": "yellow", "approved": "green", "rejected": "bold red", "withdrawn": "dim", "integrated": "dim"}
_PRIORITY_STYLES = {"urgent": "bold red", "high": "yellow", "low": "dim"}
_MOST_OBJECTS = 6


def render_submitted(done: Submitted) -> str:
    would = "would be " if done.is_dry_run else ""
    who = f"{done.owner} or a person" if done.owner else "a person"
    return "\n".join(line for change in done.submitted for line in _submitted_lines(change, would, who))


def submitted_as_json(done: Submitted, standings: Mapping[str, RequestStanding]) -> list[dict[str, object]]:
    """What was named first, then what follows it. `standings`: as recorded; of a dry run the plan counts."""
    found = []
    for change in done.submitted:
        recorded = standings.get(change.after.id) if not done.is_dry_run else None
        standing = recorded or RequestStanding(change.after, done.owner, "", change.collisions)
        renamed = [{"from": json_path(move.old), "to": json_path(move.new)}
                   for move in change.moves if move.old != move.new]  # fmt: skip
        facts = {"renamed": renamed, "is_new": change.before is None, "changed": change.is_change}
        found.append({**migration_as_json(standing), **facts, "dry_run": done.is_dry_run})
    return found


def render_list(found: Sequence[RequestStanding], hidden: int = 0) -> str:
    """`hidden`: how many more there are that aren't open."""
    more = f"{hidden} more: agentgrid migration list --status all" if hidden else ""
    if not found:
        return f"no open migration request{f'; {more}' if more else ''}"
    headers = ("id", "status", "priority", "lineage", "agent", "title", "touches", "meets", "due")
    table = render_table(headers, [_row(each) for each in found])
    return f"{table}\n{more}" if more else table


def render_request(found: RequestStanding) -> str:
    request = found.request
    lines = [f"{request.id} {request.title}: {request.status}{_decided_by(request)}"]
    lines.append(
        f"lineage {request.lineage}, priority {found.priority}, asked by {request.agent} {request.submitted_at}"
    )
    lines += _place_lines(request)
    lines += _fact_lines(request, found.collisions)
    if found.dependents:
        lines.append(f"wait for it: {', '.join(found.dependents)}")
    if request.is_open:
        lines.append(f"due: {_due(found)}")
    lines += [f"digest: {request.digest}", "", _code(request.content, request)]
    if request.down is not None:
        lines += ["-- takes it back:", _code(request.down, request)]
    if request.status == "submitted":
        who = f"{found.owner} or a person" if found.owner else "a person"
        approve = f"agentgrid migration approve {request.id} --seen {request.digest[:12]}"
        lines += ["", f"{who} decides: {approve}, or reject {request.id} --reason TEXT"]
    return "\n".join(lines)


def render_decided(done: Decided) -> str:
    lines = []
    for request in done.requests:
        why = f": {request.reason}" if request.reason else ""
        lines.append(f"{request.id} ({request.title}) is {request.status}{why}")
        if request.status == "withdrawn" and request.is_carried and request.file is not None:
            lines.append(f"  its file stays on {request.branch}; take it out there: git rm {quote_path(request.file)}"
                         f"{', and what takes it back' if request.down is not None else ''}")  # fmt: skip
        if request.status == "approved":
            lines.append(f"  {_after_approval(request)}")
    lines += [f"  {each.id} of {each.agent} waits for it for ever, and {each.agent} is told" for each in done.waiting]
    return "\n".join(lines)


def migration_as_json(found: RequestStanding, *, with_content: bool = False) -> dict[str, object]:
    """`number`, `commit` and `file` null as long as there is none. `with_content`: with its SQL or code."""
    request = found.request
    told: dict[str, object] = {
        "id": request.id, "agent": request.agent, "title": request.title, "status": request.status,
        "priority": found.priority, "lineage": request.lineage, "objects": list(request.touched.objects),
        "number": request.number, "file": json_path(request.file) if request.file is not None else None,
        "branch": request.branch, "original": json_path(request.original), "digest": request.digest,
        "destructive": list(request.touched.destructive), "reversible": request.touched.is_reversible,
        "depends_on": list(request.depends_on), "dependents": list(found.dependents),
        "collisions": [collision_as_json(each) for each in found.collisions], "owner": found.owner,
        "due": found.is_due, "due_at": rfc3339(found.due_at) if found.due_at else None, "waiting": found.waiting,
        "submitted_at": request.submitted_at, "decided_at": request.decided_at, "decided_by": request.decided_by,
        "reason": request.reason or None, "commit": request.commit, "target": request.target,
    }  # fmt: skip
    if with_content:
        told["content"] = request.content.decode("utf-8", "replace")
        told["down"] = request.down.decode("utf-8", "replace") if request.down is not None else None
    return told


def collision_as_json(collision: Collision) -> dict[str, object]:
    return {"id": collision.other, "agent": collision.agent, "objects": list(collision.objects)}


def _submitted_lines(change: Change, would: str, who: str) -> list[str]:
    request = change.after
    if not change.is_change:
        return [f"{request.id} ({request.title}) is {request.status}; nothing has changed since it was submitted"]
    verb = f"{would}{request.status}" if change.before is None else f"{would}changed, and {request.status}"
    where = f"lineage {request.lineage}, priority {PRIORITIES[request.priority]}"
    lines = [f"{request.id} ({request.title}) {'' if would else 'is '}{verb}: {where}"]
    lines += [f"  {show_path(move.old)} → {show_path(move.new)}" for move in change.moves if move.old != move.new]
    lines += [f"  {line}" for line in _fact_lines(request, change.collisions)]
    next_ = f"waits for {who}" if request.status == "submitted" else _after_approval(request)
    return [*lines, f"  {next_}"]


def _after_approval(request: MigrationRequest) -> str:
    if request.branch is not None:
        return (
            f"gets its number when {request.branch} lands, or from: agentgrid migration integrate --on {request.branch}"
        )
    return f"gets its file and number from: agentgrid migration integrate {request.lineage}"


def _place_lines(request: MigrationRequest) -> list[str]:
    if request.status == "integrated":
        where = f" on {request.target}" if request.target else ""
        at = f" by commit {request.commit[:10]}" if request.commit else ""
        named = show_path(request.file) if request.file is not None else "it"
        return [f"{named} is number {request.number}{where}{at}"]
    if request.file is not None:
        was = f", submitted as {show_path(request.original)}" if request.original else ""
        return [f"carried by {request.branch}: {show_path(request.file)}{was}"]
    return ["asked for: its file is written when it is integrated"]


def _fact_lines(request: MigrationRequest, collisions: Sequence[Collision]) -> list[str]:
    lines = [f"touches: {', '.join(request.touched.objects)}"] if request.touched.objects else []
    if request.depends_on:
        lines.append(f"depends on: {', '.join(request.depends_on)}")
    lines += [f"warning: destructive: {each}" for each in request.touched.destructive]
    lines += [f"warning: it meets {each.words}" for each in collisions]
    if not request.touched.is_reversible:
        lines.append("no way back")
    return lines


def _row(found: RequestStanding) -> list[Cell]:
    request = found.request
    objects = list(request.touched.objects[:_MOST_OBJECTS])
    if len(request.touched.objects) > _MOST_OBJECTS:
        objects.append(f"and {len(request.touched.objects) - _MOST_OBJECTS} more")
    title = request.title + ("\ndestructive" if request.touched.destructive else "")
    status = f"{request.status} as {request.number}" if request.status == "integrated" else request.status
    return [
        (request.id, "bold"), (status, _STYLES[request.status]),
        (found.priority, _PRIORITY_STYLES.get(found.priority, "")), request.lineage, request.agent, title,
        ", ".join(objects), "\n".join(each.words for each in found.collisions), _due(found),
    ]  # fmt: skip


def _due(found: RequestStanding) -> str:
    if found.request.status == "approved":
        if found.waiting is None:
            return "now"
        return found.due_at.strftime("%A %Y-%m-%d %H:%M") if found.due_at else found.waiting
    return f"when {found.owner or 'a person'} approves it" if found.request.status == "submitted" else ""


def _decided_by(request: MigrationRequest) -> str:
    by = f" by {request.decided_by} {request.decided_at}" if request.decided_by else ""
    return f"{by}: {request.reason}" if request.reason else by


def _code(content: bytes, request: MigrationRequest) -> str:
    is_python = (request.file or request.original).endswith(b".py")
    return render_code(content.decode("utf-8", "replace").rstrip("\n"), "python" if is_python else "sql")
