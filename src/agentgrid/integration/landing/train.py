"""The train itself: each branch on top of those before it, checked there; who can't stay is taken out, and why.

Every commit that would land is checked by itself, as the base will stand on it.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace

from agentgrid.git.commit_objects import tree_of
from agentgrid.integration.landing.checks import Checks, short_command
from agentgrid.integration.landing.merging import Builder
from agentgrid.integration.landing.model import Candidate, CheckRun, Ejected, Landed, Step, Tested, Train, Untouched
from agentgrid.integration.landing.rules import as_on_base

_BASE = "@base"


class TrainRun:
    """One attempt to bring `candidates`, in their order, onto `base`."""

    def __init__(self, builder: Builder, checks: Checks, report: Callable[[str, str], None]) -> None:
        self._builder = builder
        self._checks = checks
        self._report = report
        self._landed: list[Landed] = []
        self._ejected: list[Ejected] = []
        self._included: list[Untouched] = []
        self._waiting: list[tuple[Candidate, str]] = []

    def run(self, base: str, candidates: Sequence[Candidate]) -> Train:
        """Builds and tests. Stops where something goes wrong that is nobody's fault: what was tested before stands."""
        queue, tip, trouble = list(candidates), base, ""
        while queue and not trouble:
            candidate = queue.pop(0)
            built = self._builder.build(tip, candidate)
            if isinstance(built, Ejected):
                self._eject(self._with_pair(base, candidate, built))
                continue
            if built.tree == tree_of(self._builder.git, tip):
                self._included.append(Untouched(candidate.agent, "has nothing that those before it didn't bring"))
                continue
            self._report(candidate.agent, f"brought together: {built.commit[:10]}")
            tested = self._checks.test(built.commit, candidate.agent)
            if tested.failure is None:
                self._landed.append(Landed(built, tested))
                tip = built.commit
                queue = [*(each for each, _ in self._waiting), *queue]
                self._waiting.clear()
            else:
                trouble = self._judge(base, built, tested)
        waiting = tuple(
            Untouched(each.agent, why, "mend the base, or land what mends it") for each, why in self._waiting
        )
        rest = tuple(Untouched(each.agent, "not reached") for each in queue) if trouble else ()
        return Train(base, tip, tuple(self._landed), tuple(self._ejected), (*waiting, *rest), trouble,
                     tuple(self._checks.runs), tuple(self._included))  # fmt: skip

    def _judge(self, base: str, step: Step, tested: Tested) -> str:
        """Whose fault a failure is; the machine's is answered in words, and blames nobody."""
        failure, candidate = tested.failure, step.candidate
        assert failure is not None
        if failure.trouble:
            return _blame_nobody(failure, failure.told, failure)
        if step.tip == base or failure.is_suspect:
            before = self._checks.test(step.tip, _BASE if step.tip == base else "@train", upto=failure.command).failure
            if before is not None:
                return self._judge_before(base, step, failure, before)
        reason = f"`{short_command(failure.command)}`: {failure.told}"
        ejected = Ejected(candidate.agent, "checks", reason, _mend(candidate), log=failure.log)
        partner = self._find_partner(base, candidate, failure.command)
        if partner:
            ejected = replace(
                ejected, pair=partner, reason=f"{reason}; {partner} and {candidate.agent} pass alone, and not together",
                hint=f"agentgrid sync {candidate.agent}, mend it there, then: agentgrid land {candidate.agent}",
            )  # fmt: skip
        self._eject(ejected)
        return ""

    def _judge_before(self, base: str, step: Step, failure: CheckRun, before: CheckRun) -> str:
        """The check fails without the branch as well."""
        if before.trouble or before.is_suspect or failure.is_suspect:
            return _blame_nobody(failure, f"{before.told}, without {step.candidate.agent}'s work as well", before)
        if step.tip != base:
            return _blame_nobody(failure, f"passed on {step.tip[:10]} before, and fails there now", before)
        self._waiting.append(
            (
                step.candidate,
                f"the base itself fails `{short_command(failure.command)}` ({before.told}); log: {before.log}",
            )
        )
        self._report(step.candidate.agent, "waits: the base itself fails")
        return ""

    def _with_pair(self, base: str, candidate: Candidate, ejected: Ejected) -> Ejected:
        """Names the branch of this train that it can't be merged with, or that its common paths are behind of now."""
        if ejected.stage not in {"merge", "fence"} or not self._landed:
            return as_on_base(self._builder.rules, candidate, base, ejected)
        if isinstance(self._builder.build(base, candidate), Ejected):
            return ejected  # it doesn't go by itself either
        fails = (each for each in self._landed if isinstance(self._builder.build(each.step.commit, candidate), Ejected))
        partner = next(fails, self._landed[-1]).agent
        hint = f"once {partner} has landed: agentgrid sync {candidate.agent}, then: agentgrid land {candidate.agent}"
        return replace(ejected, pair=partner, reason=f"{ejected.reason}, with {partner}'s work", hint=hint)

    def _find_partner(self, base: str, candidate: Candidate, command: str) -> str | None:
        """Whose work it fails with, when it passes on the base alone: the last of the shortest part of the train with
        which it fails."""
        if not self._landed or not self._passes(base, candidate, command):
            return None
        low, high = 0, len(self._landed)  # passes on the first `low` of them, fails on the first `high`
        while high - low > 1:
            middle = (low + high) // 2
            is_good = self._passes(self._landed[middle - 1].step.commit, candidate, command)
            low, high = (middle, high) if is_good else (low, middle)
        return self._landed[high - 1].agent

    def _passes(self, tip: str, candidate: Candidate, command: str) -> bool:
        built = self._builder.build(tip, candidate, is_trial=True)
        if isinstance(built, Ejected):
            return False
        return self._checks.test(built.commit, candidate.agent, upto=command).failure is None

    def _eject(self, ejected: Ejected) -> None:
        self._ejected.append(ejected)
        self._report(ejected.agent, f"ejected: {ejected.reason}")


def _blame_nobody(failure: CheckRun, what: str, seen: CheckRun) -> str:
    return f"`{short_command(failure.command)}`: {what}; nobody is blamed. Log: {seen.log}"


def _mend(candidate: Candidate) -> str:
    return f"mend it in {candidate.branch}, then: agentgrid land {candidate.agent}"
