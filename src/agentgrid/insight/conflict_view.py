"""Conflicts as they are looked at: the matrix, the worst pairs, the counts, the order. Terminal, JSON, Markdown and
HTML show what stands here, so that no two of them differ. Pure."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from agentgrid.integration.conflicts.model import (
    BASE,
    LEVELS,
    AgentWork,
    ConflictReport,
    Level,
    Meeting,
    Pair,
    ProposedOrder,
)

BAD_LEVELS: frozenset[Level] = frozenset({"conflict", "unknown"})
"""Those that somebody has to look at before it lands."""


@dataclass(frozen=True)
class PairCell:
    """Where two meet. `level`: None where they were not compared, because nobody asked. `files`: in how many."""

    a: str
    b: str
    level: Level | None
    files: int = 0


@dataclass(frozen=True)
class MatrixRow:
    """One agent: against the base, and against each agent above it."""

    work: AgentWork
    base: PairCell
    cells: tuple[PairCell, ...]


@dataclass(frozen=True)
class Station:
    """One stop of the proposed order. `clashes`: paths that don't merge once all before it have landed.
    `is_surprise`: no pair of it with one of those conflicts, only all of them together."""

    position: int
    agent: str
    clashes: tuple[bytes, ...] = ()
    is_surprise: bool = False


@dataclass(frozen=True)
class ConflictView:
    """The whole picture. `worst`: every pair that isn't clean, worst first; within one, its files worst first.
    `counts`: level → how many pairs, those with the base too."""

    report: ConflictReport
    rows: tuple[MatrixRow, ...]
    worst: tuple[Pair, ...]
    counts: Mapping[Level, int]
    stations: tuple[Station, ...]

    @property
    def order(self) -> ProposedOrder | None:
        return self.report.order

    @property
    def problems(self) -> tuple[AgentWork, ...]:
        """Agents whose work could not be looked at."""
        return tuple(row.work for row in self.rows if row.work.problem)

    @property
    def is_clean(self) -> bool:
        """Whether all of it can land as it is. What isn't known is not clean."""
        meets = any(self.counts[level] for level in BAD_LEVELS)
        return not (meets or self.problems or any(each.clashes for each in self.stations))


def view_conflicts(report: ConflictReport) -> ConflictView:
    """What there is to show of a report."""
    known = {frozenset((pair.a, pair.b)): pair for pair in report.pairs}
    blind = {work.agent for work in report.agents if work.problem}
    rows = tuple(
        MatrixRow(
            work,
            _cell(known, blind, work.agent, BASE),
            tuple(_cell(known, blind, work.agent, other.agent) for other in report.agents[:position]),
        )
        for position, work in enumerate(report.agents)
    )
    seen = Counter(cell.level for row in rows for cell in (row.base, *row.cells) if cell.level is not None)
    counts: dict[Level, int] = {level: seen[level] for level in LEVELS}
    return ConflictView(report, rows, _rank(report.pairs), counts, _stations(report))


def count_conflicts(view: ConflictView) -> dict[str, int]:
    """Agent → with how many it conflicts, or can't be compared; the base is one of them."""
    counts = {row.work.agent: 0 for row in view.rows}
    for row in view.rows:
        for cell in (row.base, *row.cells):
            if cell.level in BAD_LEVELS:
                counts[cell.a] += 1
                if cell.b in counts:
                    counts[cell.b] += 1
    return counts


def _cell(known: Mapping[frozenset[str], Pair], blind: set[str], agent: str, other: str) -> PairCell:
    """Nobody whose work can't be seen is shown as clean."""
    pair = known.get(frozenset((agent, other)))
    if pair is None:
        return PairCell(agent, other, "unknown" if blind & {agent, other} else None)
    return PairCell(agent, other, pair.level, len(pair.files))


def _rank(pairs: tuple[Pair, ...]) -> tuple[Pair, ...]:
    """Worst level first; then those that meet badly in most files; then as the report has them."""
    met = [pair for pair in pairs if pair.level != "clean"]
    ranked = sorted(met, key=lambda pair: (-LEVELS.index(pair.level), -_bad_files(pair), -len(pair.files)))
    return tuple(Pair(pair.a, pair.b, pair.level, _rank_files(pair.files), pair.problem) for pair in ranked)


def _rank_files(files: tuple[Meeting, ...]) -> tuple[Meeting, ...]:
    return tuple(sorted(files, key=lambda file: (-LEVELS.index(file.level), file.path)))


def _bad_files(pair: Pair) -> int:
    return sum(file.level == pair.level for file in pair.files)


def _stations(report: ConflictReport) -> tuple[Station, ...]:
    order = report.order
    if order is None:
        return ()
    clashes = dict(order.together)
    bad = {frozenset((pair.a, pair.b)) for pair in report.pairs if pair.level in BAD_LEVELS}
    return tuple(
        Station(
            position + 1,
            agent,
            clashes.get(agent, ()),
            agent in clashes and not any({agent, other} in bad for other in (BASE, *order.agents[:position])),
        )
        for position, agent in enumerate(order.agents)
    )
