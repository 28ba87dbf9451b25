"""Which packages are asked for at different versions, and whether one version would do for all. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from agentgrid.integration.dependencies.sides import Problem, Use
from agentgrid.integration.dependencies.versions.ranges import Common, Range, find_common, read_range
from agentgrid.integration.dependencies.wanted import Ecosystem, Form, Unread


@dataclass(frozen=True)
class Asked:
    """One constraint, and everybody who asks for it. `text`: as it was written first."""

    text: str
    uses: tuple[Use, ...]


@dataclass(frozen=True)
class Difference:
    """A package that is asked for in different ways, the oldest constraint first. `common`: whether one version would
    do for all that count at the same time. `newest`: the constraint to standardise on, and the form it is written in;
    None where no version is asked for."""

    ecosystem: Ecosystem
    package: str
    asked: tuple[Asked, ...]
    common: Common
    newest: tuple[Form, str] | None

    @property
    def is_conflict(self) -> bool:
        return self.common.state == "none"


class Ranges:
    """Reads each constraint once. `problems`: uses whose constraint can't be understood."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []
        self._known: dict[tuple[Form, str], Range | None] = {}

    def of(self, use: Use) -> Range | None:
        """What the use allows; None when that can't be told, which is noted."""
        wanted = use.wanted
        key = (wanted.form, wanted.constraint)
        if key not in self._known:
            try:
                self._known[key] = read_range(*key)
            except ValueError as error:
                self._known[key] = None
                self.problems.append(Problem(use.path, use.by, Unread(wanted.line, f"{wanted.name}: {error}")))
        elif self._known[key] is None:
            why = f"{wanted.name}: {wanted.constraint!r} can't be understood"
            self.problems.append(Problem(use.path, use.by, Unread(wanted.line, why)))
        return self._known[key]


def find_differences(uses: Iterable[Use], ranges: Ranges) -> list[Difference]:
    """Every package with more than one constraint, by ecosystem and name. Who takes any version is no difference."""
    packages: dict[tuple[Ecosystem, str], list[Use]] = {}
    for use in uses:
        packages.setdefault((use.wanted.ecosystem, use.wanted.package), []).append(use)
    found = (_compare(*package, each, ranges) for package, each in sorted(packages.items()))
    return [each for each in found if each is not None]


def _compare(ecosystem: Ecosystem, package: str, uses: Sequence[Use], ranges: Ranges) -> Difference | None:
    asked: dict[object, list[Use]] = {}
    known: list[tuple[Use, Range]] = []
    for use in uses:
        if use.wanted.source:
            asked.setdefault(use.wanted.source, []).append(use)
        elif use.wanted.constraint and (found := ranges.of(use)) is not None:
            asked.setdefault(found.key, []).append(use)
            known.append((use, found))
    if len(asked) < 2:
        return None
    common = _find_common(known)
    if common.state != "none" and any(use.wanted.source for use in uses):
        common = Common("unknown")
    every = [Asked(each[0].wanted.constraint or each[0].wanted.source, tuple(each)) for each in asked.values()]
    least = {use: found.least for use, found in known}
    every.sort(key=lambda each: _age(each, least))
    return Difference(ecosystem, package, tuple(every), common, find_newest(known))


def _find_common(known: Sequence[tuple[Use, Range]]) -> Common:
    """Constraints under different markers never count at the same time; those without one always do."""
    markers = sorted({use.wanted.marker for use, _ in known})
    groups = [[found for use, found in known if use.wanted.marker in {"", marker}] for marker in markers]
    states = [find_common(group) for group in groups]
    return next((each for each in states if each.state == "none"), states[0] if states else Common("unknown"))


def find_newest(known: Sequence[tuple[Use, Range]]) -> tuple[Form, str] | None:
    """The constraint whose least version is the largest; of several, the one that most ask for, then the tightest
    looking. Requirements under a marker count only where nobody asks without one."""
    plain = [item for item in known if not item[0].wanted.marker] or list(known)
    plain = [item for item in plain if item[1].least is not None and not item[0].wanted.is_exclusion]
    if not plain:
        return None
    top = max(found.least for _, found in plain)
    best = [(use.wanted.form, use.wanted.constraint, found.key) for use, found in plain if found.least == top]
    keys = [key for _, _, key in best]
    form, text, _ = max(best, key=lambda each: (keys.count(each[2]), each[1].startswith("="), each[1]))
    return form, text


def _age(asked: Asked, least: dict[Use, object]) -> tuple[bool, object, str]:
    found = next((least[use] for use in asked.uses if least.get(use) is not None), None)
    return found is None, found if found is not None else 0, asked.text
