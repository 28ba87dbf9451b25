"""What GitHub's documentation says of a CODEOWNERS file, once more and apart from the product: each pattern as a
regular expression over whole paths, the last line that matches decides."""

import re
from collections.abc import Iterable

from agentgrid.boundaries.codeowners.exporting import OwnersExport, export_owners
from agentgrid.boundaries.codeowners.importing import Proposal, propose_policy
from agentgrid.boundaries.codeowners.reading import parse_owners
from agentgrid.boundaries.policy.compiled import compile_policy
from agentgrid.boundaries.policy.territory import COMMON, FROZEN, Territory
from agentgrid.config.policy import Policy, PolicyFiles, parse_policy
from agentgrid.onboarding.owners_import import agent_text


def reference_owners(text: str, path: str) -> frozenset[str]:
    """The owners of a path, in lower case."""
    found: list[str] = []
    for line in text.splitlines():
        words = re.findall(r"(?:\\.|[^\s\\])+", line)
        if words and not words[0].startswith("#") and _regex(words[0]).fullmatch(path):
            comment = next((number for number, word in enumerate(words) if word.startswith("#")), len(words))
            found = words[1:comment]
    return frozenset(owner.lower() for owner in found)


def _regex(pattern: str) -> re.Pattern[str]:
    is_anchored = "/" in pattern[:-1]
    is_folder = pattern.endswith("/")
    parts = [part for part in pattern.split("/") if part]
    is_one_level = parts[-1] == "*" and is_anchored and not is_folder
    regex = "" if is_anchored else "(?:.*/)?"
    for number, part in enumerate(parts):
        is_last = number == len(parts) - 1
        if part == "**":
            regex += ".+" if is_last else "(?:.*/)?"
        else:
            regex += _name_regex(part) + ("" if is_last else "/")
    if is_folder:
        regex += "/.+"
    elif not is_one_level:
        regex += "(?:/.+)?"
    return re.compile(regex, re.DOTALL)


def _name_regex(part: str) -> str:
    regex = ""
    for token in re.findall(r"\\.|\*+|.", part):
        if token.startswith("\\"):
            regex += re.escape(token[1])
        else:
            regex += {"*": "[^/]*", "?": "[^/]"}.get(token[0], re.escape(token))
    return f"(?=[^/]){regex}"


def owners_on_map(policy: Policy, territory: Territory, path: str) -> frozenset[str]:
    """Whom the map would name for a path, in lower case: asked of the territory, list by list."""
    place = territory.place(path.encode())
    agents = {place.owner} if place.owner else set()
    handles: set[str] = set()
    if place.state == COMMON:
        agents = {agent for agent in policy.agents if _is_steward(policy, agent, path)}
        handles.update(policy.grid.codeowners.common or ())
    elif place.state == FROZEN:
        handles.update(policy.grid.codeowners.frozen or ())
    for agent in agents:
        handles.update(policy.agents[agent].codeowners)
    return frozenset(handle.lower() for handle in handles)


def _is_steward(policy: Policy, agent: str, path: str) -> bool:
    """With that agent's list alone."""
    alone = policy.agents[agent].model_copy(update={"owns": policy.agents[agent].owns.model_copy(
        update={"critical": (), "support": ()})})  # fmt: skip
    grid = policy.grid.model_copy(update={"common": (), "frozen": ()})
    places = {agent: policy.places[agent]}
    territory = Territory(compile_policy(Policy(grid, {agent: alone}, policy.documents, places, policy.files)))
    return territory.place(path.encode()).state == COMMON


def import_text(text: str, grid: str = "") -> tuple[Proposal, Policy, Territory]:
    """The policy that a file becomes in a grid of nobody."""
    empty = parse_policy(PolicyFiles(grid.encode()))
    proposal = propose_policy(parse_owners("CODEOWNERS", text.encode()), empty)
    files = {f"config/agents/{each.agent}.yaml": agent_text(each).encode() for each in proposal.agents}
    policy = parse_policy(PolicyFiles(grid.encode(), files))
    return proposal, policy, Territory(compile_policy(policy))


def export_text(policy: Policy, territory: Territory, links: Iterable[bytes] = ()) -> OwnersExport:
    return export_owners(policy, territory, links)
