"""`init`: decides what a repository needs to become a grid, shows it as a plan, then does what is missing.

The grid's own file is written last: a killed `init` is finished by running it again.
"""

import shlex
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from agentgrid.boundaries.ownership_map import OwnershipMap, draw_map
from agentgrid.boundaries.policy.compiled import compile_policy
from agentgrid.boundaries.policy.publishing import publish
from agentgrid.boundaries.policy.territory import Territory
from agentgrid.config.in_force import BASE_SETTING, InForce, find_base, find_in_force, staging_directory
from agentgrid.config.places import grid_directory
from agentgrid.config.policy import GRID_FILE, Policy, PolicyFiles, parse_policy, read_directory, read_tree
from agentgrid.git.base_ref import Base, resolve_base
from agentgrid.git.history import list_tree
from agentgrid.git.repository import Repository
from agentgrid.git.settings import write_setting
from agentgrid.git.trees import list_directory, read_blobs
from agentgrid.git.worktree_list import Worktree
from agentgrid.machine.files import write_atomically
from agentgrid.machine.locks import hold_lock
from agentgrid.onboarding.bare import commit_to_base
from agentgrid.onboarding.choosing import choose_agents, name_agents, require_agents
from agentgrid.onboarding.discovery.risk import COMMON, Risk, assess_risks
from agentgrid.onboarding.discovery.tree_facts import TreeFacts, gather_tree_facts
from agentgrid.onboarding.first_topics import recall_topics, remember_topics
from agentgrid.onboarding.mine import recall_mine
from agentgrid.onboarding.policy_files import (
    Draft,
    choose_agents_directory,
    draft_from_preset,
    draft_from_tree,
    schema_files,
)
from agentgrid.onboarding.returning import find_left_worktrees
from agentgrid.workspace.acting import require_person
from agentgrid.workspace.adoption import adopt_worktree
from agentgrid.workspace.creation import CreatedDesk, create_desks
from agentgrid.workspace.desks import Desk, find_desks
from agentgrid.workspace.focus import FOCUS_FILE
from agentgrid.workspace.furnishing import furnish_desks
from agentgrid.workspace.planning import DeskPlan, foresee_desks, plan_desks

Report = Callable[[str, str], None]


@dataclass(frozen=True)
class InitOptions:
    """`agents`: a number, or ids separated by commas; `only`: exactly these. `worktrees` False: configuration only."""

    preset: str | None = None
    agents: str | None = None
    base: str | None = None
    observe: bool = False
    worktrees: bool = True
    only: tuple[str, ...] = ()


@dataclass(frozen=True)
class InitPlan:
    """What `init` would do. `new_files`: path below the root → content. `desks`: worktrees to make; `ready`: those
    there are; `left`: agent → its old worktree, which an uninstall left and which is taken as it is. `drawn`,
    `risks`: the map over the base's tree and each agent's conflict risk. `topics`: of agents' first branches."""

    base: Base
    policy: Policy
    new_files: Mapping[str, bytes]
    desks: tuple[DeskPlan, ...]
    ready: tuple[Desk, ...]
    left: Mapping[str, Worktree]
    drawn: OwnershipMap
    risks: Mapping[str, Risk]
    notes: tuple[str, ...]
    topics: Mapping[str, str] = field(default_factory=dict)
    commits_to_base: bool = False


@dataclass(frozen=True)
class InitResult:
    """What `init` did. `written`: paths below the root. `committed`: the commit it made (bare repositories only)."""

    plan: InitPlan
    written: tuple[str, ...]
    created: tuple[CreatedDesk, ...]
    adopted: tuple[Desk, ...]
    refreshed: tuple[str, ...]
    committed: str | None = None
    next_steps: tuple[str, ...] = field(default=())

    @property
    def changed(self) -> bool:
        return bool(self.written or self.created or self.adopted or self.refreshed or self.committed)


