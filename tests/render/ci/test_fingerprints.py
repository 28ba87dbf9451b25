"""Fingerprints: one a finding, the same whatever the run."""

import random

from agentgrid.boundaries.findings import Finding
from agentgrid.render.ci.fingerprints import fingerprints
from support.reports import STRANGE, about_message, finding, strange_report


def by_fingerprint(findings: list[Finding]) -> dict[str, Finding]:
    made = dict(zip(fingerprints(findings), findings, strict=True))
    assert len(made) == len(findings)
    return made


def test_the_order_of_findings_does_not_matter() -> None:
    found = [*strange_report().findings, *(finding(rule="lock.stale"), finding(owner="a3"))]
    shuffled = random.Random(7).sample(found, len(found))
    assert by_fingerprint(found) == by_fingerprint(shuffled)


def test_commits_and_lines_of_the_policy_do_not_matter() -> None:
    stale = "was changed on main since ({}): this change stands on an older version"
    one = [about_message("a1" * 20), finding(message=stale.format("1234567890"), commit="d" * 40)]
    two = [about_message("b2" * 20), finding(message=stale.format("abcdef1234"), commit=None)]
    assert fingerprints(one) == fingerprints(two)
    moved = finding(message="belongs to a2 by `services/billing/**` at config/agents/a2.yaml:17")
    assert fingerprints([finding()]) == fingerprints([moved])


def test_rule_path_owner_and_text_matter() -> None:
    different = [finding(), finding(rule="x"), finding(owner="a3"), finding(message="else"), about_message(text="y")]
    by_fingerprint([*different, *(finding(path) for path in STRANGE[1:])])


def test_findings_that_are_the_same_are_told_apart() -> None:
    assert len(set(fingerprints([about_message("a1" * 20), about_message("b2" * 20), about_message("c3" * 20)]))) == 3
