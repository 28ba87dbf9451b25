"""`map --import`: the policy that a CODEOWNERS file says, as agents' files in the main worktree.

Files that aren't there yet are written. One that is there is never changed: where it says something else than the
CODEOWNERS file does, the plan says which lines to put there.
"""

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from agentgrid.boundaries.codeowners.chart import Chart, do_charts_agree
from agentgrid.boundaries.codeowners.holdings import Holding, chart_holdings
from agentgrid.boundaries.codeowners.importing import PatternList, Proposal, ProposedAgent, propose_policy
from agentgrid.boundaries.codeowners.reading import read_owners_file
from agentgrid.boundaries.ownership_map import draw_map
from agentgrid.boundaries.policy.compiled import compile_policy
from agentgrid.boundaries.policy.territory import COMMON, FROZEN, Territory
from agentgrid.config.in_force import find_base, staging_directory
from agentgrid.config.policy import GRID_FILE, Policy, PolicyFiles, parse_policy, read_directory
from agentgrid.errors import InputError, Refused
from agentgrid.git.history import list_tree
from agentgrid.git.repository import Repository
from agentgrid.machine.files import write_atomically
from agentgrid.onboarding.discovery.writing import yaml_scalar
from agentgrid.onboarding.policy_files import SCHEMA_FOLDER, schema_line
from agentgrid.workspace.acting import require_person


@dataclass(frozen=True)
class LeftToDo:
    """A file that would have to change, and the lines to put there."""

    file: str
    lines: str


@dataclass(frozen=True)
class ImportPlan:
    """`file`: the CODEOWNERS file. `new_files`: path below the root → content. `same`: agents whose file says it
    already. `contested`: paths of the base that two agents would claim."""

    file: str
    proposal: Proposal
    new_files: dict[str, str]
    same: tuple[str, ...]
    left: tuple[LeftToDo, ...]
    contested: int

    def as_json(self) -> dict[str, object]:
        return {
            "file": self.file,
            "agents": [
                {
                    "id": each.agent,
                    "codeowners": list(each.handles),
                    "new": each.is_new,
                    "owns": {"critical": list(each.critical), "common": list(each.common)},
                }
                for each in self.proposal.agents
            ],
            "common": list(self.proposal.common),
            "frozen": list(self.proposal.frozen),
            "files": [{"path": path, "text": text} for path, text in self.new_files.items()],
            "same": list(self.same),
            "left": [{"path": each.file, "lines": each.lines} for each in self.left],
            "notes": list(self.proposal.notes),
            "contested": self.contested,
        }


def plan_import(repository: Repository, owners_file: Path) -> ImportPlan:
    """What the import would do. Changes nothing. Raises InputError and ConfigError for what can't be read, Refused in a
    bare repository."""
    root = repository.main_worktree
    if root is None:
        raise Refused("a bare repository has no work tree to write agents' files to",
                      hint="import in a clone, and push the files to the base")  # fmt: skip
    file = read_owners_file(owners_file)
    files = read_directory(root)
    if files is None:
        raise InputError(f"there is no {GRID_FILE} in {root}",
                         hint=f"`agentgrid init`; or `touch {GRID_FILE}` now, and init after the import")  # fmt: skip
    policy = parse_policy(files)
    territory = Territory(compile_policy(policy))
    proposal = propose_policy(file, policy)
    chart = chart_holdings(territory)
    planned = [_plan_agent(root, policy, chart, proposal.chart, each) for each in proposal.agents]
    left = _plan_grid(policy, chart, proposal)
    new_files = {where: text for kind, where, text in planned if kind == "new"}
    return ImportPlan(
        file.name,
        proposal,
        new_files,
        tuple(where for kind, where, _ in planned if kind == "same"),
        (*(LeftToDo(where, text) for kind, where, text in planned if kind == "left"), *left),
        _count_contested(repository, files, new_files),
    )


