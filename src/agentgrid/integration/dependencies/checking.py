"""`deps check`: the base and all agents' work read, laid over one another, compared."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from agentgrid.git.history import merge_bases
from agentgrid.git.process import Git
from agentgrid.git.repository import Repository
from agentgrid.git.scratch_objects import scratch_objects
from agentgrid.integration.conflicts.model import AgentWork
from agentgrid.integration.dependencies.comparing import Difference, Ranges, find_differences
from agentgrid.integration.dependencies.lock_checks import Disagreement, check_locks
from agentgrid.integration.dependencies.names import alike
from agentgrid.integration.dependencies.sides import Contents, Problem, Side, Use, find_problems, lay_over
from agentgrid.integration.dependencies.surveying import Surveyor
from agentgrid.integration.dependencies.wanted import ECOSYSTEMS
from agentgrid.integration.snapshots.shelf import open_shelf
from agentgrid.integration.snapshots.taking import WorkPlace, take_snapshots

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Survey:
    """Everything that was read. `unknown`: agents whose work can't be told, and why."""

    base: Contents
    sides: tuple[Side, ...]
    unknown: tuple[tuple[str, str], ...] = ()

    @property
    def uses(self) -> list[Use]:
        return lay_over(self.base, self.sides)


@dataclass(frozen=True)
class DepsReport:
    """`manifests`: how many files were read. `packages`: how many packages they name."""

    manifests: int
    packages: int
    differences: tuple[Difference, ...]
    disagreements: tuple[Disagreement, ...]
    problems: tuple[Problem, ...]
    unknown: tuple[tuple[str, str], ...]

    @property
    def is_clean(self) -> bool:
        """Whether nothing stands in the way: different constraints that one version satisfies don't."""
        is_told = not self.problems and not self.unknown
        return is_told and not self.disagreements and not any(each.is_conflict for each in self.differences)


def survey(
    repository: Repository, base_oid: str, places: Sequence[WorkPlace], *, committed_only: bool, progress: Progress
) -> Survey:
    """Reads the base and the work at `places`; nobody's files are touched."""
    with _bench(repository, places, committed_only=committed_only) as (git, works):
        surveyor = Surveyor(git)
        base = surveyor.read(base_oid)
        sides: list[Side] = []
        unknown = [(work.agent, work.problem) for work in works if work.problem]
        for number, work in enumerate(works):
            progress("trees", number, len(works))
            if work.snapshot and not work.problem and work.snapshot != base_oid:
                forks = merge_bases(git, base_oid, [work.snapshot])
                fork = surveyor.read(forks[0] if forks else None)
                sides.append(Side(work.agent, surveyor.read(work.snapshot), fork))
        return Survey(base, tuple(sides), tuple(unknown))


@contextmanager
def _bench(
    repository: Repository, places: Sequence[WorkPlace], *, committed_only: bool
) -> Iterator[tuple[Git, Sequence[AgentWork]]]:
    """Git that sees the snapshots, and the work that they hold."""
    if not places:
        yield repository.git, ()
        return
    with open_shelf(repository) as shelf, scratch_objects(repository, [shelf.objects]) as git:
        yield git, take_snapshots(repository, places, shelf, committed_only=committed_only)


def compare(found: Survey, names: Iterable[str] = ()) -> DepsReport:
    """The report on a survey; `names`: only these packages, in any spelling."""
    wanted = {(ecosystem, alike(ecosystem, name)) for name in names for ecosystem in ECOSYSTEMS}
    uses, ranges = found.uses, Ranges()
    if wanted:
        uses = [use for use in uses if (use.wanted.ecosystem, use.wanted.package) in wanted]
    differences = find_differences(uses, ranges)
    locks = [each for each in check_locks(found.base, found.sides, ranges)
             if not wanted or (each.ecosystem, each.package) in wanted]  # fmt: skip
    problems = [*find_problems(found.base, found.sides), *ranges.problems]
    return DepsReport(
        len({use.path for use in found.uses} | set(found.base.manifests)),
        len({(use.wanted.ecosystem, use.wanted.package) for use in uses}),
        tuple(differences),
        tuple(locks),
        tuple(dict.fromkeys(problems)),
        found.unknown,
    )
