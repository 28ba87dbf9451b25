"""agent list, show and hooks for people."""

from collections.abc import Sequence
from pathlib import Path

from agentgrid.config.units import format_size
from agentgrid.git.paths import short_path
from agentgrid.insight.agent_profile import AgentProfile
from agentgrid.insight.permissions import AgentPermissions
from agentgrid.render.tables import render_table
from agentgrid.workspace.clients.offering import EditHookOffer

NO_SIGNERS = "no person's grants count in CI yet: `signers:` in agentgrid.yaml names their SSH keys"


def render_profiles(profiles: Sequence[AgentProfile]) -> str:
    rows = [
        (
            each.config.id,
            each.config.name or "",
            each.config.area or "",
            each.branch or "",
            short_path(each.worktree) if each.worktree else "no worktree",
        )
        for each in profiles
    ]
    return render_table(("agent", "name", "area", "branch", "worktree"), rows)


def render_permissions(rows: Sequence[AgentPermissions], people: Sequence[str]) -> str:
    """One line an agent, and who else's signature counts."""
    headers = ("agent", "lands", "approves", "approved by", "code owner of", "signs")
    table = [
        (
            row.agent if row.title == row.agent else f"{row.agent} ({row.title})",
            "yes" if row.lands else "no",
            ", ".join(row.approves) or "nobody",
            ", ".join(row.reviewers) or "persons",
            "\n".join([*row.critical, *(f"{each} (support)" for each in row.support)]),
            "yes" if row.signs else "no",
        )
        for row in rows
    ]
    signed = f"persons whose grants count in CI: {', '.join(people)}" if people else NO_SIGNERS
    return f"{render_table(headers, table)}\n\n{signed}"


def permissions_as_json(rows: Sequence[AgentPermissions], people: Sequence[str]) -> dict[str, object]:
    return {"agents": [row.as_json() for row in rows], "persons": list(people)}


def render_profile(profile: AgentProfile) -> str:
    config = profile.config
    budget = [
        f"memory {format_size(config.budget.memory)}" if config.budget.memory else "",
        f"cpu {config.budget.cpu:g} cores" if config.budget.cpu else "",
        f"disk {format_size(config.budget.disk)}" if config.budget.disk else "",
    ]
    facts = [
        ("agent", config.title if config.title == config.id else f"{config.id} ({config.title})"),
        ("written in", f"{profile.file}:{profile.line}" if profile.line else profile.file),
        ("role", config.role),
        ("area", config.area),
        ("focus", config.focus),
        ("critical", ", ".join(config.owns.critical)),
        ("support", ", ".join(config.owns.support)),
        ("steward of", ", ".join(config.owns.common)),
        ("keys", ", ".join(config.keys)),
        ("budget", ", ".join(part for part in budget if part)),
        ("branch", profile.branch),
        ("worktree", short_path(profile.worktree) if profile.worktree else "none; agentgrid init makes it"),
    ]
    lines = [f"{name:<11} {value}" for name, value in facts if value]
    lines += [f"  {each.oid[:10]}  {each.at:%Y-%m-%d %H:%M}  {each.summary}" for each in profile.commits]
    return "\n".join(lines)


def render_edit_hook(offer: EditHookOffer, changed: Sequence[Path] | None) -> str:
    """The settings themselves, or what was done (`changed`: files; None: nothing was asked to be)."""
    if changed is None:
        return offer.text.rstrip("\n")
    return "\n".join(
        f"{'written' if path in changed else 'in order already'}: {short_path(path)} "
        f"(edit hook of {offer.client.name}{f' for {offer.agent}' if path.is_relative_to(offer.worktree) else ''})"
        for path in offer.paths
    )


def edit_hook_as_json(offer: EditHookOffer, changed: Sequence[Path] | None) -> dict[str, object]:
    return {
        "agent": offer.agent,
        "client": offer.client.name,
        "paths": [str(path) for path in offer.paths],
        "text": offer.text,
        "written": None if changed is None else [str(path) for path in changed],
    }
