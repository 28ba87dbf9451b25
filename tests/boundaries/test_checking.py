"""Checking a change set: findings in words, and what an earlier map allowed."""

from collections.abc import Callable

import pytest

from agentgrid.boundaries import checking
from agentgrid.boundaries.charged import charge_commit
from agentgrid.boundaries.checking import check_commit, check_index
from agentgrid.boundaries.findings import CheckReport, Finding
from agentgrid.boundaries.policy.compiled import compile_policy
from agentgrid.boundaries.policy.territory import Place, Territory
from agentgrid.boundaries.verdict import broken_rule
from agentgrid.config.policy import parse_policy, read_tree
from support.desks import open_repository
from support.repositories import Sandbox

ORDERS, BILLING, CACHE = "services/orders/main.py", "services/billing/main.py", "services/common/cache.py"
GRID = "version: 1\ncommon: [services/common/**]\nfrozen: [agentgrid.yaml]\n"


def profile(agent: str, *owned: str) -> dict[str, str]:
    items = "".join(f"\n    - {pattern}" for pattern in owned)
    return {f"config/agents/{agent}.yaml": f"id: {agent}\nowns:\n  critical:{items}\n"}


@pytest.fixture
def work(repo: Sandbox) -> Sandbox:
    """The policy is on main; on the branch of a1."""
    policy = {"agentgrid.yaml": GRID, **profile("a1", "services/orders/**"), **profile("a2", "services/billing/**")}
    repo.commit("Policy", **policy)
    repo.switch("a1")
    return repo


def check(repo: Sandbox, agent: str | None = "a1", *, head: str | None = "HEAD", base: str = "main") -> CheckReport:
    """The verdict by the base's policy on a commit, or on the index (`head` None)."""
    repository = open_repository(repo)
    files = read_tree(repository.git, repo.oid(base))
    assert files is not None
    territory = Territory(compile_policy(parse_policy(files)))
    if head is None:
        return check_index(repository, territory, agent=agent, base=repo.oid(base))
    return check_commit(repository, territory, agent=agent, base=repo.oid(base), head=repo.oid(head))


def broken(report: CheckReport) -> list[tuple[str, bytes]]:
    return [(finding.rule, finding.path) for finding in report.findings]


def test_a_foreign_path_is_a_finding_with_owner_rule_and_commit(work: Sandbox) -> None:
    foreign = work.commit("Foreign", **{BILLING: "evil\n"})
    work.commit("Own", **{ORDERS: "ORDERS = [1]\n"})
    report = check(work)
    fork = work.oid("main")
    assert report.findings == (
        Finding(
            "ownership.foreign", "error", BILLING.encode(),
            "belongs to a2 by `services/billing/**` at config/agents/a2.yaml:4",
            f"leave the change to a2, or ask it or a person for: agentgrid grant {BILLING} --to a1; take it out with: "
            f"git restore --source={fork[:12]} -- {BILLING}",
            "a2", foreign,
        ),
    )  # fmt: skip
    assert (report.errors, report.warnings, report.checked_paths) == (1, 0, 2)