def write_import(repository: Repository, plan: ImportPlan) -> None:
    """Writes the new files into the main worktree. Raises NotPermitted in an agent's worktree."""
    require_person(repository, "choose the policy")
    root = repository.main_worktree
    assert root is not None
    for path, text in plan.new_files.items():
        if os.path.lexists(root / path):
            raise Refused(f"{path} has come meanwhile; it is left as it is", hint="run the import again")
        write_atomically(root / path, text.encode(), staging=staging_directory(repository))


def agent_text(agent: ProposedAgent) -> str:
    """The agent's file."""
    return "\n".join([f"id: {yaml_scalar(agent.agent)}", f"codeowners: {_flow(agent.handles)}", *_owns(agent)]) + "\n"


def _plan_agent(
    root: Path, policy: Policy, chart: Chart[Holding], wanted: Chart[Holding], agent: ProposedAgent
) -> tuple[str, str, str]:
    """(new, same or left; the file, or the agent that stays; the text for it)."""

    def is_same(here: Holding, there: Holding) -> bool:
        if here.state == FROZEN or (here == Holding(COMMON) and there.state != COMMON):
            return True  # the grid's own list is stronger: no agent's file could say it
        return _share_of(here, agent.agent) == _share_of(there, agent.agent)

    if not agent.is_new:
        if do_charts_agree(chart, wanted, is_same):
            return "same", agent.agent, ""
        return "left", policy.where(agent.agent)[0], "\n".join(_owns(agent))
    directory = policy.grid.agents
    if not isinstance(directory, str):
        return "left", GRID_FILE, agent_text(agent)
    path = f"{directory.rstrip('/')}/{agent.agent}.yaml"
    if os.path.lexists(root / path):
        return "left", path, agent_text(agent)
    has_schema = (root / directory / SCHEMA_FOLDER / "agent.json").is_file()
    first = schema_line(f"{SCHEMA_FOLDER}/agent.json").decode() if has_schema else ""
    return "new", path, first + agent_text(agent)


def _share_of(held: Holding, agent: str) -> str | None:
    return held.state if agent in held.agents else None


def _plan_grid(policy: Policy, chart: Chart[Holding], proposal: Proposal) -> Iterator[LeftToDo]:
    """The grid's own lists, where handles are named for them."""
    named = policy.grid.codeowners
    for state, handles, patterns in ((COMMON, named.common, proposal.common), (FROZEN, named.frozen, proposal.frozen)):
        if handles and not do_charts_agree(chart, proposal.chart, partial(_does_grid_agree, Holding(state))):
            yield LeftToDo(GRID_FILE, "\n".join(_listing("", state, patterns)) or f"{state}: []")


def _does_grid_agree(held: Holding, here: Holding, there: Holding) -> bool:
    """Stewards are the agents' business: common code with stewards needs nothing of the grid's list."""
    return here.state == there.state if held in {here, there} else True


def _count_contested(repository: Repository, files: PolicyFiles, new_files: dict[str, str]) -> int:
    agents = {**files.agents, **{path: text.encode() for path, text in new_files.items()}}
    territory = Territory(compile_policy(parse_policy(PolicyFiles(files.grid, agents))))
    entries = list_tree(repository.git, find_base(repository).oid)
    return len(draw_map(territory, entries).overlaps)


def _owns(agent: ProposedAgent) -> list[str]:
    lists = [*_listing("  ", "critical", agent.critical), *_listing("  ", "common", agent.common)]
    return ["owns:", *lists] if lists else ["owns: {}"]


def _listing(indent: str, key: str, patterns: PatternList) -> list[str]:
    return [f"{indent}{key}:", *(f"{indent}  - {yaml_scalar(each)}" for each in patterns)] if patterns else []


def _flow(handles: Sequence[str]) -> str:
    words = [yaml_scalar(handle) for handle in handles]
    return words[0] if len(words) == 1 else f"[{', '.join(words)}]"
