"""A compiled policy as one chart: how every path stands, with all precedence and every carve-out worked in.

Lists are laid over one another from the weakest to the strongest: what agents own, common code, its stewards, frozen.
Where a list's `!` carves out, what was below it shows again. Equal to `Territory.place` on every path of a file.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from agentgrid.boundaries.codeowners.areas import Area, area_covers, area_of
from agentgrid.boundaries.codeowners.chart import Chart, Line
from agentgrid.boundaries.codeowners.names import TooIntricateError
from agentgrid.boundaries.patterns.parsing import parse_pattern
from agentgrid.boundaries.policy.territory import COMMON, FROZEN, OWNED, SHARED_CONFLICT, UNOWNED, Territory
from agentgrid.errors import ConfigError, ConfigProblem


@dataclass(frozen=True, slots=True)
class Holding:
    """How a path stands. `agents`: the owner, all claimants, or all stewards of common code, in the policy's order."""

    state: str
    agents: tuple[str, ...] = ()


NOBODYS = Holding(UNOWNED)
_SMALL = 50
_Overlay = Callable[[Holding], Holding]


def chart_holdings(territory: Territory) -> Chart[Holding]:
    """The chart of a territory; the origin of a line is the numbers of the rules behind it. Raises ConfigError for a
    rule that overlaps with others in too many ways."""
    charting = _Charting(territory)
    overlays: list[tuple[str, Callable[[str], _Overlay]]] = [
        ("owns", _claim), ("common", lambda _: _share), ("steward", _look_after), ("frozen", lambda _: _freeze),
    ]  # fmt: skip
    for wanted, overlay in overlays:
        for number, (kind, agent, _tier) in enumerate(territory.compiled["lists"]):
            if kind == wanted:
                charting.lay_list(number, overlay(agent))
    return charting.chart.simplified()


def _claim(agent: str) -> _Overlay:
    def claimed(below: Holding) -> Holding:
        if below.state == UNOWNED or below.agents == (agent,):
            return Holding(OWNED, (agent,))
        return Holding(SHARED_CONFLICT, (*(one for one in below.agents if one != agent), agent))

    return claimed


def _share(_below: Holding) -> Holding:
    return Holding(COMMON)


def _look_after(agent: str) -> _Overlay:
    return lambda below: Holding(COMMON, (*below.agents, agent) if below.state == COMMON else (agent,))


def _freeze(_below: Holding) -> Holding:
    return Holding(FROZEN)


class _Charting:
    def __init__(self, territory: Territory) -> None:
        self.chart: Chart[Holding] = Chart(NOBODYS)
        self._territory = territory
        compiled = territory.compiled
        self._texts = [territory.explain(rule)[0] for rule in range(len(compiled["list_of"]))]
        self._negated = compiled["negated"]
        self._services = {rule: service for service, rules in compiled["references"].items() for rule in rules}
        self._rules: dict[int, list[int]] = {}
        for rule, number in enumerate(compiled["list_of"]):
            self._rules.setdefault(number, []).append(rule)
        self._hiding: Chart[int] = Chart(0)  # patterns of the list that is being laid, with their rules
        self._tidy_size = _SMALL

    def lay_list(self, number: int, overlay: _Overlay) -> None:
        """Lays a list over the chart; its carve-outs show the chart as it was before."""
        below = self.chart.copy()
        rules = self._rules.get(number, [])
        patterns = [rule for rule in rules if rule not in self._services]
        self._hiding = Chart(0, [Line(self._area(rule), rule) for rule in patterns])
        for rule in rules:
            is_carved = rule in self._negated
            shown: _Overlay = _as_it_is if is_carved else overlay
            service = self._services.get(rule)
            try:
                if service is None:
                    self._put(below.within(self._area(rule)), shown, (rule,))
                else:
                    self._lay_service(service, below, shown, rule)
            except TooIntricateError as error:
                raise self._too_intricate(rule) from error
        self._tidy()

    def _lay_service(self, service: int, below: Chart[Holding], overlay: _Overlay, reference: int) -> None:
        """A service's name in a list stands for all its paths; what the service carves out stays as it was."""
        before = self.chart.copy()
        for rule in self._rules.get(service, []):
            source, shown = (before, _as_it_is) if rule in self._negated else (below, overlay)
            self._put(source.within(self._area(rule)), shown, (reference, rule))

    def _put(self, lines: Iterable[Line[Holding]], overlay: _Overlay, origin: tuple[int, ...]) -> None:
        """Puts them down, but for those that a later rule of the list decides anyway."""
        for line in lines:
            value = overlay(line.value)
            if not self._is_hidden(line.area, origin[0]) and not self.chart.says(line.area, value):
                self.chart.add(Line(line.area, value, (*line.origin, *origin)))

    def _is_hidden(self, area: Area, rule: int) -> bool:
        for later in self._hiding.near(area):
            if later.value <= rule:
                return False
            if area_covers(later.area, area):
                return True
        return False

    def _tidy(self) -> None:
        if len(self.chart.lines) > 2 * self._tidy_size:
            self.chart = self.chart.simplified()
            self._tidy_size = max(_SMALL, len(self.chart.lines))

    def _too_intricate(self, rule: int) -> ConfigError:
        text, file, line = self._territory.explain(rule)
        problem = ConfigProblem(
            file, line, "", f"{text!r} overlaps with other rules in more ways than can be told apart"
        )
        return ConfigError([problem], hint="patterns with fewer wildcards overlap less")

    def _area(self, rule: int) -> Area:
        return area_of(parse_pattern(self._texts[rule]))


def _as_it_is(below: Holding) -> Holding:
    return below
