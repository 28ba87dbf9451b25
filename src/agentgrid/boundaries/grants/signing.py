"""With which key a grant is signed: one that the policy names for who gives it, or none.

An agent signs with a key of its own alone: the person's, which git may know in its worktree too, isn't its voice.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from agentgrid.boundaries.grants.grant import Grant, write_grant
from agentgrid.boundaries.grants.objects import NAMESPACE
from agentgrid.boundaries.leases.lease import PERSON_MARK
from agentgrid.errors import AgentGridError, InputError
from agentgrid.git.process import Git
from agentgrid.machine.ssh_signatures import read_public_key, sign


@dataclass(frozen=True, slots=True)
class Signer:
    """`name`: as in `signers`. `key`: what OpenSSH signs with."""

    name: str
    key: str


@dataclass(frozen=True, slots=True)
class Unsigned:
    """`reason`: why nobody can sign; CI won't know the grant."""

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


def sign_grant(grant: Grant, signer: Signer, *, is_persons: bool) -> tuple[Grant, bytes]:
    """The grant in the signer's name, and its signature."""
    named = replace(grant, by=PERSON_MARK + signer.name if is_persons else signer.name)
    return named, sign(write_grant(named), signer.key, namespace=NAMESPACE)


def try_to_sign(
    grant: Grant, signing: Signer | Unsigned, *, is_persons: bool, is_asked: bool
) -> tuple[Grant, bytes, str | None]:
    """(the grant, its signature or nothing, why there is none). `is_asked`: without a signature nothing is given."""
    if isinstance(signing, Unsigned):
        return grant, b"", signing.reason
    try:
        return *sign_grant(grant, signing, is_persons=is_persons), None
    except AgentGridError as error:
        if is_asked:
            raise
        return grant, b"", error.message


def _configured(git: Git) -> str | None:
    found = git.run("config", "--type=path", "--get", "user.signingKey", accept=(0, 1)).text
    is_ssh = git.run("config", "--get", "gpg.format", accept=(0, 1)).text == "ssh"
    return found if found and is_ssh else None
