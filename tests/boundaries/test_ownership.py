"""`owner` and `can-edit`: the verdict before a change."""

from pathlib import Path

import pytest

from agentgrid.boundaries import ownership
from agentgrid.boundaries.ownership import find_owner, judge_edits
from agentgrid.boundaries.policy.territory import Place, Territory
from agentgrid.git.paths import RepoPath, locate_path
from support.desks import open_repository
from support.maps import make_territory
from support.repositories import Sandbox

GRID = "version: 1\ncommon: [services/common/**]\nfrozen: [README.md]\n"


@pytest.fixture
def territory() -> Territory:
    return make_territory(GRID, a1="{critical: [services/orders/**], common: [services/common/cache.py]}",
                          a2="{support: [services/billing/**]}")  # fmt: skip


def test_the_whole_answer_on_a_path(territory: Territory, repo: Sandbox) -> None:
    found = find_owner(territory, locate_path(open_repository(repo), "services/billing/main.py"))
    assert found.as_json() == {
        "path": "services/billing/main.py", "state": "owned", "owner": "a2", "tier": "support",
        "rule": {"pattern": "services/billing/**", "file": "config/agents/a2.yaml", "line": 2}, "derived": False,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("path", "state", "owner"),
    [
        ("services/billing", "owned", "a2"),
        ("services/common/cache.py", "common", "a1"),
        ("services/common", "common", None),
        ("services", "unowned", None),
        (".", "unowned", None),
        ("services/billing/new/file.py", "owned", "a2"),
    ],
)
def test_folders_stand_as_a_new_file_in_them(
    territory: Territory, repo: Sandbox, path: str, state: str, owner: str | None
) -> None:
    found = find_owner(territory, locate_path(open_repository(repo), path))
    assert (found.path, found.state, found.owner) == (path.encode(), state, owner)


def test_a_refusal_names_owner_and_rule_and_has_nothing_to_take_out(territory: Territory) -> None:
    (verdict,) = judge_edits(territory, "a1", [RepoPath(b"services/billing/main.py", False)])
    assert verdict.as_json() == {
        "path": "services/billing/main.py",
        "allowed": False,
        "reasons": [
            {
                "rule": "ownership.foreign",
                "message": "belongs to a2 by `services/billing/**` at config/agents/a2.yaml:2",
                "hint": "leave the change to a2, or ask it or a person for: "
                "agentgrid grant services/billing/main.py --to a1",
            }
        ],
        "owner": "a2",
        "state": "owned",
        "lease": None,
        "grants": [],
        "conflicts": [],
        "migrations": [],
    }


def test_without_the_verdict_every_edit_is_allowed(territory: Territory, monkeypatch: pytest.MonkeyPatch) -> None:
    paths = [RepoPath(b"services/billing/main.py", False), RepoPath(b"README.md", False)]
    assert [verdict.is_allowed for verdict in judge_edits(territory, "a1", paths)] == [False, False]

    def allow_all(_place: Place, _agent: str | None, _unowned: str) -> None:
        return None

    monkeypatch.setattr(ownership, "broken_rule", allow_all)
    assert [verdict.is_allowed for verdict in judge_edits(territory, "a1", paths)] == [True, True]


def test_a_person_may_edit_everything(territory: Territory) -> None:
    verdicts = judge_edits(territory, None, [RepoPath(b"README.md", False), RepoPath(b"services/billing/x", False)])
    assert [(verdict.is_allowed, verdict.reasons) for verdict in verdicts] == [(True, ()), (True, ())]


@pytest.mark.parametrize("typed", ["services/orders/theirs/main.py", "services/orders/theirs"])
def test_a_path_through_a_link_is_judged_at_both_ends(territory: Territory, repo: Sandbox, typed: str) -> None:
    (repo.path / "services/orders/theirs").symlink_to("../billing")
    (verdict,) = judge_edits(territory, "a1", [locate_path(open_repository(repo), typed)])
    assert [finding.rule for finding in verdict.reasons] == ["ownership.foreign"]
    assert verdict.reasons[0].message.startswith(f"the link {typed} leads there: belongs to a2")
    assert not verdict.is_allowed


def test_dots_behind_a_link_lead_where_the_system_goes(territory: Territory, repo: Sandbox) -> None:
    (repo.path / "services/orders/in").symlink_to("../billing")
    typed = "services/orders/in/../billing/main.py"  # a reader sees services/orders/billing/main.py
    (verdict,) = judge_edits(territory, "a1", [locate_path(open_repository(repo), typed)])
    assert Path(repo.path / typed).samefile(repo.path / "services/billing/main.py")
    assert not verdict.is_allowed


def test_a_warning_does_not_refuse() -> None:
    territory = make_territory("unowned: warn\n", a1="{}")
    (verdict,) = judge_edits(territory, "a1", [RepoPath(b"x", False)])
    assert (verdict.is_allowed, [finding.severity for finding in verdict.reasons]) == (True, ["warn"])
