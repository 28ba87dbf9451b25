"""Whether this machine and this grid are ready for agents: go, caution or no-go, with the reason for each."""

import os
import re
import shutil
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from agentgrid import __version__
from agentgrid.boundaries.ownership_map import draw_map
from agentgrid.boundaries.policy.compiled import compile_policy
from agentgrid.boundaries.policy.territory import Territory
from agentgrid.config.in_force import InForce, find_in_force
from agentgrid.config.policy import Policy
from agentgrid.config.units import format_size
from agentgrid.errors import AgentGridError
from agentgrid.git.history import list_tree
from agentgrid.git.repository import Repository
from agentgrid.insight.self_test import FAILED, OK, Proof, prove_guards
from agentgrid.machine.capacity import read_capacity
from agentgrid.machine.kernel_limits import probe_kernel_limits
from agentgrid.store.inspection import find_state_faults
from agentgrid.workspace.budgets.limits import Limits
from agentgrid.workspace.budgets.machine_sum import MachineSum, add_up
from agentgrid.workspace.clients.installing import find_client_faults, noted_clients
from agentgrid.workspace.clients.known import CLIENTS
from agentgrid.workspace.desks import find_desks
from agentgrid.workspace.environment.keys import Keys
from agentgrid.workspace.hookdir import find_hook_faults
from agentgrid.workspace.repair import find_faults
from agentgrid.workspace.sub_worktrees import find_untended

Level = Literal["go", "caution", "no-go"]
GIT_FLOOR = (2, 38)
_ORDER: tuple[Level, ...] = ("go", "caution", "no-go")


@dataclass(frozen=True)
class Examined:
    """One thing that was looked at. `hint`: the next command when it isn't go."""

    subject: str
    level: Level
    message: str
    hint: str | None = None


@dataclass(frozen=True)
class Readiness:
    """`proofs`: what a self-test found at each point, None where there was none."""

    examined: tuple[Examined, ...]
    proofs: tuple[Proof, ...] | None = None

    @property
    def verdict(self) -> Level:
        """The worst of all."""
        return max((each.level for each in self.examined), key=_ORDER.index, default="go")

    def as_json(self) -> dict[str, object]:
        checks = [
            {"subject": each.subject, "level": each.level, "message": each.message, "hint": each.hint}
            for each in self.examined
        ]
        proofs = {} if self.proofs is None else {"self_test": [proof.as_json() for proof in self.proofs]}
        return {"verdict": self.verdict, "checks": checks, **proofs}


def examine(repository: Repository, *, prove: Callable[[str, str], None] | None = None) -> Readiness:
    """Looks at git, the program, the policy, the map, the worktrees and hooks, the state, and the machine. `prove`:
    also tries every guard, and tells it how each worktree did."""
    found = [_examine_git(repository), _examine_program()]
    try:
        in_force = find_in_force(repository)
        territory = Territory(compile_policy(in_force.policy))
    except AgentGridError as error:
        return Readiness((*found, Examined("policy", "no-go", error.message, error.hint)))
    parts: list[Callable[[], list[Examined]]] = [
        lambda: _examine_policy(in_force),
        lambda: _examine_map(repository, in_force, territory),
        lambda: _examine_worktrees(repository, in_force.policy),
        lambda: _examine_hooks(repository),
        lambda: _examine_edit_hooks(repository, in_force.policy),
        lambda: _examine_state(repository),
        lambda: _examine_keys(repository, in_force.policy),
        lambda: _examine_budgets(in_force.policy),
    ]
    for part in parts:
        found += part()
    if prove is None:
        return Readiness(tuple(found))
    proofs = prove_guards(repository, in_force, territory, prove)
    return Readiness((*found, *_judge_proofs(proofs)), tuple(proofs))


