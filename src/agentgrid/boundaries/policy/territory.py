"""Whose a path is, under a compiled policy. On the hook path: builtins only.

Each path has exactly one state: frozen > common > owned by one agent (or claimed by several) > unowned.
"""

import marshal

from agentgrid.boundaries.patterns.matching import Matcher

FROZEN = "frozen"
COMMON = "common"
OWNED = "owned"
SHARED_CONFLICT = "shared-conflict"
UNOWNED = "unowned"


class Place:
    """Where one path stands. `owner`: an agent's id, or None. `tier`: critical, support, common or None. `rule`: the
    number of the rule that decided, or None. `claimants`: every agent whose rules claim it. `is_derived`: a
    generated file that anyone may change."""

    __slots__ = ("claimants", "is_derived", "owner", "path", "rule", "state", "tier")

    def __init__(
        self,
        path: bytes,
        state: str,
        owner: str | None = None,
        tier: str | None = None,
        rule: int | None = None,
        claimants: tuple[str, ...] = (),
        is_derived: bool = False,  # noqa: FBT001, FBT002
    ) -> None:
        self.path = path
        self.state = state
        self.owner = owner
        self.tier = tier
        self.rule = rule
        self.claimants = claimants
        self.is_derived = is_derived


class Territory:
    """Places paths. `compiled`: the value that `compiled.compile_policy` makes."""

    __slots__ = ("_list_of", "_lists", "_matcher", "_negated", "_references", "compiled")

    def __init__(self, compiled: dict) -> None:  # type: ignore[type-arg]
        self.compiled = compiled
        self._matcher = Matcher(compiled["nodes"])
        self._lists = compiled["lists"]
        self._list_of = compiled["list_of"]
        self._negated = compiled["negated"]
        self._references = compiled["references"]

    def place(self, path: bytes, is_directory: bool = False) -> Place:  # noqa: FBT001, FBT002
        """Places `path` (bytes below the root). `is_directory`: a submodule link."""
        decided = self._deciding_rules(path, is_directory)
        frozen = common = steward = None
        derived = False
        owners: dict[str, tuple[str, int]] = {}
        lists = self._lists
        for number in sorted(decided):
            kind, agent, tier = lists[number]
            rule = decided[number]
            if kind == "owns":
                owners.setdefault(agent, (tier, rule))  # critical stands before support
            elif kind == "frozen":
                frozen = rule
            elif kind == "common":
                common = rule
            elif kind == "steward":
                steward = steward or (agent, rule)
            elif kind == "derived":
                derived = True
        if frozen is not None:
            return Place(path, FROZEN, None, None, frozen, (), derived)
        if steward is not None:
            return Place(path, COMMON, steward[0], "common", steward[1], (), derived)
        if common is not None:
            return Place(path, COMMON, None, "common", common, (), derived)
        if not owners:
            return Place(path, UNOWNED, is_derived=derived)
        owner, (tier, rule) = next(iter(owners.items()))
        if len(owners) > 1:
            return Place(path, SHARED_CONFLICT, None, None, rule, tuple(owners), derived)
        return Place(path, OWNED, owner, tier, rule, (owner,), derived)

    def place_folder(self, path: bytes) -> Place:
        """Places a folder as a new file in it would stand; `.` is the root."""
        place = self.place(b"." if path == b"." else path + b"/.")  # a name that no pattern spells out
        place.path = path
        return place

    def is_trusted_with_secrets(self, path: bytes) -> bool:
        """Whether nothing in the file is taken for a secret by its looks (`secrets.allow`)."""
        return any(self._lists[number][0] == "trusted" for number in self._deciding_rules(path, False))

    def explain(self, rule: int) -> tuple[str, str, int]:
        """The rule as it was written: (text, file, line)."""
        text, file, line = marshal.loads(self.compiled["details"])[rule]  # noqa: S302 - our own file
        return text, file, line

    def matching_rules(self, path: bytes, is_directory: bool = False) -> list[int]:  # noqa: FBT001, FBT002
        """Numbers of every pattern rule that matches, whether it decides or not."""
        return self._matcher.hits(path, is_directory)

    def idle_rules(self, matched: set[int]) -> list[int]:
        """Rules that are not in `matched` though they say what belongs to whom; `!` and services' names aside."""
        silent = matched.union(self._negated, *self._references.values())
        unspoken = {number for number, facts in enumerate(self._lists) if facts[0] in {"derived", "frozen", "trusted"}}
        return [rule for rule, number in enumerate(self._list_of) if number not in unspoken and rule not in silent]

    def _deciding_rules(self, path: bytes, is_directory: bool) -> dict[int, int]:  # noqa: FBT001
        """List → the last of its rules that matches, where that is not a `!`."""
        last: dict[int, int] = {}
        list_of, negated = self._list_of, self._negated
        for rule in self._matcher.hits(path, is_directory):
            number = list_of[rule]
            if last.get(number, -1) < rule:
                last[number] = rule
        for service in [number for number in last if number in self._references]:
            if last[service] not in negated:
                for rule in self._references[service]:
                    number = list_of[rule]
                    if last.get(number, -1) < rule:
                        last[number] = rule
        return {number: rule for number, rule in last.items() if rule not in negated}
