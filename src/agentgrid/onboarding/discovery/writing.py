"""A proposal as the text of `agentgrid.yaml` and of one file per agent: short, with the reasons beside the keys."""

import json
import re
from collections.abc import Iterable, Iterator, Sequence

import yaml

from agentgrid.config.policy import PolicyFiles
from agentgrid.config.schema import SHIPPED_RULES
from agentgrid.config.units import format_size
from agentgrid.onboarding.discovery.pattern_text import show_path
from agentgrid.onboarding.discovery.split import AGENTS_DIRECTORY, AGENTS_PATTERN, AgentShare, Proposal

_PLAIN = re.compile(r"[A-Za-z0-9_./][A-Za-z0-9_./*+=&()@ -]*")
_WIDE = 100


def compose_files(
    proposal: Proposal,
    agent_ids: Sequence[str],
    *,
    base: str,
    agents_directory: str,
    observe: bool,
    grid_schema: str | None = None,
    agent_schema: str | None = None,
) -> PolicyFiles:
    """The policy files that say `proposal`, each path relative to the root.

    `agent_ids`: one file each, in this order; an agent without a share owns nothing. `observe`: every rule only
    warns. `grid_schema`, `agent_schema`: what the first line tells editors, as a path or address; None leaves it out.
    """
    blocks = [_head(base, agents_directory), _services(proposal), _common(proposal)]
    blocks += [_frozen(proposal, agents_directory), _derived(proposal), _rules() if observe else []]
    text = "\n".join("\n".join(block) + "\n" for block in blocks if block)
    shares = {share.agent: share for share in proposal.shares}
    agents = {
        f"{agents_directory}/{agent}.yaml": _schema_line(agent_schema) + _agent_text(agent, shares.get(agent))
        for agent in agent_ids
    }
    return PolicyFiles(
        (_schema_line(grid_schema) + text).encode(), {name: content.encode() for name, content in agents.items()}
    )


def _schema_line(schema: str | None) -> str:
    return f"# yaml-language-server: $schema={schema}\n" if schema else ""


def _head(base: str, agents_directory: str) -> list[str]:
    lines = ["version: 1", f"base: {yaml_scalar(base)}"]
    if agents_directory != AGENTS_DIRECTORY:
        lines.append(f"agents: {yaml_scalar(agents_directory)}")
    return [*lines, "unowned: claim  # the first agent to touch a path that nobody owns gets a lease on it"]


def _services(proposal: Proposal) -> list[str]:
    simple = [one for one in proposal.services if len(one.patterns) == 1]
    rows = [(f"{yaml_scalar(one.name)}: {yaml_scalar(one.patterns[0])}", one.found_by) for one in simple]
    lines = ["services:", *(_align(rows) if rows else ())]
    for one in proposal.services:
        if one not in simple:
            lines.append(f"  {yaml_scalar(one.name)}:  # {show_path(one.found_by)}")
            lines += [f"    - {yaml_scalar(pattern)}" for pattern in one.patterns]
    return lines if proposal.services else []


def _common(proposal: Proposal) -> list[str]:
    rows = [(f"- {yaml_scalar(code.pattern)}", code.reason) for code in proposal.common]
    return ["common:  # several agents change these, each under a lease", *_align(rows)] if rows else []


def _frozen(proposal: Proposal, agents_directory: str) -> list[str]:
    patterns = [f"/{agents_directory}/**" if one == AGENTS_PATTERN else one for one in proposal.frozen]
    return ["frozen:  # no agent changes these", *(f"  - {yaml_scalar(pattern)}" for pattern in patterns)]


def _derived(proposal: Proposal) -> list[str]:
    rows = [f"  {yaml_scalar(pattern)}: {yaml_scalar(command)}" for pattern, command in proposal.derived.items()]
    return (
        ["derived:  # generated: anyone may change them, and they are generated again instead of merged", *rows]
        if rows
        else []
    )


def _rules() -> list[str]:
    heading = "rules:  # observing: nothing is refused yet; take this block away to enforce the boundaries"
    return [heading, *(f"  {rule}: warn" for rule in SHIPPED_RULES)]


def _agent_text(agent: str, share: AgentShare | None) -> str:
    lines = [f"id: {yaml_scalar(agent)}"]
    if share is None or not (share.services or share.patterns):
        area = share.area if share else agent
        return "\n".join([*lines, f"area: {yaml_scalar(area)}", "owns: {}  # nothing yet"]) + "\n"
    size = f"{share.share:.0%} of the code base, {format_size(share.size_bytes)}"
    heading = show_path(f"{size}; conflict risk {share.risk.level}: {share.risk.reason}")
    lines += [f"area: {yaml_scalar(share.area)}", f"owns:  # {heading}"]
    for key, items in (("critical", share.services), ("support", share.patterns)):
        lines += _list_key(key, items)
    return "\n".join(lines) + "\n"


def _list_key(key: str, items: Sequence[str]) -> list[str]:
    if not items:
        return []
    short = f"  {key}: {_flow(items)}"
    return [short] if len(short) <= _WIDE else [f"  {key}:", *(f"    - {yaml_scalar(item)}" for item in items)]


def _flow(items: Iterable[str]) -> str:
    return f"[{', '.join(yaml_scalar(item) for item in items)}]"


def _align(rows: Sequence[tuple[str, str]]) -> Iterator[str]:
    """Lines with their comments in one column, as far as they are not overlong."""
    column = min(_WIDE // 2, max(len(text) for text, _comment in rows))
    return (f"  {text:<{column}}  # {show_path(comment)}" for text, comment in rows)


def yaml_scalar(text: str) -> str:
    """`text` as YAML that reads as this very text: plain where that is safe, else in double quotes."""
    plain = _PLAIN.fullmatch(text) and not text.endswith(" ") and yaml.safe_load(text) == text
    return text if plain else json.dumps(text, ensure_ascii=False)
