"""What looks like a secret and what doesn't. Every key here is made up; some would be real by their form."""

import socket

import pytest

from agentgrid.boundaries.secrets.guessing import guess_secrets, is_generated_name

RANDOM = "Zm9vYmFyMTIzQWJjRGVmR2hpSmtsTW5vUHFy"
HASH = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"


def guess(text: str, name: str = "app.py", *, with_entropy: bool = True) -> list[tuple[int, str]]:
    found = guess_secrets(text.encode(), name, with_entropy=with_entropy)
    return [(each.line, each.kind) for each in found]


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("-----BEGIN OPENSSH " + "PRIVATE KEY-----", "Private Key"),
        ("x = AKIA" + "ABCDEFGH12345678", "AWS Access Key"),
        ("ghp_" + "a1B2" * 9, "GitHub Token"),
        ("github_pat_" + "a1B2" * 9, "GitHub token"),
        ("glpat-" + "a1B2c" * 4, "GitLab Token"),
        ("sk-ant-" + "api03-" + "a1B2" * 9, "Anthropic API key"),
        ("sk-proj-" + "a1B2" * 9, "OpenAI API key"),
        ("AIza" + "a1B2c" * 7, "Google API key"),
        ("sk_live_" + "a1B2c3" * 4, "Stripe Access Key"),
        (f"x = '{RANDOM}'", "random text"),
        (f"export API_TOKEN={RANDOM}", "random text"),
        (f"  secret: {RANDOM}  ", "random text"),
        (f'SECRET_KEY = "{HASH}"', "random text"),
    ],
)
def test_a_secret_is_found_with_its_line_and_kind(text: str, kind: str) -> None:
    assert guess(f"one\n\n{text}\nfour\n") == [(3, kind)]


@pytest.mark.parametrize(
    "text",
    [f"digest = '{HASH}'", f"    --hash=sha256:{HASH}", f'"integrity": "sha512-{RANDOM * 2}=="', "password = 'hunter2'",
     "postgres://postgres:postgres@localhost/test", "alphabet = '" + "abcdefghijklmnopqrstuvwxyz0123456789" + "'",
     "key = os.environ['OPENAI_API_KEY_OF_AGENT_NUMBER_1']", "key_id = '3f786850-e387-550f-dab8-36ed7e6dc881'",
     "token = settings.first_token_of_release_2024_for_beta", f"user_id = '{RANDOM}'"],
)  # fmt: skip
def test_ordinary_code_is_no_secret(text: str) -> None:
    assert guess(text) == []


@pytest.mark.parametrize(
    ("text", "name"),
    [
        (f"x = '{RANDOM}'  # pragma: allowlist secret", "a.py"),
        (f"x = '{RANDOM}' // pragma: allowlist secret", "a.js"),
        (f"# pragma: allowlist nextline secret\nx = '{RANDOM}'", "a.py"),
        (f"x: '{RANDOM}' # pragma: allowlist secret", "a.yaml"),
    ],
)
def test_a_line_that_says_it_is_none_is_left_out(text: str, name: str) -> None:
    assert guess(text, name) == []


def test_what_is_no_text_is_not_guessed_about() -> None:
    assert guess(f"\0 x = '{RANDOM}'") == []


def test_without_entropy_only_forms_count() -> None:
    assert guess(f"x = '{RANDOM}'\ny = 'ghp_{'a1B2' * 9}'", with_entropy=False) == [(2, "GitHub Token")]


def test_nobody_is_asked_over_the_network_whether_a_token_works(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a connection")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)

    assert guess("xoxb" + "-123456789012-abcdefABCDEF123456") == [(1, "Slack Token")]
    assert guess("sk_live_" + "a1B2c3" * 4) == [(1, "Stripe Access Key")]


@pytest.mark.parametrize(
    ("name", "is_generated"),
    [("pnpm-lock.yaml", True), ("web/package-lock.json", True), ("uv.lock", True), ("go.sum", True),
     ("gradle.lockfile", True), ("gradle/verification-metadata.xml", True), ("logo.svg", True), ("lock.py", False),
     ("deadlock.py", False), ("keys.yaml", False), (".env", False), ("conda-lock.yml", True)],
)  # fmt: skip
def test_lock_files_and_pictures_are_known_by_name(name: str, is_generated: bool) -> None:
    assert is_generated_name(name) is is_generated