def _examine_git(repository: Repository) -> Examined:
    text = repository.git.text("--version")
    numbers = re.search(r"(\d+)\.(\d+)", text)
    version = (int(numbers[1]), int(numbers[2])) if numbers else (0, 0)
    if version < GIT_FLOOR:
        return Examined("git", "no-go", f"{text}; 2.38 or newer is needed", "install a newer git")
    return Examined("git", "go", text)


def _examine_program() -> Examined:
    """The `agentgrid` on PATH should be this one: an unrelated program has the same name on the package index."""
    on_path = shutil.which("agentgrid")
    ours = os.path.dirname(os.path.realpath(sys.executable))
    message = f"agentgrid {__version__} at {Path(__file__).resolve().parents[1]}"
    if on_path is None:
        return Examined(
            "program", "caution", f"{message}; no `agentgrid` on PATH", f"add {Path(sys.executable).parent}"
        )
    if not _is_this_program(on_path, ours):
        return Examined("program", "caution", f"`agentgrid` on PATH is another program: {on_path}",
                        "put this installation first on PATH; its distribution is agentgrid-cli")  # fmt: skip
    return Examined("program", "go", message)


def _is_this_program(path: str, ours: str) -> bool:
    try:
        with open(path, "rb") as stream:
            head = stream.read(2000)
    except OSError:
        return False
    return b"agentgrid.__main__" in head or os.path.dirname(os.path.realpath(path)) == ours


def _examine_policy(in_force: InForce) -> list[Examined]:
    agents = len(in_force.policy.agents)
    where = f"{in_force.source}{f' {in_force.oid[:10]}' if in_force.oid else ''}"
    if not agents:
        return [Examined("policy", "no-go", f"{where}: no agent is configured", "agentgrid agent add ID")]
    found = [Examined("policy", "caution", notice, "agentgrid policy show") for notice in in_force.notices]
    return found or [Examined("policy", "go", f"{where}: {agents} agents")]


def _examine_map(repository: Repository, in_force: InForce, territory: Territory) -> list[Examined]:
    drawn = draw_map(territory, list_tree(repository.git, in_force.base.oid))
    if drawn.overlaps:
        first = drawn.overlaps[0]
        who = " and ".join(first.claimants)
        message = f"{len(drawn.overlaps)} path(s) are claimed twice: {first.path.decode(errors='replace')} by {who}"
        return [Examined("map", "no-go", message, "agentgrid map")]
    if drawn.idle_rules:
        rule = drawn.idle_rules[0]
        return [Examined("map", "caution", f"{len(drawn.idle_rules)} pattern(s) match no file, first {rule}",
                         "agentgrid map")]  # fmt: skip
    return [Examined("map", "go", f"{len(drawn.holders)} files, no path is claimed twice")]


def _examine_worktrees(repository: Repository, policy: Policy) -> list[Examined]:
    desks = find_desks(repository)
    faults = [Examined("worktrees", "caution", f"{fault.agent}: {fault.message}", fault.mend)
              for fault in find_faults(repository, policy)]  # fmt: skip
    missing = [agent for agent in policy.agents if agent not in desks]
    if missing:
        faults.append(Examined("worktrees", "caution", f"no worktree yet: {', '.join(missing)}", "agentgrid init"))
    return faults or [Examined("worktrees", "go", f"{len(desks)} in order")]


def _examine_hooks(repository: Repository) -> list[Examined]:
    found: list[Examined] = []
    for desk in find_desks(repository).values():
        faults = find_hook_faults(repository, desk.agent, desk.worktree.admin_dir)
        found += [Examined("hooks", "no-go", f"{desk.agent}: {faults[0].message} ({len(faults)} fault(s))",
                           "agentgrid agent repair")] if faults else []  # fmt: skip
    found += [Examined("hooks", "no-go", line, "agentgrid agent repair") for line in find_untended(repository)]
    return found or [Examined("hooks", "go", "the guard stands in every agent's worktree")]


