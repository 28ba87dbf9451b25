"""The whole picture of a grid: snapshots of all agents, every pair judged, the order to land in."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from contextlib import contextmanager
from dataclasses import dataclass, field

from agentgrid.git.process import Git
from agentgrid.git.repository import Repository
from agentgrid.git.scratch_objects import scratch_objects
from agentgrid.integration.conflicts.field import Field, survey
from agentgrid.integration.conflicts.memory import Memory, merge_settings, open_memory
from agentgrid.integration.conflicts.model import AgentWork, ConflictReport
from agentgrid.integration.conflicts.pairs import Beyond, Means, find_pairs
from agentgrid.integration.order.train import Queue, propose_order
from agentgrid.integration.snapshots.shelf import Shelf, open_shelf
from agentgrid.integration.snapshots.taking import WorkPlace, take_snapshots

Progress = Callable[[str, int, int], None]
"""What is being done, how much of it is done, of how much."""


def unheard(_what: str, _done: int, _all: int) -> None:
    """Progress that nobody watches."""


@dataclass(frozen=True)
class Options:
    """`committed_only`: leaves uncommitted work out. `with_order`: proposes one, in which agents come after those that
    `after` names for them. `beyond`: see `Means`. `progress` hears from several threads."""

    committed_only: bool = False
    with_order: bool = True
    after: Mapping[str, AbstractSet[str]] = field(default_factory=dict)
    beyond: Beyond | None = None
    progress: Progress = unheard


@dataclass(frozen=True)
class Bench:
    """What the look takes place at: `git` with scratch objects that sees the snapshots on `shelf`."""

    git: Git
    shelf: Shelf
    memory: Memory


@contextmanager
def open_bench(repository: Repository) -> Iterator[Bench]:
    """Everything that is needed to try merges out; afterwards only snapshots and what was learnt are kept."""
    with (
        open_shelf(repository) as shelf,
        scratch_objects(repository, [shelf.objects]) as git,
        open_memory(repository, merge_settings(git)) as memory,
    ):
        yield Bench(git, shelf, memory)


def find_conflicts(
    repository: Repository, places: Sequence[WorkPlace], base: tuple[str, str], options: Options
) -> ConflictReport:
    """The report on the work of `places` against each other and against `base` (branch name, commit)."""
    with open_bench(repository) as bench:
        ground = gather(repository, bench, places, base[1], options)
        means = Means(
            bench.git, bench.memory, options.beyond, lambda done, all_: options.progress("merges", done, all_)
        )
        pairs = find_pairs(ground, means)
        order = None
        if options.with_order:
            options.progress("order", 0, 1)
            queue = Queue(ground.ancestry.started_at, options.after)
            order = propose_order(bench.git, ground.works, pairs, base[1], queue, bench.memory)
        return ConflictReport(*base, ground.works, pairs, order)


def find_works(
    repository: Repository, places: Sequence[WorkPlace], base_oid: str, options: Options
) -> tuple[AgentWork, ...]:
    """What each place has that the base doesn't."""
    with open_bench(repository) as bench:
        return gather(repository, bench, places, base_oid, options).works


def gather(repository: Repository, bench: Bench, places: Sequence[WorkPlace], base_oid: str, options: Options) -> Field:
    """Takes the snapshots and finds where their histories meet."""
    options.progress("snapshots", 0, len(places))
    works = take_snapshots(repository, places, bench.shelf, committed_only=options.committed_only)
    options.progress("snapshots", len(places), len(places))
    return survey(bench.git, works, base_oid)
