"""Proves, in each agent's worktree, that every git point refuses what the agent may not do and lets through what it
may; and leaves no trace.

git itself finds and runs the hooks. Changes are made in a private index, commits in an object directory of their own,
refs in transactions that are prepared and then given up, pushes into an empty repository; what the hooks write into
the state goes into a copy of it.
"""

import tempfile
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from agentgrid.boundaries.checking import check_commit
from agentgrid.boundaries.migrations.registry import Registry
from agentgrid.boundaries.policy.territory import Territory
from agentgrid.boundaries.verdict import BASE_RULE, BRANCH_RULE, STASH_RULE, severity_of
from agentgrid.boundaries.ways_in import WaysIn
from agentgrid.config.in_force import InForce
from agentgrid.errors import AgentGridError
from agentgrid.git.operations import find_operation
from agentgrid.git.process import Git, Output
from agentgrid.git.repository import Repository
from agentgrid.git.worktree_list import Worktree
from agentgrid.insight.self_test_changes import Choices, ScratchCommits, choose_paths
from agentgrid.store.opening import open_store
from agentgrid.store.rehearsal import hold_rehearsal
from agentgrid.workspace.desks import find_desks
from agentgrid.workspace.naming import branch_name, needs_task
from agentgrid.workspace.sub_worktrees import find_sub_worktrees

OK, FAILED, NOT_APPLICABLE = "ok", "failed", "not-applicable"
_ANY_CODE = range(-64, 256)
_TOPIC = "agentgrid-self-test"


@dataclass(frozen=True)
class Proof:
    """What one `point` did about one `act` in one worktree. `outcome`: ok, failed or not-applicable."""

    agent: str
    worktree: Path
    point: str
    act: str
    outcome: str
    message: str = ""

    def as_json(self) -> dict[str, object]:
        return {
            "agent": self.agent,
            "worktree": str(self.worktree),
            "point": self.point,
            "act": self.act,
            "outcome": self.outcome,
            "message": self.message,
        }


def prove_guards(
    repository: Repository,
    in_force: InForce,
    territory: Territory,
    report: Callable[[str, str], None],
    *,
    agents: Collection[str] | None = None,
) -> list[Proof]:
    """Tries every point of every worktree (or of those of `agents`), one after the other; `report(agent, what)` hears
    of each."""
    places = [(desk.agent, desk.worktree) for desk in find_desks(repository).values()]
    places += [(sub.agent, sub.worktree) for sub in find_sub_worktrees(repository)]
    proofs: list[Proof] = []
    with hold_rehearsal(repository.common_dir) as variables:
        for agent, worktree in places:
            if agent not in (in_force.policy.agents if agents is None else agents) or not worktree.exists:
                continue
            with tempfile.TemporaryDirectory(prefix="agentgrid-self-test-") as scratch:
                trial = _Trial(repository, in_force, territory, agent, worktree, Path(scratch), variables)
                found = list(trial.prove())
            failed = sum(proof.outcome == FAILED for proof in found)
            report(agent, f"{worktree.path}: {len(found)} points tried, {failed} failed")
            proofs += found
    return proofs


