"""What `lock` asks for: paths as typed, judged by the ownership map, become one request; and what to know first."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from agentgrid.boundaries.findings import describe, rule_of
from agentgrid.boundaries.leases.asked_paths import AskedPath
from agentgrid.boundaries.leases.asking import Holder, Request
from agentgrid.boundaries.leases.lease import PERSON_MARK, LeasePattern, Terms
from agentgrid.boundaries.policy.territory import OWNED, Territory
from agentgrid.boundaries.verdict import FROZEN_RULE, SHARED_RULE, broken_rule
from agentgrid.errors import NotOwner, Refused
from agentgrid.git.paths import show_path
from agentgrid.git.process import Git
from agentgrid.git.repository import Repository
from agentgrid.workspace.desks import find_desks

_SHORT = 10


@dataclass(frozen=True, slots=True)
class LockPlan:
    """`notes`: what the asker should know though nothing stands in the way."""

    request: Request
    notes: tuple[str, ...]


def plan_lock(
    territory: Territory, holder: Holder, asked: Sequence[AskedPath], *, reason: str, ttl_ms: int | None
) -> LockPlan:
    """The request for all of `asked`. Raises NotOwner or Refused for a path that a lease gives nobody leave to change:
    another agent's, a frozen one."""
    terms = Terms.of(territory.compiled)
    agent = None if holder.name.startswith(PERSON_MARK) else holder.name
    notes = [note for each in asked if agent for note in _judge(territory, agent, each)]
    patterns = dict.fromkeys(pattern for each in asked for pattern in each.patterns)
    wanted = replace(terms, ttl_ms=ttl_ms) if ttl_ms is not None else terms
    return LockPlan(Request(holder, tuple(patterns), wanted, reason), tuple(notes))


def changed_on_base(repository: Repository, agent: str, base: str, patterns: Iterable[LeasePattern]) -> list[str]:
    """A warning for each path that the base has changed since the agent's branch left it: the fence would refuse."""
    git = _git_of(repository, agent)
    if git is None:
        return []
    named = {pattern.text: _pathspec(pattern.text) for pattern in patterns}
    if not git.run("rev-list", "-n", "1", base, "--not", "HEAD", "--", *named.values(), accept=(0, 128)).stdout:
        return []
    warnings: list[str] = []
    for text, pathspec in named.items():
        commit = git.text("rev-list", "-n", "1", base, "--not", "HEAD", "--", pathspec)
        if commit:
            warnings.append(f"the base has changed {show_path(text)} since your branch left it ({commit[:_SHORT]}): "
                            f"first git merge --autostash {base[:12]}, or it is refused later")  # fmt: skip
    return warnings


def _judge(territory: Territory, agent: str, asked: AskedPath) -> list[str]:
    if asked.literal is None:
        return []
    path = asked.literal.target or asked.literal.path
    place = territory.place_folder(path) if asked.literal.is_directory else territory.place(path)
    broken = broken_rule(place, agent, territory.compiled["unowned"])
    if broken is not None:
        words = describe(broken, place, rule_of(territory, place), territory.compiled["agents"])
        error = Refused if broken in {FROZEN_RULE, SHARED_RULE} else NotOwner
        raise error(f"{show_path(path)} {words}: a lease gives nobody leave to change it",
                    hint=f"see whose it is: agentgrid owner {show_path(path)}")  # fmt: skip
    if place.is_derived:
        return [f"{show_path(path)} is generated: anyone may change it, without a lease"]
    if place.state == OWNED:
        return [f"{show_path(path)} is {agent}'s own: no lease is needed"]
    return []


def _git_of(repository: Repository, agent: str) -> Git | None:
    """Git where the agent's branch is checked out."""
    if repository.is_linked:
        return repository.git
    desk = find_desks(repository).get(agent)
    return Git(desk.worktree.path) if desk and desk.worktree.exists else None


def _pathspec(text: bytes) -> bytes:
    """The gitignore pattern as git's own globs say it."""
    return b":(top,glob)" + text.removeprefix(b"/") + (b"**" if text.endswith(b"/") else b"")
