"""A push into a server's bare repository: each ref is judged by its name and its commits, without any state.

Who pushes isn't known there. An agent's branch (its name says so) is held to the agent's rules, the base isn't rewound
or deleted; a person's branch is free, as long as no commit on it says that an agent made it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from agentgrid.boundaries.findings import CheckReport, Finding, Words, named_finding
from agentgrid.boundaries.grants.book import GrantBook
from agentgrid.boundaries.messages.trailer_text import AGENT_KEY, read_trailers
from agentgrid.boundaries.messages.trailers import named_agents
from agentgrid.boundaries.refs.judging import PushedRef, RefJudge, UpdateReport
from agentgrid.boundaries.refs.server_policy import ServerPolicy
from agentgrid.boundaries.refs.unmatched import check_persons_branch
from agentgrid.boundaries.refs.updates import HEADS
from agentgrid.boundaries.verdict import BASE_RULE
from agentgrid.config.policy import GRID_FILE
from agentgrid.errors import ConfigError
from agentgrid.git.commit_messages import list_messages
from agentgrid.git.repository import Repository
from agentgrid.workspace.naming import agent_of_branch

_OWN_REFS = "refs/agentgrid/"


@dataclass(frozen=True)
class Received:
    """`report`: one check for each ref that breaks a rule or has a warning. `notes`: what was let through unjudged."""

    report: UpdateReport
    notes: tuple[str, ...] = ()


class Receiver:
    """One push into `repository`. `protects_base`: nobody pushes to the base directly. `server`: the policy that
    counts, which is the base's before this push."""

    def __init__(self, repository: Repository, server: ServerPolicy, *, protects_base: bool) -> None:
        self._repository = repository
        self._server = server
        self._protects_base = protects_base

    def judge(self, pushed: Sequence[PushedRef]) -> Received:
        """The verdict on all refs of the push. Raises ConfigError when the policy is broken and an agent's branch is
        among them."""
        base_ref = HEADS + self._server.base if self._server.base is not None else None
        moved = next((each for each in pushed if each.ref == base_ref), None)
        on_base = self._judge_base(moved) if moved is not None else None
        others = [each for each in pushed if each is not moved]
        if self._server.policy is None:
            return self._judge_without_policy(on_base, base_ref, others)
        assert self._server.tip is not None
        checks = [(each.ref, self._judge_ref(each, self._server.tip)) for each in others]
        notes = self._advise_two_pushes(moved, others) if any(check.errors for _, check in checks) else ()
        if moved is not None and on_base is not None:
            checks.insert(0, (moved.ref, on_base))
        return Received(UpdateReport(tuple(each for each in checks if each[1].findings), ()), notes)

    def _advise_two_pushes(self, moved: PushedRef | None, others: Sequence[PushedRef]) -> tuple[str, ...]:
        """What the same push would land counts as a topic's own: another hook may still refuse the base, and let the
        topic through."""
        if moved is None or moved.new is None:
            return ()
        if not any(self._is_ahead(moved.new, each.new) for each in others):
            return ()
        return (f"branches are judged by {self._server.base} as it is before the push: push that first, alone",)

    def _judge_base(self, pushed: PushedRef) -> CheckReport | None:
        """None when the base may move so: forward, and directly."""
        words = None
        if pushed.current is not None and self._protects_base:
            words = Words(
                "nobody pushes to the base directly here (agentgrid.protectBase)", "push a branch, and land it"
            )
        elif pushed.current is not None and pushed.new is None:
            words = Words("the base is not to be deleted", "git config agentgrid.base names another one on the server")
        elif pushed.current is not None and not self._is_ahead(pushed.current, pushed.new):
            words = Words("the base would lose commits that have landed", "bring them in first: git pull, then push")
        if words is None:
            return None
        territory = self._server.territory
        if territory is None or self._protects_base:
            finding: Finding | None = Finding(BASE_RULE, "error", b"", words.message, words.hint)
        else:
            finding = named_finding(territory, BASE_RULE, words)
        return CheckReport(None, pushed.current or "", pushed.new, (finding,) if finding else ())

    def _judge_ref(self, pushed: PushedRef, base: str) -> CheckReport:
        server, nothing = self._server, CheckReport(None, base, pushed.new, ())
        assert server.policy is not None
        assert server.territory is not None
        if pushed.ref.startswith(HEADS):
            name = pushed.ref.removeprefix(HEADS)
            agent = agent_of_branch(server.policy, name)
            if agent is not None:
                return self._judge_as(agent, pushed, base)
            if pushed.new is None:
                return nothing
            return check_persons_branch(self._repository, server.territory, name, base=base, head=pushed.new)
        if pushed.new is None or pushed.ref.startswith(_OWN_REFS) or self._repository.resolve(pushed.new) is None:
            return nothing
        # A tag, or a ref for a review server, has no agent's name: its commits say who made them.
        named = named_agents(self._repository, server.territory, base=base, head=pushed.new)
        reports = [self._judge_as(agent, pushed, base) for agent in sorted({agent for agent, _ in named})]
        return max(reports, key=lambda report: report.errors, default=nothing)

    def _judge_as(self, agent: str, pushed: PushedRef, base: str) -> CheckReport:
        server = self._server
        assert server.policy is not None
        assert server.territory is not None
        grants = GrantBook(self._repository, None, server.territory.compiled)
        judge = RefJudge(self._repository, server.territory, server.policy, agent, base, None, grants)
        checks = judge.judge_push([pushed]).checks
        return checks[0][1] if checks else CheckReport(agent, base, pushed.new, ())

    def _judge_without_policy(
        self, on_base: CheckReport | None, base_ref: str | None, others: Sequence[PushedRef]
    ) -> Received:
        if self._server.broken is not None and any(self._is_agents(each) for each in others):
            problems = self._server.broken.problems
            raise ConfigError(problems, hint=f"a person mends it with a push to {self._server.base}")
        why = "is broken, and no agent's" if self._server.broken else "isn't there yet, and no"
        note = f"{GRID_FILE} on the base {why} branch was judged"
        checks = ((base_ref, on_base),) if base_ref is not None and on_base is not None else ()
        return Received(UpdateReport(checks, ()), (note,))

    def _is_agents(self, pushed: PushedRef) -> bool:
        """Whether a branch is an agent's, as far as that can be told without the policy that counts."""
        if pushed.new is None:
            return False
        policy = self._server.last_good
        if policy is not None and pushed.ref.startswith(HEADS) and agent_of_branch(policy, pushed.ref):
            return True
        if self._server.tip is None or self._repository.resolve(pushed.new) is None:
            return False
        messages = list_messages(self._repository.git, self._server.tip, pushed.new, is_first_parent=True)
        return any(key.lower() == AGENT_KEY.lower() for each in messages for key, _ in read_trailers(each.raw))

    def _is_ahead(self, current: str, new: str | None) -> bool:
        return new is not None and self._repository.git.succeeds("merge-base", "--is-ancestor", current, new)