def plan_init(repository: Repository, options: InitOptions, *, is_locked: bool = False) -> InitPlan:
    """Looks at the repository and decides. Changes nothing, unless `is_locked`: then what a killed command left
    half-made is put in order first. Raises NotPermitted when an agent names the base."""
    if options.base:
        require_person(repository, "choose the base")
    base = resolve_base(repository, options.base) if options.base else find_base(repository)
    facts = gather_tree_facts(repository, base.oid)
    draft, existing = _find_policy(repository, base, facts, options)
    policy = existing.policy if existing else parse_policy(draft.files)
    drawn = draw_map(Territory(compile_policy(policy)), list_tree(repository.git, base.oid))
    is_proposed = existing is None and options.preset is None
    agents = list(policy.agents) if is_proposed else _choose_agents(repository, policy, options)
    left = find_left_worktrees(repository, policy, agents) if options.worktrees else {}
    wanted = [agent for agent in agents if agent not in left] if options.worktrees else []
    plan = plan_desks if is_locked else foresee_desks
    desks, ready = plan(repository, policy, base, wanted, draft.topics)
    return InitPlan(
        base,
        policy,
        {} if existing else _missing_files(repository, base, draft),
        tuple(desks),
        tuple(ready),
        left,
        drawn,
        judge_risks(policy, drawn, facts),
        (*draft.notes, *_idle_notes(drawn), *(existing.notices if existing else ())),
        draft.topics,
        commits_to_base=existing is None and repository.is_bare,
    )


def apply_init(repository: Repository, options: InitOptions, report: Report) -> InitResult:
    """Plans again under the lock, then writes, creates and equips what is missing. `report(subject, what)` is told
    of each step."""
    directory = grid_directory(repository)
    with hold_lock(directory / "init.lock", timeout_s=600.0):
        plan = plan_init(repository, options, is_locked=True)
        remember_topics(repository, plan.topics)
        committed = commit_to_base(repository, plan.base, plan.new_files) if plan.commits_to_base else None
        written = [] if plan.commits_to_base else _write_files(repository, plan.new_files, report)
        write_setting(repository.common_dir, BASE_SETTING, plan.base.branch)
    created = create_desks(repository, _start_after(plan, committed), report=report)
    adopted = [adopt_worktree(repository, plan.policy, agent, left.path) for agent, left in plan.left.items()]
    refreshed = furnish_desks(repository, plan.policy, report=report) if options.worktrees else []
    publish(repository)  # last: each desk that is made changes a file that is watched
    return InitResult(plan, tuple(written), tuple(created), tuple(adopted), tuple(refreshed), committed,
                      _next_steps(repository, plan))  # fmt: skip


def _choose_agents(repository: Repository, policy: Policy, options: InitOptions) -> list[str]:
    """Those that were asked for; else those that are one's own here, where `join` was told; else all."""
    mine = () if options.agents is not None else options.only or recall_mine(repository)
    return require_agents(policy, mine) if mine else choose_agents(policy, options.agents)


def judge_risks(policy: Policy, drawn: OwnershipMap, facts: TreeFacts) -> dict[str, Risk]:
    """Each agent's conflict risk under the map as drawn."""
    holders = {path.decode("utf-8", "surrogateescape"): holder for path, holder in drawn.holders.items()}

    def owner_of(path: str) -> str | None:
        holder = holders.get(path)
        return COMMON if holder == "common" else holder if holder in policy.agents else None

    stewards = {agent.id: agent.owns.common for agent in policy.agents.values()}
    return assess_risks(facts, policy.agents, owner_of, steward_of=stewards)


