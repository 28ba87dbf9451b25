"""`gh`: how it is called, and what of its words is passed on."""

import sys
from pathlib import Path

import pytest

from agentgrid.errors import GitHubError, InputError, OutsideError
from agentgrid.machine.github_cli import GitHubCli, hide_secrets

TOKEN = "ghp_" + "a1B2" * 9


def program(directory: Path, text: str) -> None:
    file = directory / "gh"
    file.write_text(f"#!{sys.executable}\nimport os, sys\n{text}\n", encoding="utf-8")
    file.chmod(0o755)


@pytest.fixture
def tools(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PATH", str(tmp_path))
    return tmp_path


def test_it_gets_what_it_is_told_and_asks_nothing(tools: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GH_DEBUG", "api")
    monkeypatch.setenv("GIT_DIR", "/elsewhere")
    program(tools, "print(sys.argv[1:], sys.stdin.read(), *[os.environ.get(name) for name in "
                   "('GH_PROMPT_DISABLED', 'NO_COLOR', 'GH_DEBUG', 'GIT_DIR')])")  # fmt: skip

    assert GitHubCli(tools).run("pr", "list", stdin="text") == "['pr', 'list'] text 1 1 None None\n"


@pytest.mark.parametrize(
    ("code", "said", "kind", "exit_code"),
    [
        (4, "please run:  gh auth login", OutsideError, 3),
        (1, "no git remotes found", InputError, 2),
        (1, "none of the git remotes configured for this repository point to a known GitHub host", InputError, 2),
        (1, "GraphQL: something", GitHubError, 3),
        (2, "cancelled", GitHubError, 3),
    ],
)
def test_each_end_has_its_error(tools: Path, code: int, said: str, kind: type[Exception], exit_code: int) -> None:
    program(tools, f"sys.exit(print({said!r}, file=sys.stderr) or {code})")

    with pytest.raises(kind) as caught:
        GitHubCli(tools).run("pr", "list")
    assert getattr(caught.value, "exit_code", None) == exit_code


def test_a_failure_tells_its_last_line(tools: Path) -> None:
    program(tools, "sys.exit('one\\n\\nthe reason\\n')")

    with pytest.raises(GitHubError, match="gh pr merge: the reason"):
        GitHubCli(tools).run("pr", "merge", "1")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (f"bad credentials {TOKEN}.", "bad credentials ********."),
        ("github_pat_11ABCDEFG0_abcdefgh", "********"),
        ("https://me:pass@host/x and ssh://git@host/y", "https://********@host/x and ssh://********@host/y"),
        ("from the environment: s3cr3t-value", "from the environment: ********"),
        ("the branch feat/gh_x and mail a@b.example", "the branch feat/gh_x and mail a@b.example"),
    ],
)
def test_what_opens_a_door_is_hidden(text: str, shown: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GH_TOKEN", "s3cr3t-value")

    assert hide_secrets(text) == shown