class _Trial:
    """One worktree's points."""

    def __init__(
        self,
        repository: Repository,
        in_force: InForce,
        territory: Territory,
        agent: str,
        worktree: Worktree,
        scratch: Path,
        variables: Mapping[str, str],
    ) -> None:
        self._repository = repository
        self._policy = in_force.policy
        self._base = in_force.base
        self._territory = territory
        self._agent = agent
        self._worktree = worktree
        self._scratch = scratch
        self._commits = ScratchCommits(repository, worktree.path, scratch)
        self._git = Git(worktree.path, env={**self._commits.env, **variables})

    def prove(self) -> Iterator[Proof]:
        try:
            yield from self._prove_all()
        except AgentGridError as error:
            yield self._proof("self-test", "preparations", FAILED, error.message)

    def _prove_all(self) -> Iterator[Proof]:
        head = self._worktree.head or self._base.oid
        merged = self._git.run("merge-base", head, self._base.oid, accept=(0, 1)).text or self._base.oid
        chosen = choose_paths(self._repository, self._territory, self._agent, self._base.oid, merged)
        yield from self._prove_commits(head, chosen)
        yield from self._prove_messages(head, chosen)
        yield from self._prove_updates(chosen)
        yield from self._prove_pushes(chosen)

    def _prove_commits(self, head: str, chosen: Choices) -> Iterator[Proof]:
        if chosen.forbidden is None:
            yield self._proof("pre-commit", "a forbidden change", NOT_APPLICABLE, "nothing is forbidden to it")
        else:
            done = self._run_hook("pre-commit", index=self._commits.index(head, chosen.forbidden.path))
            yield self._expect_told(
                "pre-commit", "a forbidden change", chosen.forbidden.rule, chosen.forbidden.severity, done
            )
        why = self._why_not_provable(head)
        if why:
            yield self._proof("pre-commit", "an allowed change", NOT_APPLICABLE, why)
        else:
            done = self._run_hook("pre-commit", index=self._commits.index(head, chosen.allowed))
            yield self._expect_allowed("pre-commit", "an allowed change", done)

    def _prove_messages(self, head: str, chosen: Choices) -> Iterator[Proof]:
        """Both message hooks, on a message that the grid takes and on one that it doesn't."""
        index = self._commits.index(head, chosen.allowed)
        file = self._scratch / "message"
        trailer = f"Agent: {self._agent}"
        for point, more in (("prepare-commit-msg", ("message",)), ("commit-msg", ())):
            file.write_text(f"{self._subject}\n", encoding="utf-8")
            done = self._run_hook(point, str(file), *more, index=index)
            has_trailer = trailer in file.read_text(encoding="utf-8").splitlines()
            said = _first_line(done) if done.code else "" if has_trailer else f"no trailer `{trailer}`"
            yield self._proof(point, f"the trailer `{trailer}`", FAILED if said else OK, said)
        commits = self._policy.grid.commits
        severity = self._severity("message.format")
        if commits is None or severity == "off":
            return
        file.write_text("~\n", encoding="utf-8")
        done = self._run_hook("commit-msg", str(file), index=index)
        yield self._expect_told("commit-msg", "a message of the wrong form", "message.format", severity, done)

    def _prove_updates(self, chosen: Choices) -> Iterator[Proof]:
        point, own = "reference-transaction", f"refs/heads/{self._branch(self._agent)}"
        allowed = self._commit(chosen.allowed)
        if chosen.forbidden is None:
            yield self._proof(point, "a forbidden commit", NOT_APPLICABLE, "nothing is forbidden to it")
        else:
            done = self._try_update(own, self._commit(chosen.forbidden.path))
            yield self._expect_told(point, "a forbidden commit", chosen.forbidden.rule, chosen.forbidden.severity, done)
        yield self._expect_allowed(point, "an allowed commit", self._try_update(own, allowed))
        protected = [
            ("the base", f"refs/heads/{self._base.branch}", BASE_RULE),
            ("the stash", "refs/stash", STASH_RULE),
        ]
        others = [agent for agent in self._policy.agents if agent != self._agent]
        protected += [
            ("another agent's branch", f"refs/heads/{self._branch(agent)}", BRANCH_RULE) for agent in others[:1]
        ]
        for what, ref, rule in protected:
            severity = self._severity(rule)
            if severity == "off":
                yield self._proof(point, f"a move of {what}", NOT_APPLICABLE, f"the policy turns {rule} off")
            else:
                yield self._expect_told(point, f"a move of {what}", rule, severity, self._try_update(ref, allowed))

    def _prove_pushes(self, chosen: Choices) -> Iterator[Proof]:
        server = self._scratch / "server.git"
        Git(self._scratch).run("init", "--quiet", "--bare", "--template=", str(server))
        # What the repository has needs not be sent.
        (server / "objects/info/alternates").write_text(f"{self._repository.common_dir / 'objects'}\n")
        if chosen.forbidden is None:
            yield self._proof("pre-push", "a forbidden commit", NOT_APPLICABLE, "nothing is forbidden to it")
        else:
            done = self._push(server, self._commit(chosen.forbidden.path))
            yield self._expect_told(
                "pre-push", "a forbidden commit", chosen.forbidden.rule, chosen.forbidden.severity, done
            )
        yield self._expect_allowed("pre-push", "an allowed commit", self._push(server, self._commit(chosen.allowed)))

    def _why_not_provable(self, head: str) -> str:
        """Why an allowed change on top of `head` may be refused all the same; empty when it may not."""
        operation = find_operation(self._worktree.admin_dir)
        if operation:
            return f"a {operation.name} is in progress"
        if self._worktree.branch in {None, f"refs/heads/{self._base.branch}"}:
            return "no branch of the agent is checked out"
        report = check_commit(
            self._repository, self._territory, agent=self._agent, base=self._base.oid, head=head, is_dated=False,
            ways_in=WaysIn(None, Registry(open_store(self._repository.common_dir))),
        )  # fmt: skip
        return "its branch breaks a rule already: agentgrid check" if report.errors else ""

    def _run_hook(self, name: str, *arguments: str, index: Path) -> Output:
        given = ("--", *arguments) if arguments else ()
        return self._git.run("hook", "run", name, *given, env={"GIT_INDEX_FILE": str(index)}, accept=_ANY_CODE)

    def _try_update(self, ref: str, new: str) -> Output:
        """Git runs the hook when the transaction is prepared; then it is given up, whatever the hook said."""
        commands = f"start\nupdate {ref} {new}\nprepare\nabort\n"
        return self._git.run("update-ref", "--stdin", stdin=commands.encode(), accept=_ANY_CODE)

    def _push(self, server: Path, oid: str) -> Output:
        ref = f"+{oid}:refs/heads/{self._branch(self._agent)}"
        options = ("-c", "push.recurseSubmodules=no", "-c", "push.gpgSign=false")
        return self._git.run(*options, "push", "--quiet", "--no-follow-tags", str(server), ref, accept=_ANY_CODE)

    def _commit(self, path: bytes | None) -> str:
        return self._commits.commit(self._base.oid, path, f"{self._subject}\n\nAgent: {self._agent}\n")

    @property
    def _subject(self) -> str:
        commits = self._policy.grid.commits
        return commits.example if commits and commits.example else "Try the guard"

    def _branch(self, agent: str) -> str:
        return branch_name(self._policy, agent, _TOPIC, task="T-1" if needs_task(self._policy, agent) else None)

    def _severity(self, rule: str) -> str:
        return severity_of(rule, self._territory.compiled["severity"], self._territory.compiled["unowned"])

    def _expect_told(self, point: str, act: str, rule: str, severity: str, done: Output) -> Proof:
        """Refused, or under a policy that only warns let through with a warning; for the right reason."""
        is_told = f"[{rule}]" in _said(done)
        is_right = is_told and (done.code != 0) == (severity == "error")
        if is_right:
            return self._proof(point, act, OK)
        why = "was let through" if done.code == 0 else f"was refused for another reason: {_first_line(done)}"
        return self._proof(point, act, FAILED, f"{act} {why}" + ("" if is_told else f", without a word of {rule}"))

    def _expect_allowed(self, point: str, act: str, done: Output) -> Proof:
        return self._proof(point, act, FAILED if done.code else OK, _first_line(done) if done.code else "")

    def _proof(self, point: str, act: str, outcome: str, message: str = "") -> Proof:
        return Proof(self._agent, self._worktree.path, point, act, outcome, message)


def _said(done: Output) -> str:
    return done.stderr.decode("utf-8", "replace")


def _first_line(done: Output) -> str:
    lines: Sequence[str] = _said(done).strip().splitlines()
    return lines[0] if lines else f"exit code {done.code}"