def _examine_edit_hooks(repository: Repository, policy: Policy) -> list[Examined]:
    """The clients' own: without one an agent hears of a boundary when it commits."""
    found: list[Examined] = []
    for desk in find_desks(repository).values():
        if desk.agent not in policy.agents or not desk.worktree.exists:
            continue
        driver, noted = policy.agents[desk.agent].runner.client, noted_clients(repository, desk.agent)
        if driver in CLIENTS and driver not in noted:
            found.append(Examined("edit hooks", "caution", f"{desk.agent}: {driver} asks nobody before an edit",
                                  f"agentgrid agent hooks {desk.agent} --write"))  # fmt: skip
        for fault in find_client_faults(repository, desk.agent, desk.worktree.path):
            by_hand = f"put it there by hand: agentgrid agent hooks {desk.agent} --client {fault.client}"
            mend = by_hand if fault.is_by_hand else "agentgrid agent repair"
            found.append(Examined("edit hooks", "caution", f"{desk.agent}: {fault.message}", mend))
    return found or [Examined("edit hooks", "go", "every known client asks before an edit")]


def _examine_state(repository: Repository) -> list[Examined]:
    faults = find_state_faults(repository.common_dir)
    return [Examined("state", "no-go", *fault) for fault in faults] or [Examined("state", "go", "in order")]


def _examine_keys(repository: Repository, policy: Policy) -> list[Examined]:
    """Those that can be looked up without asking anybody; nothing to say where no agent has a key."""
    keys = Keys(policy, environ=os.environ, root=repository.root)
    entries = [entry for agent in policy.agents for entry in keys.entries(agent)]
    found, missing = keys.look_up(entry for entry in entries if entry.reference.is_silent)
    if missing:
        more = f" ({len(missing)} are missing)" if len(missing) > 1 else ""
        return [Examined("keys", "caution", f"{missing[0]}{more}", missing[0].hint)]
    unasked = len(entries) - len(found)
    rest = f", {unasked} to be asked for (agentgrid env check)" if unasked else ""
    return [Examined("keys", "go", f"{len(found)} of {len(entries)} found{rest}")] if entries else []


def _judge_proofs(proofs: Sequence[Proof]) -> list[Examined]:
    failed = [proof for proof in proofs if proof.outcome == FAILED]
    worktrees = len({proof.worktree for proof in proofs})
    if not failed:
        tried = sum(proof.outcome == OK for proof in proofs)
        return [Examined("self-test", "go", f"{tried} proofs in {worktrees} worktree(s)")]
    return [
        Examined("self-test", "no-go", f"{each.agent}: {each.point}, {each.act}: {each.message}",
                 "agentgrid agent repair, then try again")
        for each in failed
    ]  # fmt: skip


def _examine_budgets(policy: Policy) -> list[Examined]:
    limits = {agent: Limits.of(config.budget) for agent, config in policy.agents.items()}
    capacity = read_capacity()
    total = add_up(limits, capacity.memory_bytes, policy.grid.machine.reserve.memory)
    found = [_examine_memory(total)]
    greedy = [agent for agent, each in limits.items() if each.cpus is not None and each.cpus > capacity.cpus]
    if greedy:
        found.append(Examined("budgets", "caution", f"more CPU than this machine's {capacity.cpus} processors: "
                              f"{', '.join(greedy)}", "lower `budget.cpu` in config/agents"))  # fmt: skip
    if all(each.is_empty for each in limits.values()):
        return found
    kernel = probe_kernel_limits()
    how = "kept by the kernel and a watchdog" if kernel.scope else f"kept by a watchdog: {kernel.missing}"
    return [*found, Examined("budgets", "go", how)] if not greedy else found


def _examine_memory(total: MachineSum) -> Examined:
    if not total.is_limited:
        return Examined("memory", "go", f"{format_size(total.machine_bytes)}, no agent has a memory budget")
    if total.missing_bytes:
        return Examined("memory", "no-go", f"{total.describe()}: more than this machine has",
                        "lower `budget.memory` in config/agents or `machine.reserve`")  # fmt: skip
    return Examined("memory", "go", total.describe())
