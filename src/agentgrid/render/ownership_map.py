"""`map` for people: shares and risk, folders, holes, overlaps and rules that match nothing."""

from collections.abc import Mapping

from agentgrid.boundaries.ownership_map import OwnershipMap, Share
from agentgrid.config.units import format_size
from agentgrid.git.paths import show_path
from agentgrid.onboarding.discovery.risk import Risk
from agentgrid.render.tables import Cell, render_table

RISK_STYLES = {"HIGH": "bold red", "MEDIUM": "yellow", "LOW": "green"}
_BAR_WIDTH = 20
_MOST_LISTED = 10


def render_map(drawn: OwnershipMap, risks: Mapping[str, Risk], *, what: str) -> str:
    """`what`: all, tree, share or unowned."""
    if what == "unowned":
        return "\n".join(show_path(path) for path in drawn.unowned)
    if what == "tree":
        rows = [(show_path(each.path), each.holder, str(each.files), format_size(each.size_bytes))
                for each in drawn.folders()]  # fmt: skip
        return render_table(("path", "holder", "files", "size"), rows)
    parts = [render_shares(drawn, risks)]
    if what == "all":
        parts += _remarks(drawn)
    return "\n".join(part for part in parts if part)


def render_shares(drawn: OwnershipMap, risks: Mapping[str, Risk]) -> str:
    """Share per agent with its conflict risk; then what is common, frozen and nobody's."""
    headers = ("holder", "files", "size", "share", "") + (("conflict risk",) if risks else ())
    rows = [_share_row(share, risks) for share in (*drawn.agents, *(each for each in drawn.rest if each.files))]
    return render_table(headers, rows)


def _share_row(share: Share, risks: Mapping[str, Risk]) -> list[Cell]:
    bar = "█" * round(share.share * _BAR_WIDTH)
    row: list[Cell] = [share.name, str(share.files), format_size(share.size_bytes), f"{share.share:.0%}", (bar, "cyan")]
    risk = risks.get(share.name)
    if risk:
        row.append((f"{risk.level}: {risk.reason}", RISK_STYLES[risk.level]))
    elif risks:
        row.append("")
    return row


def _remarks(drawn: OwnershipMap) -> list[str]:
    overlaps = [f"{show_path(each.path)} ({', '.join(each.claimants)})" for each in drawn.overlaps]
    idle = [str(rule) for rule in drawn.idle_rules]
    return [
        _listing("claimed by two agents (error)", overlaps),
        _listing("rules that match no file", idle),
        _listing("owned by nobody", [show_path(path) for path in drawn.unowned]),
    ]


def _listing(title: str, items: list[str]) -> str:
    if not items:
        return ""
    more = [f"  and {len(items) - _MOST_LISTED} more"] if len(items) > _MOST_LISTED else []
    return "\n".join([f"{title}: {len(items)}", *(f"  {item}" for item in items[:_MOST_LISTED]), *more])
