"""A CODEOWNERS file as a policy: which handle is which agent, and the patterns that give every path to whom the file
gives it.

One owner: the agent's. Several owners who are several agents: common code, and each of them its steward. Nobody: carved
out of every list. Handles that the grid names for common or frozen code (`codeowners:`) are read back as that. Each
agent's list decides by itself, so a line of the file is carved out of every other list that it meets.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import partial

from agentgrid.boundaries.codeowners.agent_handles import find_known_handles, name_agents
from agentgrid.boundaries.codeowners.areas import closed, do_areas_meet, is_closed, strictly_below
from agentgrid.boundaries.codeowners.chart import Chart, Line
from agentgrid.boundaries.codeowners.holdings import NOBODYS, Holding
from agentgrid.boundaries.codeowners.names import TooIntricateError
from agentgrid.boundaries.codeowners.reading import OwnersFile, OwnersLine
from agentgrid.boundaries.codeowners.wording import word_gitignore
from agentgrid.boundaries.policy.territory import COMMON, FROZEN, OWNED
from agentgrid.config.owner_handles import same_handle
from agentgrid.config.policy import Policy
from agentgrid.errors import ConfigError, ConfigProblem

PatternList = tuple[str, ...]


@dataclass(frozen=True)
class ProposedAgent:
    """`critical`: what it owns. `common`: what it is a steward of. `handles`: who it is in the file."""

    agent: str
    handles: tuple[str, ...]
    is_new: bool
    critical: PatternList
    common: PatternList


@dataclass(frozen=True)
class Proposal:
    """`common`, `frozen`: the grid's lists, as far as the file says anything of them. `notes`: what was read
    otherwise than somebody might expect. `chart`: how every path stands by the file."""

    agents: tuple[ProposedAgent, ...]
    common: PatternList
    frozen: PatternList
    notes: tuple[str, ...]
    chart: Chart[Holding] = field(repr=False, compare=False)


def propose_policy(file: OwnersFile, policy: Policy) -> Proposal:
    """What `file` says, as lists of patterns; agents of `policy` stand for the handles that they name.

    Raises ConfigError with every line that patterns can't say, or whose handles can't be told from others.
    """
    people = _People(file, policy)
    chart: Chart[Holding] = Chart(NOBODYS)
    for line in file.lines:
        chart.add(Line(line.area, people.holding(line), (line.number,)))
    if people.problems:
        raise ConfigError(people.problems, hint="each handle stands for one agent, or for the grid")
    writing = _Writing(file, chart.simplified())
    agents = tuple(
        ProposedAgent(
            agent,
            people.handles[agent],
            agent not in policy.agents,
            writing.patterns(partial(_is_held, OWNED, agent)),
            writing.patterns(partial(_is_held, COMMON, agent)),
        )
        for agent in people.handles
    )
    common = writing.patterns(lambda held: held == Holding(COMMON))
    frozen = writing.patterns(lambda held: held.state == FROZEN)
    if writing.problems:
        raise ConfigError(
            list(writing.problems.values()), hint="nothing was left out: lists without these would differ"
        )
    return Proposal(agents, common, frozen, tuple(people.notes), writing.chart)


def _is_held(state: str, agent: str, held: Holding) -> bool:
    return held.state == state and agent in held.agents


class _Writing:
    """Lists of patterns out of the chart of a file. `problems`: line → what can't be said of it."""

    def __init__(self, file: OwnersFile, chart: Chart[Holding]) -> None:
        self.chart = chart
        self.problems: dict[int, ConfigProblem] = {}
        self._file = file

    def patterns(self, is_listed: Callable[[Holding], bool]) -> PatternList:
        """The list that matches what `is_listed`."""
        listed: Chart[bool] = Chart(default=False)
        for line in self.chart.lines:
            try:
                self._add(listed, line, is_listed=is_listed(line.value))
            except TooIntricateError:
                self._complain(line, "overlaps with other lines in more ways than patterns could say")
        return tuple(f"{'' if line.value else '!'}{word_gitignore(line.area)}" for line in listed.simplified().lines)

    def _add(self, listed: Chart[bool], line: Line[Holding], *, is_listed: bool) -> None:
        """Where a line ends at one level, what is below keeps what it had: gitignore patterns always take that too."""
        whole = closed(line.area)
        if listed.says(whole, is_listed):
            return
        kept: list[Line[bool]] = []
        if not is_closed(line.area):
            below = strictly_below(line.area)
            kept = [] if listed.says(below, is_listed) else listed.within(below)
            if kept and do_areas_meet(line.area, below):
                self._complain(line, "is one level of folders that may stand in one another: no patterns say just that",
                               hint="a final slash instead of the star takes all levels")  # fmt: skip
                return
        listed.add(Line(whole, is_listed, line.origin))
        for each in kept:
            listed.add(Line(each.area, each.value, line.origin))

    def _complain(self, line: Line[Holding], message: str, *, hint: str | None = None) -> None:
        number = line.origin[-1]
        pattern = next(each.pattern for each in self._file.lines if each.number == number)
        problem = ConfigProblem(self._file.name, number, "", f"{pattern!r} {message}", hint=hint)
        self.problems.setdefault(number, problem)


