"""What a person should know about a proposed split, in sentences."""

from collections.abc import Mapping, Sequence

from agentgrid.onboarding.discovery.leftovers import Leftovers
from agentgrid.onboarding.discovery.lock_files import is_lock_file
from agentgrid.onboarding.discovery.pattern_text import is_writable
from agentgrid.onboarding.discovery.services import Service
from agentgrid.onboarding.discovery.units import TOP_LEVEL

_SHOWN = 4
_CLAIMED = "the first agent to touch a file there gets a lease on it"


def make_notes(
    services: Sequence[Service], leftovers: Leftovers, owners: Mapping[str, str], *, agents: int, commits: int
) -> tuple[str, ...]:
    """Sentences about what is unusual in the split, what is left unowned, and why."""
    return tuple(
        note
        for note in (
            _about_services(services),
            _about_idle_agents(services, agents),
            None if commits else "No history to judge from: common code and risks are guessed from names.",
            _about_open_folders(leftovers, owners),
            _about_loose_files(leftovers),
            _about_unsayable(leftovers),
        )
        if note
    )


def _about_services(services: Sequence[Service]) -> str | None:
    if not services:
        return f"Found no services and no folders of code to split: every file is unowned; {_CLAIMED}."
    if any(service.found_by == TOP_LEVEL for service in services):
        return "Found no workspace file and no services folder: split by top-level folders."
    return None


def _about_idle_agents(services: Sequence[Service], agents: int) -> str | None:
    if not services or agents <= len(services):
        return None
    count = f"{len(services)} service" if len(services) == 1 else f"{len(services)} services"
    idle = agents - len(services)
    return f"{agents} agents, but only {count}: {idle} {'agent has' if idle == 1 else 'agents have'} none."


def _about_open_folders(leftovers: Leftovers, owners: Mapping[str, str]) -> str | None:
    folders = [f"{folder}/" for folder in leftovers.folders if folder not in owners]
    return f"Unowned, because every agent writes there: {_list(folders)}; {_CLAIMED}." if folders else None


def _about_loose_files(leftovers: Leftovers) -> str | None:
    files = [path for path in leftovers.files if is_writable(path) and not is_lock_file(path)]
    return f"Unowned, because they belong to no one service: {_list(files)}; {_CLAIMED}." if files else None


def _about_unsayable(leftovers: Leftovers) -> str | None:
    count = sum(not is_writable(path) for path in leftovers.files)
    paths = "1 path has" if count == 1 else f"{count} paths have"
    return f"{paths} bytes in the name that a configuration file can't say: left unowned." if count else None


def _list(names: Sequence[str]) -> str:
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(names[:_SHOWN]) + more
