"""join: what a clone would get, and what it got."""

from agentgrid.git.paths import short_path
from agentgrid.onboarding.initialise import InitResult
from agentgrid.onboarding.joining import JoinPlan
from agentgrid.render.init import result_lines


def render_join_plan(plan: JoinPlan) -> str:
    lines = [f"yours: {', '.join(plan.mine) or 'none'}"]
    lines += [f"not yours, and left alone: {', '.join(plan.others)}"] if plan.others else []
    lines += [f"would make {short_path(desk.path)} on {desk.branch}{'' if desk.creates_branch else ' (continued)'}"
              for desk in plan.init.desks]  # fmt: skip
    lines += [f"would take {short_path(left.path)} for {agent} again" for agent, left in plan.init.left.items()]
    return "\n".join([*lines, *(f"keeps {short_path(desk.worktree.path)} of {desk.agent}" for desk in plan.init.ready)])


def join_plan_as_json(plan: JoinPlan) -> dict[str, object]:
    return {
        "mine": list(plan.mine),
        "others": list(plan.others),
        "base": plan.init.base.branch,
        "worktrees": [{"agent": desk.agent, "path": str(desk.path), "branch": desk.branch} for desk in plan.init.desks],
        "ready": [{"agent": desk.agent, "path": str(desk.worktree.path)} for desk in plan.init.ready],
    }


def render_joined(plan: JoinPlan, result: InitResult) -> str:
    return "\n".join([f"yours: {', '.join(plan.mine)}", *result_lines(result)])


def joined_as_json(plan: JoinPlan, result: InitResult) -> dict[str, object]:
    return {
        "mine": list(plan.mine),
        "others": list(plan.others),
        "base": plan.init.base.branch,
        "changed": result.changed,
        "created": [{"agent": desk.agent, "path": str(desk.path), "branch": desk.branch} for desk in result.created],
        "adopted": [{"agent": desk.agent, "path": str(desk.worktree.path)} for desk in result.adopted],
        "ready": [{"agent": desk.agent, "path": str(desk.worktree.path)} for desk in result.plan.ready],
        "mended": list(result.refreshed),
    }
