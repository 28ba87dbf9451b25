"""What agents inherit: nothing of another agent's, nothing that looks like a secret, unless that is asked for."""

import pytest

from agentgrid.workspace.environment.inheritance import Others, decide_inherited, looks_secret

OTHERS = Others(
    names={"A2_DB_URL", "OPENAI_API_KEY"}, sources={"OPENAI_KEY_OF_A2"}, generated={"PORT_BASE", "REDIS_DB"}
)
PERSON = {
    "PATH": "/bin",
    "HOME": "/home/you",
    "EDITOR": "vi",
    "REDIS_DB": "7",
    "GITHUB_TOKEN": "t",
    "github_token": "t",
    "CLIENT_SECRET_FILE": "s",
    "PGPASSWORD": "p",
    "ANTHROPIC_API_KEY": "k",
    "OPENAI_KEY_OF_A2": "sk-of-a2-0123456789",
    "MY_ALIAS": "Bearer sk-of-a2-0123456789",
    "A2_DB_URL": "postgres://a2",
    "GIT_DIR": "/elsewhere",
    "GIT_AUTHOR_NAME": "You",
    "AGENTGRID_AS_ME": "nonce",
}


def names(environ: dict[str, str], inherit: str | tuple[str, ...], agent: str = "a1") -> set[str]:
    return set(decide_inherited(environ, inherit, OTHERS, agent=agent))


def test_safe_leaves_out_secrets_and_what_is_another_agents() -> None:
    assert names(PERSON, "safe") == {"PATH", "HOME", "EDITOR", "REDIS_DB", "GIT_AUTHOR_NAME"}


def test_all_is_all_but_what_git_and_agentgrid_set_for_one_process() -> None:
    assert PERSON.keys() - names(PERSON, "all") == {"GIT_DIR", "AGENTGRID_AS_ME"}


def test_a_list_is_exactly_that() -> None:
    assert names(PERSON, ("PATH", "GITHUB_TOKEN", "NOT_SET", "GIT_DIR")) == {"PATH", "GITHUB_TOKEN"}


def test_safe_in_a_list_stands_for_what_is_safe() -> None:
    assert names(PERSON, ("safe", "GITHUB_TOKEN")) == names(PERSON, "safe") | {"GITHUB_TOKEN"}


@pytest.mark.parametrize("inherit", ["safe", "all", ("PATH", "AGENT_ID", "PORT_BASE", "REDIS_DB", "OPENAI_API_KEY")])
def test_what_made_the_caller_another_agent_is_never_inherited(inherit: str | tuple[str, ...]) -> None:
    of_a2 = {"PATH": "/bin", "AGENT_ID": "a2", "AGENTGRID_TASK": "T1", "PORT_BASE": "20000", "REDIS_DB": "1",
             "OPENAI_API_KEY": "sk-of-a2-0123456789", "A2_DB_URL": "postgres://a2"}  # fmt: skip

    assert names(of_a2, inherit) == {"PATH"}


@pytest.mark.parametrize(
    ("name", "looks"),
    [("OPENAI_API_KEY", True), ("OPENAI_API_KEY_A1", False), ("GH_TOKEN", True), ("TOKENIZERS", True),
     ("KEYMAP", False), ("MySecretPath", True), ("PGPASSWORD", True), ("SSH_AUTH_SOCK", False)],
)  # fmt: skip
def test_names_that_look_like_secrets_are_these(name: str, looks: bool) -> None:
    assert looks_secret(name) is looks
