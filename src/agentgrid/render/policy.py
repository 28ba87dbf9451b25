"""`policy show` for people."""

from agentgrid.insight.policy_view import PolicyView


def render_policy(view: PolicyView) -> str:
    commit = f" ({view.oid[:10]})" if view.oid else ""
    lines = [
        f"in force    {view.why}{commit}",
        f"base        {view.base.removeprefix('refs/')}",
        f"content     {view.key[:12]}",
        f"agents      {', '.join(agent for agent, _ in view.agents) or 'none'}",
    ]
    if view.rules:
        lines.append(f"rules       {', '.join(f'{rule}: {severity}' for rule, severity in view.rules)}")
    lines += [f"notice: {notice}" for notice in view.notices]
    if view.differs:
        lines.append("notice: the main worktree's files differ; `agentgrid policy apply` puts them in force here")
    return "\n".join(lines)
