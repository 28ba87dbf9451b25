"""The cheap half of the leak check: it may be wrong about what is none, never about what the other half would find."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentgrid.boundaries.secrets.guessing import guess_secrets
from agentgrid.boundaries.secrets.suspicion import is_suspicious

RANDOM = "Zm9vYmFyMTIzQWJjRGVmR2hpSmtsTW5vUHFy"
HEX = "3f786850e387550fdab836ed7e6dc881de23001b"

KEYS = st.one_of(
    st.text(string.ascii_letters + string.digits + "+/-_=", min_size=15, max_size=80),
    st.text("0123456789abcdef", min_size=28, max_size=70),
    st.sampled_from([RANDOM, HEX, "ghp_" + "a1B2" * 9, "AKIA" + "ABCD1234" * 2, "sk-ant-api03-" + "x" * 30]),
)
LINES = st.tuples(st.sampled_from(["", "key: ", "TOKEN=", "export API_KEY=", "x = ", "password := "]),
                  st.sampled_from(["", "'", '"']), KEYS, st.sampled_from(["", "\r", " ", ";", "# x"]))  # fmt: skip


QUOTED_LINES = LINES.map(lambda each: each[0] + each[1] + each[2] + each[1] + each[3])


@given(st.lists(st.one_of(QUOTED_LINES, st.text(max_size=20)), max_size=6))
def test_whatever_is_guessed_was_suspicious(lines: list[str]) -> None:
    content = "\n".join(lines).encode("utf-8", "replace")

    if list(guess_secrets(content, "file.py", with_entropy=True)):
        assert is_suspicious(content)


@pytest.mark.parametrize(
    "text",
    ["", "import os\n", f"commit = '{HEX}'\n", "a = 'services/orders/api/v2/handlers/test_cancel-order'\n", "-" * 80,
     "x = 'ThisIsOnlyALongNameOfAClassWithoutAnyNumber'\n", f'"integrity": "sha512-{RANDOM * 2}=="\n',
     f"see the ticket {RANDOM}\n", "KEY=development\n", "b" * 600, f"'{'a1B2c3D4e5F6g7H8i9J0' * 30}'\n"],
)  # fmt: skip
def test_ordinary_text_is_not_suspicious(text: str) -> None:
    assert not is_suspicious(text.encode())


@pytest.mark.parametrize(
    "text",
    [
        f"x = '{RANDOM}'",
        f"API_KEY={RANDOM}==\nX=1",
        f"key: {RANDOM}\r\n",
        f'secret "{HEX}"',
        "-----BEGIN RSA " + "PRIVATE KEY-----",
    ],
)
def test_what_may_be_a_key_is_suspicious(text: str) -> None:
    assert is_suspicious(text.encode())
    assert is_suspicious(b"\xff\n" * 50 + text.encode() + b"\n\xfe" * 50)
