"""`map --import` for people: who is who, the agents' files, what is left to do by hand."""

from agentgrid.boundaries.codeowners.importing import ProposedAgent
from agentgrid.onboarding.owners_import import ImportPlan
from agentgrid.render.tables import render_table


def render_import(plan: ImportPlan, *, is_planned: bool) -> str:
    """`is_planned`: nothing was written; the files are shown whole."""
    parts = [f"{plan.file}: {_count(len(plan.proposal.agents), 'agent')}"]
    if plan.proposal.agents:
        rows = [_row(plan, agent) for agent in plan.proposal.agents]
        parts.append(render_table(("agent", "in the file", "owns", "steward of", ""), rows))
    if is_planned:
        parts += [f"would be written: {path}\n{_indented(text)}" for path, text in plan.new_files.items()]
    else:
        parts += [f"written: {path}" for path in plan.new_files]
    parts += [f"left: {each.file} is there already; put there:\n{_indented(each.lines)}" for each in plan.left]
    parts += [f"note: {note}" for note in plan.proposal.notes]
    if plan.contested:
        parts.append(f"note: two agents would claim {_count(plan.contested, 'path')}; then `agentgrid map` lists them")
    return "\n".join(parts)


def _row(plan: ImportPlan, agent: ProposedAgent) -> tuple[str, ...]:
    state = "new" if agent.is_new else "as it is" if agent.agent in plan.same else "to be changed"
    counts = (_count(len(agent.critical), "pattern"), _count(len(agent.common), "pattern"))
    return (agent.agent, " ".join(agent.handles), *counts, state)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _indented(text: str) -> str:
    return "\n".join(f"  {line}" for line in text.rstrip("\n").split("\n"))
