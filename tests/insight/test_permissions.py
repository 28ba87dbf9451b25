"""The table of permissions says what the policy says."""

from pathlib import Path

from agentgrid.config.policy import Policy, parse_policy
from agentgrid.config.presets import load_preset
from agentgrid.insight.permissions import list_people, list_permissions
from agentgrid.render.agents import permissions_as_json, render_permissions
from support.granting import make_keys


def duo() -> Policy:
    return parse_policy(load_preset("duo").files)


def test_the_primary_agent_lands_and_approves_the_other_and_the_other_reviews_it() -> None:
    claude, copilot = list_permissions(duo())
    assert (claude.lands, claude.approves, claude.reviewers) == (True, ("copilot",), ("copilot",))
    assert (copilot.lands, copilot.approves, copilot.reviewers) == (False, ("claude",), ("claude",))
    assert "app/core/**" in claude.critical


def test_signers_that_are_no_agents_are_persons(tmp_path: Path) -> None:
    keys = make_keys(tmp_path / "keys")
    files = load_preset("duo").files
    signers = f"signers:\n  jane: {keys.public('jane')}\n  claude: {keys.public('a1')}\n".encode()
    policy = parse_policy(type(files)(files.grid + signers, files.agents))
    assert list_people(policy) == ["jane"]
    assert [each.signs for each in list_permissions(policy)] == [True, False]


def test_people_read_who_approves_whom() -> None:
    rows = list_permissions(duo())
    text = render_permissions(rows, [])
    assert "app/api/**" in text
    assert "no person's grants count in CI yet" in text
    assert "persons whose grants count in CI: jane" in render_permissions(rows, ["jane"])
    assert permissions_as_json(rows, ["jane"])["persons"] == ["jane"]
