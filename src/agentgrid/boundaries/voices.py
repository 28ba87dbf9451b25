"""Whose voice a signature is: grants and verdicts of reviews are signed by who gives them.

An agent signs with a key of its own alone: the person's, which git may know in its worktree too, isn't its voice.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from agentgrid.boundaries.leases.lease import PERSON_MARK
from agentgrid.errors import AgentGridError, InputError
from agentgrid.git.process import Git
from agentgrid.machine.ssh_signatures import find_signer, read_public_key, sign

_Said = TypeVar("_Said")


@dataclass(frozen=True, slots=True)
class Signer:
    """`name`: as in `signers`. `key`: what OpenSSH signs with."""

    name: str
    key: str


@dataclass(frozen=True, slots=True)
class Unsigned:
    """`reason`: why nobody can sign; CI won't know what was said."""

    reason: str


def find_signing(git: Git, compiled: Mapping[str, Any], actor: str | None, key: str | None) -> Signer | Unsigned:
    """`actor`: the agent that signs, None for a person. `key`: as given; else git's `user.signingKey` where
    `gpg.format` is ssh. Raises InputError when a key was given that can't be used."""
    signers = compiled["signers"]
    if not signers:
        if key is not None:
            raise InputError("the policy names no signers: no key counts", hint="`signers:` in agentgrid.yaml")
        return Unsigned("the policy names no `signers`")
    chosen = key or _configured(git)
    if chosen is None:
        return Unsigned("git knows no SSH key to sign with (user.signingKey, gpg.format ssh); --key FILE names one")
    try:
        public = read_public_key(chosen)
    except InputError as error:
        if key is not None:
            raise
        return Unsigned(error.message)
    for name, keys in signers.items():
        is_ours = name == actor if actor is not None else name not in compiled["agents"]
        if is_ours and public in {" ".join(each.split()[:2]) for each in keys}:
            return Signer(name, chosen)
    who = actor or "a person"
    if key is not None:
        raise InputError(f"{key} is not a key that `signers` in agentgrid.yaml names for {who}",
                         hint=f"signers: {', '.join(signers)}")  # fmt: skip
    return Unsigned(f"{chosen} is not a key that `signers` in agentgrid.yaml names for {who}")


def try_to_sign(
    said: _Said,
    signing: Signer | Unsigned,
    *,
    name: Callable[[str], _Said],
    write: Callable[[_Said], bytes],
    namespace: str,
    is_persons: bool,
    is_asked: bool,
) -> tuple[_Said, bytes, str | None]:
    """(what is said, its signature or nothing, why there is none). `name`: the same in somebody's name; `write`: as it
    is signed, in `namespace`. `is_asked`: without a signature nothing is said."""
    if isinstance(signing, Unsigned):
        return said, b"", signing.reason
    named = name(PERSON_MARK + signing.name if is_persons else signing.name)
    try:
        return named, sign(write(named), signing.key, namespace=namespace), None
    except AgentGridError as error:
        if is_asked:
            raise
        return said, b"", error.message


def is_said_by(compiled: Mapping[str, Any], who: str, text: bytes, signature: bytes, *, namespace: str) -> bool:
    """Whether `signature` of `text` is by a key that the policy names for `who`: an agent, or a marked person."""
    signers = compiled["signers"]
    if not signature or not signers:
        return False
    signer = find_signer(text, signature, signers, namespace=namespace)
    return signer is not None and who == (signer if signer in compiled["agents"] else PERSON_MARK + signer)


def _configured(git: Git) -> str | None:
    found = git.run("config", "--type=path", "--get", "user.signingKey", accept=(0, 1)).text
    is_ssh = git.run("config", "--get", "gpg.format", accept=(0, 1)).text == "ssh"
    return found if found and is_ssh else None
