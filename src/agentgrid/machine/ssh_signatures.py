"""Signatures by SSH keys, made and checked by OpenSSH's own program: git signs commits the same way.

Source: ssh-keygen(1), `-Y sign`, `-Y find-principals`, `-Y verify`; OpenSSH 8.2 or newer.
"""

import os
import subprocess
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from agentgrid.errors import InputError, OutsideError

_PROGRAM = "ssh-keygen"
_LITERAL = "key::"  # as in git's user.signingKey
_LONGEST_S = 300  # a person may have to touch a key, or type a passphrase


def sign(content: bytes, key: str, *, namespace: str) -> bytes:
    """The signature of `content` for `namespace`. `key`: the file of a private key, of a public key whose private one
    SSH's agent has, or `key::ssh-…`. Raises InputError when there is no such key, OutsideError when it can't sign."""
    with _key_file(key) as file:
        done = _run("-q", "-Y", "sign", "-n", namespace, "-f", file, stdin=content)
    if done.returncode != 0 or not done.stdout:
        raise OutsideError(f"the key {key} can't sign: {_last_line(done.stderr)}",
                           hint="is it loaded? ssh-add -L; another one: --key FILE")  # fmt: skip
    return done.stdout


def find_signer(
    content: bytes, signature: bytes, signers: Mapping[str, Iterable[str]], *, namespace: str
) -> str | None:
    """Which of `signers` (name → public keys) signed exactly `content` for `namespace`; None for none of them."""
    with tempfile.TemporaryDirectory(prefix="agentgrid-") as scratch:
        allowed, signed = Path(scratch, "allowed"), Path(scratch, "signature")
        lines = [f'{name} namespaces="{namespace}" {key}\n' for name, keys in signers.items() for key in keys]
        allowed.write_text("".join(lines), encoding="utf-8")
        signed.write_bytes(signature)
        found = _run("-Y", "find-principals", "-s", str(signed), "-f", str(allowed), stdin=b"")
        for name in os.fsdecode(found.stdout).split() if found.returncode == 0 else []:
            proof = ("-Y", "verify", "-f", str(allowed), "-I", name, "-n", namespace, "-s", str(signed))
            if name in signers and _run(*proof, stdin=content).returncode == 0:
                return name
    return None


def read_public_key(key: str) -> str:
    """`ssh-ed25519 AAAA…` without the comment. `key`: as for `sign`. Raises InputError when it can't be read."""
    if key.startswith(_LITERAL):
        return _without_comment(key.removeprefix(_LITERAL))
    place = Path(key).expanduser()
    for file in (place, place.with_name(place.name + ".pub")):
        try:
            text = file.read_bytes()[:20_000].decode("ascii")
        except (OSError, UnicodeDecodeError):
            continue
        if is_public_key(text.strip()):
            return _without_comment(text)
    done = _run("-y", "-f", str(place), stdin=b"") if place.is_file() else None
    if done is None or done.returncode != 0:
        said = _last_line(done.stderr) if done else "there is no such file"
        raise InputError(f"the key {key} can't be read: {said}", hint="name the file of an SSH key: --key FILE")
    return _without_comment(os.fsdecode(done.stdout))


def is_public_key(text: str) -> bool:
    """Whether `text` is one line of a public key: its kind and its base64, as in `ssh-ed25519 AAAA…`."""
    words = text.split()
    kinds = ("ssh-", "ecdsa-", "sk-ssh-", "sk-ecdsa-")
    return len(words) > 1 and "\n" not in text and words[0].startswith(kinds) and words[1].startswith("AAAA")


def _without_comment(text: str) -> str:
    return " ".join(text.split()[:2])


@contextmanager
def _key_file(key: str) -> Iterator[str]:
    if not key.startswith(_LITERAL):
        place = Path(key).expanduser()
        if not place.is_file():
            raise InputError(f"there is no key {key}", hint="name the file of an SSH key: --key FILE")
        yield str(place)
        return
    with tempfile.TemporaryDirectory(prefix="agentgrid-") as scratch:
        file = Path(scratch, "key.pub")
        file.write_text(key.removeprefix(_LITERAL) + "\n", encoding="ascii")
        yield str(file)


def _run(*arguments: str, stdin: bytes) -> "subprocess.CompletedProcess[bytes]":
    command: Sequence[str] = [_PROGRAM, *arguments]
    try:
        return subprocess.run(command, input=stdin, capture_output=True, timeout=_LONGEST_S, check=False)
    except FileNotFoundError as error:
        raise OutsideError(f"{_PROGRAM} was not found on PATH: signatures can't be made or checked",
                           hint="install OpenSSH's client: apt-get install openssh-client") from error  # fmt: skip
    except subprocess.TimeoutExpired as error:
        raise OutsideError(f"{_PROGRAM} did not answer for {_LONGEST_S} s") from error


def _last_line(said: bytes) -> str:
    lines = os.fsdecode(said).strip().splitlines()
    return lines[-1] if lines else "it says nothing"
