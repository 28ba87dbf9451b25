"""What git knows of the work under a lease: commits of its holder that the base doesn't have, or has by now.

Gathered outside of any transaction; `WorkFacts.key` tells whether it still holds. Work has landed when the base has
its commits, or once had its content: squashed, rebased, and also when the base went on from there.
"""

from collections.abc import Callable, Iterable, Sequence

from agentgrid.boundaries.charged import charge_commit
from agentgrid.boundaries.leases.coverage import Coverage
from agentgrid.boundaries.leases.landing import find_unlanded
from agentgrid.boundaries.leases.lease import Commit, Lease, WorkFacts
from agentgrid.boundaries.refs.branches import BranchBook
from agentgrid.config.in_force import InForce
from agentgrid.git.base_ref import resolve_base
from agentgrid.git.repository import Repository
from agentgrid.store.session import Store
from agentgrid.workspace.desks import find_desks
from agentgrid.workspace.naming import agent_of_branch

_MOST_COMMITS = 3


class WorkReader:
    """Asks git about leases, and asks again only what may have changed since."""

    def __init__(self, repository: Repository, store: Store, in_force: Callable[[], InForce]) -> None:
        self._repository = repository
        self._branches = BranchBook(store)
        self._in_force = in_force
        self._known: dict[tuple[object, ...], tuple[tuple[Commit, ...], bool]] = {}

    def gather(self, leases: Iterable[Lease]) -> dict[int, WorkFacts]:
        """Token → what git says, for live leases of agents."""
        wanted = list(leases)
        if not wanted:
            return {}
        base = resolve_base(self._repository, self._in_force().base.branch).oid
        tips = self._tips(base)
        return {lease.token: self._facts(lease, base, tips.get(lease.holder, ())) for lease in wanted}

    def _facts(self, lease: Lease, base: str, tips: Sequence[str]) -> WorkFacts:
        question = (lease.token, lease.work_oid, tuple(pattern.text for pattern in lease.patterns), base, *tips)
        if question not in self._known:
            self._known[question] = self._ask(lease, base, tips)
        return WorkFacts(lease.key, *self._known[question])

    def _ask(self, lease: Lease, base: str, tips: Sequence[str]) -> tuple[tuple[Commit, ...], bool]:
        """(commits that haven't landed, whether all that was done under the lease has)."""
        covered = Coverage([lease])
        commits: dict[str, Commit] = {}
        for tip in tips:
            paths = self._unlanded(covered, base, tip)
            if paths:
                commits |= {each.oid: each for each in self._log(base, tip, paths)}
        if commits or lease.work_oid is None:
            return tuple(commits.values())[:_MOST_COMMITS], False
        noted = self._repository.resolve(lease.work_oid)
        return (), noted is not None and not self._unlanded(covered, base, noted)

    def _unlanded(self, covered: Coverage, base: str, tip: str) -> list[bytes]:
        charged = charge_commit(self._repository, base, tip).charged
        wanted = [each for each in charged if covered.covering(each.path, is_directory=each.is_submodule)]
        return find_unlanded(self._repository.git, base, tip, [each.via or each.path for each in wanted])

    def _log(self, base: str, tip: str, paths: Sequence[bytes]) -> list[Commit]:
        git = self._repository.git
        listed = git.run("--literal-pathspecs", "log", f"--max-count={_MOST_COMMITS}", "--format=%H %s", tip,
                         "--not", base, "--", *paths[:100]).text  # fmt: skip
        return [Commit(*line.split(" ", 1)) for line in listed.splitlines()] or [Commit(tip, "")]

    def _tips(self, base: str) -> dict[str, tuple[str, ...]]:
        """Agent → tips of its branches, here and on remotes, and its worktree's HEAD, where the base lacks them."""
        recorded = self._branches.all_recorded()
        policy = self._in_force().policy
        found: dict[str, dict[str, None]] = {}
        listed = self._repository.git.run("for-each-ref", "--format=%(objectname) %(refname)", f"--no-merged={base}",
                                          "refs/heads", "refs/remotes").text  # fmt: skip
        for line in listed.splitlines():
            oid, _, ref = line.partition(" ")
            name = ref.removeprefix("refs/heads/")
            if name == ref:  # of a remote, whose name comes first
                name = ref.removeprefix("refs/remotes/").partition("/")[2]
            agent = agent_of_branch(policy, name) or recorded.get(name)
            if agent is not None:
                found.setdefault(agent, {})[oid] = None
        for agent, desk in find_desks(self._repository).items():
            head = desk.worktree.head
            if head is not None and head.strip("0"):
                found.setdefault(agent, {})[head] = None
        return {agent: tuple(oids) for agent, oids in found.items()}
