"""Giving a grant and taking it back: the object, the state, and the word to the agent."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from agentgrid.boundaries.grants.grant import Grant, write_grant
from agentgrid.boundaries.grants.objects import NAMESPACE, drop_objects, write_object
from agentgrid.boundaries.grants.planning import GrantPlan
from agentgrid.boundaries.grants.queries import insert_grant, mark_revoked
from agentgrid.boundaries.voices import find_signing, try_to_sign
from agentgrid.errors import NotPermitted
from agentgrid.git.paths import show_path
from agentgrid.git.repository import Repository
from agentgrid.machine.clock import rfc3339
from agentgrid.store.session import Store


@dataclass(frozen=True, slots=True)
class Given:
    """`unsigned`: why it isn't signed, and so counts on this machine alone; None when it is. `notes`: of the plan."""

    grant: Grant
    ref: str
    unsigned: str | None
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Revoked:
    """`kept`: the commit of its object, None when there was none here."""

    grant: Grant
    kept: str | None


def give_grant(
    repository: Repository,
    store: Store,
    compiled: Mapping[str, Any],
    plan: GrantPlan,
    *,
    actor: str | None,
    key: str | None,
) -> Given:
    """Signs it where that can be done, writes the object, records it, tells the agent. `key`: the key to sign with, as
    the asker named it. Raises InputError and OutsideError when that key can't be used."""
    signing = find_signing(repository.git, compiled, actor, key)
    grant, signature, why = try_to_sign(
        plan.grant, signing, name=lambda name: replace(plan.grant, by=name), write=write_grant, namespace=NAMESPACE,
        is_persons=actor is None, is_asked=key is not None,
    )  # fmt: skip
    ref = write_object(repository.git, grant, signature)
    with store.write() as session:
        insert_grant(session, store.now(), grant, _tell(grant), is_signed=bool(signature))
    return Given(grant, ref, why, plan.notes)


def revoke_grant(repository: Repository, store: Store, grant: Grant, *, actor: str | None, person: str) -> Revoked:
    """Takes a grant back here. Raises NotPermitted for an agent that didn't give it."""
    if actor is not None and actor != grant.by:
        raise NotPermitted(f"grant {grant.id} is {grant.by}'s to take back, not {actor}'s", hint="a person may, too")
    words = f"{actor or person} took grant {grant.id} on {patterns_of(grant)} back"
    with store.write() as session:
        mark_revoked(session, store.now(), grant, actor or person, words)
    return Revoked(grant, drop_objects(repository.git, [grant]).get(grant.id))


def patterns_of(grant: Grant) -> str:
    return " ".join(show_path(each.text) for each in grant.patterns)


def lasts_until(grant: Grant) -> str:
    """`2025-03-03T11:00:00Z`, or what has to land."""
    return rfc3339(grant.expires_at) if grant.expires_at else f"the work on {grant.branch} has landed"


def _tell(grant: Grant) -> str:
    reason = f" ({grant.reason})" if grant.reason else ""
    return f"{grant.by} lets you change {patterns_of(grant)} until {lasts_until(grant)}: grant {grant.id}{reason}"
