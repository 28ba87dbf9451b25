"""env show, write, check and export, as a person and as an agent call them."""

import json
import subprocess
from pathlib import Path

import pytest
from dotenv import dotenv_values

from support.program import Answer, InitialisedGrid, agentgrid, with_program
from support.repositories import Sandbox

KEY = "sk-test-0123456789"
ENV = {"KEY_OF_A1": KEY, "KEY_OF_A2": "sk-other-0123456789"}


@pytest.fixture
def keyed(small_grid: InitialisedGrid) -> InitialisedGrid:
    """a1 and a2 have a key each."""
    for agent in small_grid.desks:
        path = f"config/agents/{agent}.yaml"
        reference = f"keys:\n  OPENAI_API_KEY: env:KEY_OF_{agent.upper()}\n"
        small_grid.main.write(path, small_grid.main.read(path) + reference)
    small_grid.main.commit("Keys")
    return small_grid


def env(where: Sandbox, *arguments: str | Path, **environ: str) -> Answer:
    return agentgrid(where, "env", *arguments, env={**ENV, **environ})


def variables(answer: Answer) -> dict[str, dict[str, object]]:
    return {each["name"]: each for each in answer.data["variables"]}


def test_show_hides_keys_and_names_sources(keyed: InitialisedGrid) -> None:
    answer = env(keyed.main, "show", "a1", "--json")

    assert KEY not in answer.out + answer.err
    assert answer.data["agent"] == "a1"
    line = len(keyed.main.read("config/agents/a1.yaml").splitlines())
    assert variables(answer)["OPENAI_API_KEY"] == {
        "name": "OPENAI_API_KEY",
        "value": "********",
        "source": f"env:KEY_OF_A1 (config/agents/a1.yaml:{line})",
        "secret": True,
    }
    assert variables(answer)["AGENT_ID"] == {"name": "AGENT_ID", "value": "a1", "source": "generated", "secret": False}
    assert "PATH" not in variables(answer)


def test_show_all_has_what_is_inherited_and_hides_what_looks_secret(keyed: InitialisedGrid) -> None:
    keyed.main.write("agentgrid.yaml", keyed.main.read("agentgrid.yaml") + "env: {inherit: all}\n")
    keyed.main.commit("All")

    answer = env(keyed.main, "show", "a1", "--all", "--json", GITHUB_TOKEN="gh-0123456789", EDITOR="vi")

    assert (variables(answer)["GITHUB_TOKEN"]["value"], variables(answer)["EDITOR"]["value"]) == ("********", "vi")
    assert "gh-0123456789" not in answer.out


def test_show_reveals_on_demand(keyed: InitialisedGrid) -> None:
    assert KEY in env(keyed.main, "show", "a1", "--reveal").out
    assert KEY in env(keyed.desks["a1"], "show", "a1", "--reveal").out


@pytest.mark.parametrize("arguments", [("show", "a1", "--reveal"), ("export", "a1"), ("write", "a1"), ("check", "a1")])
def test_an_agent_does_not_see_the_keys_of_another(keyed: InitialisedGrid, arguments: tuple[str, ...]) -> None:
    answer = env(keyed.desks["a2"], *arguments)

    assert (answer.code, answer.out) == (1, "")
    assert "an agent doesn't see the keys of another one" in answer.err


def test_an_agent_may_look_at_another_ones_ports(keyed: InitialisedGrid) -> None:
    answer = env(keyed.desks["a2"], "show", "a1", "--json")

    assert (answer.code, KEY in answer.out) == (0, False)


def test_a_missing_key_is_told_and_shown_as_such(keyed: InitialisedGrid) -> None:
    answer = agentgrid(keyed.main, "env", "show", "a1", "--json")

    assert variables(answer)["OPENAI_API_KEY"]["value"] is None
    assert [each["name"] for each in answer.data["missing"]] == ["OPENAI_API_KEY"]
    assert "warning: a1's key OPENAI_API_KEY (env:KEY_OF_A1" in answer.err
    assert "hint: export KEY_OF_A1=" in answer.err


def test_write_makes_a_private_file_that_git_does_not_see(keyed: InitialisedGrid) -> None:
    a1 = keyed.desks["a1"]

    planned = env(keyed.main, "write", "a1", "--dry-run")
    assert (planned.code, (a1.path / ".env").exists()) == (0, False)
    answer = env(keyed.main, "write", "a1", "--json")

    assert answer.data["path"] == str(a1.path / ".env")
    assert KEY not in answer.out + answer.err + planned.out
    assert ((a1.path / ".env").stat().st_mode & 0o777, a1.status()) == (0o600, "")
    assert dotenv_values(a1.path / ".env")["OPENAI_API_KEY"] == KEY


def test_write_without_keys_has_none(keyed: InitialisedGrid) -> None:
    env(keyed.main, "write", "a1", "--no-keys")

    assert "OPENAI_API_KEY" not in dotenv_values(keyed.desks["a1"].path / ".env")


def test_uninstall_takes_a_written_file_away(keyed: InitialisedGrid) -> None:
    env(keyed.main, "write", "a1")
    keyed.desks["a2"].write(".env", "MINE=1\n")

    assert agentgrid(keyed.main, "uninstall", "--yes").code == 0

    assert not (keyed.desks["a1"].path / ".env").exists()
    assert keyed.desks["a2"].read(".env") == "MINE=1\n"


def test_check_says_what_is_wrong_and_exits_1(keyed: InitialisedGrid) -> None:
    assert env(keyed.main, "check").out == "2 keys of 2 agents: nothing wrong\n"

    answer = env(keyed.main, "check", "--json", KEY_OF_A2=KEY)

    assert (answer.code, [(each["kind"], each["agent"]) for each in answer.data["problems"]]) == (1, [("shared", "a2")])
    assert KEY not in answer.out


def test_an_agent_checks_its_own_keys(keyed: InitialisedGrid) -> None:
    assert env(keyed.desks["a2"], "check", "--json").data["agents"] == ["a2"]


def test_a_shell_takes_what_export_prints(keyed: InitialisedGrid) -> None:
    script = 'eval "$(agentgrid env export a1)" && printf %s "$AGENT_ID $OPENAI_API_KEY"'
    done = subprocess.run(
        ["sh", "-c", script], cwd=keyed.main.path, env=with_program(ENV), capture_output=True, check=True
    )

    assert done.stdout.decode() == f"a1 {KEY}"


@pytest.mark.parametrize("option", [("--format", "json"), ("--json",)])
def test_export_prints_an_object(keyed: InitialisedGrid, option: tuple[str, ...]) -> None:
    exported = json.loads(env(keyed.main, "export", "a1", *option).out)

    assert (exported["AGENT_ID"], exported["OPENAI_API_KEY"]) == ("a1", KEY)


@pytest.mark.parametrize(("arguments", "code"), [(("show", "a9"), 2), (("check", "a9"), 2), (("write", "a9"), 2),
                                                 (("export", "a1", "--format", "xml"), 2)])  # fmt: skip
def test_what_cannot_be_answered_is_exit_code_2(keyed: InitialisedGrid, arguments: tuple[str, ...], code: int) -> None:
    assert env(keyed.main, *arguments).code == code