class _People:
    """Who the handles of a file are. `handles`: agent → its handles, in the order of the policy and then of the
    file."""

    def __init__(self, file: OwnersFile, policy: Policy) -> None:
        self.notes: list[str] = []
        self._file = file
        self._known, self.problems = find_known_handles(policy)
        grid = policy.grid.codeowners
        self._common, self._frozen = _handle_set(grid.common or ()), _handle_set(grid.frozen or ())
        self.handles = {agent.id: agent.codeowners for agent in policy.agents.values() if agent.codeowners}
        self._name_the_others(policy)

    def holding(self, line: OwnersLine) -> Holding:
        owners = _handle_set(line.owners)
        if not owners:
            return NOBODYS
        agents = tuple(agent for agent in self.handles if owners & _handle_set(self.handles[agent]))
        if owners <= self._common and owners == self._frozen and not agents:
            self._complain(line, "stands for common and for frozen code: give one of them another handle")
        if owners == self._frozen and not agents:
            return Holding(FROZEN)
        self._compare(line, owners, agents)
        if len(agents) == 1 and not owners & self._common:
            return Holding(OWNED, agents)
        if len(agents) > 1:
            self._note(line, f"common code, {' and '.join(agents)} are its stewards")
        return Holding(COMMON, agents)

    def _compare(self, line: OwnersLine, owners: frozenset[str], agents: tuple[str, ...]) -> None:
        """An agent's handles stand for it together, and so do those of common code."""
        expected = {handle for agent in agents for handle in map(same_handle, self.handles[agent])}
        expected |= self._common if owners & self._common else set()
        missing = sorted(expected - owners)
        if missing:
            self._note(line, f"read as if {', '.join(missing)} were there too, who stand together with the others")

    def _name_the_others(self, policy: Policy) -> None:
        unknown: dict[str, str] = {}
        for line in self._file.lines:
            for owner in line.owners:
                handle = same_handle(owner)
                is_the_grids = handle in self._common or (
                    handle in self._frozen and _handle_set(line.owners) == self._frozen
                )
                if handle not in self._known and not is_the_grids:
                    unknown.setdefault(handle, owner)
        for owner, agent in name_agents(unknown.values(), policy.agents).items():
            self.handles[agent] = (owner,)

    def _complain(self, line: OwnersLine, message: str) -> None:
        self.problems.append(ConfigProblem(self._file.name, line.number, "", f"{' '.join(line.owners)} {message}"))

    def _note(self, line: OwnersLine, message: str) -> None:
        self.notes.append(f"{self._file.name}:{line.number}: {line.pattern} {' '.join(line.owners)}: {message}")


def _handle_set(handles: Iterable[str]) -> frozenset[str]:
    return frozenset(map(same_handle, handles))