def test_without_the_verdict_nothing_is_found(work: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    work.commit("Foreign", **{BILLING: "evil\n", "agentgrid.yaml": "version: 1\n"})
    assert broken(check(work)) == [("ownership.frozen", b"agentgrid.yaml"), ("ownership.foreign", BILLING.encode())]

    def allow_all(_place: Place, _agent: str | None, _unowned: str) -> None:
        return None

    monkeypatch.setattr(checking, "broken_rule", allow_all)
    assert check(work).findings == ()


@pytest.mark.parametrize("agent", ["a1", "a2"])
def test_own_common_and_unowned_paths_are_free(work: Sandbox, agent: str) -> None:
    own = ORDERS if agent == "a1" else BILLING
    work.commit("Work", **{own: "x\n", CACHE: "y\n", "new.txt": "z\n"})
    assert check(work, agent).findings == ()


def test_a_person_breaks_no_rule(work: Sandbox) -> None:
    work.commit("All over", **{ORDERS: "x\n", BILLING: "y\n", "agentgrid.yaml": "version: 1\n"})
    assert check(work, None).findings == ()


def test_an_agents_edit_of_the_policy_on_its_branch_changes_nothing(work: Sandbox) -> None:
    work.commit("Mine now", **profile("a1", '"**"'), **profile("a2", "docs/**"), **{BILLING: "evil\n"})
    assert broken(check(work)) == [("ownership.foreign", BILLING.encode())]


def test_the_index_and_the_commit_get_the_same_verdict(work: Sandbox) -> None:
    work.write(BILLING, "evil\n")
    work.git("add", "--all")
    before = broken(check(work, head=None))
    work.commit("Foreign")
    assert before == broken(check(work)) == broken(check(work, head=None)) == [("ownership.foreign", BILLING.encode())]


def test_a_path_that_the_map_allowed_at_the_fork_is_allowed(work: Sandbox) -> None:
    work.commit("Own", **{ORDERS: "ORDERS = [1]\n"})
    work.switch("main")
    work.commit("Orders move to a2", **profile("a1", "docs/**"), **profile("a2", "services/**"))
    work.switch("a1")
    assert check(work).findings == ()
    work.git("rebase", "--quiet", "main")
    assert broken(check(work)) == [("ownership.foreign", ORDERS.encode())]


def test_a_path_that_the_map_allows_now_is_allowed(work: Sandbox) -> None:
    work.commit("Not yet mine", **{BILLING: "x\n"})
    work.switch("main")
    work.commit("Billing moves to a1", **profile("a1", "services/**"), **profile("a2", "docs/**"))
    assert check(work, head="a1").findings == ()


def test_a_broken_map_at_the_fork_allows_nothing(work: Sandbox) -> None:
    work.switch("main")
    work.commit("Broken", **{"agentgrid.yaml": "nonsense: [\n"})
    work.git("switch", "--quiet", "-c", "late")
    work.commit("Foreign", **{BILLING: "evil\n"})
    work.switch("main")
    work.commit("Mended", **{"agentgrid.yaml": GRID})
    assert broken(check(work, head="late")) == [("ownership.foreign", BILLING.encode())]


def test_an_agent_that_the_map_at_the_fork_did_not_know_is_judged_by_todays(work: Sandbox) -> None:
    work.switch("main")
    work.commit("New agent", **profile("a3", "docs/**"))
    work.switch("a1")
    work.commit("Foreign", **{BILLING: "evil\n"})
    assert broken(check(work, "a3")) == [("ownership.foreign", BILLING.encode())]


def test_a_link_into_a_foreign_folder_is_a_finding(work: Sandbox) -> None:
    (work.path / "services/orders/theirs").symlink_to("../billing")
    work.commit("Link")
    (finding,) = check(work).findings
    assert (finding.rule, finding.path, finding.owner) == ("ownership.foreign", b"services/billing", "a2")
    assert finding.message == (
        "the link services/orders/theirs leads there: belongs to a2 by `services/billing/**` at config/agents/a2.yaml:4"
    )
    assert finding.hint is not None
    assert finding.hint.endswith("-- services/orders/theirs")


def test_a_rename_out_of_a_foreign_folder_is_a_finding_on_the_side_that_lost_it(work: Sandbox) -> None:
    work.git("mv", BILLING, "services/orders/taken.py")
    work.commit("Take it")
    assert broken(check(work)) == [("ownership.foreign", BILLING.encode())]


def test_a_rebase_on_a_base_that_moved_is_no_finding(work: Sandbox) -> None:
    work.commit("Own", **{ORDERS: "ORDERS = [1]\n"})
    work.switch("main")
    work.commit("Teammate", **{BILLING: "INVOICES = [1]\n"})
    work.switch("a1")
    work.git("rebase", "--quiet", "main")
    assert check(work).findings == ()
    repository = open_repository(work)  # the twin: against the base as it was, the teammate's file is in the way
    assert [each.path for each in charge_commit(repository, work.oid("main~1"), work.oid()).charged] == [
        BILLING.encode(), ORDERS.encode(),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        ("{}", [("permission.base", "error"), ("ownership.foreign", "error")]),
        ("{ownership.foreign: warn}", [("permission.base", "error"), ("ownership.foreign", "warn")]),
        ("{ownership.foreign: off, permission.base: warn}", [("permission.base", "warn")]),
        ("{permission.base: off}", [("ownership.foreign", "error")]),
    ],
)
def test_severities_are_the_bases(work: Sandbox, rules: str, expected: list[tuple[str, str]]) -> None:
    work.switch("main")
    work.commit("Rules", **{"agentgrid.yaml": f"{GRID}rules: {rules}\n"})
    work.write(BILLING, "evil\n")
    work.git("add", "--all")
    report = check(work, head=None)
    assert [(finding.rule, finding.severity) for finding in report.findings] == expected


@pytest.mark.parametrize(
    ("unowned", "severity"), [("claim", None), ("allow", None), ("warn", "warn"), ("deny", "error")]
)
def test_unowned_paths_are_as_the_grid_chose(work: Sandbox, unowned: str, severity: str | None) -> None:
    work.switch("main")
    work.commit("Rules", **{"agentgrid.yaml": f"{GRID}unowned: {unowned}\n"})
    work.git("switch", "--quiet", "-c", "late")
    work.commit("New", **{"new.txt": "x\n"})
    assert [(each.rule, each.severity) for each in check(work).findings] == (
        [("ownership.unowned", severity)] if severity else []
    )


def test_a_path_that_two_agents_claim_is_nobodys_to_change(work: Sandbox) -> None:
    work.switch("main")
    work.commit("Overlap", **profile("a2", "services/**"))
    work.git("switch", "--quiet", "-c", "late")
    work.commit("Own?", **{ORDERS: "ORDERS = [1]\n"})
    (finding,) = check(work).findings
    assert (finding.rule, finding.path) == ("ownership.shared-conflict", ORDERS.encode())
    assert finding.message == (
        "is claimed by a1 and a2; the map has to be mended first (`services/orders/**` at config/agents/a1.yaml:4)"
    )


@pytest.mark.parametrize(
    ("place", "unowned", "rule"),
    [
        (lambda: Place(b"x", "frozen", is_derived=True), "claim", "ownership.frozen"),
        (lambda: Place(b"x", "owned", "a2", is_derived=True), "claim", None),
        (lambda: Place(b"x", "owned", "a1"), "deny", None),
        (lambda: Place(b"x", "owned", "a2"), "allow", "ownership.foreign"),
        (lambda: Place(b"x", "common", "a2"), "deny", None),
        (lambda: Place(b"x", "unowned"), "warn", "ownership.unowned"),
        (lambda: Place(b"x", "unowned", is_derived=True), "deny", None),
    ],
)
def test_the_verdict_on_each_state(place: Callable[[], Place], unowned: str, rule: str | None) -> None:
    assert broken_rule(place(), "a1", unowned) == rule
    assert broken_rule(place(), None, unowned) is None
