"""A policy as the text of a CODEOWNERS file that decides every path as the map does, or all the reasons why none can.

What a file of code owners can't say (a character range, two claims on one path, an agent without a handle) is an error
that names the rule, never left out.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from agentgrid.boundaries.codeowners.areas import area_of
from agentgrid.boundaries.codeowners.chart import Chart, Line
from agentgrid.boundaries.codeowners.holdings import Holding, chart_holdings
from agentgrid.boundaries.codeowners.names import TooIntricateError
from agentgrid.boundaries.codeowners.reading import LIMIT_BYTES
from agentgrid.boundaries.codeowners.wording import UnsayableError, word_codeowners
from agentgrid.boundaries.patterns.parsing import PatternError, parse_pattern
from agentgrid.boundaries.policy.territory import COMMON, FROZEN, SHARED_CONFLICT, Territory
from agentgrid.config.policy import Policy
from agentgrid.errors import ConfigError, ConfigProblem, InputError
from agentgrid.git.paths import show_path

HEADER = """\
# Made by `agentgrid map --export codeowners` from agentgrid.yaml and the agents' files: change those instead.
# The last line that matches decides; a line without owners takes them away.
"""


@dataclass(frozen=True)
class OwnersExport:
    """`lines`: (pattern, owners), the last that matches decides. `text`: the whole file."""

    lines: tuple[tuple[str, tuple[str, ...]], ...]
    text: str

    def as_json(self) -> dict[str, object]:
        return {
            "lines": [{"pattern": pattern, "owners": list(owners)} for pattern, owners in self.lines],
            "text": self.text,
        }


def export_owners(policy: Policy, territory: Territory, links: Iterable[bytes]) -> OwnersExport:
    """The file for `policy`; `territory` is the same policy compiled, `links` the submodule links of the tree.

    Raises ConfigError with everything that can't be said, InputError when it would be too large.
    """
    chart = chart_holdings(territory)
    wording = _Wording(policy, territory)
    lines = wording.word(chart)
    if wording.problems:
        raise ConfigError(wording.problems, hint="nothing was left out: a file without these would decide otherwise")
    rows = [" ".join((pattern, *owners)) for pattern, owners in lines]
    text = "\n".join([*HEADER.splitlines(), *rows]) + "\n"
    if len(text.encode()) >= LIMIT_BYTES:
        raise InputError("the file would have 3 MB or more: GitHub doesn't load it",
                         hint="patterns with wildcards say more in less")  # fmt: skip
    _require_links(chart, links, territory)
    return OwnersExport(lines, text)


class _Wording:
    def __init__(self, policy: Policy, territory: Territory) -> None:
        self.problems: list[ConfigProblem] = []
        self._policy = policy
        self._territory = territory
        self._told: set[tuple[object, ...]] = set()

    def word(self, chart: Chart[Holding]) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """(pattern, owners) for each line; what can't be said of one that decides something is a problem."""
        worded: list[tuple[str, tuple[str, ...]]] = []
        for number, line in enumerate(chart.lines):
            if line.value.state == SHARED_CONFLICT:
                self._tell_overlap(line, _look_for_witness(chart, number))
                continue
            try:
                worded.append((word_codeowners(line.area), self._owners(line.value)))
            except UnsayableError as error:
                self._tell_unsayable(line, error, _look_for_witness(chart, number))
        return tuple(worded)

    def _owners(self, holding: Holding) -> tuple[str, ...]:
        """Everybody who stands behind such a path."""
        handles = [handle for agent in holding.agents for handle in self._of_agent(agent)]
        if holding.state in {COMMON, FROZEN}:
            handles += self._of_grid(holding.state)
        return tuple(dict.fromkeys(handles))

    def _of_agent(self, agent: str) -> tuple[str, ...]:
        handles = self._policy.agents[agent].codeowners
        if not handles:
            hint = 'add a line such as `codeowners: "@org/team"`'
            message = f"nobody is named for what is {agent}'s"
            self._tell_once(self._policy.problem(agent, ("codeowners",), message, hint=hint))
        return handles

    def _of_grid(self, state: str) -> tuple[str, ...]:
        owners = self._policy.grid.codeowners
        handles = owners.common if state == COMMON else owners.frozen
        if handles is None:
            hint = f'add `codeowners: {{{state}: "@org/team"}}`, or [] for nobody'
            path = ("codeowners", state)
            self._tell_once(self._policy.problem(None, path, f"nobody is named for {state} paths", hint=hint))
        return handles or ()

    def _tell_overlap(self, line: Line[Holding], witness: bytes | None) -> None:
        """At the rule that was written last."""
        if witness is None:
            return
        rules = [rule for rule in dict.fromkeys(line.origin) if self._claimant(rule) in line.value.agents]
        text, file, number = self._territory.explain(rules[-1])
        others = " and ".join("{!r} ({}:{})".format(*self._territory.explain(rule)) for rule in rules[:-1])
        example = f", such as {show_path(witness)}" if witness else ""
        self._tell_once(ConfigProblem(
            file, number, "",
            f"{text!r} and {others} can match one path{example}, claimed by {' and '.join(line.value.agents)}",
            hint="carve it out of one of them with `!`"))  # fmt: skip

    def _claimant(self, rule: int) -> str | None:
        """The agent that a rule gives something to."""
        compiled = self._territory.compiled
        kind, agent, _tier = compiled["lists"][compiled["list_of"][rule]]
        return agent if kind == "owns" and rule not in compiled["negated"] else None

    def _tell_unsayable(self, line: Line[Holding], error: UnsayableError, witness: bytes | None) -> None:
        """At each rule that can't be said by itself; else they can't where they meet."""
        if witness is None:
            return
        rules = [self._territory.explain(rule) for rule in dict.fromkeys(line.origin)]
        for text, file, number in [rule for rule in rules if not _is_sayable(rule[0])] or rules:
            self._tell_once(ConfigProblem(file, number, "", f"{text!r}: {error}"))

    def _tell_once(self, problem: ConfigProblem) -> None:
        key = (problem.file, problem.line, problem.key, problem.message)
        if key not in self._told:
            self._told.add(key)
            self.problems.append(problem)


def _look_for_witness(chart: Chart[Holding], number: int) -> bytes | None:
    """A path that this line decides; empty where there may be one, None where there is none."""
    try:
        return chart.find_decided(number)
    except TooIntricateError:
        return b""


def _is_sayable(text: str) -> bool:
    try:
        word_codeowners(area_of(parse_pattern(text)))
    except UnsayableError:
        return False
    except PatternError:  # a service's name
        return True
    return True


def _require_links(chart: Chart[Holding], links: Iterable[bytes], territory: Territory) -> None:
    """A submodule's link is a folder to a map. What it is to a CODEOWNERS file isn't documented: where a link that is
    there would have other owners as a file or as a folder, that is an error."""
    unclear = [f"/{show_path(link)}" for link in links if not _is_clear(chart, link, territory)]
    if unclear:
        raise InputError(f"a submodule's link would have other owners as a file than as a folder: {', '.join(unclear)}",
                         hint="add just these to the lists that are to have them")  # fmt: skip


def _is_clear(chart: Chart[Holding], link: bytes, territory: Territory) -> bool:
    place = territory.place(link, is_directory=True)
    held = chart.at(link)
    is_same = (held.state, held.agents[:1]) == (place.state, (place.owner,) if place.owner else ())
    return is_same and chart.at(link + b"/.") == held
