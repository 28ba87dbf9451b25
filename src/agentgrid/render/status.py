"""`status` and `doctor` for people."""

from datetime import UTC, datetime

from agentgrid.git.paths import short_path
from agentgrid.insight.readiness import Readiness
from agentgrid.insight.status import AgentStatus, GridStatus
from agentgrid.render.tables import Cell, render_styled, render_table

_STATE_STYLES = {"ready": "green", "landed": "cyan", "missing": "dim"}
_AFTER_LOCKS = 6
_MOST_REQUESTS = 3
_LEVEL_STYLES = {"go": "green", "caution": "yellow", "no-go": "bold red"}


def render_status(status: GridStatus, now: datetime) -> str:
    """One line an agent, warnings below."""
    source = status.policy_source + (f" {status.policy_oid[:10]}" if status.policy_oid else "")
    head = f"base {status.base_ref.removeprefix('refs/')} at {status.base_oid[:10]}, policy from {source}"
    headers = ["agent", "state", "branch", "ahead/behind", "dirty", "locks", "findings", "last commit", "worktree"]
    rows = [_row(agent, now) for agent in status.agents]
    if any(agent.conflicts is not None for agent in status.agents):
        headers.insert(_AFTER_LOCKS, "conflicts")
        for agent, row in zip(status.agents, rows, strict=True):
            row.insert(_AFTER_LOCKS, (str(agent.conflicts or ""), "bold red"))
    for name, cell in (("review", _review), ("pr", _pull_request), ("migrations", _migrations)):
        if any(map(cell, status.agents)):
            headers.append(name)
            for agent, row in zip(status.agents, rows, strict=True):
                row.append(cell(agent))
    table = render_table(headers, rows)
    return "\n".join([head, "", table, *(f"warning: {warning}" for warning in status.warnings)])


def render_readiness(readiness: Readiness) -> str:
    rows: list[list[Cell]] = []
    for each in readiness.examined:
        text = f"{each.message}\n→ {each.hint}" if each.hint and each.level != "go" else each.message
        rows.append([(each.level, _LEVEL_STYLES[each.level]), each.subject, text])
    verdict = readiness.verdict
    return f"{render_table(('', 'subject', 'found'), rows)}\n\n{render_styled(verdict.upper(), _LEVEL_STYLES[verdict])}"


def _row(agent: AgentStatus, now: datetime) -> list[Cell]:
    facts, files = agent.facts, agent.files
    counts = files and [(files.staged, "+"), (files.unstaged + files.unmerged, "~"), (files.untracked, "?")]
    dirty = " ".join(f"{sign}{count}" for count, sign in counts if count) if counts else ""
    findings: Cell = (str(facts.findings), "bold red") if facts and facts.findings else ""
    return [
        (agent.id, "bold"),
        (agent.state, _STATE_STYLES.get(agent.state, "yellow")),
        agent.branch or "",
        f"{facts.ahead}/{facts.behind}" if facts else "",
        (dirty, "yellow"),
        _locks(agent),
        findings,
        _ago(agent.last_commit_at, now),
        short_path(agent.worktree) if agent.worktree else "",
    ]


def _locks(agent: AgentStatus) -> Cell:
    """How many patterns the agent has under a lease; `?` when the state can't be read."""
    if agent.leases is None:
        return ("?", "bold red")
    count = sum(len(view.lease.patterns) for view in agent.leases)
    is_lapsing = any(view.state in {"expired", "reclaimable"} for view in agent.leases)
    return (f"{count or ''}", "yellow" if is_lapsing else "cyan")


def _review(agent: AgentStatus) -> Cell:
    word = agent.review.word if agent.review else ""
    return (word, "green" if word == "approved" else "bold red" if word == "rejected" else "yellow") if word else ""


def _pull_request(agent: AgentStatus) -> Cell:
    request = agent.pull_request
    return f"#{request.number} {request.state}" if request else ""


def _migrations(agent: AgentStatus) -> Cell:
    """Its open requests, or how many when there are more than fit."""
    found = agent.migrations
    return ", ".join(found) if len(found) <= _MOST_REQUESTS else f"{len(found)} open"


def _ago(moment: datetime | None, now: datetime) -> str:
    if moment is None:
        return ""
    seconds = max(0, int((now - moment.astimezone(UTC)).total_seconds()))
    for unit, size in (("d", 86400), ("h", 3600), ("m", 60)):
        if seconds >= size:
            return f"{seconds // size}{unit} ago"
    return f"{seconds}s ago"
