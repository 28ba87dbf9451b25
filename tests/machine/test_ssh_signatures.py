"""Signatures: of exactly this text, for exactly this purpose, by exactly these keys."""

from pathlib import Path

import pytest

from agentgrid.errors import InputError, OutsideError
from agentgrid.machine.ssh_signatures import find_signer, is_public_key, read_public_key, sign
from support.granting import Keys, make_keys

TEXT = b'{"to": "a2"}\n'


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Keys:
    return make_keys(tmp_path_factory.mktemp("keys") / "all")


def signers_of(keys: Keys) -> dict[str, list[str]]:
    return {"jane": [keys.public("jane")], "a1": [keys.public("a1")]}


def test_who_signed_is_found(keys: Keys) -> None:
    for name in ("jane", "a1"):
        signature = sign(TEXT, str(getattr(keys, name)), namespace="test")
        assert find_signer(TEXT, signature, signers_of(keys), namespace="test") == name


@pytest.mark.parametrize(
    ("text", "namespace", "by"),
    [(TEXT + b" ", "test", "jane"), (TEXT, "git", "jane"), (TEXT, "test", "stranger")],
    ids=["another text", "another purpose", "another key"],
)
def test_anything_else_is_signed_by_nobody(keys: Keys, text: bytes, namespace: str, by: str) -> None:
    signature = sign(TEXT, str(getattr(keys, by)), namespace=namespace)
    assert find_signer(text, signature, signers_of(keys), namespace="test") is None


@pytest.mark.parametrize("signature", [b"", b"garbage", b"-----BEGIN SSH SIGNATURE-----\nAAAA\n"])
def test_what_is_no_signature_is_nobodys(keys: Keys, signature: bytes) -> None:
    assert find_signer(TEXT, signature, signers_of(keys), namespace="test") is None


def test_the_public_key_of_a_key_is_read_from_beside_it_or_from_itself(keys: Keys, tmp_path: Path) -> None:
    alone = tmp_path / "alone"
    alone.write_bytes(keys.jane.read_bytes())
    alone.chmod(0o600)
    for key in (str(keys.jane), f"{keys.jane}.pub", str(alone), f"key::{keys.public('jane')} comment"):
        assert read_public_key(key) == keys.public("jane")


def test_a_key_that_is_not_there_is_an_error_that_names_it(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="there is no such file"):
        read_public_key(str(tmp_path / "none"))
    with pytest.raises(InputError, match="there is no key"):
        sign(TEXT, str(tmp_path / "none"), namespace="test")


def test_a_public_key_alone_can_not_sign(keys: Keys, tmp_path: Path) -> None:
    (tmp_path / "only.pub").write_text(keys.public("jane"), encoding="ascii")
    with pytest.raises(OutsideError, match="can't sign"):
        sign(TEXT, str(tmp_path / "only.pub"), namespace="test")


def test_without_the_program_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch, keys: Keys) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(OutsideError, match="ssh-keygen was not found") as told:
        find_signer(TEXT, b"x", signers_of(keys), namespace="test")
    assert "openssh-client" in (told.value.hint or "")


@pytest.mark.parametrize(
    "text", ["", "ssh-ed25519", "AAAA ssh-ed25519", "ssh-rsa BBBB", "ssh-ed25519 AAAA\nssh-rsa AAAA"]
)
def test_what_is_no_public_key(text: str) -> None:
    assert not is_public_key(text)
