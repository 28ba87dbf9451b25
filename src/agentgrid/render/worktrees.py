"""start, remove, agent list/show/repair: what happened to worktrees."""

from collections.abc import Sequence

from agentgrid.config.units import format_size
from agentgrid.onboarding.starting import Begun, StartPlan
from agentgrid.workspace.removal import RemovalPlan, Removed
from agentgrid.workspace.repair import Mended
from agentgrid.workspace.setup.outcome import SetupReport


def render_start_plan(plan: StartPlan) -> str:
    return f"would put {plan.agent} on {plan.branch} from {plan.start[:12]} in {plan.path}"


def render_begun(begun: Begun) -> str:
    started = begun.started
    before = f" (was on {started.previous_branch}, which stays)" if started.previous_branch else ""
    line = f"{started.agent} is on {started.branch} from {started.start_oid[:10]} in {started.path}{before}"
    if begun.lease is None:
        return line
    return f"{line}\n{started.agent} has lease {begun.lease.lease.token} on {' '.join(begun.lease.lease.texts)}"


def begun_as_json(begun: Begun, setup: SetupReport | None = None) -> dict[str, object]:
    started = begun.started
    lease = {"lease": begun.lease.as_json()} if begun.lease else {}
    return {
        "agent": started.agent,
        "branch": started.branch,
        "path": str(started.path),
        "start": started.start_oid,
        "previous_branch": started.previous_branch,
        "new_worktree": started.is_new_worktree,
        **lease,
        "warnings": list(started.warnings),
        **({"setup": setup.as_json()} if setup else {}),
    }


def render_removal(plan: RemovalPlan) -> str:
    """What `remove` would do, and what is at stake."""
    lines = [f"would take down {plan.desk.worktree.path}"]
    lines += [f"would delete the branch {plan.branch}"] if plan.branch else []
    if plan.ignored:
        lines.append(f"would move {len(plan.ignored)} ignored item(s) to the trash ({format_size(plan.ignored_bytes)})")
    lines += [f"at stake: {risk}" for risk in plan.risks]
    lines += ["refused without --force; with it, the work goes to a rescue ref"] if plan.risks else []
    return "\n".join(lines)


def removal_as_json(plan: RemovalPlan) -> dict[str, object]:
    return {
        "agent": plan.desk.agent,
        "path": str(plan.desk.worktree.path),
        "branch": plan.branch,
        "dirty": {"staged": plan.staged, "unstaged": plan.unstaged, "untracked": plan.untracked},
        "unmerged": plan.unmerged,
        "unpushed": plan.unpushed,
        "operation": plan.operation,
        "locked": plan.locked,
        "ignored_bytes": plan.ignored_bytes,
        "risks": plan.risks,
    }


def render_removed(removed: Removed) -> str:
    lines = [f"removed: {removed.path}"]
    lines += [f"deleted branch: {removed.branch}"] if removed.branch else []
    lines += [f"kept in: {removed.rescue.ref}"] if removed.rescue else []
    if removed.stray:
        ref, count = removed.stray
        commits = "1 commit" if count == 1 else f"{count} commits"
        lines.append(f"kept in: {ref}, {commits} that no branch has (git log {ref})")
    lines += [f"ignored files: {removed.trash}"] if removed.trash else []
    lines += ["to bring it back:", f"  {removed.restore}"] if removed.restore else []
    return "\n".join(lines)


def removed_as_json(removed: Removed) -> dict[str, object]:
    return {
        "agent": removed.agent,
        "path": str(removed.path),
        "branch": removed.branch,
        "rescue": removed.rescue.ref if removed.rescue else None,
        "stray": {"ref": removed.stray[0], "commits": removed.stray[1]} if removed.stray else None,
        "trash": str(removed.trash) if removed.trash else None,
        "restore": removed.restore,
    }


def render_mended(mended: Sequence[Mended], equipped: Sequence[str]) -> str:
    lines = [f"{each.fault.agent}: {each.fault.message}: {each.action}" for each in mended]
    lines += list(equipped)
    return "\n".join(lines) or "all worktrees and hooks are in order"


def mended_as_json(mended: Sequence[Mended], equipped: Sequence[str]) -> dict[str, object]:
    faults = [
        {"agent": each.fault.agent, "kind": each.fault.kind, "message": each.fault.message, "action": each.action,
         "done": each.is_done}
        for each in mended
    ]  # fmt: skip
    return {"worktrees": faults, "furnished": list(equipped)}
