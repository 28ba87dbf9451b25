"""The tables of a report: titles, headers, cells with a tone and, where a bar says it best, a share. The page, the
comment and the terminal draw the same ones. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from agentgrid.boundaries.leases.refusals import expires_at
from agentgrid.boundaries.leases.views import LeaseView
from agentgrid.boundaries.ownership_map import Share
from agentgrid.config.units import format_size
from agentgrid.git.paths import show_path
from agentgrid.insight.conflict_view import count_conflicts
from agentgrid.insight.report import GridReport, ReviewLine
from agentgrid.insight.status import AgentStatus
from agentgrid.store.events import Event
from agentgrid.workspace.budgets.report import AgentBudget
from agentgrid.workspace.budgets.verdicts import Level as BudgetLevel
from agentgrid.workspace.budgets.verdicts import format_amount

Tone = Literal["", "name", "good", "warn", "bad", "quiet"]

_STATE_TONES: Mapping[str, Tone] = {"ready": "good", "landed": "good", "missing": "quiet"}
_LEASE_TONES: Mapping[str, Tone] = {"held": "good", "unlanded": "", "expired": "warn", "reclaimable": "bad"}
_BUDGET_TONES: Mapping[BudgetLevel, Tone] = {"ok": "good", "near": "warn", "over": "bad"}


@dataclass(frozen=True)
class Item:
    """One cell. `share`: 0..1 (or more, when something is exceeded) for a bar; the text says it too."""

    text: str
    tone: Tone = ""
    share: float | None = None


@dataclass(frozen=True)
class Section:
    """One table. `key`: its name for links. `empty`: what is said when it has no rows."""

    key: str
    title: str
    headers: tuple[str, ...]
    rows: tuple[tuple[Item, ...], ...]
    empty: str = ""


def list_sections(report: GridReport) -> tuple[Section, ...]:
    """Agents, ownership, leases, budgets, reviews where there are any, landings, events."""
    sections = [_agents(report), _ownership(report), _leases(report.leases), _budgets(report)]
    if report.reviews is not None:
        sections.append(_reviews(report.reviews))
    return (*sections, _landings(report), _events(report))


def _agents(report: GridReport) -> Section:
    counts = count_conflicts(report.conflicts)
    headers = (
        "agent",
        "state",
        "branch",
        "ahead/behind",
        "uncommitted",
        "conflicts",
        "locks",
        "findings",
        "last commit",
    )
    rows = tuple(_agent(each, counts.get(each.id, 0)) for each in report.status.agents)
    return Section("agents", "Agents", headers, rows, "no agents")


def _agent(agent: AgentStatus, conflicts: int) -> tuple[Item, ...]:
    facts, files = agent.facts, agent.files
    dirty = files.staged + files.unstaged + files.unmerged + files.untracked if files else 0
    findings = facts.findings if facts else 0
    locks = "?" if agent.leases is None else str(sum(len(view.lease.patterns) for view in agent.leases) or "")
    return (
        Item(agent.id, "name"),
        Item(agent.state, _STATE_TONES.get(agent.state, "warn")),
        Item(_plain(agent.branch or "")),
        Item(f"{facts.ahead}/{facts.behind}" if facts else ""),
        Item(str(dirty or ""), "warn"),
        Item(str(conflicts or ""), "bad"),
        Item(locks),
        Item(str(findings or ""), "bad"),
        Item(_moment(agent.last_commit_at)),
    )


def _ownership(report: GridReport) -> Section:
    drawn = report.ownership
    shares = (*drawn.agents, *(share for share in drawn.rest if share.files))
    headers = ("holder", "files", "size", "share")
    return Section("ownership", "Ownership", headers, tuple(_share(share) for share in shares), "no files")


def _share(share: Share) -> tuple[Item, ...]:
    tone: Tone = "bad" if share.name == "shared-conflict" else "name"
    return (
        Item(share.name, tone),
        Item(str(share.files)),
        Item(format_size(share.size_bytes)),
        Item(f"{share.share:.0%}", share=share.share),
    )


def _leases(leases: Sequence[LeaseView] | None) -> Section:
    headers = ("paths", "holder", "state", "until", "reason")
    empty = "nothing is locked" if leases is not None else "the state can't be read; agentgrid state show"
    return Section("leases", "Leases", headers, tuple(_lease(view) for view in leases or ()), empty)


def _lease(view: LeaseView) -> tuple[Item, ...]:
    lease = view.lease
    until = "its work has landed" if view.state == "unlanded" else _moment(expires_at(lease, view.state, view.now))
    return (
        Item(" ".join(show_path(pattern.text) for pattern in lease.patterns)),
        Item(_plain(lease.holder), "name"),
        Item(view.state, _LEASE_TONES.get(view.state, "")),
        Item(until),
        Item(_plain(lease.reason or ("taken automatically" if lease.is_automatic else ""))),
    )


def _budgets(report: GridReport) -> Section:
    rows = tuple(row for agent in report.budgets.agents for row in _budget(agent))
    return Section("budgets", "Budgets", ("agent", "resource", "used", "of", "share"), rows, "no agent has a budget")


def _budget(agent: AgentBudget) -> Iterator[tuple[Item, ...]]:
    for standing in agent.standings:
        yield (
            Item(agent.agent, "name"),
            Item(standing.resource.replace("_", " ")),
            Item(format_amount(standing.resource, standing.used)),
            Item(format_amount(standing.resource, standing.limit)),
            Item(f"{standing.share:.0%}", _BUDGET_TONES[standing.level], standing.share),
        )


def _reviews(reviews: Sequence[ReviewLine]) -> Section:
    rows = tuple(
        (Item(each.agent, "name"), Item(each.commit[:10]), Item(_plain(each.state)),
         Item(_plain(", ".join(each.reviewers))))
        for each in reviews
    )  # fmt: skip
    return Section("reviews", "Reviews", ("agent", "commit", "state", "reviewers"), rows, "no review is asked for")


def _landings(report: GridReport) -> Section:
    rows = tuple(
        (Item(_time(event.at)), Item(_plain(event.subject), "name"), Item(_landed_commit(event)),
         Item(_plain(event.actor)))
        for event in reversed(report.landings or ())
    )  # fmt: skip
    title = f"Landed since {_time(report.since)} UTC"
    return Section("landings", title, ("when", "agent", "commit", "by"), rows, "nothing has landed")


def _landed_commit(event: Event) -> str:
    """The commit that the event names."""
    after = event.after if isinstance(event.after, Mapping) else {}
    return _plain(str(after.get("commit") or ""))[:10]


def _events(report: GridReport) -> Section:
    rows = tuple((Item(_plain(kind)), Item(str(count))) for kind, count in (report.events or {}).items())
    return Section("events", f"Events since {_time(report.since)} UTC", ("kind", "how often"), rows, "nothing happened")


def _plain(text: str) -> str:
    return show_path(text.encode("utf-8", "surrogateescape"))


def _time(rfc3339: str) -> str:
    return _moment(datetime.fromisoformat(rfc3339))


def _moment(moment: datetime | None) -> str:
    """In UTC, because a page and a comment are read anywhere."""
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M") if moment else ""
