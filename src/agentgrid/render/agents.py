"""agent list, show and hooks for people."""

from collections.abc import Sequence

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


def render_edit_hook(offer: EditHookOffer, *, changed: bool | None) -> str:
    """The settings themselves, or what was done (`changed` None: nothing was asked to be)."""
    if changed is None:
        return offer.text.rstrip("\n")
    done = "written" if changed else "in order already"
    return f"{done}: {short_path(offer.path)} (edit hook of {offer.client.name} for {offer.agent})"


def edit_hook_as_json(offer: EditHookOffer, *, changed: bool | None) -> dict[str, object]:
    return {
        "agent": offer.agent,
        "client": offer.client.name,
        "path": str(offer.path),
        "text": offer.text,
        "written": changed is not None,
        "changed": bool(changed),
    }
