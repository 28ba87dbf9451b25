"""Names of variables and references to keys are checked with the rest of the policy."""

import pytest

from agentgrid.config.environment import key_entries
from agentgrid.errors import ConfigError
from support.desks import make_policy


def complaint(grid: str = "version: 1\n", agent: str = "id: a1\n") -> str:
    with pytest.raises(ConfigError) as raised:
        make_policy(grid, {"a1": agent})
    return raised.value.message


@pytest.mark.parametrize("text", ["sk-live-0123456789", "vault:sk-live-0123456789", "env:sk-live-0123456789"])
def test_a_malformed_reference_names_the_place_and_the_forms_and_not_itself(text: str) -> None:
    message = complaint(agent=f"id: a1\nkeys:\n  OPENAI_API_KEY: {text}\n")

    assert message.startswith("config/agents/a1.yaml:3: keys.OPENAI_API_KEY: ")
    assert message.endswith("(accepted: env:NAME, file:PATH, keyring:SERVICE/USER, cmd:COMMAND …)")
    assert "0123456789" not in message


def test_a_key_that_yaml_reads_as_a_number_is_not_repeated() -> None:
    message = complaint(agent="id: a1\nkeys: {PIN: 8123456789}\n")

    assert message.startswith("config/agents/a1.yaml:2: keys.PIN: a number")
    assert "8123456789" not in message


@pytest.mark.parametrize(
    ("grid", "agent", "place"),
    [
        ("env: {set: {LOG-LEVEL: debug}}\n", "id: a1\n", "agentgrid.yaml:1: env.set.LOG-LEVEL: "),
        ("env: {set: {AGENT_ID: a9}}\n", "id: a1\n", "agentgrid.yaml:1: env.set.AGENT_ID: "),
        ("env: {inherit: [PATH, LC *]}\n", "id: a1\n", "agentgrid.yaml:1: env.inherit[1]: "),
        ("version: 1\n", "id: a1\nkeys: {AGENTGRID_TASK: env:X}\n", "config/agents/a1.yaml:2: keys.AGENTGRID_TASK: "),
        ("version: 1\n", "id: a1\nkeys: {1KEY: env:X}\n", "config/agents/a1.yaml:2: keys.1KEY: "),
    ],
)
def test_a_name_that_no_variable_may_have_is_refused(grid: str, agent: str, place: str) -> None:
    assert complaint(grid, agent).startswith(place)


def test_keys_are_entries_in_the_order_of_the_file() -> None:
    policy = make_policy(agents={"a1": "id: a1\nkeys: {B_KEY: 'cmd:op read x', A_KEY: env:A}\n"})

    entries = key_entries(policy.agents["a1"])

    assert [(each.agent, each.name, str(each.reference)) for each in entries] == [
        ("a1", "B_KEY", "cmd:op read x"),
        ("a1", "A_KEY", "env:A"),
    ]
