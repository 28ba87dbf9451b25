"""What `init` proposes and what it did."""

from agentgrid.git.paths import short_path
from agentgrid.onboarding.initialise import InitPlan, InitResult
from agentgrid.render.ownership_map import render_shares
from agentgrid.workspace.clients.known import CLIENTS
from agentgrid.workspace.setup.outcome import SetupReport


def render_plan(plan: InitPlan) -> str:
    """The proposal: share and risk per agent, then files and worktrees to make."""
    lines = [f"base {plan.base.branch} at {plan.base.oid[:10]}, {_agents(len(plan.policy.agents))}", ""]
    lines += [render_shares(plan.drawn, plan.risks), ""]
    lines += [f"common code (changed under a lease): {', '.join(_common(plan))}"] if _common(plan) else []
    lines += [f"note: {note}" for note in plan.notes]
    if plan.new_files:
        where = f"commits to {plan.base.branch}" if plan.commits_to_base else "writes"
        lines.append(f"{where} {len(plan.new_files)} file(s): {', '.join(plan.new_files)}")
    lines += [f"makes {short_path(desk.path)} on {desk.branch}{'' if desk.creates_branch else ' (continued)'}"
              for desk in plan.desks]  # fmt: skip
    lines += [f"takes {short_path(left.path)} for {agent} again, as it is" for agent, left in plan.left.items()]
    lines += [f"keeps {short_path(desk.worktree.path)} of {desk.agent}" for desk in plan.ready]
    lines += [f"lets {client} ask before an edit: {file}, local and hidden from git, for {', '.join(agents)}"
              for (client, file), agents in _edit_hooks(plan).items()]  # fmt: skip
    return "\n".join(lines)


def render_result(result: InitResult) -> str:
    lines = result_lines(result)
    return "\n".join([*lines, "next:", *(f"  {step}" for step in result.next_steps)] if result.changed else lines)


def result_lines(result: InitResult) -> list[str]:
    """What was done, a line each."""
    if not result.changed:
        return [f"nothing to do: {len(result.plan.ready)} worktree(s) in order"]
    lines = [f"written: {path}" for path in result.written]
    lines += [f"committed to {result.plan.base.branch}: {result.committed[:10]}"] if result.committed else []
    lines += [f"made: {desk.agent} in {short_path(desk.path)} on {desk.branch}" for desk in result.created]
    lines += [f"taken again: {short_path(desk.worktree.path)} for {desk.agent}" for desk in result.adopted]
    lines += [f"warning: {desk.agent}: {warning}" for desk in result.created for warning in desk.warnings]
    return lines + [f"put in order: {line}" for line in result.refreshed]


def plan_as_json(plan: InitPlan) -> dict[str, object]:
    return {
        "base": {"branch": plan.base.branch, "ref": plan.base.ref, "oid": plan.base.oid},
        "files": list(plan.new_files),
        "commits_to_base": plan.commits_to_base,
        "agents": [
            {
                "id": share.name,
                "files": share.files,
                "size_bytes": share.size_bytes,
                "share": round(share.share, 4),
                "risk": {"level": plan.risks[share.name].level, "reason": plan.risks[share.name].reason},
            }
            for share in plan.drawn.agents
        ],
        "worktrees": [{"agent": desk.agent, "path": str(desk.path), "branch": desk.branch} for desk in plan.desks],
        "ready": [{"agent": desk.agent, "path": str(desk.worktree.path), "branch": desk.branch} for desk in plan.ready],
        "edit_hooks": [
            {"agent": agent, "client": client, "file": file}
            for (client, file), agents in _edit_hooks(plan).items()
            for agent in agents
        ],
        "left": [{"agent": agent, "path": str(left.path)} for agent, left in plan.left.items()],
        "notes": list(plan.notes),
    }


def result_as_json(result: InitResult, setup: SetupReport | None = None) -> dict[str, object]:
    return {
        **plan_as_json(result.plan),
        "changed": result.changed,
        "written": list(result.written),
        "committed": result.committed,
        "created": [{"agent": desk.agent, "path": str(desk.path), "branch": desk.branch} for desk in result.created],
        "adopted": [{"agent": desk.agent, "path": str(desk.worktree.path)} for desk in result.adopted],
        "mended": list(result.refreshed),
        "next": list(result.next_steps),
        **({"setup": setup.as_json()} if setup else {}),
    }


def _common(plan: InitPlan) -> list[str]:
    stewards = [item for agent in plan.policy.agents.values() for item in agent.owns.common]
    return list(dict.fromkeys([*plan.policy.grid.common, *stewards]))


def _edit_hooks(plan: InitPlan) -> dict[tuple[str, str], list[str]]:
    """(client, its settings file) → the agents with a worktree that it drives; unknown clients have none."""
    found: dict[tuple[str, str], list[str]] = {}
    for agent in [*(desk.agent for desk in plan.desks), *plan.left, *(desk.agent for desk in plan.ready)]:
        client = CLIENTS.get(plan.policy.agents[agent].runner.client)
        if client is not None:
            found.setdefault((client.name, client.file), []).append(agent)
    return found


def _agents(count: int) -> str:
    return "1 agent" if count == 1 else f"{count} agents"
