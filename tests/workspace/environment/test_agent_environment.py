"""An agent's environment as a whole: layers, keys, and what is told about them."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from agentgrid.errors import InputError, KeyMissing, KeySourceFailed
from agentgrid.workspace.environment.agent_environment import Environments
from agentgrid.workspace.environment.variables import AgentEnvironment
from support.desks import make_policy, open_repository
from support.repositories import Sandbox

GRID = """\
version: 1
services: {api: services/api/**}
env:
  set: {LOG_LEVEL: debug, MOCK_SERVICES: "true", OPENAI_API_KEY: nobodys-0123456}
"""
AGENTS = {
    "a1": "id: a1\nkeys:\n  OPENAI_API_KEY: env:KEY_OF_A1\nisolation: {home: own}\n",
    "a2": "id: a2\nkeys:\n  OPENAI_API_KEY: 'cmd:false'\n  DB_URL: file:db.txt\n",
}
PERSON = {
    "PATH": "/usr/bin:/bin",
    "HOME": "/home/you",
    "KEY_OF_A1": "sk-of-a1-0123456789",
    "OPENAI_API_KEY": "the-persons-own",
}


def environments(repo: Sandbox, environ: Mapping[str, str] = PERSON, grid: str = GRID) -> Environments:
    return Environments(open_repository(repo), make_policy(grid, AGENTS), environ=environ)


def sources(found: AgentEnvironment) -> dict[str, str]:
    return {each.name: each.source for each in found.variables}


def test_later_layers_win_and_say_where_they_are_written(repo: Sandbox) -> None:
    found = environments(repo).for_agent("a1", task="T1")

    values = found.for_process()
    assert {
        name: values[name] for name in ("AGENT_ID", "AGENTGRID_TASK", "LOG_LEVEL", "MOCK_SERVICES", "OPENAI_API_KEY")
    } == {
        "AGENT_ID": "a1",
        "AGENTGRID_TASK": "T1",
        "LOG_LEVEL": "debug",
        "MOCK_SERVICES": "true",
        "OPENAI_API_KEY": "sk-of-a1-0123456789",
    }
    assert {name: sources(found)[name] for name in ("PATH", "AGENT_ID", "HF_HOME", "LOG_LEVEL", "OPENAI_API_KEY")} == {
        "PATH": "inherited",
        "AGENT_ID": "generated",
        "HF_HOME": "shared cache",
        "LOG_LEVEL": "agentgrid.yaml:4",
        "OPENAI_API_KEY": "env:KEY_OF_A1 (config/agents/a1.yaml:3)",
    }


def test_no_agent_gets_anything_of_anothers_key(repo: Sandbox) -> None:
    found = environments(repo).for_agent("a2")

    assert not any("sk-of-a1" in value for value in found.for_process().values())
    assert "KEY_OF_A1" not in found.for_process()


def test_a_key_that_is_missing_leaves_no_other_value_in_its_place(repo: Sandbox) -> None:
    found = environments(repo, grid=GRID.replace("env:", "env:\n  inherit: all")).for_agent("a2")

    assert "OPENAI_API_KEY" not in found.for_process()
    assert [(each.name, each.reference, each.place) for each in found.missing] == [
        ("OPENAI_API_KEY", "cmd:false", "config/agents/a2.yaml:3"),
        ("DB_URL", "file:db.txt", "config/agents/a2.yaml:4"),
    ]


@pytest.mark.parametrize(("agent", "error"), [("a1", KeyMissing), ("a2", KeySourceFailed)])
def test_who_needs_the_keys_is_told_agent_key_reference_and_what_to_do(
    repo: Sandbox, agent: str, error: type[Exception]
) -> None:
    found = environments(repo, {"PATH": "/usr/bin:/bin"}).for_agent(agent)

    with pytest.raises(error) as raised:
        found.require_keys()

    message = str(raised.value)
    assert agent in message
    assert "OPENAI_API_KEY" in message
    assert {"a1": "env:KEY_OF_A1, config/agents/a1.yaml:3", "a2": "cmd:false"}[agent] in message
    assert raised.value.hint.startswith({"a1": "export KEY_OF_A1=", "a2": "try it: false"}[agent])  # type: ignore[attr-defined]


def test_a_process_of_the_agent_has_its_key_for_its_children(repo: Sandbox) -> None:
    own = {"AGENT_ID": "a1", "OPENAI_API_KEY": "sk-of-a1-0123456789"}

    assert environments(repo, own).for_agent("a1").for_process()["OPENAI_API_KEY"] == "sk-of-a1-0123456789"
    assert environments(repo, {**own, "AGENT_ID": "a9"}).for_agent("a1").missing


def test_asking_silently_starts_no_program(repo: Sandbox) -> None:
    repo.write("db.txt", "postgres://x:y@localhost")

    found = environments(repo).for_agent("a2", keys="silent")

    assert found.missing == ()
    assert found.for_process()["DB_URL"] == "postgres://x:y@localhost"
    assert "OPENAI_API_KEY" not in found.for_process()


def test_nothing_that_is_printed_shows_a_secret(repo: Sandbox) -> None:
    found = environments(repo, {**PERSON, "GITHUB_TOKEN": "gh-0123456789"}, "env: {inherit: all}\n").for_agent("a1")

    assert found.for_process()["GITHUB_TOKEN"] == "gh-0123456789"
    assert not any(text in repr(found) + repr(found.variables) for text in ("gh-0123456789", "sk-of-a1"))


def test_its_redactor_takes_its_keys_out(repo: Sandbox) -> None:
    found = environments(repo).for_agent("a1")

    assert found.redactor().redact(b"key sk-of-a1-0123456789\n") == b"key ********\n"


def test_a_home_of_its_own_is_there_and_private(repo: Sandbox) -> None:
    home = Path(environments(repo).for_agent("a1").for_process()["CLAUDE_CONFIG_DIR"])

    assert home.is_dir()
    assert home.parent.stat().st_mode & 0o777 == 0o700
    assert "CLAUDE_CONFIG_DIR" not in environments(repo).for_agent("a2").for_process()


def test_an_agents_home_is_not_inherited_by_another(repo: Sandbox) -> None:
    of_a1 = environments(repo).for_agent("a1").for_process()
    theirs = {**of_a1, "CODEX_HOME": "/home/you/.codex"}

    inherited = environments(repo, theirs).for_agent("a2").for_process()

    assert ("CLAUDE_CONFIG_DIR" in inherited, inherited["CODEX_HOME"]) == (False, "/home/you/.codex")


def test_an_agent_that_does_not_exist_is_told(repo: Sandbox) -> None:
    with pytest.raises(InputError, match="a9"):
        environments(repo).for_agent("a9")