def _find_policy(
    repository: Repository, base: Base, facts: TreeFacts, options: InitOptions
) -> tuple[Draft, InForce | None]:
    root = repository.main_worktree
    if read_tree(repository.git, base.oid) is not None or (root and (root / GRID_FILE).exists()):
        found = find_in_force(repository)
        ignored = f"; --preset {options.preset} is not used" if options.preset else ""
        notes = (f"{GRID_FILE} is there already and stays as it is{ignored}",) if ignored else ()
        return Draft(found.policy.files, "", recall_topics(repository), notes), found
    directory = choose_agents_directory(_present_agent_files(repository, base))
    if options.preset:
        draft = draft_from_preset(options.preset, base=base.branch, agents_directory=directory, observe=options.observe)
        return draft, None
    return (
        draft_from_tree(
            facts,
            name_agents(options.agents),
            repo_name=repository.name,
            base=base.branch,
            agents_directory=directory,
            observe=options.observe,
        ),
        None,
    )


def _present_agent_files(repository: Repository, base: Base) -> dict[str, bytes]:
    """YAML that lies in config/agents already, on disk and on the base."""
    on_disk = read_directory_files(repository.main_worktree) if repository.main_worktree else {}
    names = [f"config/agents/{name}" for name in list_directory(repository.git, base.oid, "config/agents")]
    yaml_names = [name for name in names if name.endswith((".yaml", ".yml"))]
    return {**read_blobs(repository.git, base.oid, yaml_names), **on_disk}


def read_directory_files(root: Path) -> dict[str, bytes]:
    folder = root / "config" / "agents"
    files = sorted(folder.glob("*.y*ml")) if folder.is_dir() else []
    return {f"config/agents/{path.name}": path.read_bytes() for path in files if path.is_file()}


def _start_after(plan: InitPlan, committed: str | None) -> Sequence[DeskPlan]:
    """New branches start at the commit that the configuration made, so that nobody is behind from the first minute."""
    if committed is None:
        return plan.desks
    return [
        replace(desk, start_oid=committed) if desk.creates_branch and desk.start_oid == plan.base.oid else desk
        for desk in plan.desks
    ]


def _missing_files(repository: Repository, base: Base, draft: Draft) -> dict[str, bytes]:
    """What isn't there yet, the grid's own file last; what is there is never overwritten."""
    root = repository.main_worktree
    wanted = {**draft.files.agents, **schema_files(draft.agents_directory), GRID_FILE: draft.files.grid}
    if root is None:
        there = read_blobs(repository.git, base.oid, list(wanted))
        return {path: content for path, content in wanted.items() if path not in there}
    return {path: content for path, content in wanted.items() if not (root / path).exists()}


def _write_files(repository: Repository, files: Mapping[str, bytes], report: Report) -> list[str]:
    for path, content in files.items():
        write_atomically(repository.root / path, content, staging=staging_directory(repository))
        report(path, "written")
    return list(files)


def _idle_notes(drawn: OwnershipMap) -> list[str]:
    if not drawn.idle_rules:
        return []
    some = ", ".join(rule.pattern for rule in drawn.idle_rules[:4])
    more = f" and {len(drawn.idle_rules) - 4} more" if len(drawn.idle_rules) > 4 else ""
    return [f"{len(drawn.idle_rules)} pattern(s) match no file yet: {some}{more}"]


def _next_steps(repository: Repository, plan: InitPlan) -> tuple[str, ...]:
    steps: list[str] = []
    root = repository.main_worktree
    committed = read_tree(repository.git, plan.base.oid) or PolicyFiles(b"")
    on_disk = read_directory(root) if root else None
    if on_disk is not None and committed.key != on_disk.key and not committed.grid:
        folder = plan.policy.grid.agents if isinstance(plan.policy.grid.agents, str) else ""
        steps.append(f"git add {GRID_FILE} {shlex.quote(folder)} && git commit -m 'Add agentgrid'")
    desks = find_desks(repository)
    if desks:
        steps.append(f'cd "$(agentgrid path {next(iter(desks))})"')
    return (*steps, "agentgrid status")


__all__ = ["FOCUS_FILE", "InitOptions", "InitPlan", "InitResult", "apply_init", "judge_risks", "plan_init"]
