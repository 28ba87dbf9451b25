"""`init` leaves the policy in force where the hooks look, worked out once, after everything that it depends on."""

import pytest

from agentgrid import __version__
from agentgrid.boundaries.policy.in_force_file import load_in_force
from agentgrid.boundaries.policy.publishing import publish
from agentgrid.git.repository import Repository
from agentgrid.onboarding.initialise import InitOptions, apply_init
from support.desks import open_repository, silent
from support.repositories import Sandbox


def test_init_publishes_the_policy_once_and_that_is_not_stale(repo: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    published: list[Repository] = []

    def count(repository: Repository) -> object:
        published.append(repository)
        return publish(repository)

    monkeypatch.setattr("agentgrid.onboarding.initialise.publish", count)
    result = apply_init(open_repository(repo), InitOptions(agents="a1,a2"), silent)

    assert [desk.agent for desk in result.created] == ["a1", "a2"]
    assert len(published) == 1
    found = load_in_force(str(repo.path / ".git"), __version__)
    assert found is not None
    assert list(found[1]["agents"]) == ["a1", "a2"]
