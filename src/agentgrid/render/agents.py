"""agent list, show and hooks for people."""

from collections.abc import Sequence
from pathlib import Path

from agentgrid.config.units import format_size
from agentgrid.git.paths import short_path
from agentgrid.insight.agent_profile import AgentProfile
from agentgrid.render.tables import render_table
from agentgrid.workspace.clients.offering import EditHookOffer


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
